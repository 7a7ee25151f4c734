"""Rest between legs: how long parts soak, how hot they start again, and what the rig is told meanwhile."""

import math

import numpy as np
import pytest

from profiles.car.vehicle import load_vehicle
from profiles.course.course import Leg
from profiles.road.route import Route
from profiles.road.terrain import load_terrain
from rig.plan.rest import rest_blocks, rest_s, starts_degc

CAR = load_vehicle("d7xr")
ROUTE: Route = load_terrain("dune_loop").route()
STILL_AIR_S = 4100.0 / 6.0
"""The damper's time constant in still air: 4.1 kJ/K and 6 W/K, about 11 minutes (physics notes)."""


def leg(soak_h: float = 0.0, service_min: float = 0.0) -> Leg:
    return Leg("leg", ROUTE, ambient_degc=20.0, soak_h=soak_h, service_min=service_min)


def test_nothing_rests_before_the_first_leg() -> None:
    """There is nothing to cool, whatever the file says."""
    assert rest_s(leg(soak_h=10.0, service_min=30.0), CAR, None) == 0.0


def test_a_night_is_as_long_as_the_hotter_damper_needs() -> None:
    """From 120 K above ambient to 2 K above it takes ln(60) time constants, 47 minutes, not ten hours."""
    rest = rest_s(leg(soak_h=10.0), CAR, (100.0, 140.0))
    assert rest == pytest.approx(STILL_AIR_S * math.log(60.0))
    assert 2700.0 < rest < 2900.0


def test_a_short_night_is_not_made_longer() -> None:
    """Six minutes of night are six minutes, though the parts need more."""
    assert rest_s(leg(soak_h=0.1), CAR, (100.0, 140.0)) == pytest.approx(360.0)


def test_a_service_comes_on_top() -> None:
    """Half an hour of service, after the night or alone."""
    night = rest_s(leg(soak_h=10.0), CAR, (100.0, 140.0))
    assert rest_s(leg(soak_h=10.0, service_min=30.0), CAR, (100.0, 140.0)) == pytest.approx(night + 1800.0)
    assert rest_s(leg(service_min=30.0), CAR, (100.0, 140.0)) == 1800.0


def test_cold_parts_need_no_night() -> None:
    """Within 2 K of ambient, or colder, nothing soaks."""
    assert rest_s(leg(soak_h=10.0), CAR, (21.9, 15.0)) == 0.0


def test_after_a_night_parts_start_at_ambient() -> None:
    """None stands for ambient."""
    assert starts_degc(leg(soak_h=10.0), CAR, (100.0, 140.0), 3600.0) is None


def test_without_a_night_parts_start_as_hot_as_they_ended_or_cooler_after_a_service() -> None:
    """They cool towards ambient by their time constant in still air."""
    assert starts_degc(leg(), CAR, (100.0, 140.0), 0.0) == pytest.approx((100.0, 140.0))
    after = starts_degc(leg(service_min=10.0), CAR, (100.0, 140.0), 600.0)
    left = math.exp(-600.0 / STILL_AIR_S)
    assert after == pytest.approx((20.0 + 80.0 * left, 20.0 + 120.0 * left))


def test_the_rig_stands_at_neutral_at_its_place() -> None:
    """All samples, in blocks, at zero set point and zero speed, where the leg before ended."""
    blocks = list(rest_blocks(10_000, 500, 3, 1234.5, 7, 20.0))
    assert sum(len(block.distance_m) for block in blocks) == 10_000
    assert [block.first_sample for block in blocks] == [500, 500 + 4096, 500 + 8192]
    for block in blocks:
        assert not block.drive.any()
        assert not block.setpoint.any()
        assert not block.speed_mps.any()
        assert np.all(block.distance_m == 1234.5)
        assert np.all(block.segment == 7)
