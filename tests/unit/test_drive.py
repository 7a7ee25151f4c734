"""The drive: in the rig's band, of the car's motion, faded in and out, in blocks that follow each other."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from profiles.car.response import iter_response
from profiles.drive.actuator import AXES, Actuator
from profiles.drive.envelope import EnvelopeCheck
from profiles.drive.prepare import BLOCK_SAMPLES, FELT, Bench, DriveBlock, drive_faults, iter_drive
from profiles.driveline.shaft import Driveline
from profiles.driver.speed import SpeedPlan, plan_speed
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.road.terrain import load_terrain
from profiles.schema import InputError
from profiles.signal import FloatArray, join
from tests.drives import BENCH, CAR, PAN, SHAFT, STAGE_PACE, TORQUE, route_of

DUNETTES = {"type": "dunettes", "rate_per_km": 35.0, "height_m": (0.15, 0.35), "length_m": (8.0, 20.0)}
DUNES = route_of(
    {"length_m": 120.0, "speed_cap_mps": 9.0},
    {"length_m": 180.0, "speed_cap_mps": 8.5, "soil": "lete_sand", "features": (DUNETTES,)},
)
SHORT = route_of({"length_m": 100.0})


def _plan(route: Route) -> SpeedPlan:
    return plan_speed(route, CAR, STAGE_PACE)


def _blocks(route: Route, bench: Bench = BENCH, **other: object) -> list[DriveBlock]:
    return list(iter_drive(route, _plan(route), CAR, bench, **other))  # type: ignore[arg-type]


def _whole(blocks: list[DriveBlock], what: str) -> FloatArray:
    return np.concatenate([getattr(block, what) for block in blocks])


def _felt(blocks: list[DriveBlock], name: str) -> FloatArray:
    return _whole(blocks, "felt")[:, FELT.index(name)]


@pytest.fixture(scope="module")
def dunes() -> list[DriveBlock]:
    """The drive over level ground and dunettes."""
    return _blocks(DUNES)


def test_the_drive_starts_and_ends_at_nothing(dunes: list[DriveBlock]) -> None:
    """Set points are 0 at both ends and rise over 2 s; the drive is within a thousandth of its peak of 0."""
    setpoint, drive = _whole(dunes, "setpoint"), _whole(dunes, "drive")
    np.testing.assert_array_equal(setpoint[[0, -1]], 0.0)
    assert (np.abs(drive[[0, -1]]) < 1e-3 * np.abs(drive).max(axis=0)).all()
    assert np.abs(setpoint[:100]).max() < 0.2 * np.abs(setpoint[1000:2000]).max()


def test_blocks_follow_each_other_and_cover_the_road(dunes: list[DriveBlock]) -> None:
    """All but the last have the same length, numbers go on, distance runs from 0 to the end, segments in order."""
    assert {len(block.drive) for block in dunes[:-1]} == {BLOCK_SAMPLES}
    for before, after in pairwise(dunes):
        assert after.first_sample == before.first_sample + len(before.drive)
    distance = _whole(dunes, "distance_m")
    assert len(distance) == _plan(DUNES).samples(500.0)
    assert distance[0] == 0.0
    assert distance[-1] == pytest.approx(300.0, abs=0.05)
    assert (np.diff(distance) >= 0).all()
    segment = _whole(dunes, "segment")
    np.testing.assert_array_equal(segment, (distance >= 120.0).astype(np.int16))
    assert segment.dtype == np.int16


def test_set_points_are_those_of_the_car(dunes: list[DriveBlock]) -> None:
    """Shaft speed is v / r_eff while the wheel grips, and the pan moves as a car on dunettes does, without a mean."""
    setpoint, speed = _whole(dunes, "setpoint"), _whole(dunes, "speed_mps")
    assert np.median(np.abs(setpoint[2000:-2000, 2] * 0.43 / speed[2000:-2000] - 1.0)) < 0.03
    assert 0.03 < np.abs(setpoint[:, 0]).max() < 0.2
    assert abs(setpoint[:, 0].mean()) < 1e-4


def test_the_set_point_is_the_response_within_the_band() -> None:
    """Between 1 and 25 Hz the pan's lines are those of the suspension's travel at 2 kHz, within 2 % of all of it."""
    plan = _plan(DUNES)
    response = join(list(iter_response(iter_road(DUNES, CAR.track_m.value), plan, CAR)))
    setpoint = _whole(_blocks(DUNES), "setpoint")[:, 0]
    travel = response["front_suspension_m"][::4]
    inside, window = slice(1500, len(setpoint) - 1500), np.hanning(len(setpoint) - 3000)
    f = np.fft.rfftfreq(len(window), 1 / 500.0)
    band = (f > 1.0) & (f < 25.0)
    lines, wanted = (np.fft.rfft(window * x[inside])[band] for x in (setpoint, travel))
    assert np.linalg.norm(lines - wanted) < 0.02 * np.linalg.norm(wanted)


def test_nothing_above_the_band_is_asked_of_an_actuator(dunes: list[DriveBlock]) -> None:
    """Above the edge of the band, or of the actuator where that is lower, a thousandth of what is above 2 Hz."""
    setpoint = _whole(dunes, "setpoint")
    f = np.fft.rfftfreq(len(setpoint), 1 / 500.0)
    for column, stop_hz in enumerate((48.0, 42.0, 14.0)):
        lines = np.abs(np.fft.rfft(setpoint[:, column] * np.hanning(len(setpoint))))
        assert np.linalg.norm(lines[f > stop_hz]) < 1e-3 * np.linalg.norm(lines[f > 2.0])


def test_what_the_corner_feels_is_that_of_the_response() -> None:
    """The strut force is the largest of each sample, the damper's power its mean, joint and gear those of the shaft."""
    blocks, plan = _blocks(SHORT), _plan(SHORT)
    response = join(list(iter_response(iter_road(SHORT, CAR.track_m.value), plan, CAR, ambient_degc=25.0)))
    shaft = Driveline(CAR).consume(response)
    count = response.samples // 4
    grouped = {name: response[f"front_{name}"][: 4 * count].reshape(count, 4) for name in FELT[:4]}
    strut = grouped["strut_force_n"]
    np.testing.assert_array_equal(
        _felt(blocks, "strut_force_n")[:count], strut[np.arange(count), np.abs(strut).argmax(axis=1)]
    )
    np.testing.assert_allclose(_felt(blocks, "damper_power_w")[:count], grouped["damper_power_w"].mean(axis=1))
    for name in ("damper_temperature_degc", "body_acceleration_mps2"):
        np.testing.assert_array_equal(_felt(blocks, name)[:count], grouped[name][:, 0])
    np.testing.assert_array_equal(_felt(blocks, "joint_angle_rad"), shaft.joint_angle_rad[::4])
    np.testing.assert_array_equal(_felt(blocks, "gear"), shaft.gear[::4])


def test_dampers_start_at_what_is_given_and_their_end_is_told() -> None:
    """Ambient where nothing is given; the end of one drive can be the start of the next."""
    cold, hot = _blocks(SHORT, ambient_degc=10.0), _blocks(SHORT, ambient_degc=10.0, start_degc=(90.0, 95.0))
    assert _felt(cold, "damper_temperature_degc")[0] == 10.0
    assert _felt(hot, "damper_temperature_degc")[0] == 90.0
    assert 10.0 < cold[-1].end_degc[0] < 90.0
    assert cold[-1].end_degc != hot[-1].end_degc
    assert hot[-1].end_degc[1] > hot[-1].end_degc[0]


def test_a_rig_with_fewer_axes_gets_those_it_has() -> None:
    """Columns follow the actuators by name, in their order."""
    both, one = (
        _blocks(SHORT, replace(BENCH, actuators=(TORQUE, PAN))),
        _blocks(SHORT, replace(BENCH, actuators=(PAN,))),
    )
    np.testing.assert_array_equal(_whole(both, "drive")[:, 1], _whole(one, "drive")[:, 0])


def test_each_corner_has_its_own_drive() -> None:
    """Left and right roll over tracks of their own; the rear pan meets them later."""
    pans = [
        _whole(_blocks(SHORT, replace(BENCH, actuators=(PAN,), corner=corner)), "setpoint")[:, 0]  # type: ignore[arg-type]
        for corner in ("front_left", "front_right", "rear_left", "rear_right")
    ]
    for index, one in enumerate(pans):
        for other in pans[index + 1 :]:
            assert np.std(one - other) > 0.2 * np.std(one)


@pytest.mark.parametrize("rate_hz", [200.0, 1000.0])
def test_other_sample_rates_carry_the_same_motion(rate_hz: float) -> None:
    """At 200 Hz and at 1 kHz the set point is that of 500 Hz, seen at the same times."""
    bench = replace(BENCH, actuators=(PAN, SHAFT))
    setpoint, usual = (
        _whole(_blocks(SHORT, replace(bench, sample_rate_hz=rate)), "setpoint") for rate in (rate_hz, 500.0)
    )
    t, t_usual = np.arange(len(setpoint)) / rate_hz, np.arange(len(usual)) / 500.0
    seen = np.interp(t, t_usual, usual[:, 0])
    assert np.sqrt(np.mean((seen - setpoint[:, 0]) ** 2)) < 0.02 * usual[:, 0].std()


def test_an_axis_that_no_drive_can_be_made_for_is_told() -> None:
    """An unknown axis and bands that do not fit are input errors that say what is allowed."""
    unknown = Actuator("steering_rad", 10.0, 0.7, 0.0, -1.0, 1.0, 1.0)
    bench = Bench((PAN, unknown), 100.0, 25.0, 40.0)
    with pytest.raises(InputError) as caught:
        next(iter(iter_drive(SHORT, _plan(SHORT), CAR, bench)))
    assert [fault.key for fault in caught.value.faults] == ["axes", "band_low_hz", "band_high_hz"]
    assert all(axis in caught.value.faults[0].allowed for axis in AXES)
    assert drive_faults(BENCH) == []


@pytest.mark.parametrize(("name", "slowest_mps"), [("dune_loop", 6.0), ("belgian_block", 2.5)])
def test_the_librarys_terrains_stay_within_the_default_rigs_envelope(name: str, slowest_mps: float) -> None:
    """The first lap of each can be played on the one-corner rig, faster than creeping: the setts shake at a walk."""
    route = load_terrain(name).route()
    laps = tuple(stretch for stretch in route.stretches if stretch.lap == 0)
    blocks, check = _blocks(replace(route, stretches=laps)), EnvelopeCheck(BENCH.actuators, 500.0)
    for block in blocks:
        check.consume(block)
    assert check.findings == []
    assert np.median(_whole(blocks, "speed_mps")) > slowest_mps
