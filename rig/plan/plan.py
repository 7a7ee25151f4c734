"""The plan of a whole course: its legs planned, in two processes where they do not depend on each other, and joined."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from profiles.car.vehicle import Vehicle
from profiles.course.course import Course
from profiles.drive.envelope import Excess
from profiles.drive.prepare import DriveBlock, Over
from profiles.driver.style import DriverStyle
from profiles.schema import Fault, InputError
from rig.config import Rig
from rig.plan.bench import bench_of
from rig.plan.health import SURFACE, HealthBlocks
from rig.plan.leg import LegPlan, Task, leg_blocks
from rig.plan.rest import rest_blocks

SHORTEST_M = 1.0
HIGHEST_SEED = 2**63 - 1
"""As in a terrain file."""
USUAL_STYLE = "stage_pace"
"""Where neither a person nor the course says who drives."""


Told = Callable[[float, float], None]
"""Told now and then how many metres have been planned, and of how many."""


def untold(planned_m: float, whole_m: float) -> None:
    """Nobody wants to know how far planning has come."""


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What the plan says of one segment: where it lies in the course, how long it takes and what the axes do there."""

    label: str
    surface: str
    start_m: float
    end_m: float
    duration_s: float
    top_mps: float
    peak: dict[str, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A planned leg at its place in the course: `rest_samples` at neutral come before it."""

    plan: LegPlan
    start_m: float
    first_segment: int
    rest_samples: int
    first_sample: int


@dataclass(frozen=True)
class Plan:
    """A course's drive that has been computed once from end to end: its length, peaks, digests and excesses."""

    course: Course
    vehicle: Vehicle
    style: DriverStyle
    rig: Rig
    seed: int
    over: Over
    legs: tuple[Placed, ...]
    health: HealthBlocks | None = None

    @property
    def name(self) -> str:
        """The name of the course."""
        return self.course.name

    @cached_property
    def distance_m(self) -> float:
        """The length of all legs."""
        return sum(leg.plan.length_m for leg in self.legs)

    @property
    def samples(self) -> int:
        """All samples of the drive, rests and health blocks included."""
        return self._sample_of(len(self.legs) - 1, self.legs[-1].plan.samples)

    def _sample_of(self, leg: int, leg_sample: int) -> int:
        """The sample in the whole drive of one in a leg."""
        inserted = self.health.samples_before(leg, leg_sample) if self.health else 0
        return self.legs[leg].first_sample + leg_sample + inserted

    @property
    def duration_s(self) -> float:
        """How long the drive takes at pace real, rests and health blocks included."""
        return self.samples / self.rig.sample_rate_hz

    @property
    def driving_s(self) -> float:
        """How long the car is under way: the stages without rests and health blocks."""
        return sum(leg.plan.samples for leg in self.legs) / self.rig.sample_rate_hz

    @cached_property
    def segments(self) -> tuple[SegmentPlan, ...]:
        """All segments of all legs, then the health blocks; the index is what the drive and the record carry."""
        return (*self._leg_segments(), *(self._health_segments() if self.health else ()))

    def _leg_segments(self) -> Iterator[SegmentPlan]:
        yield from (
            SegmentPlan(
                stretch.segment.label, stretch.segment.surface,
                leg.start_m + leg.plan.place_m(stretch.start_m), leg.start_m + leg.plan.place_m(stretch.end_m),
                tally.duration_s, tally.top_mps, tally.peak,
            )
            for leg in self.legs
            for stretch, tally in zip(leg.plan.leg.route.stretches, leg.plan.tally.segments, strict=True)
        )  # fmt: skip

    def _health_segments(self) -> Iterator[SegmentPlan]:
        """Without length: they are not of the course."""
        assert self.health is not None
        (tally,) = self.health.plan.tally.segments
        for number, place in enumerate(self.health.places, 1):
            label, at_m = f"health block {number}", place.distance_m
            yield SegmentPlan(label, SURFACE, at_m, at_m, tally.duration_s, tally.top_mps, tally.peak)

    @property
    def _drives(self) -> list[LegPlan]:
        """All that was planned, each once."""
        return [*(leg.plan for leg in self.legs), *([self.health.plan] if self.health else [])]

    @property
    def road_sha256(self) -> str:
        """Of the road; of several legs, of their digests."""
        return _joined([made.survey.sha256 for made in self._drives])

    @property
    def drive_sha256(self) -> str:
        """Of the drive; of several legs, of their digests, and of where health blocks are."""
        inserted = self.health.digests() if self.health else []
        return _joined([*(leg.plan.drive_sha256 for leg in self.legs), *inserted])

    @property
    def excess_count(self) -> int:
        """Places where a drive leaves the envelope, those that are not kept too."""
        return sum(made.excess_count for made in self._drives)

    @cached_property
    def excesses(self) -> tuple[Excess, ...]:
        """Where the drive leaves the envelope, at places and times of the whole course."""
        rate_hz = self.rig.sample_rate_hz
        found = [
            replace(
                excess,
                distance_m=leg.start_m + excess.distance_m,
                time_s=self._sample_of(k, int(excess.time_s * rate_hz)) / rate_hz,
                segment=leg.first_segment + excess.segment,
            )
            for k, leg in enumerate(self.legs)
            for excess in leg.plan.excesses
        ]
        for place in self.health.places[:1] if self.health else ():  # it is the same in all of them
            found += [
                replace(
                    excess,
                    distance_m=place.distance_m,
                    time_s=place.first_sample / rate_hz + excess.time_s,
                    segment=place.segment,
                )
                for excess in self._drives[-1].excesses
            ]
        return tuple(found)

    @property
    def clipped(self) -> dict[str, int]:
        """Samples whose set point was clipped to the envelope, by axis."""
        counts = {axis.name: 0 for axis in self.rig.axes}
        for made in self._drives:
            times = len(self.health.places) if self.health and made is self.health.plan else 1
            for axis, count in made.clipped.items():
                counts[axis] += times * count
        return counts

    @property
    def fitted(self) -> tuple[str, ...]:
        """What was done so that the rig can play the drive, in words; nothing where it can as it is."""
        words = []
        slowed = sum(len(leg.plan.slowed) for leg in self.legs)
        if slowed:
            words.append(f"the car is slowed in {places(slowed)} to stay in it")
        cut = ", ".join(f"{count} samples of {axis}" for axis, count in self.clipped.items() if count)
        if cut:
            words.append(f"CLIPPED: {cut}")
        return tuple(words)

    def blocks(self, first_sample: int = 0) -> Iterator[DriveBlock]:
        """The drive again, rests included: the same bits as the plan was made from.

        From the block on that holds a sample, or earlier: what lies in legs before it is not computed.
        """
        for number, leg in enumerate(self.legs):
            if self._sample_of(number, leg.plan.samples) <= first_sample:
                continue
            first, where = leg.first_sample - leg.rest_samples, max(0, leg.first_segment - 1)
            axes, ambient_degc = len(self.rig.axes), leg.plan.leg.ambient_degc
            yield from rest_blocks(leg.rest_samples, first, axes, leg.start_m, where, ambient_degc)
            played = self._leg_blocks(leg)
            yield from self.health.put_in(played, number, leg.first_sample) if self.health else played

    def _leg_blocks(self, leg: Placed) -> Iterator[DriveBlock]:
        for block in leg_blocks(_task(self, leg.plan), leg.plan.speed):
            yield replace(
                block,
                first_sample=leg.first_sample + block.first_sample,
                distance_m=leg.start_m + leg.plan.places_m(block.distance_m),
                segment=(block.segment + np.int16(leg.first_segment)).astype(np.int16),
            )

    def until(self, distance_m: float) -> float:
        """The target distance of a run that may end before the course does.

        Raises:
            InputError: the course is shorter, or nothing can be said of so short a way.
        """
        return target_m(self.name, self.distance_m, distance_m)


def target_m(name: str, length_m: float, distance_m: float) -> float:
    """A target distance within a course of a length.

    Raises:
        InputError: the course is shorter, or nothing can be said of so short a way.
    """
    if not SHORTEST_M <= distance_m <= length_m:
        allowed = f"{SHORTEST_M / 1000:g} to {length_m / 1000:g} km, the length of {name}"
        raise InputError([Fault("(argument)", 0, "--until-km", f"{distance_m / 1000:g}", allowed)])
    return distance_m


def _joined(digests: Sequence[str]) -> str:
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def _task(plan: Plan, made: LegPlan) -> Task:
    return Task(made.leg, plan.vehicle, plan.style, bench_of(plan.rig), plan.over, made.start_degc)


def places(count: int) -> str:
    """``1 place``, ``2 places``."""
    return f"{count} place" if count == 1 else f"{count} places"
