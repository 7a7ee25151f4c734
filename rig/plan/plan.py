"""The plan of a whole course: its legs planned, in two processes where they do not depend on each other, and joined."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from profiles.car.vehicle import FOLDER as CAR_FOLDER
from profiles.car.vehicle import Vehicle, load_vehicle
from profiles.catalogue import find
from profiles.course.course import Course, load_course
from profiles.drive.envelope import Excess
from profiles.drive.prepare import DriveBlock, Over
from profiles.driver.style import DriverStyle, load_style
from profiles.schema import Fault, InputError
from profiles.signal import SignalError
from rig.config import FOLDER, Rig, load_rig
from rig.plan.bench import bench_of, check_rig
from rig.plan.edits import refuse_other_drive
from rig.plan.leg import LegPlan, Task, leg_blocks
from rig.plan.many import plan_legs
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
class Wanted:
    """What a plan is asked for: files or library names, and options; only the legs needed for ``until_m``."""

    course: str
    vehicle: str = "d7xr"
    style: str | None = None
    rig: str = "one_corner"
    seed: int | None = None
    over: Over = "refuse"
    until_m: float | None = None


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
        """All samples of the drive, rests included."""
        last = self.legs[-1]
        return last.first_sample + last.plan.samples

    @property
    def duration_s(self) -> float:
        """How long the drive takes at pace real, rests included."""
        return self.samples / self.rig.sample_rate_hz

    @property
    def driving_s(self) -> float:
        """How long the car is under way: the stages without the rests between them."""
        return sum(leg.plan.samples for leg in self.legs) / self.rig.sample_rate_hz

    @cached_property
    def segments(self) -> tuple[SegmentPlan, ...]:
        """All segments of all legs; the index is what the drive and the record carry."""
        return tuple(
            SegmentPlan(
                stretch.segment.label, stretch.segment.surface,
                leg.start_m + leg.plan.place_m(stretch.start_m), leg.start_m + leg.plan.place_m(stretch.end_m),
                tally.duration_s, tally.top_mps, tally.peak,
            )
            for leg in self.legs
            for stretch, tally in zip(leg.plan.leg.route.stretches, leg.plan.tally.segments, strict=True)
        )  # fmt: skip

    @property
    def road_sha256(self) -> str:
        """Of the road; of several legs, of their digests."""
        return _joined([leg.plan.survey.sha256 for leg in self.legs])

    @property
    def drive_sha256(self) -> str:
        """Of the drive; of several legs, of their digests."""
        return _joined([leg.plan.drive_sha256 for leg in self.legs])

    @cached_property
    def excesses(self) -> tuple[Excess, ...]:
        """Where the drive leaves the envelope, at places and times of the whole course."""
        return tuple(
            replace(
                excess,
                distance_m=leg.start_m + excess.distance_m,
                time_s=leg.first_sample / self.rig.sample_rate_hz + excess.time_s,
                segment=leg.first_segment + excess.segment,
            )
            for leg in self.legs
            for excess in leg.plan.excesses
        )

    @property
    def clipped(self) -> dict[str, int]:
        """Samples whose set point was clipped to the envelope, by axis."""
        counts = {axis.name: 0 for axis in self.rig.axes}
        for leg in self.legs:
            for axis, count in leg.plan.clipped.items():
                counts[axis] += count
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
        for leg in self.legs:
            if leg.first_sample + leg.plan.samples <= first_sample:
                continue
            made, axes = leg.plan, len(self.rig.axes)
            first, where = leg.first_sample - leg.rest_samples, max(0, leg.first_segment - 1)
            yield from rest_blocks(leg.rest_samples, first, axes, leg.start_m, where, made.leg.ambient_degc)
            for block in leg_blocks(_task(self, made), made.speed):
                yield replace(
                    block,
                    first_sample=leg.first_sample + block.first_sample,
                    distance_m=leg.start_m + made.places_m(block.distance_m),
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


def load_plan(wanted: Wanted, progress: Told = untold) -> Plan:
    """The plan of files or library names; seed None takes the course's own.

    Raises:
        InputError: a file is missing or wrong.
    """
    course = load_course(wanted.course, wanted.seed)
    if wanted.until_m is not None and course.edit is None:
        course = course.until(target_m(course.name, course.length_m, wanted.until_m))
    vehicle, rig = load_vehicle(wanted.vehicle), load_rig(wanted.rig)
    style = load_style(wanted.style or course.style or USUAL_STYLE)
    if course.edit is not None:
        refuse_other_drive(
            course.edit, wanted.over, wanted.until_m, {"vehicle": vehicle.name, "style": style.name, "rig": rig.name}
        )
    check_rig(find(wanted.rig, FOLDER, "rig"), rig)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused, with where it came up
            return make_plan(course, vehicle, style, rig, wanted.over, progress)
    except SignalError as error:
        allowed = f"a car that can be computed over {course.name}: values that belong together"
        raise InputError(
            [Fault(str(find(wanted.vehicle, CAR_FOLDER, "vehicle")), 0, "(the car)", str(error), allowed)]
        ) from None


def make_plan(
    course: Course, vehicle: Vehicle, style: DriverStyle, rig: Rig, over: Over = "refuse",
    progress: Told = untold,
) -> Plan:  # fmt: skip
    """Compute the drive once, check it against the rig's envelope, and say what it holds."""
    bench = bench_of(rig)
    tasks = [Task(leg, vehicle, style, bench, over) for leg in course.legs]
    placed: list[Placed] = []
    start_m, segment, sample = 0.0, 0, 0
    planned_m = 0.0

    def count(metres: float) -> None:
        nonlocal planned_m
        planned_m += metres
        progress(planned_m, course.length_m)

    for rest, made in plan_legs(tasks, count):
        rest_samples = round(rest * rig.sample_rate_hz)
        placed.append(Placed(made, start_m, segment, rest_samples, sample + rest_samples))
        start_m += made.length_m
        segment += len(made.leg.route.stretches)
        sample += rest_samples + made.samples
    return Plan(course, vehicle, style, rig, course.seed, over, tuple(placed))


def refuse_excess(plan: Plan) -> None:
    """Raise where the drive leaves the rig's envelope.

    Raises:
        InputError: one fault for each place: which axis, where, by how much.
    """
    count = sum(leg.plan.excess_count for leg in plan.legs)
    faults = [_fault_of(plan, excess) for excess in plan.excesses[:MOST_TOLD]]
    if faults:
        found = f"outside in {places(count)}" + (f", of which {len(faults)} are shown" if count > len(faults) else "")
        allowed = "nothing outside, or --over-envelope slow to slow the car there, or clip to cut the drive"
        raise InputError([*faults, Fault("(the drive)", 0, "(the envelope)", found, allowed)])


MOST_TOLD = 20


def _fault_of(plan: Plan, excess: Excess) -> Fault:
    label = plan.segments[excess.segment].label
    where = f"{plan.name} at {excess.distance_m / 1000:.3f} km ({label}), {excess.time_s:.1f} s"
    found = f"{excess.quantity} {excess.value:.4g} at {where}"
    return Fault("(the drive)", 0, excess.axis, found, f"up to {excess.allowed:.4g} on rig {plan.rig.name}")


def places(count: int) -> str:
    """``1 place``, ``2 places``."""
    return f"{count} place" if count == 1 else f"{count} places"
