"""What is asked: runs that belong together, and the target as it would be driven on the same rig by the same car."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from profiles.car.vehicle import FOLDER as VEHICLES
from profiles.catalogue import find
from profiles.drive.prepare import Over
from profiles.schema import Fault, InputError
from rig.config import FOLDER as RIGS
from rig.equivalence.measured import components_in
from rig.life.components import Component
from rig.plan import Wanted
from rig.record.files import sha256_of
from rig.runs import Run


@dataclass(frozen=True, slots=True)
class Asked:
    """A target course, and how it is driven.

    Attributes:
        course: a file or a library name.
        style, seed: the course's own where None.
        vehicle, over: as of the runs where None.
        until_km: only so far of it.
        exponents: of the pseudo-damage.
        confidence: of intervals two-sided, of what is shown one-sided.
    """

    course: str
    style: str | None = None
    seed: int | None = None
    vehicle: str | None = None
    over: Over | None = None
    until_km: float | None = None
    exponents: tuple[float, ...] = (3.0, 5.0, 8.0)
    confidence: float = 0.9


def wanted_of(asked: Asked, runs: Sequence[Run]) -> Wanted:
    """The plan of the target, for the rig of the runs and by default for their car.

    Raises:
        InputError: the runs don't belong together, or their rig's or car's file has changed since.
    """
    refuse_mixture(runs, asked)
    first = runs[0].manifest
    order = first.order
    rig = order.rig if order else first.rig
    vehicle = asked.vehicle or (order.vehicle if order else first.vehicle)
    _refuse_changed(runs[0], "rig", find(rig, RIGS, "rig"), "the rig as it was for the run")
    if asked.vehicle is None:
        _refuse_changed(runs[0], "vehicle", find(vehicle, VEHICLES, "vehicle"), "the file as it was, or --vehicle")
    until_m = None if asked.until_km is None else asked.until_km * 1000.0
    over = asked.over or first.over_envelope
    return Wanted(asked.course, vehicle, asked.style, rig, asked.seed, over, until_m, health_min=0.0)  # the stage alone


def refuse_mixture(runs: Sequence[Run], asked: Asked) -> None:
    """Check that damage of the runs can be added up.

    Raises:
        InputError: one is given twice, or they differ in rig, car, envelope or the law of a component.
    """
    faults = [*_twice(runs), *_differing(runs, "rig", lambda run: run.manifest.rig, "runs of one rig")]
    faults += _differing(runs, "sample_rate_hz", lambda run: str(run.manifest.sample_rate_hz), "runs of one rate")
    if asked.vehicle is None:
        allowed = "runs of one car, or --vehicle for that of the target"
        faults += _differing(runs, "vehicle", lambda run: run.manifest.vehicle, allowed)
    if asked.over is None:
        allowed = "runs of one kind, or --over-envelope for the target"
        faults += _differing(runs, "over_envelope", lambda run: run.manifest.over_envelope, allowed)
    if faults:
        raise InputError(faults)
    components_of_all(runs)


def _twice(runs: Sequence[Run]) -> Iterable[Fault]:
    seen: dict[tuple[str, str], Path] = {}
    for run in runs:
        known = seen.setdefault((run.manifest.created_utc, run.manifest.name), run.path)
        if known is not run.path:
            yield Fault(str(run.path), 0, "RUN", f"the same run as {known}", "each run once: its kilometres count once")


def _differing(runs: Sequence[Run], key: str, of: Callable[[Run], str], allowed: str) -> Iterable[Fault]:
    first = of(runs[0])
    for run in runs[1:]:
        if of(run) != first:
            yield Fault(str(run.path), 0, key, f"{of(run)}, and {first} in {runs[0].path}", allowed)


def components_of_all(runs: Sequence[Run]) -> dict[str, Component]:
    """The components of all runs, by name.

    Raises:
        InputError: a run's manifest does not hold them, or two runs count one by different laws.
    """
    found: dict[str, Component] = {}
    faults = []
    for run in runs:
        for component in components_in(run):
            if _laws(found.setdefault(component.name, component)) != _laws(component):
                words = f"laws of {component.name} other than in the runs before"
                faults.append(Fault(str(run.path), 0, "component", words, "runs whose components have the same laws"))
    if faults:
        raise InputError(faults)
    return found


def _laws(component: Component) -> list[dict[str, object]]:
    """What damage hangs on: how sure an exponent is, is no part of it."""
    return [law.model_dump(exclude={"exponent_range"}) for law in component.damage]


def _refuse_changed(run: Run, role: str, path: Path, allowed: str) -> None:
    held = next((one.sha256 for one in run.manifest.inputs if one.role == role), None)
    if held is None or held != sha256_of(path):
        found = f"a {role} file that is not the one of {run.path}" if held else f"no {role} in {run.path}"
        raise InputError([Fault(str(path), 0, role, found, allowed)])
