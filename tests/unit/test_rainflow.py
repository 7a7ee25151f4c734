"""The rainflow counter against published and hand-made histories, and its memory."""

import json

import numpy as np
import pytest

from rig.life.rainflow import RainflowCounter, ResidueRule

ASTM = np.array([-2.0, 1.0, -3.0, 5.0, -1.0, 3.0, -4.0, 4.0, -2.0])


def test_astm_example_four_point() -> None:
    """ASTM E1049-85 figure 6: one full cycle of range 4 and mean 1; the rest stays open."""
    counter = RainflowCounter()
    cycles = counter.count(ASTM)
    assert cycles.ranges.tolist() == [4.0]
    assert cycles.means.tolist() == [1.0]
    assert counter.residue.tolist() == [-2.0, 1.0, -3.0, 5.0, -4.0, 4.0, -2.0]


def test_astm_example_counts_and_miner_sums() -> None:
    """ASTM E1049-85 figure 6: the published counts by range, and their exact power sums."""
    counter = RainflowCounter()
    parts = [counter.count(ASTM), counter.residue_cycles()]
    counts: dict[float, float] = {}
    for part in parts:
        for range_, weight in zip(part.ranges.tolist(), part.weights.tolist(), strict=True):
            counts[range_] = counts.get(range_, 0.0) + weight
    assert counts == {3.0: 0.5, 4.0: 1.5, 6.0: 0.5, 8.0: 1.0, 9.0: 0.5}
    assert sum(n * r**3 for r, n in counts.items()) == 1094.0
    assert sum(n * r**5 for r, n in counts.items()) == 67838.0


def test_repeated_loop_is_closed_whole() -> None:
    """The repeated rule closes the largest range of a loop as one full cycle: 9 and 8 and 4 and 3, none left half."""
    counter = RainflowCounter()
    first = counter.count(ASTM)
    again = counter.residue_cycles(ResidueRule.REPEATED)
    assert sorted([*first.ranges, *again.ranges]) == [3.0, 4.0, 7.0, 9.0]
    assert set(again.weights.tolist()) == {1.0}


def test_a_loop_played_twice_equals_the_repeated_rule() -> None:
    """What the rule adds is what a second pass through the counter closes."""
    rule = RainflowCounter()
    rule.count(ASTM)
    twice = RainflowCounter()
    twice.count(ASTM)
    assert sorted(twice.count(ASTM).ranges) == sorted([4.0, *rule.residue_cycles(ResidueRule.REPEATED).ranges])


def test_residue_rules_leave_the_state_alone() -> None:
    """Asking for the residue's cycles, by any rule, changes nothing."""
    counter = RainflowCounter()
    counter.count(ASTM)
    before = counter.state()
    for rule in ResidueRule:
        counter.residue_cycles(rule)
    assert counter.state() == before
    assert len(counter.residue_cycles(ResidueRule.NONE).ranges) == 0


def test_a_hold_costs_nothing() -> None:
    """Two million equal samples leave two points and close no cycle."""
    counter = RainflowCounter()
    counter.count(np.array([0.0, 3.0]))
    assert len(counter.count(np.full(2_000_000, 3.0)).ranges) == 0
    assert counter.residue.tolist() == [0.0, 3.0]


def test_gate_ignores_small_reversals_and_keeps_extremes() -> None:
    """A reversal below the gate is none, but a new extreme beyond it still counts."""
    counter = RainflowCounter(gate=1.0)
    assert len(counter.count(np.array([0.0, 5.0, 4.5, 5.2, 0.0, 0.4, -0.1])).ranges) == 0
    assert counter.residue.tolist() == [0.0, 5.2, -0.1]


def test_full_stack_says_so_and_loses_no_range() -> None:
    """A growing oscillation on a stack of six: what is forced out counts half, as it would have at the end."""
    history = np.array([(-1.0) ** i * i for i in range(1, 20)])
    small, large = RainflowCounter(capacity=6), RainflowCounter()
    forced, none = small.count(history), large.count(history)
    assert small.forced == 13
    assert len(none.ranges) == 0
    both = sorted([*forced.ranges, *small.residue_cycles().ranges])
    assert both == sorted(large.residue_cycles().ranges)
    assert set(forced.weights.tolist()) == {0.5}


def test_state_goes_through_json() -> None:
    """A counter that goes on from its saved state gives the same as one that never stopped."""
    rng = np.random.default_rng(3)
    history = rng.standard_normal(1000)
    whole = RainflowCounter(gate=0.1)
    expected = whole.count(history)
    first, second = RainflowCounter(gate=0.1), RainflowCounter(gate=0.1)
    before = first.count(history[:437])
    second.restore(json.loads(json.dumps(first.state())))
    actual = second.count(history[437:])
    assert np.array_equal(np.concatenate([before.ranges, actual.ranges]), expected.ranges)
    assert second.state() == whole.state()


def test_state_of_a_larger_counter_is_refused() -> None:
    """A residue that does not fit is refused, not cut."""
    counter = RainflowCounter()
    counter.count(ASTM)
    with pytest.raises(ValueError, match="at most 4"):
        RainflowCounter(capacity=4).restore(counter.state())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_none_are_refused(bad: float) -> None:
    """NaN and infinity are refused before anything is counted."""
    counter = RainflowCounter()
    with pytest.raises(ValueError, match="finite"):
        counter.count(np.array([0.0, bad, 1.0]))
    assert len(counter.residue) == 0


def test_cycles_carry_the_tag_of_their_second_point() -> None:
    """A cycle closed on the second surface, but made on the first, belongs to the first."""
    counter = RainflowCounter()
    cycles = counter.count(np.array([0.0, 5.0, 2.0, 4.0, -1.0]), np.array([0, 0, 0, 0, 1]))
    assert cycles.ranges.tolist() == [2.0]
    assert cycles.tags.tolist() == [0]
    assert counter.residue_cycles().tags.tolist() == [0, 1]
