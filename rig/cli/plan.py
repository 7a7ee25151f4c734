"""``rig plan``."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from profiles import catalogue
from profiles.car.vehicle import FOLDER as VEHICLES
from profiles.car.vehicle import Vehicle
from profiles.course.course import FOLDERS as COURSES
from profiles.driver.style import FOLDER as STYLES
from profiles.driver.style import DriverStyle
from profiles.schema import Fault, InputError
from rig.cli.console import result_console
from rig.cli.options import HealthBlockMin, OverOption
from rig.cli.plan_tables import print_comparison, print_summary
from rig.cli.planning import with_bar
from rig.config import FOLDER as RIGS
from rig.config import Rig
from rig.kinds import load_any
from rig.plan import HIGHEST_SEED, Plan, Wanted, load_plan, refuse_excess
from rig.plan.page import write_plan_page
from rig.plan.summary import Summary, summary_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan)


def plan(
    course: Annotated[
        str, typer.Argument(help="A terrain, stage, campaign, roadbook or measured road: a file, or a library name.")
    ],
    rig: Annotated[str, typer.Option(help="Rig file or library name.")] = "one_corner",
    vehicle: Annotated[str, typer.Option(help="Vehicle file or library name.")] = "d7xr",
    style: Annotated[
        str | None, typer.Option(help="Driver style file or library name; the course's own by default.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=HIGHEST_SEED, help="Seed; the course's own by default.")
    ] = None,
    over_envelope: Annotated[
        OverOption, typer.Option(help="Where the drive leaves the rig's envelope: refuse it, slow the car, or clip.")
    ] = OverOption.refuse,
    until_km: Annotated[float | None, typer.Option(help="Plan only the stages that are needed for so far.")] = None,
    health_block_min: HealthBlockMin = None,
    compare: Annotated[
        list[str] | None,
        typer.Option(help="Set beside it the same plan with this vehicle, style, rig or course instead; repeatable."),
    ] = None,
    segments: Annotated[bool, typer.Option("--segments", help="List every segment too.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the plan as a page with plots, to open offline.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Compute a drive from end to end and check it against the rig's envelope; nothing moves.

    Exit code 2 where the drive leaves the envelope (or the input is wrong), 0 otherwise.
    """
    if html is not None and not html.absolute().parent.is_dir():
        raise InputError([Fault(str(html), 0, "--html", "no such folder", "a file in a folder that exists")])
    until_m = None if until_km is None else until_km * 1000.0
    first = Wanted(course, vehicle, style, rig, seed, over_envelope.value, until_m, health_block_min)
    wanted = [first, *(_instead(first, name) for name in compare or ())]
    made = [with_bar(f"planning {one.course}", lambda told, one=one: load_plan(one, told)) for one in wanted]  # type: ignore[misc]
    found = [summary_of(one) for one in made]
    if as_json:
        documents = [as_document(one, figures, segments=segments) for one, figures in zip(made, found, strict=True)]
        sys.stdout.write(json.dumps(documents[0] if len(documents) == 1 else documents, indent=1) + "\n")
    else:
        _print(made, found, segments=segments)
    if html is not None:
        write_plan_page(html, list(zip(made, found, strict=True)))
        if not as_json:
            result_console().print(f"page   {html}", soft_wrap=True)
    for one in made:
        refuse_excess(one)


def _print(made: list[Plan], found: list[Summary], *, segments: bool) -> None:
    console = result_console()
    for one, figures in zip(made, found, strict=True):
        print_summary(console, one, figures, segments=segments)
    if len(found) > 1:
        print_comparison(console, found)


def _instead(wanted: Wanted, name: str) -> Wanted:
    """The same, with another vehicle, style, rig or course: whatever a name or a file is."""
    kind = _kind_of_file(name) if Path(name).suffix or "/" in name else _kind_of_name(name)
    match kind:
        case "vehicle":
            return replace(wanted, vehicle=name)
        case "style":
            return replace(wanted, style=name)
        case "rig":
            return replace(wanted, rig=name)
        case _:
            return replace(wanted, course=name)


def _kind_of_name(name: str) -> str:
    folders = [("vehicle", VEHICLES), ("style", STYLES), ("rig", RIGS), *(("course", f) for f in COURSES.values())]
    for kind, folder in folders:
        if name in catalogue.names(folder):
            return kind
    known = [one for _, folder in folders for one in catalogue.names(folder)]
    raise InputError([catalogue.unknown(name, "--compare", known)])


def _kind_of_file(name: str) -> str:
    path = Path(name)
    if not path.is_file():
        allowed = "a file, or a name in the library, of a vehicle, a style, a rig or a course"
        raise InputError([Fault(name, 0, "--compare", "no such file", allowed)])
    if path.suffix.lower() != ".yaml":
        return "course"
    return {Vehicle: "vehicle", DriverStyle: "style", Rig: "rig"}.get(type(load_any(path)), "course")


def as_document(made: Plan, found: Summary, *, segments: bool) -> dict[str, Any]:
    """A plan for JSON: its figures, where it leaves the envelope, and every segment if asked for."""
    document: dict[str, Any] = msgspec.to_builtins(found, str_keys=True)
    document["excesses"] = [
        {**msgspec.to_builtins(excess), "label": made.segments[excess.segment].label} for excess in made.excesses
    ]
    if segments:
        document["segments"] = [msgspec.to_builtins(part) for part in made.segments]
    return document
