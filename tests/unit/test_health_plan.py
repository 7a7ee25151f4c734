"""Health blocks in a plan: where they come, the same drive to the bit each time, the course's own drive around them."""

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from profiles.course.course import load_course
from profiles.driver.speed import SpeedPlan
from profiles.driver.steady import steady_speed
from profiles.road.route import Stop
from profiles.schema import InputError
from profiles.signal import FloatArray
from rig.life.health import SURFACE
from rig.plan import Plan, Wanted, drive_rows, load_plan, refuse_excess
from rig.plan.bench import bench_of
from rig.plan.health import plan_health
from rig.plan.pausing import STANDS_S, Wish, paused
from rig.plan.summary import health_of
from rig.supervisor.estimate import samples_until
from tests.plans import stage_file

AXES = 3
SPEED_MPS = 10.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("courses")


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    """Half a kilometre, with as many health blocks as can be asked for."""
    return load_plan(Wanted(str(stage_file(folder)), health_min=1.0))


@pytest.fixture(scope="module")
def rows(plan: Plan) -> FloatArray:
    """Its whole drive."""
    return np.concatenate([drive_rows(block) for block in plan.blocks()])


def test_each_is_the_same_drive_to_the_bit(plan: Plan, rows: FloatArray) -> None:
    """Commands and set points; it begins and ends at 0, and so does the course's drive around it, standing still."""
    assert plan.health is not None
    length, places = plan.health.plan.samples, plan.health.places
    assert len(places) == 2
    assert len(rows) == plan.samples
    first, second = (rows[place.first_sample : place.first_sample + length] for place in places)
    assert first[:, : 2 * AXES].tobytes() == second[:, : 2 * AXES].tobytes()
    assert np.abs(first[:, : 2 * AXES]).max() > 0.05
    for place in places:
        before, after = rows[place.first_sample - 150 : place.first_sample], rows[place.first_sample + length :][:150]
        assert not before[:, : 2 * AXES].any()
        assert not after[:, : 2 * AXES].any()
        assert not before[:, -2].any()


def test_it_is_sixty_seconds_at_sixty(plan: Plan, rows: FloatArray) -> None:
    """At 60 km/h for 60 s, whoever drives; the course stands still meanwhile, in a segment of its own at the end."""
    assert plan.health is not None
    for number, place in enumerate(plan.health.places):
        block = rows[place.first_sample : place.first_sample + plan.health.plan.samples]
        assert np.count_nonzero(np.abs(block[:, -2] * 3.6 - 60.0) < 0.01) / 500.0 == pytest.approx(60.0, abs=1.5)
        assert (block[:, -3] == place.distance_m).all()
        assert (block[:, -1] == place.segment).all()
        assert plan.segments[place.segment].surface == SURFACE
        assert place.segment == len(plan.segments) - 2 + number
    assert np.diff(rows[:, -3]).min() >= -1e-9


def test_the_course_is_what_it_is_without_them(plan: Plan, rows: FloatArray) -> None:
    """Without the health blocks, what is left is the leg's own drive, sample by sample; its length is the course's."""
    assert plan.health is not None
    keep = ~np.isin(rows[:, -1], [place.segment for place in plan.health.places])
    alone = np.concatenate([drive_rows(block) for block in replace(plan, health=None).blocks()])
    assert rows[keep].tobytes() == alone.tobytes()
    assert plan.distance_m == 500.0
    assert plan.driving_s == len(alone) / 500.0
    assert plan.duration_s == len(rows) / 500.0
    assert samples_until(plan, 500.0) == pytest.approx(plan.samples, abs=2)
    told = health_of(plan, 400.0)
    assert told is not None
    assert told.at_km == (plan.health.places[0].distance_m / 1000.0,)


@pytest.mark.parametrize("into", [(0, 0), (0, 7_001), (1, -3), (1, 20_000)])
def test_it_can_be_begun_within_one(plan: Plan, rows: FloatArray, into: tuple[int, int]) -> None:
    """A run that is gone on with gets the same rows from there on."""
    assert plan.health is not None
    first = plan.health.places[into[0]].first_sample + into[1]
    blocks = list(plan.blocks(first))
    assert blocks[0].first_sample <= first
    again = np.concatenate([drive_rows(block) for block in blocks])
    assert again.tobytes() == rows[blocks[0].first_sample :].tobytes()


def test_a_campaign_has_them_at_the_end_of_legs_too(folder: Path) -> None:
    """By its own file; after enough driving one comes at a leg's end, still warm; the last before the target."""
    path = folder / "checked.yaml"
    day = "days: [{label: one, ambient_degc: 30.0, stages: [{stage: short.yaml, repeats: 3}]}]"
    path.write_text(f"kind: campaign\nname: checked\ndescription: for a test\nhealth_block_min: 2.5\n{day}\n")
    plan = load_plan(Wanted(str(path)))
    assert plan.health is not None
    assert [(place.leg, place.leg_sample == plan.legs[place.leg].plan.samples) for place in plan.health.places] == [
        (0, False), (1, True), (2, False),
    ]  # fmt: skip
    assert 1400.0 < plan.health.places[-1].distance_m < 1500.0
    sample = 0
    for block in plan.blocks():
        assert block.first_sample == sample
        sample += len(block.drive)
    assert sample == plan.samples
    assert load_plan(Wanted(str(path), health_min=0.0)).health is None


@pytest.mark.parametrize(
    ("asked", "until_m", "word"),
    [(0.5, None, "1 to 600"), (float("nan"), None, "1 to 600"), (601.0, None, "1 to 600"), (5.0, 250.0, "0.3 km")],
)
def test_what_cannot_be_is_refused(folder: Path, asked: float, until_m: float | None, word: str) -> None:
    """Too often, too seldom, not a number, or on a way that has no room for two."""
    with pytest.raises(InputError, match=word):
        load_plan(Wanted(str(stage_file(folder)), health_min=asked, until_m=until_m))


def _paused(wish: Wish, stops: tuple[Stop, ...] = ()) -> tuple[float, ...]:
    """The pauses of a leg of 12 km at 10 m/s, whose segments end at 1, 4, 4.5 and 9 km."""
    leg = load_course("health_block").legs[0]
    (one,) = leg.route.stretches
    edges = np.array([0.0, 1.0, 4.0, 4.5, 9.0, 12.0]) * 20_000
    stretches = tuple(
        replace(one, index=k, first_station=int(a), end_station=int(b))
        for k, (a, b) in enumerate(itertools.pairwise(edges))
    )
    leg = replace(leg, route=replace(leg.route, stretches=stretches, stops=stops))
    found = paused(leg, SpeedPlan.of(np.full(12_001, SPEED_MPS), 12_000.0), wish)
    mine = [stop for stop in found.route.stops if stop.why == "health block"]
    assert sorted(found.pauses_m) == [stop.at_m for stop in mine]
    assert all(stop.duration_s == STANDS_S for stop in mine)
    return found.pauses_m


def test_they_come_at_borders_or_within_long_segments() -> None:
    """Soon after the start, then every five minutes, at a border within a quarter of that; the last before the end."""
    assert _paused(Wish(300.0, True, 12_000.0)) == pytest.approx((1000.0, 4000.0, 7200.0, 10_200.0, 11_970.0))
    assert _paused(Wish(300.0, False, None)) == pytest.approx((3000.0, 6000.0, 9000.0))
    assert _paused(Wish(3600.0, False, None)) == ()
    assert _paused(Wish(300.0, True, 5000.0)) == pytest.approx((1000.0, 4970.0))


def test_a_stop_that_is_near_is_used() -> None:
    """Where the car stands anyhow it is not made to stop twice."""
    assert _paused(Wish(300.0, False, None), (Stop(3040.0, 5.0, "check"),))[0] == 3040.0


def test_a_constant_speed_is_reached_held_and_left() -> None:
    """Exactly over the length; a length too short for the speed is refused."""
    plan = steady_speed(1138.9, 60.0 / 3.6)
    assert plan.length_m == pytest.approx(1138.9, abs=1e-9)
    assert plan.speed_mps[0] == pytest.approx(0.0, abs=0.05)
    assert plan.speed_mps.max() == pytest.approx(60.0 / 3.6, rel=1e-4)
    assert np.abs(np.diff(plan.speed_mps)).max() < 0.21
    with pytest.raises(ValueError, match="too short"):
        steady_speed(100.0, 60.0 / 3.6)


def test_a_rig_that_cannot_play_it_is_told(plan: Plan) -> None:
    """A health block outside the envelope is told as any drive is, at its first place; it is never slowed."""
    weak = plan.rig.model_copy(
        update={
            "axes": tuple(
                axis.model_copy(update={"actuator": axis.actuator.model_copy(update={"acceleration_per_s2": 80.0})})
                if axis.name == "pan_displacement_m"
                else axis
                for axis in plan.rig.axes
            )
        }
    )
    assert plan.health is not None
    outside = plan_health(1.0, plan.vehicle, plan.style, bench_of(weak), "slow")
    made = replace(plan, rig=weak, over="slow", health=replace(outside, places=plan.health.places))
    place = plan.health.places[0]
    assert {(one.segment, one.distance_m) for one in made.excesses} == {(place.segment, place.distance_m)}
    assert made.excess_count == outside.plan.excess_count >= 1
    with pytest.raises(InputError, match="health block 1"):
        refuse_excess(made)
