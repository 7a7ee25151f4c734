"""Pseudo-damage by class of range: closed forms, any split the same bits, a gate afterwards the same as one before."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.equivalence.range_sums import PER_OCTAVE, RangeSums, gate_near
from rig.life.rainflow import RainflowCounter

ASTM = np.array([-2.0, 1, -3, 5, -1, 3, -4, 4, -2])
HISTORIES = st.lists(st.integers(-40, 40), min_size=2, max_size=80).map(lambda values: np.array(values, np.float64))


def counted(*parts: np.ndarray, exponents: tuple[float, ...] = (3.0, 5.0)) -> RangeSums:
    """All parts of a history, one after the other."""
    found = RangeSums(exponents)
    for part in parts:
        found.add(part)
    found.finish()
    return found


def test_astm_example() -> None:
    """Miner sums of ASTM E1049-85 figure 6, exact; the ranges 3 and 4 below a gate of 4.5 left out."""
    found = counted(ASTM)
    assert (found.largest, found.damage(0.0).tolist()) == (9.0, [1094.0, 67838.0])
    gate = gate_near(4.5)
    assert found.damage(gate).tolist() == [0.5 * 6**3 + 8**3 + 0.5 * 9**3, 0.5 * 6**5 + 8**5 + 0.5 * 9**5]


@given(st.floats(1e-6, 1e6))
def test_a_gate_is_met_closely(wanted: float) -> None:
    """The nearest border is within half a class; a range of nothing has no gate."""
    assert gate_near(wanted) == pytest.approx(wanted, rel=2.0 ** (0.5 / PER_OCTAVE) - 1.0 + 1e-9)
    assert gate_near(0.0) == 0.0


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.lists(st.integers(0, 80), max_size=5))
def test_any_split_gives_the_same_bits(history: np.ndarray, cuts: list[int]) -> None:
    """Blocks of any length, empty ones included."""
    edges = sorted({0, len(history), *(min(cut, len(history)) for cut in cuts)})
    parts = [history[low:high] for low, high in pairwise(edges)]
    assert np.array_equal(counted(*parts).damage(0.0), counted(history).damage(0.0))


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_a_gate_afterwards_is_a_gate_before(history: np.ndarray) -> None:
    """Cycles below the gate left out of the sums: what a counter with that gate sums up, but for the open ends.

    A counter that gates does not see a first or last reversal below the gate: its residue ends a little earlier.
    """
    gate = gate_near(9.5)
    closed = np.concatenate(([-99.0], history, [99.0, -99.0]))  # the ends lie outside: no cycle is open there
    counter = RainflowCounter(gate)
    parts = [counter.count(closed), counter.residue_cycles()]
    want = [sum(float((one.weights * one.ranges**m).sum()) for one in parts) for m in (3.0, 5.0)]
    assert counted(closed).damage(gate).tolist() == pytest.approx(want, rel=1e-12)
