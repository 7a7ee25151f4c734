"""What must hold for every history: counters in pieces, over plateaus, against plain counting and each other."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rig.life.counting import (
    Classes,
    CycleCollective,
    LevelCounter,
    RangePairCounter,
    RevolutionCounter,
    SlidingCounter,
)
from rig.life.rainflow import RainflowCounter, ResidueRule
from tests.rainflow_by_sample import BySample

History = NDArray[np.float64]
CLASSES = Classes(-6.5, 1.0, 12)  # what lies beyond is counted as beyond
SPANS = Classes(-0.5, 1.0, 15)
MAKERS: dict[str, Callable[[float], Any]] = {
    "collective": lambda gate: CycleCollective(2, SPANS, CLASSES, (3.0, 5.5), gate, capacity=8),
    "levels": lambda gate: LevelCounter(2, CLASSES, gate),
    "range pairs": lambda gate: RangePairCounter(2, SPANS, gate, capacity=5),
    "revolutions": lambda _: Both(RevolutionCounter(2, CLASSES, 100.0, (3.0,))),
    "sliding": lambda gate: Both(SlidingCounter(2, gate)),
}

values = st.integers(-9, 9).map(float) | st.floats(-10.0, 10.0)
histories = st.lists(values, max_size=70).map(lambda taken: np.array(taken, np.float64))
cuts = st.lists(st.integers(0, 70), max_size=6)
gates = st.sampled_from([0.0, 1.0, 2.5])
few = settings(max_examples=40, deadline=None)  # a loaded machine is no slow counter


class Both:
    """A counter of two quantities, fed with a block and itself backwards."""

    def __init__(self, counter: Any) -> None:
        self._counter, self.state, self.restore = counter, counter.state, counter.restore

    def count(self, block: History) -> None:
        self._counter.count(block, block[::-1])


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Kernels that a first run compiles must not be taken for slow examples."""
    for make in MAKERS.values():
        make(0.0).count(np.zeros((2, 1)))
    RangePairCounter(1, SPANS).counts()
    CycleCollective(1).collective(ResidueRule.REPEATED)


def two(history: History) -> History:
    return np.stack([history, -0.7 * history])


@pytest.mark.parametrize("name", MAKERS)
@few
@given(histories, cuts, gates)
def test_any_split_counts_the_same(name: str, history: History, where: list[int], gate: float) -> None:
    """Cut anywhere, and gone on with from the JSON of its state in another counter: the same state, to the bit."""
    whole, piecewise = MAKERS[name](gate), MAKERS[name](gate)
    whole.count(two(history))
    for part in np.split(two(history), sorted(min(cut, len(history)) for cut in where), axis=1):
        saved = json.loads(json.dumps(piecewise.state(), allow_nan=False))
        piecewise = MAKERS[name](gate)
        piecewise.restore(saved)
        piecewise.count(part)
    assert piecewise.state() == whole.state()


@settings(max_examples=80, deadline=None)
@given(histories, cuts, gates, st.sampled_from([4, 5, 8, 1024]))
def test_rainflow_is_that_of_one_sample_after_the_other(
    history: History, where: list[int], gate: float, capacity: int
) -> None:
    """The two passes give the cycles of the plain method in the same order, to the bit, whatever the blocks are."""
    counter, plain = RainflowCounter(gate, capacity), BySample(gate, capacity)
    tags = np.arange(len(history), dtype=np.int64) % 7
    borders = sorted(min(cut, len(history)) for cut in where)
    for part, part_tags in zip(np.split(history, borders), np.split(tags, borders), strict=True):
        cycles = counter.count(part, part_tags)
        columns = (each.tolist() for each in (cycles.ranges, cycles.means, cycles.tags, cycles.weights))
        assert list(zip(*columns, strict=True)) == plain.count(part.tolist(), part_tags.tolist())
        assert counter.state() == {"points": plain.points, "tags": plain.tags, "forced": plain.forced}


def test_rainflow_is_the_same_over_many_slabs() -> None:
    """Histories of several slabs, with ties and without, tagged and not, give the plain method's cycles."""
    rng = np.random.default_rng(8)
    for history in (
        rng.normal(size=9_000),
        rng.integers(-5, 6, 9_000).astype(float),
        np.cumsum(rng.normal(size=9_000)),
    ):
        plain = BySample().count(history.tolist(), list(range(len(history))))
        tagged = RainflowCounter().count(history, np.arange(len(history)))
        untagged = RainflowCounter().count(history)
        for cycles in (tagged, untagged):
            assert cycles.ranges.tolist() == [one[0] for one in plain]
            assert cycles.means.tolist() == [one[1] for one in plain]
        assert tagged.tags.tolist() == [one[2] for one in plain]
        assert not untagged.tags.any()


@few
@given(histories, gates, st.sampled_from(list(ResidueRule)))
def test_a_collective_keeps_what_the_counter_lists(history: History, gate: float, rule: ResidueRule) -> None:
    """Matrix and sums are those of the listed cycles, the residue by the same rule."""
    collective, counter = CycleCollective(2, SPANS, CLASSES, (3.0, 5.5), gate), RainflowCounter(gate)
    collective.count(two(history))
    found = collective.collective(rule)
    parts = [counter.count(history), counter.residue_cycles(rule)]
    ranges, weights = (np.concatenate([getattr(p, name) for p in parts]) for name in ("ranges", "weights"))
    np.testing.assert_allclose(found.sums[0], [(weights * ranges**k).sum() for k in (3.0, 5.5)], rtol=1e-12)
    at = np.clip(np.floor(ranges + 0.5), -1, 15).astype(int) + 1
    assert found.matrix[0].sum(axis=1).tolist() == np.bincount(at, weights, 17).tolist()


@few
@given(histories, st.lists(st.integers(0, 4), min_size=70, max_size=70), gates)
def test_plateaus_change_nothing_but_time(history: History, repeats: list[int], gate: float) -> None:
    """Holding any sample for any number of samples leaves all but time at level as it is."""
    held = np.repeat(history, 1 + np.array(repeats[: len(history)], np.int64))
    for name in ("collective", "range pairs", "sliding"):
        one, other = MAKERS[name](gate), MAKERS[name](gate)
        one.count(two(history))
        other.count(two(held))
        assert one.state() == other.state()
    levels = [LevelCounter(1, CLASSES, gate) for _ in range(2)]
    for counter, taken in zip(levels, (history, held), strict=True):
        counter.count([taken])
    for name in ("rises", "falls", "peaks", "valleys"):
        assert np.array_equal(*(getattr(counter.levels, name) for counter in levels))


@few
@given(histories)
def test_levels_are_those_of_plain_counting(history: History) -> None:
    """Without a gate: comparisons with each edge, sample by sample."""
    counter = LevelCounter(1, CLASSES)
    counter.count([history])
    found = counter.levels
    below = history[:, None] - CLASSES.lowest < np.arange(13.0)  # the same quotient as the counter's, width 1
    assert found.rises[0].tolist() == (below[:-1] & ~below[1:]).sum(axis=0).tolist()
    assert found.falls[0].tolist() == (~below[:-1] & below[1:]).sum(axis=0).tolist()
    assert found.samples[0].sum() == len(history)
    turns = history[np.insert(np.diff(history) != 0.0, 0, True)] if len(history) else history
    assert found.peaks.sum() == ((turns[1:-1] > turns[:-2]) & (turns[1:-1] > turns[2:])).sum()
    assert found.valleys.sum() == ((turns[1:-1] < turns[:-2]) & (turns[1:-1] < turns[2:])).sum()


@few
@given(histories, st.integers(-9, 9))
def test_one_more_point_never_lowers_the_damage(history: History, value: int) -> None:
    """Several exponents at once, the residue counted half."""
    sums = []
    for taken in (history, np.append(history, value)):
        counter = CycleCollective(1, exponents=(2.0, 3.0, 8.0))
        counter.count([taken])
        sums.append(counter.collective().sums[0])
    assert (sums[1] >= sums[0] * (1.0 - 1e-12)).all()


def plain_pairs(points: list[float]) -> tuple[list[float], list[float]]:
    """Ranges that are taken back by ASTM's rule, and the points that are left."""
    taken: list[float] = []
    left: list[float] = []
    for point in points:
        left.append(point)
        while len(left) >= 3 and abs(left[-1] - left[-2]) >= abs(left[-2] - left[-3]):
            taken.append(abs(left[-2] - left[-3]))
            del left[-3:-1]
    return taken, left


@few
@given(histories)
def test_range_pairs_are_those_of_the_rule(history: History) -> None:
    """The rule on a list of turning points, forwards and then backwards over what is left."""
    points = [value for k, value in enumerate(history) if k == 0 or value != history[k - 1]]
    inner = [b for a, b, c in zip(points, points[1:], points[2:], strict=False) if (b > a) == (b > c)]
    forwards, left = plain_pairs([*points[:1], *inner, *points[1:][-1:]])
    backwards, _ = plain_pairs(left[::-1])
    counter = RangePairCounter(1, Classes(-0.5, 1.0, 40))
    counter.count([history])
    at = np.floor(np.array([*forwards, *backwards]) + 0.5).astype(int) + 1
    assert counter.counts()[0].tolist() == np.bincount(at, minlength=42).tolist()


def test_a_hold_of_two_million_samples_costs_nothing() -> None:
    """No counter's state grows in a hold, and only time at level changes."""
    start, hold = two(np.array([0.0, 3.0, -2.0, 5.0, -4.0])), np.full((2, 1_000_000), 1.0)
    for name in ("collective", "levels", "range pairs", "sliding"):
        counter = MAKERS[name](0.0)
        counter.count(start)
        counter.count(hold[:, :1])
        before = counter.state()
        counter.count(hold[:, 1:])
        after = counter.state()
        if name == "levels":
            time_at = [np.array(state.pop("counts"))[:, 0] for state in (before, after)]
            assert (time_at[1] - time_at[0]).sum() == 2 * 999_999
        assert len(json.dumps(after)) == len(json.dumps(before))
        assert name == "levels" or after == before
