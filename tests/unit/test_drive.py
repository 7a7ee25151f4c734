"""The drive: an exact actuator that is told it does what the set point says, and the library stays in the envelope."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import cont2discrete

from profiles.drive.envelope import EnvelopeCheck
from profiles.drive.prepare import BLOCK_SAMPLES, Actuator, DriveBlock, iter_drive
from profiles.road.terrain import Terrain, load_terrain
from profiles.schema import InputError
from tests.roads import CAR, CORNER, PAN, SHAFT, TORQUE, terrain_of

FloatArray = NDArray[np.float64]
INNER = 8  # steps of the reference actuator in one sample of 2 ms


def _blocks(terrain: Terrain, actuators: tuple[Actuator, ...] = CORNER, rate_hz: float = 500.0) -> list[DriveBlock]:
    return list(iter_drive(terrain, CAR, actuators, terrain.seed, rate_hz, 0.3, 40.0))


def _whole(blocks: list[DriveBlock], what: str) -> FloatArray:
    return np.concatenate([getattr(block, what) for block in blocks])


def _played(drive: FloatArray, actuator: Actuator) -> FloatArray:
    """Position of an exact actuator at the end of each sample: straight lines between samples, dead time, 2nd order."""
    omega = 2 * np.pi * actuator.natural_frequency_hz
    a = np.array([[0.0, 1.0], [-(omega**2), -2 * actuator.damping_ratio * omega]])
    b, c, d = np.array([[0.0], [omega**2]]), np.array([[1.0, 0.0]]), np.zeros((1, 1))
    a, b, c, d, _ = cont2discrete((a, b, c, d), 0.002 / INNER, method="foh")
    fine = np.interp(np.arange(len(drive) * INNER) / INNER, np.arange(len(drive)), drive)
    late = np.concatenate((np.zeros(round(actuator.delay_s / 0.002 * INNER)), fine))[: len(fine)]
    x, y = np.zeros(2), np.empty(len(fine))
    for k, u in enumerate(late):
        y[k] = c[0] @ x + d[0, 0] * u
        x = a @ x + b[:, 0] * u
    return y[::INNER]


@pytest.fixture(scope="module")
def dunes() -> list[DriveBlock]:
    """The drive of half of the dune loop's kinds of ground, short enough for a reference simulation in Python."""
    dunettes = {"type": "dunettes", "rate_per_km": 35.0, "height_m": (0.15, 0.35), "length_m": (8.0, 20.0)}
    return _blocks(
        terrain_of(
            {"length_m": 80.0, "speed_cap_mps": 9.0},
            {"length_m": 120.0, "speed_cap_mps": 8.5, "soil": "lete_sand", "features": (dunettes,)},
        )
    )


@pytest.mark.parametrize("axis", range(3))
def test_an_exact_actuator_follows_the_set_point(dunes: list[DriveBlock], axis: int) -> None:
    """Told the drive, a second-order actuator with its dead time does what the set point says, within 0.5 % RMS."""
    setpoint, drive = _whole(dunes, "setpoint")[:, axis], _whole(dunes, "drive")[:, axis]
    error = _played(drive, CORNER[axis]) - setpoint
    assert np.sqrt(np.mean(error**2)) < 0.005 * np.sqrt(np.mean(setpoint**2))


def test_without_preview_the_actuator_would_lag(dunes: list[DriveBlock]) -> None:
    """Told the set point itself, the same actuator is off by more than ten times as much."""
    setpoint = _whole(dunes, "setpoint")[:, 0]
    error = _played(setpoint, PAN) - setpoint
    assert np.sqrt(np.mean(error**2)) > 0.05 * np.sqrt(np.mean(setpoint**2))


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
    assert distance[0] == 0.0
    assert distance[-1] == pytest.approx(200.0, abs=0.05)
    assert (np.diff(distance) >= 0).all()
    segment = _whole(dunes, "segment")
    np.testing.assert_array_equal(segment, (distance >= 80.0).astype(np.int16))
    assert segment.dtype == np.int16


def test_set_points_are_those_of_the_car(dunes: list[DriveBlock]) -> None:
    """Shaft speed is v / r_eff, and the pan moves as far as a car on dunettes does, without a mean."""
    setpoint, speed = _whole(dunes, "setpoint"), _whole(dunes, "speed_mps")
    np.testing.assert_allclose(setpoint[2000:-2000, 2], speed[2000:-2000] / 0.43, rtol=0.03)
    assert 0.03 < np.abs(setpoint[:, 0]).max() < 0.2
    assert abs(setpoint[:, 0].mean()) < 1e-4


def test_a_rig_with_fewer_axes_gets_those_it_has(dunes: list[DriveBlock]) -> None:
    """Columns follow the actuators by name, in their order."""
    terrain = terrain_of({"length_m": 40.0})
    both, one = _blocks(terrain, (TORQUE, PAN)), _blocks(terrain, (PAN,))
    np.testing.assert_array_equal(_whole(both, "drive")[:, 1], _whole(one, "drive")[:, 0])


@pytest.mark.parametrize("rate_hz", [200.0, 1000.0])
def test_other_sample_rates_carry_the_same_motion(rate_hz: float) -> None:
    """At 200 Hz and at 1 kHz the set point is that of 500 Hz, seen at the same times."""
    terrain = terrain_of({"length_m": 100.0})
    setpoint, usual = (_whole(_blocks(terrain, (PAN, SHAFT), rate), "setpoint") for rate in (rate_hz, 500.0))
    t, t_usual = np.arange(len(setpoint)) / rate_hz, np.arange(len(usual)) / 500.0
    seen = np.interp(t, t_usual, usual[:, 0])
    assert np.sqrt(np.mean((seen - setpoint[:, 0]) ** 2)) < 0.02 * usual[:, 0].std()


def test_an_axis_that_no_drive_can_be_made_for_is_told() -> None:
    """An unknown axis and a band beyond the sample rate are input errors that say what is allowed."""
    unknown = Actuator("steering_rad", 10.0, 0.7, 0.0, -1.0, 1.0, 1.0)
    with pytest.raises(InputError) as caught:
        iter_drive(terrain_of({}), CAR, (PAN, unknown), 1, 100.0, 0.3, 40.0)
    assert [fault.key for fault in caught.value.faults] == ["axes", "band_high_hz"]
    assert "halfshaft_torque_nm" in caught.value.faults[0].allowed


@pytest.mark.parametrize("name", ["dune_loop", "belgian_block"])
def test_the_librarys_terrains_stay_within_the_default_rigs_envelope(name: str) -> None:
    """Each shipped terrain can be played on the one-corner rig, at a speed that is driving and not creeping."""
    terrain = load_terrain(name)
    check = EnvelopeCheck(CORNER, 500.0)
    speeds = []
    for block in iter_drive(terrain, CAR, CORNER, terrain.seed, 500.0, 0.3, 40.0):
        check.consume(block)
        speeds.append(block.speed_mps)
    assert check.findings == []
    assert np.median(np.concatenate(speeds)) > 6.0
