"""``rig plan``."""

import json
import sys
from typing import Annotated, Any

import typer
from rich.table import Table

from rig.cli.console import progress_console, result_console
from rig.plan import HIGHEST_SEED, Plan, load_plan, refuse_excess


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(plan)


def plan(
    terrain: Annotated[str, typer.Argument(help="A terrain file, or a name in the library.")],
    rig: Annotated[str, typer.Option(help="Rig file or library name.")] = "one_corner",
    vehicle: Annotated[str, typer.Option(help="Vehicle file or library name.")] = "d7xr",
    seed: Annotated[
        int | None, typer.Option(min=0, max=HIGHEST_SEED, help="Seed; the terrain's own by default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Compute a drive from end to end and check it against the rig's envelope; nothing moves."""
    with progress_console().status("planning: road, car, drive, envelope"):
        made = load_plan(terrain, vehicle, rig, seed)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(made), indent=1) + "\n")
    else:
        _print(made)
    refuse_excess(made)


def _print(made: Plan) -> None:
    console = result_console()
    axes = made.rig.axes
    length = f"{made.terrain.name}: {made.distance_m / 1000:g} km in {made.duration_s / 60:.1f} min"
    title = f"{length}, mean {_mean_kmh(made):.1f} km/h"
    table = Table(title=title, title_justify="left")
    table.add_column("segment")
    table.add_column("surface")
    headings = ("from km", "to km", "time s", "top km/h", *(f"peak {axis.name}" for axis in axes))
    for heading in headings:
        table.add_column(heading, justify="right", overflow="fold")
    for part in made.segments:
        numbers = (
            f"{part.start_m / 1000:.3f}",
            f"{part.end_m / 1000:.3f}",
            f"{part.duration_s:.1f}",
            f"{part.top_speed_mps * 3.6:.1f}",
        )
        table.add_row(part.label, part.surface, *numbers, *(f"{part.peak.get(axis.name, 0.0):.4g}" for axis in axes))
    allowed = (f"{axis.actuator.lowest:g} to {axis.actuator.highest:g}" for axis in axes)
    table.add_section()
    table.add_row("rig allows", "", "", "", "", "", *allowed)
    console.print(table)
    console.print(f"road   sha256 {made.road_sha256}", soft_wrap=True)
    console.print(f"drive  sha256 {made.drive_sha256}", soft_wrap=True)
    inside = "inside the envelope" if not made.excesses else f"OUTSIDE the envelope in {len(made.excesses)} places"
    console.print(f"rig    {made.rig.name}: {inside}")


def _mean_kmh(made: Plan) -> float:
    return made.distance_m / made.duration_s * 3.6 if made.samples else 0.0


def _as_json(made: Plan) -> dict[str, Any]:
    return {
        "terrain": made.terrain.name,
        "vehicle": made.vehicle.name,
        "rig": made.rig.name,
        "seed": made.seed,
        "distance_km": made.distance_m / 1000.0,
        "duration_s": made.duration_s,
        "samples": made.samples,
        "road_sha256": made.road_sha256,
        "drive_sha256": made.drive_sha256,
        "segments": [
            {
                "label": part.label,
                "surface": part.surface,
                "start_m": part.start_m,
                "end_m": part.end_m,
                "duration_s": part.duration_s,
                "top_speed_mps": part.top_speed_mps,
                "peak": part.peak,
            }
            for part in made.segments
        ],
        "excesses": [
            {
                "axis": e.axis,
                "quantity": e.quantity,
                "value": e.value,
                "allowed": e.allowed,
                "distance_km": e.distance_m / 1000.0,
                "time_s": e.time_s,
                "segment": e.segment,
            }
            for e in made.excesses
        ],
    }
