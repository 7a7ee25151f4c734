"""Health blocks in a plan: one short drive, always the same, put in where a leg pauses or ends.

It is planned as all else is, but at a constant speed and from a cold car, whoever drives what before it: so that it is
the same to the bit each time. What it covers is not of the course: in all that counts the course's distance the car
stands still meanwhile.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from profiles.car.vehicle import Vehicle
from profiles.course.campaign import LONGEST_MIN, SHORTEST_MIN
from profiles.course.course import Course, load_course
from profiles.drive.prepare import Bench, DriveBlock, Over
from profiles.driver.steady import steady_speed
from profiles.driver.style import DriverStyle
from profiles.schema import Fault, InputError
from rig.life.health import SURFACE
from rig.plan.leg import LegPlan, Task, drive_at, leg_blocks
from rig.plan.pausing import SHORTEST_M, Wish, pause_samples

COURSE = "health_block"
"""The terrain of the library whose one segment, at its speed cap, is a health block."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a health block is put in: after so many samples of a leg; its first sample in the whole drive.

    ``distance_m``: of the course; ``segment``: its index, which comes after those of all legs.
    """

    leg: int
    leg_sample: int
    first_sample: int
    distance_m: float
    segment: int


@dataclass(frozen=True)
class HealthBlocks:
    """The health blocks of a plan: about how many minutes of driving between them, their drive, their places."""

    every_min: float
    task: Task
    plan: LegPlan
    places: tuple[Place, ...] = ()

    @property
    def length_m(self) -> float:
        """Of one of them."""
        return self.plan.length_m

    def until(self, distance_m: float) -> int:
        """How many come before a distance of the course."""
        return sum(place.distance_m < distance_m for place in self.places)

    def samples_before(self, leg: int, leg_sample: int) -> int:
        """Samples of those that are put into a leg before one of its samples, or right before it."""
        return self.plan.samples * sum(one.leg == leg and one.leg_sample <= leg_sample for one in self.places)

    def digests(self) -> list[str]:
        """Of the drive, and of where it is put in; nothing where it is nowhere."""
        where = repr([(place.leg, place.leg_sample) for place in self.places])
        return [self.plan.drive_sha256, hashlib.sha256(where.encode()).hexdigest()]

    @cached_property
    def _blocks(self) -> tuple[DriveBlock, ...]:
        return tuple(leg_blocks(self.task, self.plan.speed))

    def blocks_at(self, place: Place) -> Iterator[DriveBlock]:
        """The drive of one of them, at its place."""
        for block in self._blocks:
            yield replace(
                block,
                first_sample=place.first_sample + block.first_sample,
                distance_m=np.full(len(block.distance_m), place.distance_m),
                segment=np.full(len(block.segment), place.segment, dtype=np.int16),
            )

    def put_in(self, blocks: Iterator[DriveBlock], leg: int, leg_first_sample: int) -> Iterator[DriveBlock]:
        """A leg's drive with its health blocks.

        Args:
            blocks: of the leg, numbered as if there were none.
            leg: which one it is.
            leg_first_sample: where it starts in the whole drive.
        """
        waiting, shift = [place for place in self.places if place.leg == leg], 0
        for block in blocks:
            rest = block
            while waiting and (at := leg_first_sample + waiting[0].leg_sample - rest.first_sample) < len(rest.drive):
                if at:
                    yield _moved(_part(rest, 0, at), shift)
                yield from self.blocks_at(waiting.pop(0))
                rest, shift = _part(rest, at, len(rest.drive)), shift + self.plan.samples
            yield _moved(rest, shift)
        for place in waiting:
            yield from self.blocks_at(place)


def _moved(block: DriveBlock, samples: int) -> DriveBlock:
    return replace(block, first_sample=block.first_sample + samples)


def _part(block: DriveBlock, start: int, end: int) -> DriveBlock:
    """Some samples of a block; what was clipped in it is told by its first part."""
    return replace(
        block,
        first_sample=block.first_sample + start,
        drive=block.drive[start:end],
        setpoint=block.setpoint[start:end],
        distance_m=block.distance_m[start:end],
        speed_mps=block.speed_mps[start:end],
        segment=block.segment[start:end],
        felt=block.felt[start:end],
        clipped=block.clipped if start == 0 else np.zeros_like(block.clipped),
    )


def every_min_of(asked: float | None, course: Course, until_m: float | None) -> float | None:
    """How often health blocks come: as asked for, else as the course says; None: never.

    Raises:
        InputError: too often or too seldom, or in a course that is too short or edited.
    """
    every_min = course.health_block_min if asked is None else asked or None
    if every_min is None:
        return None
    faults = []
    if not SHORTEST_MIN <= every_min <= LONGEST_MIN:
        faults.append(_fault(f"{every_min:g}", f"{SHORTEST_MIN:g} to {LONGEST_MIN:g} minutes, or 0 for none"))
    if not (length_m := min(until_m or course.length_m, course.length_m)) >= SHORTEST_M:
        faults.append(_fault(f"{length_m / 1000:g} km to drive", f"at least {SHORTEST_M / 1000:g} km, for two of them"))
    if course.edit is not None:
        faults.append(_fault(f"the edited drive {course.name}", "a course that is played whole"))
    if faults:
        raise InputError(faults)
    return every_min


def _fault(found: str, allowed: str) -> Fault:
    return Fault("(argument)", 0, "--health-block-min", found, allowed)


def wishes(course: Course, every_min: float | None, until_m: float | None) -> list[Wish | None]:
    """How each leg is to be paused."""
    if every_min is None:
        return [None] * len(course.legs)
    last = len(course.legs) - 1
    before_m = sum(leg.route.length_m for leg in course.legs[:last])
    target_m = (course.length_m if until_m is None else until_m) - before_m
    return [Wish(60.0 * every_min, k == 0, target_m if k == last else None) for k in range(len(course.legs))]


def health_files() -> tuple[Path, ...]:
    """The files that a health block is made from."""
    return load_course(COURSE).inputs


def plan_health(every_min: float, vehicle: Vehicle, style: DriverStyle, bench: Bench, over: Over) -> HealthBlocks:
    """The drive of a health block; it is put in nowhere yet.

    Slower would be another drive: with ``over`` "slow" it stays as it is, and is refused where it does not fit.
    """
    leg = load_course(COURSE).legs[0]
    (stretch,) = leg.route.stretches
    assert stretch.segment.speed_cap_mps is not None
    task = Task(leg, vehicle, style, bench, "clip" if over == "clip" else "refuse")
    speed = steady_speed(leg.route.length_m, stretch.segment.speed_cap_mps)
    return HealthBlocks(every_min, task, drive_at(task, speed, (), lambda _metres: None))


class Placing:
    """Puts health blocks into legs, one leg after the other."""

    def __init__(self, health: HealthBlocks, first_segment: int, legs: int) -> None:
        self._health, self._segment, self._last_leg = health, first_segment, legs - 1
        self._rate_hz = health.task.bench.sample_rate_hz
        self._since_s = 0.0
        self.places: list[Place] = []

    def leg(self, number: int, made: LegPlan, first_sample: int, start_m: float) -> int:
        """Place those of a leg that starts at a sample and a distance of the whole drive; how many samples they are."""
        pauses = pause_samples(made.speed, made.leg.pauses_m, self._rate_hz)
        at_m = made.speed.at(np.array(pauses) / self._rate_hz).distance_m
        before = len(self.places)
        for sample, place_m in zip(pauses, at_m.tolist(), strict=True):
            self._put(number, sample, first_sample, start_m + place_m, before)
        self._since_s += (made.samples - (pauses[-1] if pauses else 0)) / self._rate_hz
        if number < self._last_leg and self._since_s >= 30.0 * self._health.every_min:
            self._put(number, made.samples, first_sample, start_m + made.length_m, before)
        return (len(self.places) - before) * self._health.plan.samples

    def _put(self, leg: int, leg_sample: int, leg_first: int, distance_m: float, before: int) -> None:
        shift = (len(self.places) - before) * self._health.plan.samples
        place = Place(leg, leg_sample, leg_first + leg_sample + shift, distance_m, self._segment + len(self.places))
        self.places.append(place)
        self._since_s = 0.0


__all__ = ["SURFACE", "HealthBlocks", "Place", "Placing", "every_min_of", "health_files", "plan_health", "wishes"]
