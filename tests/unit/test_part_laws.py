"""Laws of joints, bearings, elastomers and ageing, and of mean stress, against hand arithmetic and published values."""

import json
import math
from typing import Any

import numpy as np
import pytest
from part_laws import ageing, bearing, cycles_law, energy, joint
from pydantic import ValidationError

from rig.life.accounts import Account, BearingAccount, account_of
from rig.life.laws.cycles import cycles_to_failure
from rig.life.laws.schema import Law
from rig.life.mean_stress import goodman

RATE_HZ = 500.0


def damage(law: Law, *values: Any) -> float:
    """The damage of some samples by a law, all on one surface."""
    account = account_of(law, 1, RATE_HZ)
    filled = [np.asarray(each, np.float64) for each in values]
    account.add(filled, np.zeros(len(filled[0]), np.int64))
    return float(account.by_surface()[0])


def swings(range_: float, count: int) -> list[float]:
    """So many cycles from 0 to a range."""
    return [0.0, range_] * count + [0.0]


def test_smith_watson_topper_on_a_channel_above_its_static_value() -> None:
    """100 measured swings of ±100 above a static 100: each is range 200 at mean 100, as 282.8427 at mean 0."""
    law = cycles_law(mean_stress={"method": "smith_watson_topper"}, static=100.0)
    history = np.asarray(swings(200.0, 100)) - 100.0
    expected = 100 / 2.0e6 * (282.8427 / 100.0) ** 5
    assert damage(law, history) == pytest.approx(expected, rel=1e-5)


def test_goodman_takes_the_mean_from_the_strength() -> None:
    """Mean 100 of 400: range 200 counts as 266.67; pressure changes nothing; a mean of 400 breaks at once."""
    assert goodman([200.0, 200.0, 200.0], [100.0, -100.0, 400.0], 400.0) == pytest.approx([800.0 / 3.0, 200.0, np.inf])
    told = {"method": "goodman", "ultimate": 400.0, "source": "this test", "confidence": "design"}
    history = np.asarray(swings(200.0, 100)) - 100.0
    law = cycles_law(mean_stress=told, static=100.0)
    assert damage(law, history) == pytest.approx(100 / 2.0e6 * (8.0 / 3.0) ** 5)
    beyond = cycles_law(mean_stress=told, static=400.0)
    assert damage(beyond, [0.0, 10.0]) == 0.5, "half a cycle that breaks it"
    with pytest.raises(ValueError, match="ultimate is 0"):
        goodman(1.0, 0.0, 0.0)


def test_mean_stress_wants_to_know_the_static_load() -> None:
    """A channel that is measured above its static value has no mean of its own."""
    with pytest.raises(ValidationError, match="a load with its static part"):
        cycles_law(mean_stress={"method": "smith_watson_topper"}, load=None)


def test_a_load_is_a_factor_of_its_channel() -> None:
    """With half the channel as its load a part lives 2^5 times as long."""
    assert cycles_to_failure(cycles_law(factor=0.5), 100.0) == pytest.approx(2.0e6 * 32.0)


def test_relative_miner() -> None:
    """Parts that fail at a Miner sum of 0.5 have used up twice the share of their life."""
    whole, half = (damage(cycles_law(critical_damage=each), swings(150.0, 50)) for each in (1.0, 0.5))
    assert half == pytest.approx(2.0 * whole)
    warm = [damage(energy(critical_damage=each), swings(150.0, 50), np.full(101, 60.0)) for each in (1.0, 0.5)]
    assert warm[1] == pytest.approx(2.0 * warm[0])


def test_energy_of_an_elastomer() -> None:
    """2,000 N on 1e6 N/m are 2 J, the reference: N = 1e6. Twice the force is 2^4 with exponent 2; 10 K are twice."""
    reference = damage(energy(), swings(2000.0, 10), np.full(21, 40.0))
    assert reference == pytest.approx(10 / 1.0e6)
    assert damage(energy(), swings(4000.0, 10), np.full(21, 40.0)) == pytest.approx(16.0 * reference)
    assert damage(energy(), swings(2000.0, 10), np.full(21, 50.0)) == pytest.approx(2.0 * reference)
    assert damage(energy(warmth=None), swings(2000.0, 10)) == pytest.approx(reference)


def test_energy_takes_each_cycle_at_its_own_temperature() -> None:
    """Ten cycles cold and ten 20 K warmer: 10 + 40, whatever came first."""
    degc = np.r_[np.full(20, 40.0), np.full(21, 60.0)]
    both = damage(energy(), swings(2000.0, 20), degc)
    assert both == pytest.approx((10 + 4 * 10) / 1.0e6, rel=0.1)
    assert damage(energy(), swings(2000.0, 20), degc[::-1]) == pytest.approx(both, rel=0.1)


def test_a_joint_turns_under_torque() -> None:
    """A turn at the reference torque takes 1/revolutions, straight; at 15° f = 2 and 2^3 of it; signs don't matter."""
    samples = round(RATE_HZ)
    turning = np.full(samples, 2.0 * np.pi)  # one turn a second
    straight = -0.45 * math.tan(math.radians(4.0))
    bent = 0.45 * math.tan(math.radians(11.0))
    for torque, travel, expected in ((1000.0, straight, 1.0), (-1000.0, bent, 8.0), (500.0, straight, 0.125)):
        found = damage(joint(), np.full(samples, torque), turning, np.full(samples, travel))
        assert found == pytest.approx(expected / 2.0e6, rel=1e-9)
    assert damage(joint(), np.full(samples, 1000.0), np.zeros(samples), np.zeros(samples)) == 0.0


def test_a_bearing_by_iso_281() -> None:
    """C 65 kN, P 9 kN: L10 is 377e6 turns, 1.0e6 km on a wheel of 0.43 m (physics notes §5.2)."""
    law = bearing(static=9000.0)
    a_turn = damage(law, np.zeros(500), np.full(500, 2.0 * np.pi))
    assert 1.0 / a_turn == pytest.approx((65.0 / 9.0) ** 3 * 1e6)
    assert 1.0 / a_turn * 2.0 * np.pi * 0.43 / 1000.0 == pytest.approx(1.02e6, rel=0.01)
    assert damage(bearing(static=9000.0, a_iso=0.1), np.zeros(500), np.full(500, 2.0 * np.pi)) == pytest.approx(
        10.0 * a_turn
    )
    axial = bearing(static=9000.0, axial_ratio=0.3, y=0.55)
    assert damage(axial, np.zeros(500), np.full(500, 2.0 * np.pi)) == pytest.approx(1.165**3 * a_turn)


def test_a_bearing_remembers_its_highest_load() -> None:
    """C_0 over P_0 at the worst sample, standing still or not; before the first sample it is infinite."""
    account = account_of(bearing(static=9000.0), 1, RATE_HZ)
    assert isinstance(account, BearingAccount)
    assert account.static_ratio() == math.inf
    account.add([np.array([0.0, -60_000.0, 41_000.0]), np.zeros(3)], np.zeros(3, np.int64))
    assert account.static_ratio() == pytest.approx(50_000.0 / 51_000.0)
    again = account_of(bearing(static=9000.0), 1, RATE_HZ)
    assert isinstance(again, BearingAccount)
    again.restore(account.state())
    assert again.static_ratio() == account.static_ratio()


def test_ageing_is_arrhenius() -> None:
    """An hour of 100 at 70 °C; with 80 kJ/mol, at 60 °C 0.431 of that (e^(80000/8.314 · (1/343.15 - 1/333.15)))."""
    hour = round(3600 * RATE_HZ)
    at_reference = damage(ageing(), np.full(hour, 70.0))
    assert at_reference == pytest.approx(0.01, rel=1e-6)
    assert damage(ageing(), np.full(hour, 60.0)) == pytest.approx(0.4308 * 0.01, rel=1e-3)


LAWS: list[tuple[Law, int]] = [
    (cycles_law(mean_stress={"method": "smith_watson_topper"}, static=50.0), 1),
    (energy(), 2),
    (joint(), 3),
    (bearing(), 2),
    (ageing(), 1),
]


def histories(count: int, samples: int) -> list[np.ndarray]:
    """Channels that wander, the same each time."""
    rng = np.random.default_rng(3)
    return [np.cumsum(rng.standard_normal(samples)) + 40.0 for _ in range(count)]


def fed(account: Account, values: list[np.ndarray], tags: np.ndarray, cuts: list[int]) -> Account:
    """An account that was given the samples in pieces."""
    for piece in np.split(np.arange(len(tags)), cuts):
        account.add([each[piece] for each in values], tags[piece])
    return account


@pytest.mark.parametrize(("law", "channels"), LAWS, ids=lambda each: getattr(each, "law", ""))
@pytest.mark.parametrize("cuts", [[1], [7, 7, 8, 500], list(range(0, 900, 3))])
def test_any_pieces_and_any_restart_give_the_same_bits(law: Law, channels: int, cuts: list[int]) -> None:
    """However samples are cut, and gone on with from a saved state through JSON, each account says the same."""
    values, tags = histories(channels, 900), np.arange(900) // 300
    whole = fed(account_of(law, 3, RATE_HZ), values, tags, [])
    pieces = fed(account_of(law, 3, RATE_HZ), values, tags, cuts)
    assert pieces.state() == whole.state()
    first, second = account_of(law, 3, RATE_HZ), account_of(law, 3, RATE_HZ)
    fed(first, [each[:431] for each in values], tags[:431], [])
    second.restore(json.loads(json.dumps(first.state())))
    fed(second, [each[431:] for each in values], tags[431:], [])
    assert second.state() == whole.state()
    np.testing.assert_array_equal(second.by_surface(), whole.by_surface())
    assert (whole.by_surface() > 0.0).all()


def test_turns_and_time_need_the_rate() -> None:
    """An account that would have to guess it is refused."""
    with pytest.raises(ValueError, match="rate_hz is None"):
        account_of(joint(), 1, None)
