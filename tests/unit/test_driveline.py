"""The half-shaft: what grade, ground and air ask for, what the tyre can take, and what landing does."""

import numpy as np
import pytest

from profiles.car.corner import OUTPUTS
from profiles.car.response import NAMES
from profiles.driveline.shaft import Driveline, Ground, grounds_of, resistance_n
from profiles.signal import Signal
from tests.roads import CAR, terrain_of

LOAD_N = CAR.wheel_load_n
WEIGHT_N = 3200 * 9.80665


def _response(samples: int, **channels: float | np.ndarray) -> Signal:
    usual: dict[str, float | np.ndarray] = {"tyre_force_n": LOAD_N, "speed_mps": 10.0}
    data = np.zeros((len(NAMES), samples))
    for name, values in {**usual, **channels}.items():
        data[NAMES.index(name)] = values
    return Signal(NAMES, 2000.0, 0.0, data)


GRAVEL = Ground(0.04, 0.65)


def _torque(response: Signal) -> np.ndarray:
    return Driveline(CAR, (GRAVEL,)).consume(response)[0]


def test_steady_torque_is_a_quarter_of_what_the_car_needs() -> None:
    """At 10 m/s up 5 %: rolling (rear wheels 0.6), grade and air, times radius, over four wheels."""
    torque = _torque(_response(100, grade=0.05))
    cosine = 1 / np.sqrt(1 + 0.05**2)
    force = WEIGHT_N * cosine * (0.8 * 0.04 + 0.05) + 0.5 * 1.2 * 1.6 * 100.0
    np.testing.assert_allclose(torque, 0.25 * 0.43 * force, rtol=1e-9)
    assert resistance_n(CAR, np.array([0.04]), np.array([0.05]), np.array([10.0]))[0] == pytest.approx(force)


def test_accelerating_adds_the_cars_and_the_wheels_inertia() -> None:
    """Each m/s² costs a quarter of the car's mass times radius, and the wheel's inertia over radius."""
    more = _torque(_response(10, acceleration_mps2=2.0)) - _torque(_response(10))
    np.testing.assert_allclose(more, 2.0 * (0.25 * 3200 * 0.43 + 6.6 / 0.43), rtol=1e-9)


def test_the_brakes_spare_the_half_shaft() -> None:
    """Braking at 5 m/s² the shaft carries the engine's overrun only."""
    np.testing.assert_allclose(_torque(_response(10, acceleration_mps2=-5.0)), -300.0)


def test_first_gear_is_the_most_there_is() -> None:
    """Accelerating beyond the car's means uphill, the torque is the engine's in first gear."""
    steep = _response(10, grade=0.5, acceleration_mps2=9.0, tyre_force_n=4 * LOAD_N)
    np.testing.assert_allclose(_torque(steep), 3150.0)


def test_the_shaft_turns_with_the_wheel() -> None:
    """Without slip the speed is v / r_eff."""
    _, speed = Driveline(CAR, (GRAVEL,)).consume(_response(10))
    np.testing.assert_allclose(speed, 10.0 / 0.43)


def test_in_flight_the_torque_is_nothing_and_landing_is_a_spike_within_the_grip() -> None:
    """Off the ground the wheel gains speed; when it grips, the shaft winds up, bounded by μ F r, and settles again."""
    tyre = np.full(4000, LOAD_N)
    tyre[1000:1600] = 0.0
    tyre[1600:2000] = 2.0 * LOAD_N
    response = _response(4000, grade=0.05, tyre_force_n=tyre)
    torque, speed = Driveline(CAR, (GRAVEL,)).consume(response)
    over = speed - 10.0 / 0.43
    steady = torque[500]
    np.testing.assert_array_equal(torque[1000:1600], 0.0)
    assert over[1599] == pytest.approx(0.5 * steady / 6.6 * 0.3, rel=0.01)
    assert torque[1600] == pytest.approx(min(steady + over[1600] * np.sqrt(14_000 * 6.6), 0.65 * 2 * LOAD_N * 0.43))
    assert torque[1600] > 5 * steady
    assert torque.max() <= 0.65 * 2 * LOAD_N * 0.43
    assert torque[-1] == pytest.approx(steady, rel=1e-3)


def test_slip_goes_on_from_block_to_block() -> None:
    """Two blocks give the bits of one."""
    tyre = np.where(np.arange(3000) % 700 < 300, 0.0, LOAD_N)
    whole = _response(3000, grade=0.1, tyre_force_n=tyre)
    parts = [Signal(NAMES, 2000.0, 0.0, whole.data[:, part]) for part in (slice(0, 1234), slice(1234, 3000))]
    line, other = Driveline(CAR, (GRAVEL,)), Driveline(CAR, (GRAVEL,))
    pieces = [other.consume(part) for part in parts]
    for row, values in enumerate(line.consume(whole)):
        np.testing.assert_array_equal(values, np.concatenate([piece[row] for piece in pieces]))


def test_the_ground_of_a_terrain_is_that_of_its_soils() -> None:
    """Dry sand resists a quarter of the load, gravel 4 %; caps come along."""
    sand, gravel = grounds_of(terrain_of({"soil": "dry_sand", "speed_cap_mps": 9.0}, {"soil": "gravel"}), CAR)
    assert 0.22 < sand.resistance < 0.27
    assert sand.speed_cap_mps == 9.0
    assert (gravel.resistance, gravel.grip, gravel.speed_cap_mps) == (0.04, 0.65, np.inf)


def test_the_names_of_a_response_are_those_of_the_corner_and_the_motion() -> None:
    """What the driveline reads is what the response carries."""
    assert NAMES[: len(OUTPUTS)] == OUTPUTS
