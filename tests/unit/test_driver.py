"""What limits do to their neighbours: how far they reach, how the car speeds up to them and brakes for them."""

import numpy as np
import pytest

from profiles.driver.passes import accelerate, brake, spread
from profiles.signal import FloatArray

MASS_KG, WEIGHT_N = 3000.0, 3000.0 * 9.80665
STATIONS = 400
STRONG = np.full(400, 1e6)


def _accelerated(
    limit: FloatArray, grip_n: float = 1e6, held_n: float | FloatArray = 0.0, force_n: FloatArray = STRONG,
    air: float = 0.0, creep: float = 0.5,
) -> FloatArray:  # fmt: skip
    """Speeds over stations a metre apart, of a driver who uses 2.5 m/s²."""
    edges = np.zeros(len(limit) - 1)
    at_m = np.arange(len(limit), dtype=np.float64)
    return np.asarray(accelerate(limit, at_m, force_n, edges + grip_n, edges + held_n, air, MASS_KG, creep, 2.5))


def _braked(speeds: FloatArray, grip_n: float = 1e6, held_n: float = 0.0) -> FloatArray:
    """The speeds of a driver who brakes with up to 5 m/s²."""
    edges, lowered = np.zeros(len(speeds) - 1), speeds.copy()
    brake(lowered, np.arange(len(speeds), dtype=np.float64), edges + grip_n, edges + held_n, MASS_KG, 5.0)
    return lowered


def _rates(speeds: FloatArray) -> FloatArray:
    """Acceleration from each station to the next."""
    return np.diff(speeds**2) / 2.0


def test_a_limit_reaches_so_far_ahead_and_behind() -> None:
    """Ten metres before its place and three after, rounded up; the lowest of several holds."""
    limit = np.full(60, 20.0)
    limit[30], limit[33] = 6.0, 8.0
    out = spread(limit, 9.5, 3.0, 0.0)
    np.testing.assert_array_equal(np.flatnonzero(out == 6.0), np.arange(20, 34))
    np.testing.assert_array_equal(np.flatnonzero(out == 8.0), np.arange(34, 37))
    assert (np.delete(out, np.arange(20, 37)) == 20.0).all()


def test_a_limit_holds_over_the_way_of_a_time_at_it() -> None:
    """Half a second at 6 m/s is 3 m on both sides; the ends of the road cut it off."""
    limit = np.full(40, 20.0)
    limit[[1, 20]] = 6.0
    out = spread(limit, 0.0, 0.0, 0.5)
    np.testing.assert_array_equal(np.flatnonzero(out == 6.0), [0, 1, 2, 3, 4, 17, 18, 19, 20, 21, 22, 23])


def test_speed_grows_by_the_drivers_acceleration_up_to_the_limit() -> None:
    """The square of speed grows by 2 a s; a lower limit is met at once, and left by the same acceleration."""
    limit = np.full(STATIONS, 20.0)
    limit[0], limit[200] = 0.0, 5.0
    speeds = _accelerated(limit)
    np.testing.assert_allclose(speeds[:80], np.sqrt(2.0 * 2.5 * np.arange(80)))
    assert speeds.max() == 20.0
    assert speeds[200] == 5.0
    assert speeds[201] == pytest.approx(np.sqrt(25.0 + 5.0))


@pytest.mark.parametrize(
    ("grip_n", "held_n", "wanted"),
    [(6000.0, 1500.0, 1.5), (1e6, 1500.0, 2.0), (6000.0, 0.0, 2.0), (1e6, 0.0, 2.5), (3000.0, 6000.0, -1.0)],
)
def test_the_least_of_engine_grip_and_driver_speeds_the_car_up(grip_n: float, held_n: float, wanted: float) -> None:
    """Force less resistance, over mass; where that is negative the car slows."""
    speeds = _accelerated(np.concatenate(([15.0], np.full(49, 30.0))), grip_n, held_n, np.full(400, 7500.0))
    np.testing.assert_allclose(_rates(speeds), wanted, rtol=1e-9)


def test_the_air_and_the_fading_engine_end_it() -> None:
    """A force of 100 kW over speed against air of 1 N per m²/s²: the cube root of 100,000, to the table's step."""
    grid = np.arange(0.0, 100.0, 0.25)
    speeds = _accelerated(np.concatenate(([0.0], np.full(8000, 90.0))), force_n=1e5 / np.maximum(grid, 1.0), air=1.0)
    assert speeds[-1] == pytest.approx(1e5 ** (1.0 / 3.0), rel=0.01)


def test_held_back_for_good_the_car_creeps() -> None:
    """It slows to the creep speed and keeps it, but never goes faster than the limit."""
    limit = np.full(100, 10.0)
    limit[80] = 0.0
    speeds = _accelerated(limit, grip_n=5000.0, held_n=15_000.0, creep=2.0)
    assert (np.diff(speeds[:80]) <= 0.0).all()
    np.testing.assert_array_equal(speeds[40:80], 2.0)
    assert (speeds[80], speeds[81]) == (0.0, 2.0)


@pytest.mark.parametrize(
    ("grip", "grade", "wanted"),
    [(0.9, 0.0, 5.0), (0.3, 0.0, 0.9 * 0.3 * 9.80665), (0.3, 0.1, 0.37 * 9.80665), (0.3, -0.5, 0.5)],
    ids=["the driver", "the grip", "the grip uphill", "down a slip face"],
)
def test_braking_is_as_hard_as_driver_and_ground_let_it(grip: float, grade: float, wanted: float) -> None:
    """Nine tenths of the grip and what the grade adds; never less than half a metre per second squared."""
    speeds = np.full(STATIONS, 15.0)
    speeds[-1] = 0.0
    lowered = _braked(speeds, grip * WEIGHT_N, grade * WEIGHT_N)
    braking = -_rates(lowered)[lowered[:-1] < 15.0 - 1e-9]
    np.testing.assert_allclose(braking[1:], wanted, rtol=1e-6)
    assert lowered[0] <= 15.0


def test_braking_changes_nothing_where_the_car_speeds_up() -> None:
    """Speeds that only rise stay as they are."""
    speeds = np.sqrt(2.0 * 2.0 * np.arange(100.0))
    np.testing.assert_array_equal(_braked(speeds), speeds)
