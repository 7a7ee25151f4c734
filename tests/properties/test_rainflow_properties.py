"""What must hold for every history: the rainflow counter against another's, and against itself in other pieces."""

from collections import Counter

import numpy as np
import rainflow
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rig.life.rainflow import RainflowCounter

History = NDArray[np.float64]

histories = st.lists(st.integers(-9, 9), min_size=0, max_size=80).map(lambda values: np.array(values, np.float64))


def counts_of(history: History) -> Counter[float]:
    """Counts by range: full cycles plus the residue's halves."""
    counter = RainflowCounter()
    total: Counter[float] = Counter()
    for cycles in (counter.count(history), counter.residue_cycles()):
        for range_, weight in zip(cycles.ranges.tolist(), cycles.weights.tolist(), strict=True):
            total[range_] += weight  # type: ignore[assignment]
    return total


def power_sum(history: History, exponent: float = 5.0) -> float:
    """The Miner sum up to a constant."""
    return sum(count * range_**exponent for range_, count in counts_of(history).items())


def test_counts_equal_another_implementation() -> None:
    """A thousand random histories, ties and plateaus included, give the counts of the package rainflow (ASTM E1049)."""
    rng = np.random.default_rng(20260)
    for _ in range(1000):
        history = rng.integers(-9, 10, rng.integers(3, 120)).astype(np.float64)
        if len(set(history.tolist())) < 3:
            continue  # the other one gives nothing for a history of a single range
        expected: Counter[float] = Counter()
        for range_, _mean, count, _start, _end in rainflow.extract_cycles(history):
            expected[range_] += count  # type: ignore[assignment]
        assert counts_of(history) == Counter({r: n for r, n in expected.items() if r > 0.0})


@given(histories, st.lists(st.integers(0, 80), max_size=8))
def test_any_split_counts_the_same(history: History, cuts: list[int]) -> None:
    """However a history is cut into blocks, the same cycles close in the same order and the same residue stays."""
    whole, pieces = RainflowCounter(), RainflowCounter()
    expected = whole.count(history)
    parts = [pieces.count(part) for part in np.split(history, sorted(min(cut, len(history)) for cut in cuts))]
    assert np.array_equal(np.concatenate([part.ranges for part in parts]), expected.ranges)
    assert np.array_equal(np.concatenate([part.means for part in parts]), expected.means)
    assert pieces.state() == whole.state()


@given(histories, st.lists(st.integers(0, 5), min_size=80, max_size=80))
def test_plateaus_change_nothing(history: History, repeats: list[int]) -> None:
    """Holding any sample for any number of samples leaves the counts as they are."""
    held = np.repeat(history, 1 + np.array(repeats[: len(history)], np.int64))
    assert counts_of(held) == counts_of(history)


@given(histories.filter(lambda history: len(history) > 1))
def test_largest_range_is_the_span_of_the_history(history: History) -> None:
    """The largest counted range is highest less lowest."""
    assert max(counts_of(history), default=0.0) == np.ptp(history)


@given(histories, st.integers(-9, 9))
def test_one_more_point_never_lowers_the_damage(history: History, value: int) -> None:
    """Damage with the residue counted half never goes down."""
    assert power_sum(np.append(history, value)) >= power_sum(history)


@given(histories)
def test_mirrored_history_counts_the_same(history: History) -> None:
    """Tension and compression are alike for ranges."""
    assert counts_of(-history) == counts_of(history)


@settings(max_examples=50)
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=300), st.integers(4, 12))
def test_a_small_stack_loses_no_turning_point(values: list[float], capacity: int) -> None:
    """Full and half cycles take up the ranges between turning points, whatever the stack's size."""
    history = np.array(values)
    counter = RainflowCounter(capacity=capacity)
    closed, left = counter.count(history), counter.residue_cycles()
    changes = np.abs(np.diff(history)).sum()
    taken = 2.0 * (closed.weights @ closed.ranges) + 2.0 * (left.weights @ left.ranges)
    assert np.isclose(taken, changes, rtol=1e-9)
