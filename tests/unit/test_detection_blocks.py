"""Blocks of the demonstration of detection: noted as they are judged; their figures are those of statistics."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import genpareto

from profiles.schema import InputError
from rig.life.gradual import BlockFeature, GradualTracker
from rig.life.hot_running import HotRunningDetector
from rig.life.strut import Share
from rig.life.verdict import FAILURE
from rig.life.watches import Gradual
from rig.life.windows import Decoder
from tests.detection.block_figures import Series, blocks_report, healthy_series, onsets, per_run, scatter_table
from tests.detection.block_log import MIXED, noted, path_of, read_blocks, surface_of, write_blocks
from tests.detection.tails import at_most, likelihood, peaks_of, tail_of
from tests.detection.trial import Result
from tests.strut_rows import RATE_HZ, RIG, SURFACES, Left, after, healthy_rows, new_judge
from tests.warm_rows import WATCH, readings, turning_rows

HEALTHY = Result(-1, 0, "", "leak", False, None, -1, 0, "course", 1.0, None, None, 1.0, ())
COURSE: Any = SimpleNamespace(surfaces=SURFACES)
FEATURES = {"coil_spring stiffness", "damper damping", "top_mount mount"}


def test_blocks_are_noted_as_they_are_judged(tmp_path: Path) -> None:
    """Each block after the baseline, with the surface under it; the judge says what it says without."""
    rows = healthy_rows(150.0, Left(damping=after(60.0, 150.0, 0.7)))
    expected, before = new_judge().consume(rows), GradualTracker.judge
    with noted() as log:
        found = [finding for piece in np.array_split(rows, 7) for finding in judge_of(log).consume(piece)]
    assert found == expected
    out = tmp_path / "results.jsonl"
    write_blocks(out, log, HEALTHY, COURSE)
    table = read_blocks(out, [HEALTHY])
    assert {f"{one['part']} {one['feature']}" for one in table.to_pylist()} == FEATURES
    (failure,) = (each for each in found if each.severity == FAILURE)
    at = next(
        one for one in table.to_pylist()
        if one["part"] == "damper" and one["last_sample"] == failure.evidence.last_sample
    )  # fmt: skip
    assert 1.0 - at["loss"] == pytest.approx(failure.value)
    assert (at["second_loss"], at["other_loss"]) == (pytest.approx(0.3, abs=0.05), pytest.approx(0.0, abs=0.02))
    assert (at["failure_limit"], at["corroborating_limit"], at["in_a_row"]) == (0.25, 0.1, 3)
    assert at["first_km"] == pytest.approx(8.0 * at["first_sample"] / RATE_HZ / 1000.0)
    assert at["surface"] == SURFACES[int(at["first_sample"] / RATE_HZ // 40) % 2]
    assert GradualTracker.judge is before


def judge_of(log: Any) -> Any:
    """One judge for each log."""
    if not hasattr(log, "judge"):
        log.judge = new_judge()
    return log.judge


def test_a_bearings_friction_is_noted() -> None:
    """As the share above a healthy one's: 1 where it has doubled."""
    detector = HotRunningDetector("hub_bearing", WATCH, Decoder(RIG), RATE_HZ)
    rows, done = turning_rows(300.0), 0
    with noted() as log:
        for sample, km, values in readings(300, friction=2.0, since_s=0.0):
            detector.add(rows[done : sample + 1])
            detector.judge(sample, km, values)
            done = sample + 1
    last = log.blocks[-1]
    assert last["loss"] == pytest.approx(1.0, abs=0.1)
    assert (last["failure_limit"], last["warning_limit"], last["corroborating_limit"]) == (1.0, 0.5, 6.0)


def test_a_block_is_of_a_surface_from_four_fifths_on() -> None:
    """Also where two segments have the same; rows in no segment are of none."""
    course: Any = SimpleNamespace(surfaces=("dunes", "stony_plain", "dunes"))
    assert surface_of(np.array([0] * 5 + [1] * 2 + [2] * 3), course) == "dunes"
    assert surface_of(np.array([0] * 7 + [1] * 3), course) == MIXED
    assert surface_of(np.array([-1] * 9 + [1]), course) == MIXED


def test_blocks_that_are_gone_are_asked_for(tmp_path: Path) -> None:
    """A run without its blocks, or with a file that is none, is named."""
    out = tmp_path / "results.jsonl"
    with pytest.raises(InputError, match=r"no such file.*another --out"):
        read_blocks(out, [HEALTHY])
    path_of(out, HEALTHY).parent.mkdir()
    path_of(out, HEALTHY).write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"healthy-leak-0\.parquet"):
        read_blocks(out, [HEALTHY])
    other = msgspec.structs.replace(HEALTHY, component="damper", number=0)
    assert len({path_of(out, each) for each in (HEALTHY, other)}) == 2


def series(loss: NDArray[np.float64], **others: Any) -> Series:
    """Of a damper, all else as healthy, with the usual limits."""
    flat = np.zeros(len(loss))
    values = {"loss": loss, "second_loss": loss, "error": flat, "other_loss": flat}
    values |= {"warning_limit": flat + 0.1, "failure_limit": flat + 0.25, "corroborating_limit": flat + 0.1}
    surface = np.full(len(loss), "dunes")
    return Series("damper damping", np.zeros(len(loss), np.int64), values | others, surface, 3)


@pytest.mark.parametrize("scale", [0.1, 0.3, 1.0])
def test_scaled_limits_speak_where_the_tracker_would(scale: float) -> None:
    """The first failure by the real tracker with scaled limits, on many seeded series, block for block."""
    rule = Gradual(mode="leak", mechanism="any", warning_loss=0.1 * scale, failure_loss=0.25 * scale,
                   corroborating_loss=0.1 * scale, source="a test", confidence="design")  # fmt: skip
    spoke = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        loss, second, other = (scale * rng.normal(mean, 0.2, 60) for mean in (0.25, 0.2, 0.0))
        tracker = GradualTracker("damper", "damping", rule)
        span: Any = SimpleNamespace(first_sample=0, last_sample=1, first_km=0.0, last_km=1.0)
        blocks = (BlockFeature(Share(1 - a, 0.0), 1 - b, 1 - c) for a, b, c in zip(loss, second, other, strict=True))
        said = [any(one.severity == FAILURE for one in tracker.judge(span, block)) for block in blocks]
        smallest, _ = series(loss, second_loss=second, other_loss=other).in_a_row("failure")
        assert np.flatnonzero(said)[:1].tolist() == (np.flatnonzero(smallest >= scale)[:1] + 2).tolist()
        spoke += any(said)
    assert 5 < spoke < 40


def test_verdicts_are_counted_once_and_end_with_their_run() -> None:
    """Blocks beyond a level one after the other are one; no row of three goes from one run into the next."""
    run = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert onsets(np.array([0.5, 0.5, 0.1, 0.5, 0.5, 0.1, 0.1, 0.1]), run, 0.5) == 3
    whole = series(np.full(8, 0.3))
    assert len(whole.in_a_row("warning")[0]) == 6
    assert len(Series("any", run, whole.values, whole.surface, 3).in_a_row("warning")[0]) == 4
    unsure = series(np.full(8, 0.3), error=np.array([0.0] * 6 + [0.04] * 2))
    assert len(unsure.in_a_row("warning")[0]) == 4


def test_rates_have_exact_bounds() -> None:
    """Garwood's (1936) of none and of three events."""
    assert per_run(0, 5000.0) == pytest.approx((0.0, 0.0, 3.6889), abs=1e-4)
    assert per_run(3, 2500.0) == pytest.approx((6.0, 2 * 0.6187, 2 * 8.7673), abs=1e-4)


def test_scatter_is_told_by_surface() -> None:
    """σ and the correlation of neighbours of an autoregression of 0.6."""
    rng, loss = np.random.default_rng(1), np.zeros(20_000)
    noise = rng.normal(0.0, 0.008, len(loss))
    for i in range(1, len(loss)):
        loss[i] = 0.6 * loss[i - 1] + noise[i]
    cells = [cell.strip() for cell in scatter_table([series(loss)]).splitlines()[2].split("|")]
    assert (cells[1], cells[2], cells[3]) == ("damper damping", "dunes", "20000")
    assert [float(cells[4]), float(cells[6])] == pytest.approx([1.0, 0.6], abs=0.03)
    assert float(cells[5]) == pytest.approx(3.09, abs=0.2)


def test_clusters_are_apart_and_end_with_their_run() -> None:
    """By hand."""
    values = np.array([0.0, 2.0, 3.0, 0.0, 2.0, 0.0, 0.0, 0.0, 4.0, 5.0])
    assert peaks_of(values, np.zeros(10, np.int64), 1.0, 3).tolist() == [3.0, 5.0]
    assert peaks_of(values, np.array([0] * 9 + [1]), 1.0, 2).tolist() == [3.0, 4.0, 5.0]
    assert peaks_of(values, np.zeros(10, np.int64), 9.0, 3).tolist() == []


def test_tails_are_those_of_the_generalised_pareto_distribution() -> None:
    """The estimate near the truth, and the bound above it as often as it says (95 of 100)."""
    above, shape, scale = 0.3, 0.1, 0.03
    truth, held, guesses = float(genpareto.sf(above, shape, 0.0, scale)), 0, []
    for seed in range(30):
        peaks = 0.1 + genpareto.rvs(shape, 0.0, scale, 80, random_state=seed)
        tail = tail_of(peaks[peaks < 0.1 + above], 0.1, 0.1 + above)
        assert tail is not None
        assert tail.chance <= tail.at_most
        held += tail.at_most >= truth
        guesses.append(tail.chance)
    assert 26 <= held <= 30
    assert np.percentile(guesses, 10) < truth < np.percentile(guesses, 90)


@pytest.mark.parametrize(("shape", "above"), [(0.2, 1.0), (-0.3, 0.16), (-0.3, 1.0)])
def test_the_bound_is_the_most_that_is_likely_enough(shape: float, above: float) -> None:
    """By search at random over shapes and scales with scipy's likelihood, 1.3528 below its best (χ², 90 %)."""
    rng = np.random.default_rng(2)
    excess = genpareto.rvs(shape, 0.0, 0.05, 150, random_state=rng)
    best_shape, _, best_scale = genpareto.fit(excess, floc=0.0)
    best = genpareto.logpdf(excess, best_shape, 0.0, best_scale).sum()
    assert likelihood(excess, best_shape, best_scale) == pytest.approx(best)
    shapes, scales = best_shape + rng.uniform(-0.4, 0.4, 8_000), best_scale * rng.uniform(0.6, 1.6, 8_000)
    all_of = genpareto.logpdf(excess[:, None], shapes, 0.0, scales).sum(axis=0)
    likely = all_of >= best - 1.35277
    found = genpareto.sf(above, shapes[likely], 0.0, scales[likely]).max()
    bound = at_most(excess, above, best_shape, best_scale)
    assert found <= bound * 1.02
    assert bound <= found * 1.3


def test_what_was_seen_or_is_too_little_is_not_extrapolated() -> None:
    """A peak beyond the level is told as one; few peaks say nothing."""
    with pytest.raises(ValueError, match="beyond the level"):
        tail_of(np.linspace(0.1, 1.1, 50), 0.05, 1.0)
    assert tail_of(np.linspace(0.1, 0.5, 19), 0.05, 1.0) is None


def test_the_report_tells_all_three() -> None:
    """Scatter, scaled limits and tail of a table with one feature; without blocks it says so."""
    with noted() as log:
        new_judge().consume(healthy_rows(250.0))
    table = log.table(HEALTHY, COURSE)
    assert {each.name for each in healthy_series(table)} == FEATURES
    text = blocks_report(table, 2.0)
    assert "Extrapolated" in text
    assert text.count("| damper damping |") == 2 + 2 * 3  # of failures and warnings each; three thresholds
    assert blocks_report(table.slice(0, 0), 2.0) == "No blocks of healthy runs."
