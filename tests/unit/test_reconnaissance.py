"""The driver's reconnaissance: what each metre of road allows, judged by the car, in chunks that do not matter."""

from itertools import chain

import numpy as np
import pytest

from profiles.car.response import iter_response
from profiles.driver import reconnaissance
from profiles.driver.limits import limits_mps
from profiles.driver.reconnaissance import scout, scout_route
from profiles.driver.speed import plan_over
from profiles.road.builder import iter_road
from profiles.signal import FloatArray, Road, SignalError, join
from tests.car_rides import class_road, cold_half, half, hump, level, road_of
from tests.drives import CAR, STAGE_PACE, route_of, scouted, style_with

ROUGH = {"length_m": 730.0, "roughness": {"iso_class": "E"}, "soil": "lete_sand"}


def _limit(roads: list[Road] | None = None) -> FloatArray:
    return scout(roads or class_road("E", 5, 730.0), CAR, STAGE_PACE, 730.0).limit_mps


@pytest.mark.parametrize("comfort_mps2", [2.5, 3.5, 4.5])
def test_at_the_allowed_speed_the_body_is_shaken_as_the_driver_puts_up_with(comfort_mps2: float) -> None:
    """Ridden at its median limit, a road of class E gives the driver's RMS within 15 %: computed at twice the rate."""
    limit = scout(class_road("E", 5, 2000.0), CAR, style_with(comfort_mps2=comfort_mps2), 2000.0).limit_mps
    out = half(class_road("E", 5, 2000.0), 1990.0, float(np.median(limit)), cold_half(CAR))
    assert out["front_body_acceleration_mps2"].std() == pytest.approx(comfort_mps2, rel=0.15)


def test_a_level_road_allows_the_top_speed() -> None:
    """Everywhere, to the last metre."""
    limit = scout(road_of(level, 450.0), CAR, STAGE_PACE, 450.0).limit_mps
    assert len(limit) == 450
    np.testing.assert_allclose(limit, STAGE_PACE.top_speed_mps.value)


@pytest.mark.parametrize(
    "key", ["highest_strut_force_n", "highest_damper_speed_mps", "bump_margin_m", "rebound_margin_m"]
)
def test_each_of_what_the_driver_spares_slows_him_for_an_obstacle(key: str) -> None:
    """A dune of 0.5 m over 10 m: with little of one thing allowed, and all else of no matter, he is slower."""
    easy = {"comfort_mps2": 50.0, "highest_strut_force_n": 1e6, "highest_damper_speed_mps": 20.0}
    strict = {"highest_strut_force_n": 5e3, "highest_damper_speed_mps": 0.5, "bump_margin_m": 0.14}
    road = road_of(hump(150.0, 10.0, 0.5), 300.0)
    style = style_with(**{**easy, "bump_margin_m": 1e-4, "rebound_margin_m": 1e-4})
    free = scout(road, CAR, style, 300.0).limit_mps[140:170].min()
    held = scout(road, CAR, style_with(style, **{key: strict.get(key, 0.15)}), 300.0).limit_mps[140:170].min()
    assert held < 0.8 * free


def test_the_driver_slows_for_a_dune_and_stays_within_what_he_spares() -> None:
    """Driven by plan, a dune of 0.5 m over 10 m is met far slower than the level; nothing is hit and nobody crawls."""
    road = road_of(hump(300.0, 10.0, 0.5), 600.0)
    plan = plan_over(scout(road, CAR, STAGE_PACE, 600.0), route_of({"length_m": 600.0}), CAR, STAGE_PACE)
    at_dune = plan.at(plan.time_at(np.array([298.0, 305.0, 312.0]))).speed_mps
    assert plan.speed_mps.max() > 1.5 * at_dune.max()
    assert at_dune.min() > 4.0
    ridden = join(list(iter_response(road, plan, CAR)))
    assert 0.05 < ridden["front_suspension_m"].max() < CAR.front.bump_stop_at_m.value
    assert np.abs(ridden["front_strut_force_n"]).max() < STAGE_PACE.highest_strut_force_n.value


def test_twice_the_same_whatever_thread_was_first() -> None:
    """Two calls give the same bits."""
    np.testing.assert_array_equal(_limit(), _limit())


@pytest.mark.parametrize("processors", [1, 3, 16])
def test_the_number_of_processors_does_not_matter(processors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit."""
    usual = _limit()
    monkeypatch.setattr(reconnaissance.os, "cpu_count", lambda: processors)
    np.testing.assert_array_equal(_limit(), usual)


@pytest.mark.parametrize("block_m", [7.0, 50.0, 1000.0])
def test_the_roads_blocks_do_not_matter(block_m: float) -> None:
    """To the last bit, places included."""
    route = route_of(ROUGH)
    usual = scout_route(route, CAR, STAGE_PACE)
    other = scout(iter_road(route, CAR.track_m.value, block_m), CAR, STAGE_PACE, route.length_m)
    for name in ("limit_mps", "grade", "segment", "soil"):
        np.testing.assert_array_equal(getattr(other, name), getattr(usual, name))


def test_the_length_of_chunks_hardly_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each chunk is run into from rest: with chunks of 350 m the limits are those of 200 m but for a few per cent."""
    usual = _limit()
    monkeypatch.setattr(reconnaissance, "CHUNK_M", 350)
    other = _limit()
    assert len(other) == len(usual)
    assert np.median(np.abs(other / usual - 1.0)) < 0.02
    assert (np.abs(other / usual - 1.0) < 0.1).mean() > 0.9


@pytest.mark.parametrize("length_m", [20.0, 37.3, 199.95, 200.0, 200.05, 401.0])
def test_each_metre_is_looked_at_the_last_one_too(length_m: float) -> None:
    """Shorter than a chunk, exactly one, a little more: a value for each begun metre, and progress adds up to it."""
    told: list[float] = []
    found = scout_route(route_of({"length_m": length_m}), CAR, STAGE_PACE, told.append)
    metres = int(np.ceil(length_m - 1e-9))
    assert {len(getattr(found, name)) for name in ("limit_mps", "grade", "segment", "soil")} == {metres}
    assert np.isfinite(found.limit_mps).all()
    assert sum(told) == metres
    assert found.limit_mps.min() >= STAGE_PACE.creep_mps.value


@pytest.mark.parametrize("at_m", [30.0, 195.0, 410.0])
def test_an_obstacle_is_found_wherever_it_lies(at_m: float) -> None:
    """In the first chunk, across a border of two, in a last one that is short: about the same speed."""
    limit = scout(road_of(hump(at_m, 6.0, 0.5), 430.0), CAR, STAGE_PACE, 430.0).limit_mps
    alone = scout(road_of(hump(100.0, 6.0, 0.5), 430.0), CAR, STAGE_PACE, 430.0).limit_mps
    low = int(at_m)
    assert limit[low : low + 15].min() == pytest.approx(alone[100:115].min(), rel=0.1)
    assert limit[low : low + 15].min() < 0.7 * STAGE_PACE.top_speed_mps.value


def test_places_carry_segment_soil_and_grade() -> None:
    """Each metre's are those in its middle."""
    route = route_of({"length_m": 30.0, "grade_pct": 10.0}, {"length_m": 30.0, "soil": "dry_sand"})
    found = scout_route(route, CAR, STAGE_PACE)
    np.testing.assert_array_equal(found.segment, np.repeat([0, 1], 30))
    assert len(set(found.soil[:30])) == len(set(found.soil[30:])) == 1
    assert found.soil[0] != found.soil[-1]
    assert found.grade[20] == pytest.approx(0.1)
    assert found.grade[50] == 0.0


def test_no_faster_than_the_cap_needs_to_be_looked_at() -> None:
    """A capped segment is looked at up to its cap, and a plan with the cap in it is the same either way."""
    route = route_of({**ROUGH, "roughness": {"iso_class": "B"}, "speed_cap_mps": 9.0})
    road = iter_road(route, CAR.track_m.value)
    capped, free = scout_route(route, CAR, STAGE_PACE), scout(road, CAR, STAGE_PACE, route.length_m)
    assert capped.limit_mps.max() < 0.5 * free.limit_mps.max()
    one, other = (plan_over(found, route, CAR, STAGE_PACE) for found in (capped, free))
    np.testing.assert_allclose(one.speed_mps, other.speed_mps)


def test_without_a_road_nothing_is_found_out() -> None:
    """No blocks are an error."""
    with pytest.raises(SignalError, match="no road"):
        scout(chain(), CAR, STAGE_PACE, 100.0)


def test_a_felt_limit_holds_from_before_its_place_to_after_it() -> None:
    """What hits at one metre was begun up to 10 m before: the landing's limit is the take-off's."""
    limit = np.full(100, 20.0)
    limit[50] = 6.0
    route = route_of({"length_m": 100.0})
    slow = np.flatnonzero(limits_mps(scouted(100, limit), route, STAGE_PACE, (), 0.0) < 20.0)
    assert (slow[0], slow[-1]) == (40, 54)


def test_limits_stay_between_creep_and_top_speed() -> None:
    """Whatever the reconnaissance says."""
    scouting = scouted(100, np.repeat([0.1, 500.0], 50))
    limit = limits_mps(scouting, route_of({"length_m": 100.0}), STAGE_PACE, (), 0.0)
    assert (limit.min(), limit.max()) == (STAGE_PACE.creep_mps.value, STAGE_PACE.top_speed_mps.value)
