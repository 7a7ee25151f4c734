"""The sum of small losses: as quick as the literature says, never by one block, dated where it left zero."""

import json

import numpy as np
import pytest

from rig.life.components import load_component
from rig.life.cusum import Cusum
from rig.life.gradual import BlockFeature, GradualTracker
from rig.life.spans import Span
from rig.life.strut import Share
from rig.life.verdict import FAILURE, RIG, WARNING, Evidence, Finding
from rig.life.watches import CusumRule, StiffnessWatch


def rule(allowance: float = 0.01, interval: float = 0.05) -> CusumRule:
    """Some rule."""
    return CusumRule(allowance=allowance, interval=interval, source="made for a test", confidence="design")


def span(number: int) -> Span:
    """The place of a block."""
    return Span(100 * number, 100 * number + 99, number / 10, (number + 1) / 10)


@pytest.mark.parametrize(("shift", "blocks"), [(1.0, 16.6), (2.0, 6.2)])
def test_average_delay(shift: float, blocks: float) -> None:
    """Allowance of half a standard deviation, interval of eight: the run lengths of the physics notes (§5.4)."""
    rng, sigma = np.random.default_rng(5), 0.01
    delays = []
    for _ in range(1500):
        cusum, delay = Cusum(rule(0.5 * sigma, 8.0 * sigma)), 1
        while cusum.add(span(delay), float(sigma * (shift + rng.standard_normal()))) is None:
            delay += 1
        delays.append(delay)
    assert np.mean(delays) == pytest.approx(blocks, rel=0.05)


def test_one_block_is_never_enough() -> None:
    """All of it lost in a single block, then nothing: no warning; in two: a warning."""
    cusum = Cusum(rule())
    assert cusum.add(span(0), 1.0) is None
    assert cusum.add(span(1), 0.0) is None
    assert cusum.add(span(2), 1.0) is None  # 0.025 - 0.01 + 0.025 is not beyond 0.05
    assert cusum.add(span(3), 1.0) is not None


def test_what_a_block_is_not_sure_of_is_not_added() -> None:
    """3 % lost, give or take 2 %: nothing comes of it, however often; give or take 0.2 %, the third warns."""
    cusum = Cusum(rule())
    assert [cusum.add(span(number), 0.03, 0.02) for number in range(100)] == [None] * 100
    found = [cusum.add(span(number), 0.03, 0.002) for number in range(3)]
    assert [each is not None for each in found] == [False, False, True]
    assert found[2] is not None
    assert found[2].mean_loss == pytest.approx(0.03)


def test_it_is_dated_where_the_sum_left_zero() -> None:
    """Gains never count as credit, and the evidence begins with the first block that lost."""
    cusum = Cusum(rule())
    for number, loss in enumerate((0.02, -0.5, 0.0)):
        assert cusum.add(span(number), loss) is None
    assert cusum.value == 0.0
    found = [cusum.add(span(number), 0.03) for number in range(3, 6)]
    assert found[:2] == [None, None]
    excursion = found[2]
    assert excursion is not None
    assert (excursion.first, excursion.last, excursion.blocks) == (span(3), span(5), 3)
    assert excursion.mean_loss == pytest.approx(0.03)


def tracker() -> GradualTracker:
    """The spring's rule: allowance 1 %, interval 5 %; three blocks at 3 % warn, at 6 % fail."""
    watch = load_component("coil_spring").watch
    assert isinstance(watch, StiffnessWatch)
    return GradualTracker("coil_spring", "stiffness", watch.gradual)


def judge(judged: GradualTracker, losses: list[float], other: float = 1.0, own: bool = True) -> list[Finding]:
    """Blocks with these losses, the second feature alike."""
    return [
        finding
        for number, loss in enumerate(losses)
        for finding in judged.judge(span(number), BlockFeature(Share(1.0 - loss, 0.001), 1.0 - loss, other, own))
    ]


def test_a_loss_below_every_limit_warns_in_time() -> None:
    """2.2 % lost: no block is beyond 3 %, the fifth makes the sum; once, with its window and its numbers."""
    (finding,) = judge(tracker(), [0.0] * 5 + [0.022] * 20)
    assert (finding.severity, finding.component, finding.mode) == (WARNING, "coil_spring", "crack")
    assert finding.evidence == Evidence(500, 999)
    assert (finding.distance_km, finding.detected_km) == (0.5, 1.0)
    assert finding.text == (
        "coil_spring: stiffness 97.8% of its baseline on the mean of 5 blocks; "
        "the sum of losses beyond 1.0% a block is 5.5%, limit 5.0%"
    )


def test_a_warning_by_the_sum_is_no_second_one_by_blocks() -> None:
    """The crack grows on: its failure comes, a second warning does not."""
    findings = judge(tracker(), [0.02] * 8 + [0.04] * 4 + [0.08] * 4)
    assert [finding.severity for finding in findings] == [WARNING, FAILURE]


def test_a_loss_of_both_properties_adds_nothing() -> None:
    """The damper shows the same 2 %: a sensor that reads low, no crack."""
    assert judge(tracker(), [0.02] * 50, other=0.98) == []
    assert [each.component for each in judge(tracker(), [0.04] * 3, other=0.96)] == [RIG]


def test_a_block_held_against_another_surface_adds_nothing() -> None:
    """What a surface looks like is no loss; beyond the limits of a block it is judged all the same."""
    assert judge(tracker(), [0.02] * 50, own=False) == []
    assert [each.severity for each in judge(tracker(), [0.08] * 3, own=False)] == [FAILURE]


def test_state_goes_through_json() -> None:
    """Saved in the middle of an excursion and gone on with: the same finding, the same trend."""
    first, second, whole = tracker(), tracker(), tracker()
    losses = [0.0, 0.02, 0.025, 0.02, 0.018, 0.02, 0.03]
    expected = judge(whole, losses)
    assert judge(first, losses[:4]) == []
    second.restore(json.loads(json.dumps(first.state())))
    found = [
        finding
        for number, loss in enumerate(losses[4:], 4)
        for finding in second.judge(span(number), BlockFeature(Share(1.0 - loss, 0.001), 1.0 - loss, 1.0))
    ]
    assert found == expected != []
    assert second.trend() == whole.trend()
