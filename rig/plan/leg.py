"""One leg planned from end to end: speed, response, drive, envelope; what it holds and what it exceeds."""

import hashlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from profiles.car.vehicle import Vehicle
from profiles.course.course import Leg
from profiles.drive.edit import Played, cut_drive, kept_fault
from profiles.drive.envelope import EnvelopeCheck, Excess, Usage
from profiles.drive.prepare import Bench, DriveBlock, Over, iter_drive
from profiles.driver.reconnaissance import scout_route
from profiles.driver.speed import SpeedPlan, plan_over
from profiles.driver.style import DriverStyle
from profiles.road.route import Zone
from profiles.schema import Fault, InputError
from profiles.signal import FloatArray
from rig.plan.pausing import Wish, pause_samples, paused
from rig.plan.survey import Survey, survey
from rig.plan.tally import Tally

SLOWER, AIM = 0.9, 0.9
"""Where the car is too fast for the rig it is slowed to this share of its speed at most, and to what an actuator's
acceleration, that goes with the square of speed, needs to be within `AIM` of what it can do (design values); to a
higher power of that with each attempt, as a stone that is met more slowly may at first shake the wheel more."""
MOST_ATTEMPTS = 8
BEFORE_M, AFTER_M = 15.0, 5.0
"""The car is slowed over this distance around an excess: a wheel answers for some metres to what it has met."""
SAME_PLACE_M = 8.0
"""Zones that start so near to each other are of one place, found outside again."""
SLOWEST_MPS = 2.0
SCOUTING = 0.5
"""Of the time that a leg takes to plan, about: the driver's reconnaissance; the drive is the rest."""

Progress = Callable[[float], None]
"""Told now and then how many more metres have been planned."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is planned: a leg for a car, a driver and a bench; plain values that can go to another process.

    ``wish``: how it is paused for health blocks; None: not at all.
    """

    leg: Leg
    vehicle: Vehicle
    style: DriverStyle
    bench: Bench
    over: Over
    start_degc: tuple[float, float] | None = None
    wish: Wish | None = None


@dataclass(slots=True)
class LegPlan:
    """A leg's drive that has been computed once from end to end. Places in it are those of the whole drive.

    Attributes:
        leg: what is driven.
        speed: how fast; the drive follows from it.
        start_degc, end_degc: front and rear damper; ``start_degc`` None stands for ambient.
        survey, tally: what the road and the drive hold.
        drive_sha256: of all samples of the drive (float64, little-endian, sample by sample).
        samples: of the drive.
        excesses: where it leaves the envelope; ``excess_count`` counts those that are not kept too.
        usage: of the envelope, at its most.
        slowed: where the car was slowed to stay in it.
        clipped: samples changed, by axis.
        played: how far the car comes where mild parts are left out; None where none are.
    """

    leg: Leg
    speed: SpeedPlan
    start_degc: tuple[float, float] | None
    end_degc: tuple[float, float]
    survey: Survey
    tally: Tally
    drive_sha256: str
    samples: int
    excesses: list[Excess]
    excess_count: int
    usage: list[Usage]
    slowed: tuple[Zone, ...]
    clipped: dict[str, int]
    played: Played | None = None

    @property
    def length_m(self) -> float:
        """How far the car comes."""
        return self.leg.route.length_m if self.played is None else self.played.length_m

    def places_m(self, whole_m: FloatArray) -> FloatArray:
        """How far the car has come where the whole drive's would be."""
        return whole_m if self.played is None else self.played.at(whole_m)

    def place_m(self, whole_m: float) -> float:
        """The same of one place."""
        return whole_m if self.played is None else float(self.played.at(np.array([whole_m]))[0])


def plan_leg(task: Task, progress: Progress = lambda _metres: None) -> LegPlan:
    """Plan a leg; with ``over`` "slow" again and again, slower where it was outside, until it fits.

    What then still is outside is told in `LegPlan.excesses`, as always.

    Raises:
        InputError: a measured road in it cannot be used.
        SignalError: the car cannot be computed over it.
    """
    if task.leg.edit is not None:
        return edited_leg(task, plan_leg(replace(task, leg=replace(task.leg, edit=None)), progress))
    route, slowed = task.leg.route, tuple[Zone, ...]()
    scouting = scout_route(route, task.vehicle, task.style, lambda metres: progress(SCOUTING * metres))
    if task.wish is not None:
        unpaused = plan_over(scouting, route, task.vehicle, task.style)
        task = replace(task, leg=paused(task.leg, unpaused, task.wish))
        route = task.leg.route
    for attempt in range(1, MOST_ATTEMPTS + 1):
        speed = plan_over(scouting, route, task.vehicle, task.style, slowed)
        made = drive_at(task, speed, slowed, lambda metres: progress((1.0 - SCOUTING) * metres))
        tighter = _slower(made, attempt) if task.over == "slow" else ()
        if not tighter or attempt == MOST_ATTEMPTS:
            break
        slowed = merged(slowed + tighter)
        progress(-(1.0 - SCOUTING) * route.length_m)
    return made


def edited_leg(task: Task, whole: LegPlan) -> LegPlan:
    """The plan of a leg with an edit, from that of the same leg without.

    Raises:
        InputError: the edit is one of another drive.
    """
    edit = task.leg.edit
    assert edit is not None
    name = f"(the edit of {task.leg.name})"
    if edit.source_sha256 != whole.drive_sha256:
        found = f"{edit.source_sha256[:12]}…, and a drive that is {whole.drive_sha256[:12]}…"
        allowed = "the same course, car, driver, rig and versions as the edit was made with, or a new rig edit"
        raise InputError([Fault(name, 0, "source_drive_sha256", found, allowed)])
    if allowed := kept_fault(edit.kept, task.bench.sample_rate_hz, whole.samples):
        raise InputError([Fault(name, 0, "kept_samples", f"{len(edit.kept)} stretches", allowed)])
    made = drive_at(task, whole.speed, whole.slowed, lambda _metres: None)
    made.played = Played.of(whole.speed, edit.kept, task.bench.sample_rate_hz)
    return made


def drive_at(task: Task, speed: SpeedPlan, slowed: tuple[Zone, ...], progress: Progress) -> LegPlan:
    """The drive at a speed, once from end to end."""
    leg, bench = task.leg, task.bench
    check = EnvelopeCheck(bench.actuators, bench.sample_rate_hz)
    axes = tuple(actuator.name for actuator in bench.actuators)
    scales = tuple(max(-actuator.lowest, actuator.highest) for actuator in bench.actuators)
    tally, digest = Tally(leg.route, axes, scales, bench.sample_rate_hz), hashlib.sha256()
    clipped, at_m = np.zeros(len(axes), dtype=np.int64), 0.0
    for block in leg_blocks(task, speed):
        digest.update(np.ascontiguousarray(block.drive).tobytes())
        check.consume(block)
        tally.consume(block)
        clipped += block.clipped
        progress(float(block.distance_m[-1]) - at_m)
        at_m, last = float(block.distance_m[-1]), block
    tally.finish()
    return LegPlan(
        leg, speed, task.start_degc, last.end_degc, survey(leg.route, task.vehicle.track_m.value), tally,
        digest.hexdigest(), tally.samples, check.findings, check.count, check.usage, slowed,
        dict(zip(axes, clipped.tolist(), strict=True)),
    )  # fmt: skip


def leg_blocks(task: Task, speed: SpeedPlan) -> Iterator[DriveBlock]:
    """The drive of a leg at a speed that has been planned: the same bits each time."""
    blocks = iter_drive(
        task.leg.route, speed, task.vehicle, task.bench,
        ambient_degc=task.leg.ambient_degc, start_degc=task.start_degc, over=task.over,
        pauses=pause_samples(speed, task.leg.pauses_m, task.bench.sample_rate_hz),
    )  # fmt: skip
    return blocks if task.leg.edit is None else cut_drive(blocks, task.bench, task.leg.edit.kept)


def merged(zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
    """Zones of one place as one, at the lowest of their speeds, in the order in which they start."""
    found: list[Zone] = []
    for zone in sorted(zones, key=lambda zone: zone.start_m):
        if found and zone.start_m < found[-1].start_m + SAME_PLACE_M:
            last = found.pop()
            end_m, highest = max(last.end_m, zone.end_m), min(last.highest_mps, zone.highest_mps)
            zone = Zone(last.start_m, end_m, highest, last.why)
        found.append(zone)
    return tuple(found)


def _slower(made: LegPlan, attempt: int) -> tuple[Zone, ...]:
    """Zones around each place outside the envelope, slower than it was passed; none where no slower is possible."""
    zones = []
    for excess in made.excesses:
        passed_mps = float(made.speed.at(np.array([excess.time_s])).speed_mps[0])
        if passed_mps > SLOWEST_MPS:
            severity = abs(excess.value) / max(abs(excess.allowed), 1e-12)
            share = min(SLOWER, math.sqrt(AIM / severity)) ** (1 + attempt)
            highest = max(share * passed_mps, SLOWEST_MPS)
            start_m, end_m = max(0.0, excess.distance_m - BEFORE_M), excess.distance_m + AFTER_M
            zones.append(Zone(start_m, end_m, highest, f"{excess.axis} {excess.quantity} outside the rig's envelope"))
    return tuple(zones)
