"""A side of the car over a planned drive: places, axles one after the other, sides, temperatures, blocks."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from profiles.car.response import NAMES, iter_response
from profiles.car.vehicle import Vehicle
from profiles.road.soil import SOILS
from profiles.signal import Road, Signal, SignalError, join, join_roads
from tests.car_rides import D7XR, OCTA, Cruise, FloatArray, class_road, hump, level, road_of


def _response(roads: Iterable[Road], plan: Cruise, vehicle: Vehicle = D7XR, **options: Any) -> Signal:
    return join(list(iter_response(roads, plan, vehicle, **options)))


def test_the_channels_are_those_that_were_agreed() -> None:
    """Front, rear, pitch, and the place: names and their order are an interface."""
    seven = (
        "suspension_m", "suspension_mps", "strut_force_n", "tyre_force_n", "body_acceleration_mps2", "damper_power_w",
        "damper_temperature_degc",
    )  # fmt: skip
    place = ("distance_m", "speed_mps", "acceleration_mps2", "grade", "segment", "soil")
    axles = tuple(f"{axle}_{name}" for axle in ("front", "rear") for name in seven)
    assert (*axles, "pitch_rad", *place) == NAMES


def test_the_response_says_where_the_car_is_and_on_what() -> None:
    """Distance and speed are the plan's; grade, segment and soil are those at the front wheel's place."""
    road = join_roads(class_road("D", 1, 100.0))
    halves = np.arange(road.stations) >= road.stations // 2
    data = road.data.copy()
    data[2] = 0.1 * halves
    soil = np.where(halves, SOILS.index("dry_sand"), SOILS.index("rock")).astype(np.int8)
    out = _response([Road(0.05, 0, data, halves.astype(np.int32), soil)], Cruise(10.0, 9.0, 0.1))
    np.testing.assert_allclose(out["distance_m"][::4000], 10.0 * np.arange(5) * 2 + 0.05 * (np.arange(5) * 2.0) ** 2)
    np.testing.assert_array_equal(out["acceleration_mps2"], 0.1)
    after = out["distance_m"] >= 50.0
    np.testing.assert_array_equal(out["segment"], after)
    np.testing.assert_allclose(out["grade"], 0.1 * after)
    np.testing.assert_array_equal(out["soil"], np.where(after, SOILS.index("dry_sand"), SOILS.index("rock")))


def test_the_rear_axle_comes_a_wheelbase_later() -> None:
    """A hump reaches the rear tyre 3.02 m after the front one, and until then the rear wheel stands on level ground."""
    out = _response(road_of(hump(20.0, 1.0, 0.05), 60.0), Cruise(10.0, 5.0))
    met = [out["distance_m"][np.argmax(np.abs(out[f"{axle}_suspension_mps"]) > 0.1)] for axle in ("front", "rear")]
    assert met[1] - met[0] == pytest.approx(3.02, abs=0.03)


def test_on_sand_the_rear_wheel_has_an_easier_road() -> None:
    """Corrugation costs the rear tyre less where the front wheel has flattened it; on rock it costs the same."""

    def tyres(soil: str) -> FloatArray:
        out = _response(road_of(lambda x: 0.015 * np.sin(2 * np.pi * x / 0.75), 200.0, soil), Cruise(20.0, 9.0))
        return np.array([out[f"{axle}_tyre_force_n"][4000:].std() for axle in ("front", "rear")])

    sand, rock = tyres("dry_sand"), tyres("rock")
    assert rock[1] == pytest.approx(rock[0], rel=0.1)
    assert sand[1] == pytest.approx(0.75 * sand[0], rel=0.1)
    assert sand[0] == pytest.approx(rock[0], rel=0.05)


@pytest.mark.parametrize("soil", ["gravel", "dry_sand"])
def test_blocks_of_any_length_give_the_same_bits(soil: str) -> None:
    """Road blocks of 7 m, 200 m and the whole, and response blocks of 1,000 and 16,384 steps."""
    plan = Cruise(12.0, 15.0, 0.2)
    whole = _response(class_road("E", 9, 250.0, soil, 1000.0), plan, rate_hz=500.0)
    for block_m, steps in ((7.0, 1000), (200.0, 16_384), (1.3, 37)):
        other = _response(class_road("E", 9, 250.0, soil, block_m), plan, rate_hz=500.0, block_steps=steps)
        np.testing.assert_array_equal(other.data, whole.data)


def test_each_side_answers_its_own_track() -> None:
    """With a rough right track and a level left one, only the right side is shaken."""
    road = join_roads(class_road("E", 3, 100.0))
    data = road.data.copy()
    data[0] = 0.0
    one_sided = dataclasses.replace(road, data=data)
    left, right = (_response([one_sided], Cruise(10.0, 8.0), side=side) for side in ("left", "right"))
    assert np.abs(left["front_strut_force_n"]).max() < 1e-6
    assert np.abs(right["front_strut_force_n"]).max() > 1000.0


def test_dampers_start_at_ambient_or_as_told() -> None:
    """Both axles start at the ambient of the day, and cool towards it from a hot start."""
    roads = road_of(level, 200.0)
    out = _response(roads, Cruise(10.0, 15.0), ambient_degc=42.0)
    np.testing.assert_allclose(out["front_damper_temperature_degc"], 42.0)
    np.testing.assert_allclose(out["rear_damper_temperature_degc"], 42.0)
    hot = _response(roads, Cruise(10.0, 15.0), ambient_degc=42.0, start_degc=(90.0, 70.0))
    assert (hot["front_damper_temperature_degc"][0], hot["rear_damper_temperature_degc"][0]) == (90.0, 70.0)
    seconds = (hot.samples - 1) / hot.rate_hz
    left = 48.0 * np.exp(-seconds * 12.0 / 4100.0)
    assert hot["front_damper_temperature_degc"][-1] == pytest.approx(42.0 + left, abs=0.01)


def test_uphill_the_tail_carries_more() -> None:
    """At constant speed on 20 % the rear wheel gains m g sin h/L of one side, as in driving at 1.92 m/s²."""
    for vehicle in (D7XR, OCTA):
        out = _response(road_of(level, 200.0, grade=0.2), Cruise(10.0, 18.0), vehicle)
        push = 9.80665 * np.sin(np.arctan(0.2))
        gained = 0.5 * vehicle.mass_kg.value * push * vehicle.centre_height_m.value / vehicle.wheelbase_m.value
        assert out["rear_tyre_force_n"][-1] == pytest.approx(vehicle.wheel_load_n("rear") + gained, rel=1e-3)
        assert out["pitch_rad"][-1] < 0.0


def test_no_road_is_an_error() -> None:
    """Nothing to drive on is told, not driven on."""
    with pytest.raises(SignalError, match="no road"):
        next(iter_response([], Cruise(1.0, 1.0), D7XR))
