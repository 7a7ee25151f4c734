"""``rig edit``."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from profiles.course.course import load_course
from profiles.course.edit import NAME
from profiles.schema import Fault, InputError
from rig.cli.console import progress_console, result_console
from rig.cli.planning import with_bar
from rig.cli.selecting import exponents_of, refuse_target
from rig.plan import HIGHEST_SEED, Wanted, load_plan, refuse_excess

if TYPE_CHECKING:
    from profiles.course.edit import Edit
    from rig.editing.search import Found
    from rig.editing.source import Source


class FitOption(StrEnum):
    """What can be done where the whole drive leaves the rig's envelope: a clipped drive is not edited."""

    refuse = "refuse"
    slow = "slow"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("edit")(edit)


def edit(
    course: Annotated[str, typer.Argument(help="A terrain, a stage, a roadbook: a file, or a library name.")],
    out: Annotated[Path, typer.Option(help="The edit file (.yaml); 'rig run' plays it like a course.")],
    retain: Annotated[float, typer.Option(help="The share of each damage that must be retained.")] = 0.95,
    exponents: Annotated[
        str, typer.Option(help="Of the pseudo-damage of each load; 3,5,8 unless for a component.")
    ] = "",
    loads: Annotated[str, typer.Option(help="Channels with commas between; all that load parts by default.")] = "",
    component: Annotated[str | None, typer.Option(help="Only for this component, by its own law.")] = None,
    rig: Annotated[str, typer.Option(help="Rig file or library name.")] = "one_corner",
    vehicle: Annotated[str, typer.Option(help="Vehicle file or library name.")] = "d7xr",
    style: Annotated[str | None, typer.Option(help="Driver style; the course's own by default.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=HIGHEST_SEED, help="The course's own by default.")] = None,
    over_envelope: Annotated[
        FitOption, typer.Option(help="Where the whole drive leaves the rig's envelope: refuse it, or slow the car.")
    ] = FitOption.refuse,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Leave out the mild parts of a drive so that a share of its damage is retained; for fatigue only.

    Windows of 2 s stay where any load or exponent needs them; the damage is counted anew on the edited drive.

    Exit codes: 0 written, 2 bad input, a part that can't be accelerated, or nothing that could be left out.
    """
    _refuse(out, retain, exponents or loads, component, force=force)
    slopes = exponents_of("rig edit", exponents or "3,5,8")
    from rig.editing.file import write_edit  # numba's imports: every other command would start later for them
    from rig.editing.parts import needs_for, refuse_unsuitable
    from rig.editing.search import find_edit
    from rig.editing.source import Source, refuse_several
    from rig.life.components import load_component

    if component is not None:
        refuse_unsuitable(load_component(component))
    refuse_several(load_course(course, seed))
    wanted = Wanted(course, vehicle, style, rig, seed, over_envelope.value, health_min=0.0)
    plan = with_bar(f"planning {course}", lambda told: load_plan(wanted, told))
    refuse_excess(plan)
    source = Source.of(plan)
    names = [name.strip() for name in loads.split(",") if name.strip()]
    needs = needs_for(source, component, slopes, names)
    with progress_console().status("searching") as status:
        found = find_edit(source, needs, retain, lambda k, least: status.update(f"round {k + 1}: {least:.3f} retained"))
    _show(write_edit(out, course, source, found, retain), source, found)


def _refuse(out: Path, retain: float, counted: str, component: str | None, *, force: bool) -> None:
    faults = []
    if not 0.5 <= retain < 1.0:
        faults.append(Fault("rig edit", 0, "--retain", f"{retain:g}", "a share from 0.5 to below 1, such as 0.95"))
    if out.suffix != ".yaml":
        faults.append(Fault(str(out), 0, "--out", repr(out.suffix), "a name that ends with .yaml"))
    if not re.fullmatch(NAME, out.stem):
        allowed = "a name of small letters, digits and _, from a letter on: it becomes that of runs"
        faults.append(Fault(str(out), 0, "--out", repr(out.stem), allowed))
    if counted and component is not None:
        allowed = "none with --component: its law has its own"
        faults.append(Fault("rig edit", 0, "--exponents, --loads", counted, allowed))
    if faults:
        raise InputError(faults)
    refuse_target(out, force=force)


def _show(written: "Edit", source: "Source", found: "Found") -> None:
    console, made = result_console(), found.made
    table = Table("damage", "retained")
    for one in written.retained:
        table.add_row(one.damage, f"{one.share:.1%}")
    console.print(table)
    share = made.samples / source.samples
    hours = (f"{samples / source.rate_hz / 3600.0:.3g} h" for samples in (made.samples, source.samples))
    console.print(
        f"{len(found.kept)} stretches, {' of '.join(hours)} ({share:.1%}, ×{1.0 / share:.2f}): "
        f"{made.length_m / 1000:.3f} km are played of the {written.source_km:g} km of {source.plan.name}",
        soft_wrap=True,
    )
    console.print("accelerated for fatigue only: seals, elastomers and bearings get what is played, and no more")
    over = "" if written.over_envelope == "refuse" else f" --over-envelope {written.over_envelope}"
    console.print(f"drive sha256 {made.drive_sha256}; play it by: rig run {written.name}.yaml{over}", soft_wrap=True)
