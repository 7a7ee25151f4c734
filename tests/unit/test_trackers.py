"""The rules of detection, each on numbers made for it: blocks in a row, second features, errors, baselines."""

import json

import numpy as np
import pytest

from rig.life.baseline import ALL_SURFACES, Baseline
from rig.life.components import load_component
from rig.life.gradual import BlockFeature, GradualTracker
from rig.life.history import Heard, History
from rig.life.spans import Span
from rig.life.strut import Share, Strut, nominal
from rig.life.sudden import BreakDetector, Candidate
from rig.life.verdict import Evidence, Finding
from rig.life.watches import DampingWatch, StiffnessWatch


def tracker(cusum: bool = False) -> GradualTracker:
    """The spring's rule: 3 % warns, 6 % fails with 2 % in the second feature, three blocks; its sum only if wanted."""
    watch = load_component("coil_spring").watch
    assert isinstance(watch, StiffnessWatch)
    rule = watch.gradual if cusum else watch.gradual.model_copy(update={"cusum": None})
    return GradualTracker("coil_spring", "stiffness", rule)


def judge(rule: GradualTracker, *blocks: tuple[float, float, float], error: float = 0.001) -> list[Finding]:
    """Blocks of (what is left, second feature, other property), one after the other."""
    findings = []
    for number, (value, second, other) in enumerate(blocks):
        span = Span(100 * number, 100 * number + 99, number / 10, (number + 1) / 10)
        findings += rule.judge(span, BlockFeature(Share(value, error), second, other))
    return findings


def test_three_blocks_in_a_row_fail() -> None:
    """Two are not enough; the third makes a failure from the first of them on."""
    assert judge(tracker(), *[(0.9, 0.9, 1.0)] * 2) == []
    (finding,) = judge(tracker(), *[(0.9, 0.9, 1.0)] * 3)
    assert (finding.severity, finding.sample, finding.distance_km) == ("failure", 0, 0.0)
    assert finding.evidence == Evidence(0, 299)
    assert finding.detected_km == pytest.approx(0.3)


def test_a_good_block_between_starts_anew() -> None:
    """Two bad, one good, two bad: nothing."""
    bad, good = (0.9, 0.9, 1.0), (1.0, 1.0, 1.0)
    assert judge(tracker(), bad, bad, good, bad, bad) == []


def test_without_a_second_feature_there_is_no_failure() -> None:
    """A loss that the second feature does not show warns and no more."""
    findings = judge(tracker(), *[(0.9, 0.99, 1.0)] * 6)
    assert [finding.severity for finding in findings] == ["warning"]


def test_an_uncertain_block_says_nothing() -> None:
    """A block that determines the property to no better than the warning's loss is neither bad nor good."""
    assert judge(tracker(), *[(0.92, 0.92, 1.0)] * 6, error=0.03) == []
    bad = tracker()
    assert judge(bad, *[(0.9, 0.9, 1.0)] * 2) == judge(bad, (0.95, 0.95, 1.0), error=0.03) == []
    assert [each.severity for each in judge(bad, (0.9, 0.9, 1.0))] == ["failure"]


def test_a_loss_beyond_its_error_counts_however_uncertain() -> None:
    """A part that goes to pieces within a block leaves that block unsure by how much, not whether."""
    assert [each.severity for each in judge(tracker(), *[(0.5, 0.5, 1.0)] * 3, error=0.1)] == ["failure"]


def test_a_loss_shared_by_the_other_property_blames_a_sensor() -> None:
    """Spring and damper weaker alike: the rig is named, once, with a warning."""
    findings = judge(tracker(), *[(0.8, 0.8, 0.85)] * 6)
    assert [(finding.component, finding.severity) for finding in findings] == [("rig", "warning")]


def test_tracker_goes_through_json() -> None:
    """Two bad blocks, saved and restored, and a third: a failure."""
    first, second = tracker(), tracker()
    judge(first, *[(0.9, 0.9, 1.0)] * 2)
    second.restore(json.loads(json.dumps(first.state())))
    assert [finding.severity for finding in judge(second, (0.9, 0.9, 1.0))] == ["failure"]


def test_baseline_of_a_surface_takes_over_when_complete() -> None:
    """The run's first blocks serve all surfaces until a surface has enough of its own."""
    baseline = Baseline(2)
    assert baseline.reference(0) is None
    assert [baseline.offer(surface, np.full((2, 2), float(value))) for surface, value in ((0, 1), (1, 2))] == [
        False,
        True,
    ]
    run = baseline.reference(ALL_SURFACES)
    assert run is not None
    assert run[0, 0] == 3.0
    assert baseline.reference(1) is run
    baseline.offer(1, np.full((2, 2), 5.0))
    own = baseline.reference(1)
    assert own is not None
    assert own[0, 0] == 7.0
    assert baseline.reference(0) is run


def breaks() -> BreakDetector:
    """Spring and damper of the library."""
    spring, damper = load_component("coil_spring").watch, load_component("damper").watch
    assert isinstance(spring, StiffnessWatch)
    assert isinstance(damper, DampingWatch)
    return BreakDetector(
        Candidate("coil_spring", "stiffness", spring.sudden, "crack"),
        Candidate("damper", "damping", damper.sudden, "leak"),
    )


STRUT, DRAWN = Strut(500.0, 0.25, 0.0), nominal(54_000.0, (4500.0, 2200.0), (9000.0, 3600.0))


def heard(first: int, broken_at: int = 10**9, rng: np.random.Generator | None = None) -> Heard:
    """A window of 250 samples; from one sample on there is no spring any more, nor what it carried."""
    rng = rng or np.random.default_rng(first)
    sample = first + np.arange(250)
    travel = 0.03 * np.sin(0.05 * sample) + 0.01 * np.sin(0.31 * sample + 1.0)
    speed = 500.0 * (0.03 * 0.05 * np.cos(0.05 * sample) + 0.01 * 0.31 * np.cos(0.31 * sample + 1.0))
    slow = np.clip(speed, -0.25, 0.25)
    damper = np.where(speed > 0.0, 2200.0, 3600.0) * (speed - slow) + np.where(slow > 0.0, 4500.0, 9000.0) * slow
    spring = np.where(sample < broken_at, 54_000.0 * travel, -6867.0)
    force = spring + damper + 40.0 * rng.standard_normal(250)
    return Heard(first, sample / 1000.0, force.astype(np.float32), travel.astype(np.float32), 20.0, DRAWN, 40.0)


def see(detector: BreakDetector, *windows: tuple[Share | None, Share | None], broken_at: int = 10**9) -> list[Finding]:
    """Windows of 250 samples, of a spring that breaks at one of them."""
    history, findings = History(STRUT), []
    for number, (spring, damper) in enumerate(windows):
        history.add(heard(250 * number, broken_at))
        findings += detector.judge(spring, damper, history)
    return findings


WHOLE, GONE = Share(1.0, 0.01), Share(0.05, 0.01)


@pytest.mark.parametrize("at", [757, 900, 997, 1000, 1003])
def test_a_break_is_dated_to_the_sample(at: int) -> None:
    """The window that the break cuts may still pass as good: it is looked for in it, and across its end."""
    windows = [(WHOLE, WHOLE)] * 3 + [(Share(0.7, 0.01), WHOLE), (GONE, WHOLE), (GONE, WHOLE)]
    (finding,) = see(breaks(), *windows, broken_at=at)
    assert (finding.component, finding.mode, finding.sample) == ("coil_spring", "fracture", at)
    assert finding.distance_km == at / 1000.0
    assert finding.evidence == Evidence(750, 1499)


def test_a_break_before_slow_ground_is_dated_to_the_sample() -> None:
    """Between the first bad window and the second ten say nothing, and two before it."""
    windows = [(WHOLE, WHOLE), (None, None), (None, None), (GONE, WHOLE), *[(None, None)] * 10, (GONE, WHOLE)]
    (finding,) = see(breaks(), *windows, broken_at=700)
    assert (finding.component, finding.sample) == ("coil_spring", 700)


def test_a_break_is_dated_where_bad_windows_begin_if_nothing_shows_it() -> None:
    """The force is that of a healthy strut whatever the shares say: no sample is likelier than another."""
    (finding,) = see(breaks(), *[(WHOLE, WHOLE)] * 3, (GONE, WHOLE), (GONE, WHOLE))
    assert 500 <= finding.sample <= 999


def test_one_bad_window_is_no_break() -> None:
    """One window alone says nothing, however bad."""
    assert see(breaks(), *[(WHOLE, WHOLE), (GONE, WHOLE)] * 4) == []


def test_an_uncertain_loss_is_no_break() -> None:
    """Half is lost, but it might as well be nothing: four standard errors reach the limit."""
    assert see(breaks(), *[(Share(0.5, 0.05), WHOLE)] * 4) == []
    assert len(see(breaks(), *[(Share(0.5, 0.01), WHOLE)] * 4)) == 1


def test_losing_both_blames_the_force_path() -> None:
    """Neither spring nor damper in the force: no part fails."""
    findings = see(breaks(), (WHOLE, WHOLE), (GONE, GONE), (GONE, GONE))
    assert [(finding.component, finding.mode) for finding in findings] == [("rig", "force_path")]


def test_history_begins_anew_after_a_gap() -> None:
    """Windows that do not follow one another are no stretch to date a break in."""
    history = History(STRUT)
    for first in (0, 250, 1000):
        history.add(heard(first))
    assert history.last.first_sample == 1000
    assert len(history.state()) == 1
