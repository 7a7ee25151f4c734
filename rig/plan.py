"""The plan: terrain, road, car, drive and envelope check, ahead of time and block by block."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.registers import check_fit
from profiles.car.vehicle import FOLDER as CAR_FOLDER
from profiles.car.vehicle import Vehicle, load_vehicle
from profiles.catalogue import find
from profiles.drive.envelope import EnvelopeCheck, Excess
from profiles.drive.prepare import Actuator, DriveBlock, drive_faults, iter_drive
from profiles.road.builder import road_digest
from profiles.road.route import Route
from profiles.road.terrain import Terrain, load_terrain
from profiles.schema import Fault, InputError
from profiles.signal import SignalError
from rig.config import FOLDER, Rig, load_rig

SHORTEST_M = 1.0
HIGHEST_SEED = 2**63 - 1
"""As in a terrain file."""


@dataclass(slots=True)
class SegmentPlan:
    """What the plan says of one segment: how long it takes and what the axes do there."""

    label: str
    surface: str
    start_m: float
    end_m: float
    duration_s: float = 0.0
    top_speed_mps: float = 0.0
    peak: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """A drive that has been computed once from end to end: its length, its peaks, its digests, what it exceeds."""

    terrain: Terrain
    route: Route
    vehicle: Vehicle
    rig: Rig
    seed: int
    road_sha256: str
    drive_sha256: str
    samples: int
    segments: tuple[SegmentPlan, ...]
    excesses: tuple[Excess, ...]

    @property
    def distance_m(self) -> float:
        """The length of the stage."""
        return self.route.length_m

    @property
    def duration_s(self) -> float:
        """How long the drive takes at pace real."""
        return self.samples / self.rig.sample_rate_hz

    def blocks(self) -> Iterator[DriveBlock]:
        """The drive again, from its start: the same bits as the plan was made from."""
        return _drive(self.route, self.vehicle, self.rig)

    def until(self, distance_m: float) -> float:
        """The target distance of a run that may end before the stage does.

        Raises:
            InputError: the stage is shorter, or nothing can be said of so short a way.
        """
        if not SHORTEST_M <= distance_m <= self.distance_m:
            lowest, highest = SHORTEST_M / 1000, self.distance_m / 1000
            allowed = f"{lowest:g} to {highest:g} km, the length of {self.terrain.name}"
            raise InputError([Fault("(argument)", 0, "--until-km", f"{distance_m / 1000:g}", allowed)])
        return distance_m


def make_plan(terrain: Terrain, vehicle: Vehicle, rig: Rig, seed: int) -> Plan:
    """Compute the drive once, check it against the rig's envelope, and say what it holds. Memory is one block's."""
    digest, check = hashlib.sha256(), EnvelopeCheck(actuators_of(rig), rig.sample_rate_hz)
    route = terrain.route(seed)
    spans = _segments(route)
    samples = 0
    for block in _drive(route, vehicle, rig):
        digest.update(np.ascontiguousarray(block.drive).tobytes())
        check.consume(block)
        _note(spans, block, rig)
        samples += len(block.distance_m)
    excesses = tuple(check.findings)
    road = road_digest(route, vehicle.track_m.value)
    return Plan(terrain, route, vehicle, rig, seed, road, digest.hexdigest(), samples, tuple(spans), excesses)


def refuse_excess(plan: Plan) -> None:
    """Raise where the drive leaves the rig's envelope.

    Raises:
        InputError: one fault for each place: which axis, where, by how much.
    """
    if plan.excesses:
        raise InputError([_fault_of(plan, excess) for excess in plan.excesses])


def load_plan(terrain: str, vehicle: str, rig: str, seed: int | None) -> Plan:
    """The plan of files or library names; ``seed`` None takes the terrain's own.

    Raises:
        InputError: a file is missing or wrong.
    """
    road, car, bench = load_terrain(terrain), load_vehicle(vehicle), load_rig(rig)
    check_rig(find(rig, FOLDER, "rig"), bench)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused, with where it came up
            return make_plan(road, car, bench, road.seed if seed is None else seed)
    except SignalError as error:
        allowed = f"a car that can be computed over {road.name}: values that belong together"
        raise InputError(
            [Fault(str(find(vehicle, CAR_FOLDER, "vehicle")), 0, "(the car)", str(error), allowed)]
        ) from None


def check_rig(path: Path, rig: Rig) -> None:
    """Check that drives can be made for a rig's axes and its band, and that its samples fit the wire.

    Raises:
        InputError: they can't, or don't.
    """
    faults = [
        Fault(str(path), 0, fault.key, fault.found, fault.allowed)
        for fault in drive_faults(actuators_of(rig), rig.sample_rate_hz, rig.band_low_hz, rig.band_high_hz)
    ]
    try:
        check_fit(len(rig.axes), len(rig.channels), rig.lead_samples)
    except ValueError as error:
        faults.append(Fault(str(path), 0, "lead_samples", str(rig.lead_samples), str(error)))
    if faults:
        raise InputError(faults)


def actuators_of(rig: Rig) -> tuple[Actuator, ...]:
    """The rig file's axes as the drive preparation wants them."""
    return tuple(
        Actuator(
            name=axis.name,
            natural_frequency_hz=axis.actuator.natural_frequency_hz,
            damping_ratio=axis.actuator.damping_ratio,
            delay_s=axis.actuator.delay_s,
            lowest=axis.actuator.lowest,
            highest=axis.actuator.highest,
            rate_per_s=axis.actuator.rate_per_s,
            acceleration_per_s2=axis.actuator.acceleration_per_s2,
            force_n=axis.actuator.force_n,
        )
        for axis in rig.axes
    )


def drive_rows(block: DriveBlock) -> NDArray[np.float64]:
    """A block as rows of the drive queue: drive and set point of each axis, distance, speed, segment."""
    place = (block.distance_m, block.speed_mps, block.segment.astype(np.float64))
    return np.column_stack([block.drive, block.setpoint, *place])


def _drive(route: Route, vehicle: Vehicle, rig: Rig) -> Iterator[DriveBlock]:
    return iter_drive(route, vehicle, actuators_of(rig), rig.sample_rate_hz, rig.band_low_hz, rig.band_high_hz)


def _segments(route: Route) -> list[SegmentPlan]:
    return [SegmentPlan(s.segment.label, s.segment.surface, s.start_m, s.end_m) for s in route.stretches]


def _note(spans: list[SegmentPlan], block: DriveBlock, rig: Rig) -> None:
    for index in np.unique(block.segment):
        span, here = spans[int(index)], block.segment == index
        span.duration_s += float(here.sum()) / rig.sample_rate_hz
        span.top_speed_mps = max(span.top_speed_mps, float(block.speed_mps[here].max()))
        for column, axis in enumerate(rig.axes):
            peak = float(np.abs(block.setpoint[here, column]).max())
            span.peak[axis.name] = max(span.peak.get(axis.name, 0.0), peak)


def _fault_of(plan: Plan, excess: Excess) -> Fault:
    label = plan.segments[excess.segment].label
    where = f"{plan.terrain.name} at {excess.distance_m / 1000:.3f} km ({label}), {excess.time_s:.1f} s"
    found = f"{excess.quantity} {excess.value:.4g} at {where}"
    return Fault("(the drive)", 0, excess.axis, found, f"up to {excess.allowed:.4g} on rig {plan.rig.name}")
