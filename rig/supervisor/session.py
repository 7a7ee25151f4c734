"""One run as it was ordered: what plays on what, with which parts, and the run directory that is made for it."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from profiles.car.vehicle import FOLDER as VEHICLE_FOLDER
from profiles.catalogue import find
from profiles.driver.style import FOLDER as STYLE_FOLDER
from profiles.schema import Fault, InputError
from rig.clock import RealClock, utc_now
from rig.config import FOLDER as RIG_FOLDER
from rig.config import Pace, load_rig
from rig.life.components import FOLDER as COMPONENT_FOLDER
from rig.life.components import Component, components_of
from rig.life.specimens import FOLDER as SPECIMEN_FOLDER
from rig.life.specimens import SpecimenFile, load_specimens
from rig.operator.latch import refuse_latched
from rig.operator.users import own_name
from rig.plan import Over, Plan, Wanted, load_plan, refuse_excess
from rig.plan.plan import USUAL_STYLE, Placed, Told, untold
from rig.plan.summary import health_of
from rig.plan.waveforms import waveforms
from rig.record import manifest
from rig.record.checks import Override
from rig.record.files import make_folders, sync_folder
from rig.record.manifest import (
    Anchor,
    EditInfo,
    Input,
    LegInfo,
    Manifest,
    OrderInfo,
    Quantity,
    Recording,
    SegmentInfo,
    SpecimenInfo,
)
from rig.rt.realtime import Timing
from rig.supervisor.estimate import estimate, samples_until


@dataclass(frozen=True, slots=True)
class Order:
    """What a person asked for: names or paths, and options.

    ``recording``: what stays of the samples, see `rig.record.thinning`. ``override_checks``: why the run may go on
    where a check before it fails; None: it may not. ``health_block_min``: as in `rig.plan.Wanted`.
    """

    terrain: str
    vehicle: str = "d7xr"
    style: str | None = None
    over: Over = "refuse"
    rig: str = "one_corner"
    specimens: str = "new_parts"
    pace: Pace | None = None
    until_km: float | None = None
    seed: int | None = None
    runs: Path = Path("runs")
    recording: Recording = "full"
    override_checks: str | None = None
    health_block_min: float | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """An order that has been read, planned and found good.

    ``recorded``: samples that are there already, where a run is gone on with.
    """

    order: Order
    plan: Plan
    specimens: SpecimenFile
    components: tuple[Component, ...]
    target_m: float
    waveforms_v: tuple[NDArray[np.float64], ...]
    inputs: tuple[Input, ...]
    recorded: int = 0

    @property
    def specimens_path(self) -> Path:
        """The specimens file, for the bench that is launched with it."""
        return find(self.order.specimens, SPECIMEN_FOLDER, "specimens").resolve()

    @property
    def pace(self) -> Pace:
        """The pace asked for, or the rig file's own."""
        return self.order.pace or self.plan.rig.pace

    @property
    def surfaces(self) -> tuple[str, ...]:
        """The surface of each segment, by segment index."""
        return tuple(segment.surface for segment in self.plan.segments)

    @property
    def samples(self) -> int:
        """Samples up to the target, rests and health blocks included; a held rig adds its own."""
        return samples_until(self.plan, self.target_m)


def prepare(order: Order, progress: Told = untold, recorded: int = 0) -> Session:
    """Read, plan and check everything that an order names; nothing is started, nothing is written.

    ``recorded``: samples that the run has already, where it is to be gone on with.

    Raises:
        InputError: with what is wrong, where, and what is allowed; also where a trip of the rig has not been reset, or
            the disk has no room for the run.
    """
    refuse_latched(load_rig(order.rig), order.runs)  # first: to plan may take its time
    specimens = load_specimens(order.specimens)
    components = components_of(specimens)
    until_m = None if order.until_km is None else order.until_km * 1000.0
    wanted = Wanted(
        order.terrain, order.vehicle, order.style, order.rig, order.seed, order.over, until_m, order.health_block_min
    )
    plan = load_plan(wanted, progress)
    target_m = plan.distance_m if until_m is None else plan.until(until_m)
    refuse_excess(plan)
    estimate(plan, target_m, order.runs, order.recording, recorded).refuse()
    inputs = _inputs(order, plan, specimens)
    return Session(order, plan, specimens, components, target_m, waveforms(plan), inputs, recorded)


def _inputs(order: Order, plan: Plan, specimens: SpecimenFile) -> tuple[Input, ...]:
    files = [
        *(("terrain" if path.suffix in (".yaml", ".gpx") else "road", path) for path in plan.course.inputs),
        ("style", find(order.style or plan.course.style or USUAL_STYLE, STYLE_FOLDER, "driver style")),
        ("vehicle", find(order.vehicle, VEHICLE_FOLDER, "vehicle")),
        ("rig", find(order.rig, RIG_FOLDER, "rig")),
        ("specimens", find(order.specimens, SPECIMEN_FOLDER, "specimens")),
        *(("component", find(part.component, COMPONENT_FOLDER, "component")) for part in specimens.specimens),
    ]
    return tuple(manifest.input_of(role, path) for role, path in files)


def make_run_dir(session: Session) -> Path:
    """A new directory ``<utc>-<name>`` under the runs folder.

    Raises:
        InputError: it can't be made.
    """
    stamp = utc_now().strftime("%Y%m%dT%H%M%SZ")
    base = f"{stamp}-{session.plan.name}"
    try:
        make_folders(session.order.runs)
        for name in (base, *(f"{base}-{number}" for number in range(2, 100))):
            with contextlib.suppress(FileExistsError):
                folder = session.order.runs / name
                folder.mkdir()
                sync_folder(session.order.runs)
                return folder
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        allowed = "a folder that can be written to; --runs DIR names another"
        raise InputError([Fault(str(session.order.runs), 0, "--runs", found, allowed)]) from None
    raise InputError([Fault(str(session.order.runs), 0, "--runs", f"99 runs named {base}", "fewer runs in a second")])


def override_of(session: Session) -> Override | None:
    """Who lets this run go on where a check fails, and why; None: nobody."""
    reason = session.order.override_checks
    return None if reason is None else Override(own_name(), reason)


def write_manifest(session: Session, run_dir: Path, timing: Timing) -> Manifest:
    """Say in the run directory what this run is."""
    plan, rig, now = session.plan, session.plan.rig, utc_now().isoformat()
    result = Manifest(
        name=plan.name,
        created_utc=now,
        anchor=Anchor(now, RealClock().now_ns()),
        versions=manifest.versions(),
        seed=plan.seed,
        pace=session.pace,
        recording=session.order.recording,
        timing_grade=timing.grade,
        timing_reason=timing.reason,
        cpu=timing.cpu,
        checks=rig.checks is not None,
        override_checks=override_of(session),
        target_km=session.target_m / 1000.0,
        rig=rig.name,
        terrain=plan.name,
        vehicle=plan.vehicle.name,
        style=plan.style.name,
        road_sha256=plan.road_sha256,
        drive_sha256=plan.drive_sha256,
        over_envelope=plan.over,
        edit=_edit_info(plan),
        health=health_of(plan, session.target_m),
        slowed_zones=sum(len(leg.plan.slowed) for leg in plan.legs),
        clipped_samples=plan.clipped,
        legs=tuple(_leg_info(leg, rig.sample_rate_hz) for leg in plan.legs),
        sample_rate_hz=rig.sample_rate_hz,
        axes=tuple(Quantity(a.name, a.unit, a.scale, a.offset, a.description) for a in rig.axes),
        channels=tuple(Quantity(c.name, c.unit, c.scale, c.offset, c.description) for c in rig.channels),
        segments=tuple(
            SegmentInfo(index, segment.label, segment.surface, segment.start_m, segment.end_m)
            for index, segment in enumerate(plan.segments)
        ),
        specimens=tuple(
            SpecimenInfo(part.component, part.serial, part.batch or "", part.variant or "")
            for part in session.specimens.specimens
        ),
        inputs=session.inputs,
        order=_order_info(session.order),
    )
    manifest.write(run_dir, result)
    return result


def _edit_info(plan: Plan) -> EditInfo | None:
    edit = plan.course.edit
    if edit is None:
        return None
    retained = {one.damage: one.share for one in edit.retained}
    return EditInfo(
        course=edit.course, source_km=edit.source_km, source_drive_sha256=edit.source_drive_sha256, retained=retained
    )


def _order_info(order: Order) -> OrderInfo:
    return OrderInfo(
        course=_anywhere(order.terrain),
        vehicle=_anywhere(order.vehicle),
        style=None if order.style is None else _anywhere(order.style),
        rig=_anywhere(order.rig),
        specimens=_anywhere(order.specimens),
        until_km=order.until_km,
        health_block_min=order.health_block_min,
    )


def _anywhere(what: str) -> str:
    """A library name as it is; a file by its absolute path, so that it is found from any folder."""
    is_file = ("/" in what or bool(Path(what).suffix)) and Path(what).is_file()
    return str(Path(what).resolve()) if is_file else what


def order_of(described: Manifest, runs: Path, override_checks: str | None) -> Order | None:
    """The order that a run was made from, for the same once more; None where its manifest keeps none."""
    asked = described.order
    if asked is None or described.pace == "dry":
        return None
    return Order(
        terrain=asked.course,
        vehicle=asked.vehicle,
        style=asked.style,
        over=described.over_envelope,
        rig=asked.rig,
        specimens=asked.specimens,
        pace=described.pace,
        until_km=asked.until_km,
        seed=described.seed,
        runs=runs,
        recording=described.recording,
        override_checks=override_checks,
        health_block_min=asked.health_block_min,
    )


def _leg_info(leg: Placed, rate_hz: float) -> LegInfo:
    about, end_m = leg.plan.leg, leg.start_m + leg.plan.length_m
    return LegInfo(
        about.name, about.day, leg.start_m / 1000.0, end_m / 1000.0, about.ambient_degc, leg.rest_samples / rate_hz
    )
