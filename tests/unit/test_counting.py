"""Each streaming counter against counts made by hand, and what it refuses."""

from typing import Any

import numpy as np
import pytest

from rig.life.counting import (
    Classes,
    CycleCollective,
    LevelCounter,
    RangePairCounter,
    RevolutionCounter,
    SlidingCounter,
)
from rig.life.counting.classes import of_channels
from rig.life.rainflow import ResidueRule

ASTM = np.array([-2.0, 1.0, -3.0, 5.0, -1.0, 3.0, -4.0, 4.0, -2.0])
RANGES = Classes(-0.5, 1.0, 11)
LEVELS = Classes(-4.5, 1.0, 10)


def test_astm_example_in_a_matrix() -> None:
    """ASTM E1049-85 figure 6, two channels, one mirrored: counts by range, the mean of the full cycle, Miner sums."""
    counter = CycleCollective(2, RANGES, LEVELS, exponents=(3.0, 5.0))
    counter.count([ASTM, -ASTM])
    found = counter.collective()
    by_range = {3: 0.5, 4: 1.5, 6: 0.5, 8: 1.0, 9: 0.5}
    for channel in range(2):
        assert {k - 1: n for k, n in enumerate(found.matrix[channel].sum(axis=1).tolist()) if n} == by_range
    means = (1 + 5, 1 + 3)  # +1 and -1: a whole cycle of range 4 there, and the half one of the residue here
    assert found.matrix[:, 5, means].tolist() == [[1.0, 0.5], [0.5, 1.0]]
    assert found.sums.tolist() == [[1094.0, 67838.0]] * 2


def test_residue_rules_of_a_collective() -> None:
    """Without the residue one cycle; repeated, four whole ones."""
    counter = CycleCollective(1, RANGES, LEVELS, exponents=(1.0,))
    counter.count([ASTM])
    totals = {rule: counter.collective(rule).matrix.sum() for rule in ResidueRule}
    assert totals == {ResidueRule.NONE: 1.0, ResidueRule.HALVES: 4.0, ResidueRule.REPEATED: 4.0}
    assert counter.collective(ResidueRule.REPEATED).sums.tolist() == [[3.0 + 4.0 + 7.0 + 9.0]]


def test_what_lies_outside_the_classes_is_counted_there() -> None:
    """Ranges and means beyond all classes have places of their own."""
    counter = CycleCollective(1, Classes(2.0, 1.0, 2), Classes(0.0, 1.0, 2))
    counter.count([[0.0, 1.0, 0.0, 100.0, -100.0]])
    assert counter.collective().matrix[0].sum(axis=1).tolist() == [1.0, 0.0, 0.0, 1.0]
    assert counter.collective().matrix[0].sum(axis=0).tolist() == [0.0, 1.5, 0.0, 0.5]


def test_a_full_stack_is_told() -> None:
    """A growing swing fills a small stack: the oldest ranges count half, and how many is known."""
    swing = np.array([(-1.0) ** k * k for k in range(8)])
    counter = CycleCollective(1, exponents=(1.0,), capacity=4)
    counter.count([swing])
    assert counter.collective().forced.tolist() == [4]
    assert counter.collective().sums[0, 0] == 0.5 * np.abs(np.diff(swing)).sum()


def test_astm_range_pairs() -> None:
    """The rule of ASTM E1049-85 §5.3 by hand: 3, 4, 8 are taken back; from the end backwards, 6."""
    counter = RangePairCounter(1, RANGES)
    counter.count([ASTM])
    assert {k - 1: n for k, n in enumerate(counter.counts()[0].tolist()) if n} == {3: 1.0, 4: 1.0, 6: 1.0, 8: 1.0}


def test_levels_by_hand() -> None:
    """Time in classes, crossings of their edges, peaks and valleys of the same history."""
    counter = LevelCounter(1, Classes(-4.0, 4.0, 3))  # edges -4, 0, 4, 8
    counter.count([[-2.0, 1.0, -3.0, 5.0, 5.0, -1.0, 3.0, -5.0, 4.0, -2.0]])
    found = counter.levels
    assert found.samples[0].tolist() == [1, 4, 2, 3, 0]
    assert found.rises[0].tolist() == [1, 4, 2, 0]
    assert found.falls[0].tolist() == [1, 4, 2, 0]
    assert found.peaks[0].tolist() == [0, 0, 2, 2, 0]
    assert found.valleys[0].tolist() == [1, 2, 0, 0, 0]


def test_a_gate_keeps_noise_from_crossing() -> None:
    """Noise about a level in a hold crosses it each time without a gate, and once with one; time is time."""
    noise = np.tile([0.1, -0.1], 500)
    history = np.array([-1.0, *noise, 1.0, *noise, -1.0])
    for gate, crossings in ((0.0, 1000), (0.5, 1)):
        counter = LevelCounter(1, Classes(-2.0, 1.0, 4), gate)
        counter.count([history])
        assert counter.levels.rises[0, 2] == crossings
        assert counter.levels.samples.sum() == len(history)


def test_revolutions_at_torque() -> None:
    """Ten turns forward under 30 N·m and five backward under -70, and the torque that equals both."""
    counter = RevolutionCounter(1, Classes(-100.0, 50.0, 4), rate_hz=100.0, exponents=(3.0,))
    counter.count([np.full(1000, 30.0)], [np.full(1000, 2.0 * np.pi)])
    counter.count([np.full(500, -70.0)], [np.full(500, -2.0 * np.pi)])
    np.testing.assert_allclose(counter.revolutions[0], [[0, 0, 0, 10, 0, 0], [0, 5, 0, 0, 0, 0]], rtol=1e-12)
    expected = ((10 * 30.0**3 + 5 * 70.0**3) / 15) ** (1 / 3)
    np.testing.assert_allclose(counter.equivalent_torque_nm(), [[expected]], rtol=1e-12)


def test_a_shaft_at_rest_has_no_equivalent_torque() -> None:
    """What has not turned has no mean over revolutions."""
    counter = RevolutionCounter(1, LEVELS, rate_hz=10.0, exponents=(3.0,))
    counter.count([[5.0, 5.0]], [[0.0, 0.0]])
    assert np.isnan(counter.equivalent_torque_nm()).all()


def test_energy_of_a_viscous_damper() -> None:
    """A damper of c N·s/m in a sine of amplitude a takes up π c ω a² a period, and slides 4 a."""
    c, a, omega, periods = 2500.0, 0.06, 2.0 * np.pi * 1.5, 4
    angle = np.linspace(0.0, 2.0 * np.pi * periods, 20_001)
    counter = SlidingCounter(1)
    counter.count([a * np.sin(angle)], [c * a * omega * np.cos(angle)])
    np.testing.assert_allclose(counter.energy_j, [periods * np.pi * c * omega * a**2], rtol=1e-5)
    np.testing.assert_allclose(counter.distance_m, [periods * 4.0 * a], rtol=1e-9)


def test_within_its_play_nothing_slides() -> None:
    """Noise slides nothing; a stroke slides its length less the play."""
    noise = np.tile([0.0, 1e-4], 1000)
    counter = SlidingCounter(1, play_m=2.5e-4)
    counter.count([noise], [np.zeros(2000)])
    assert counter.distance_m[0] == 0.0
    counter.count([[0.05]], [[0.0]])
    np.testing.assert_allclose(counter.distance_m, [0.05 - 1.25e-4], rtol=1e-12)


def counters() -> list[Any]:
    return [CycleCollective(2), LevelCounter(2, LEVELS), RangePairCounter(2, RANGES)]


@pytest.mark.parametrize("counter", counters(), ids=lambda counter: type(counter).__name__)
@pytest.mark.parametrize(
    ("values", "said"),
    [([[0.0, np.nan], [0.0, 1.0]], "finite"), ([[0.0, 1.0]], r"shape \(1, 2\)"), ([0.0, np.inf], r"shape \(2,\)")],
)
def test_bad_samples_are_refused_and_change_nothing(counter: Any, values: Any, said: str) -> None:
    """A value that is not finite, or a block of another shape: an error, and the state as before."""
    before = counter.state()
    with pytest.raises(ValueError, match=said):
        counter.count(values)
    assert counter.state() == before


def test_pairs_of_channels_belong_together() -> None:
    """Torque and speed, travel and force of different lengths are refused."""
    with pytest.raises(ValueError, match="torque has 2 samples, speed 1"):
        RevolutionCounter(1, LEVELS, 10.0).count([[0.0, 1.0]], [[0.0]])
    with pytest.raises(ValueError, match="travel has 2 samples, force 1"):
        SlidingCounter(1).count([[0.0, 1.0]], [[0.0]])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Classes(0.0, 0.0, 3), "width above 0"),
        (lambda: Classes(np.nan, 1.0, 3), "finite lowest"),
        (lambda: Classes(0.0, 1.0, 0), "1 class or more"),
        (lambda: of_channels([LEVELS, RANGES], 2), "all of the same number"),
        (lambda: CycleCollective(1, gate=-1.0), "gate is"),
        (lambda: CycleCollective(1, gate=np.nan), "gate is"),
        (lambda: CycleCollective(1, RANGES), "go together"),
        (lambda: CycleCollective(1, capacity=3), "capacity is 3"),
        (lambda: RangePairCounter(1, RANGES, capacity=3), "capacity is 3"),
        (lambda: RevolutionCounter(1, LEVELS, 0.0), "rate_hz is 0"),
    ],
)
def test_bad_settings_are_refused(make: Any, said: str) -> None:
    """What can't be counted with is said before anything is counted."""
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize("counter", counters(), ids=lambda counter: type(counter).__name__)
def test_another_counter_s_state_is_refused(counter: Any) -> None:
    """The state of three channels is none of two, and changes nothing."""
    before, three = counter.state(), CycleCollective(3).state()
    with pytest.raises((ValueError, KeyError)):
        counter.restore(three)
    assert counter.state() == before
