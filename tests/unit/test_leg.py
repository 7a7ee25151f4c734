"""One leg planned: inside the envelope or told where not; slowed, or clipped, only where it must be."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from profiles.road.route import Zone
from rig.plan.leg import LegPlan, leg_blocks, merged, plan_leg
from tests.plans import stage_file, task_of

WEAK = 90.0
"""Acceleration of a pan that the short stage overcharges (m/s²)."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage_file(tmp_path_factory.mktemp("stage"))


@pytest.fixture(scope="module")
def refused(stage: Path) -> LegPlan:
    return plan_leg(task_of(stage, acceleration=WEAK))


@pytest.fixture(scope="module")
def slowed(stage: Path) -> LegPlan:
    return plan_leg(task_of(stage, "slow", WEAK))


@pytest.fixture(scope="module")
def clipped(stage: Path) -> LegPlan:
    return plan_leg(task_of(stage, "clip", WEAK))


def acceleration(made: LegPlan, over: str, stage: Path) -> np.ndarray:
    """The pan's set point, twice differenced: m/s² at each sample."""
    task = task_of(stage, over, WEAK)  # type: ignore[arg-type]
    pan = np.concatenate([block.setpoint[:, 0] for block in leg_blocks(task, made.speed)])
    return np.diff(pan, 2) * 500.0**2


def test_excess_is_told_with_its_worst_sample(refused: LegPlan, stage: Path) -> None:
    """Axis, quantity, by how much and where; the largest is the drive's largest acceleration."""
    found = [one for one in refused.excesses if one.quantity == "acceleration"]
    assert refused.excess_count == len(refused.excesses) >= len(found) >= 1
    worst = max(found, key=lambda one: abs(one.value))
    assert abs(worst.value) == pytest.approx(np.abs(acceleration(refused, "refuse", stage)).max())
    assert worst.allowed == WEAK
    assert 0.0 < worst.distance_m < 500.0
    assert not refused.slowed
    assert not any(refused.clipped.values())


def test_slow_ends_inside(slowed: LegPlan, refused: LegPlan, stage: Path) -> None:
    """Slowed until nothing is outside; the acceleration is in bounds by the drive's own samples."""
    assert slowed.excesses == []
    assert np.abs(acceleration(slowed, "slow", stage)).max() <= WEAK
    assert slowed.slowed
    assert slowed.samples > refused.samples


def test_slow_slows_where_it_must(slowed: LegPlan, refused: LegPlan) -> None:
    """Never faster than before; within the zones' speeds; as fast as before up to the braking for the first of them."""
    metres = np.arange(1.0, 500.0)
    speeds = [np.interp(metres, made.speed.distance_m, made.speed.speed_mps) for made in (slowed, refused)]
    assert np.all(speeds[0] <= speeds[1] + 0.1)
    for zone in slowed.slowed:
        inside = (metres > zone.start_m + 1.0) & (metres < zone.end_m - 1.0)
        assert np.all(speeds[0][inside] <= zone.highest_mps + 0.1)
    before = metres < min(zone.start_m for zone in slowed.slowed) - 40.0
    assert np.count_nonzero(before) > 10
    assert speeds[0][before] == pytest.approx(speeds[1][before], abs=0.1)


def test_clip_keeps_the_speed_and_cuts_the_drive(clipped: LegPlan, refused: LegPlan, stage: Path) -> None:
    """As many samples as before, none outside, and the cut samples counted by axis."""
    assert clipped.samples == refused.samples
    assert clipped.excesses == []
    assert np.abs(acceleration(clipped, "clip", stage)).max() <= WEAK
    assert clipped.clipped["pan_displacement_m"] > 0
    assert clipped.clipped["halfshaft_torque_nm"] == 0
    assert clipped.drive_sha256 != refused.drive_sha256


def test_inside_the_envelope_all_three_are_one(stage: Path) -> None:
    """Where nothing is outside, neither slow nor clip changes a bit."""
    digests = {plan_leg(task_of(stage, over)).drive_sha256 for over in ("refuse", "slow", "clip")}
    assert len(digests) == 1


def test_blocks_are_what_was_planned(refused: LegPlan, stage: Path) -> None:
    """Made again, the drive has the digest and the number of samples of the plan."""
    digest, samples = hashlib.sha256(), 0
    for block in leg_blocks(task_of(stage, acceleration=WEAK), refused.speed):
        digest.update(np.ascontiguousarray(block.drive).tobytes())
        samples += len(block.drive)
    assert (digest.hexdigest(), samples) == (refused.drive_sha256, refused.samples)


def test_progress_ends_at_the_length(stage: Path) -> None:
    """What is told adds up to the leg's length, however often it was planned again."""
    for over, weak in (("refuse", None), ("slow", WEAK)):
        told: list[float] = []
        plan_leg(task_of(stage, over, weak), told.append)  # type: ignore[arg-type]
        assert sum(told) == pytest.approx(500.0, abs=1.0)


def test_zones_of_one_place_are_one_at_the_lowest_speed() -> None:
    """In the order in which they start; those that merely overlap stay apart."""
    zones = (Zone(50.0, 70.0, 9.0, "b"), Zone(0.0, 20.0, 8.0, "a"), Zone(51.0, 71.0, 7.0, "c"))
    zones += (Zone(10.0, 30.0, 6.0, "d"),)
    assert merged(zones) == (Zone(0.0, 20.0, 8.0, "a"), Zone(10.0, 30.0, 6.0, "d"), Zone(50.0, 71.0, 7.0, "b"))


def test_what_never_fits_is_told_and_planned_to_its_end(stage: Path) -> None:
    """On a pan that hardly moves the car would have to stand: excesses stay, and progress still adds up."""
    told: list[float] = []
    made = plan_leg(task_of(stage, "slow", 1.0), told.append)
    assert made.excesses
    assert made.slowed
    assert sum(told) == pytest.approx(500.0, abs=1.0)
