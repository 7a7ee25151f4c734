"""The driver: comfort, obstacles, caps, brakes and engine, and the motion that follows from the plan."""

from collections.abc import Iterable

import numpy as np
import pytest

from profiles.car.response import iter_response
from profiles.car.vehicle import Vehicle
from profiles.driveline.shaft import Ground, resistance_n
from profiles.driver.reconnaissance import Scouting, scout
from profiles.driver.speed import SpeedPlan, _limits, plan_over, plan_speed
from profiles.road.builder import iter_road
from profiles.schema import Strict
from profiles.signal import Road, join
from tests.roads import CAR, flat, road_of, terrain_of

GRAVEL = Ground(0.04, 0.65)


def _with(comfort_mps2: float) -> Vehicle:
    comfort = CAR.driver.comfort_mps2.model_copy(update={"value": comfort_mps2})
    driver: Strict = CAR.driver.model_copy(update={"comfort_mps2": comfort})
    return CAR.model_copy(update={"driver": driver})


def _plan(roads: Iterable[Road], length_m: float, ground: Ground = GRAVEL) -> SpeedPlan:
    return plan_over(roads, (ground,), CAR, length_m)


def _acceleration(plan: SpeedPlan) -> np.ndarray:
    return np.diff(plan.speed_mps**2) / 2.0 / np.diff(plan.distance_m)


@pytest.mark.parametrize(
    ("iso_class", "comfort_mps2", "speed_kmh"), [("D", 2.5, 59), ("E", 3.5, 33), ("E", 4.5, 54), ("F", 4.5, 16)]
)
def test_comfort_sets_the_speed_of_the_physics_notes(iso_class: str, comfort_mps2: float, speed_kmh: float) -> None:
    """The median speed that a tolerance allows on a class is that of §1.5, within 25 %."""
    terrain = terrain_of({"roughness": {"iso_class": iso_class}, "length_m": 1500.0})
    scouting = scout(iter_road(terrain, 11), _with(comfort_mps2), 1500.0)
    assert np.median(scouting.limit_mps) * 3.6 == pytest.approx(speed_kmh, rel=0.25)


def test_a_level_road_is_driven_at_the_cap_from_creep_to_creep() -> None:
    """The cap is reached and never exceeded; both ends are slow."""
    plan = _plan(flat(600.0), 600.0, Ground(0.04, 0.65, 12.0))
    assert plan.speed_mps.max() == pytest.approx(12.0)
    assert plan.speed_mps[0] < 4.0
    assert plan.speed_mps[-1] < 4.0


def test_acceleration_and_braking_stay_within_the_drivers() -> None:
    """Between stations no more than +2.5 and -5 m/s², and both are used."""
    acceleration = _acceleration(_plan(flat(600.0), 600.0, Ground(0.04, 0.65, 25.0)))
    assert -5.0 - 1e-9 <= acceleration.min() < -4.5
    assert 2.2 < acceleration.max() <= 2.5 + 1e-9


def test_the_driver_slows_before_an_obstacle_and_stays_within_what_he_tolerates() -> None:
    """A dune of 0.5 m over 10 m is taken far slower than the level, neither hitting the bump stop nor crawling."""
    roads = list(road_of(lambda x: 0.25 * (1 - np.cos(2 * np.pi * np.clip((x - 300.0) / 10.0, 0, 1))), 600.0))
    plan = _plan(roads, 600.0)
    at_dune = np.interp([298.0, 305.0, 312.0], plan.distance_m, plan.speed_mps)
    assert plan.speed_mps[:200].max() > 2.0 * at_dune.max()
    assert at_dune.min() > 4.0
    ridden = join(list(iter_response(roads, plan, CAR)))
    assert 0.05 < ridden["suspension_m"].max() < CAR.suspension.bump_stop_at_m.value
    assert np.abs(ridden["strut_force_n"]).max() < CAR.driver.highest_strut_force_n.value


def test_a_limit_holds_from_before_its_place_to_after_it() -> None:
    """What hits at one metre was begun up to 10 m before: the landing's limit is the take-off's."""
    limit = np.full(100, 20.0)
    limit[50] = 6.0
    scouting = Scouting(limit, np.zeros(100), np.zeros(100, dtype=np.int64))
    slow = np.flatnonzero(_limits(scouting, (GRAVEL,), CAR) < 20.0)
    assert (slow[0], slow[-1]) == (40, 53)


def test_limits_do_not_depend_on_how_far_the_scout_has_driven() -> None:
    """The third lap over the same road allows what the second does: the scout's damper never warms."""
    lap = next(iter_road(terrain_of({"length_m": 300.0, "roughness": {"iso_class": "E"}}), 6, 300.0))
    data, segment = np.hstack([lap.data] * 3), np.concatenate([lap.segment] * 3)
    limit = scout([Road(lap.step_m, 0, data, segment)], CAR, 900.0).limit_mps
    np.testing.assert_allclose(limit[700:900], limit[400:600], rtol=1e-3)


def test_over_corrugation_faster_is_allowed() -> None:
    """Where shaking dies away with speed, the driver goes faster than the worst speed."""
    roads = road_of(lambda x: 0.012 * np.sin(2 * np.pi * x / 0.75), 400.0)
    assert np.median(scout(roads, CAR, 400.0).limit_mps) > 60 / 3.6


def test_a_steep_climb_is_limited_by_the_engine() -> None:
    """Uphill at 30 % the speed settles where resistance times speed is the power at the wheels."""
    plan = _plan(flat(3000.0, grade=0.3), 3000.0)
    v = np.interp(2500.0, plan.distance_m, plan.speed_mps)
    needed = resistance_n(CAR, np.array([0.04]), np.array([0.3]), np.array([v]))[0]
    assert needed * v == pytest.approx(290e3 * 0.82, rel=0.02)


def test_soft_ground_without_grip_leaves_only_momentum() -> None:
    """Where resistance exceeds the grip the car slows down to creep speed, and creeps on."""
    plan = _plan(flat(300.0, grade=0.1), 300.0, Ground(0.25, 0.27))
    np.testing.assert_allclose(plan.speed_mps, CAR.driver.creep_mps.value)


def test_motion_is_continuous_and_ends_where_the_road_does() -> None:
    """Distance is the integral of speed, and the last sample lies at the end."""
    plan = _plan(flat(200.0), 200.0)
    t = np.arange(plan.samples(500.0)) / 500.0
    motion = plan.at(t)
    middle = 0.5 * (motion.speed_mps[1:] + motion.speed_mps[:-1])
    np.testing.assert_allclose(np.diff(motion.distance_m), middle / 500.0, atol=2e-6)
    assert motion.distance_m[-1] == pytest.approx(200.0, abs=0.01)
    assert plan.at(np.array([1e9])).distance_m[0] == pytest.approx(200.0)
    assert plan.at(np.array([-1.0])).distance_m[0] == 0.0


def test_the_plan_does_not_depend_on_the_roads_blocks() -> None:
    """Blocks of 7 m, 200 m and the whole give the same speeds, bit for bit."""
    terrain = terrain_of({"length_m": 330.0})
    plans = [plan_over(iter_road(terrain, 4, block), (GRAVEL,), CAR, 330.0) for block in (7.0, 200.0, 1000.0)]
    for plan in plans[1:]:
        np.testing.assert_array_equal(plan.speed_mps, plans[0].speed_mps)


def test_another_seed_is_another_plan() -> None:
    """The plan knows the road: its speeds follow the seed's."""
    terrain = terrain_of({"roughness": {"iso_class": "F"}})
    assert not np.array_equal(plan_speed(terrain, CAR, 1).speed_mps, plan_speed(terrain, CAR, 2).speed_mps)
