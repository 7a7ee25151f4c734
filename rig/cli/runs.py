"""``rig runs``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import result_console
from rig.ledger import ENDED, Entry, entries
from rig.operator.protocol import duration
from rig.record.files import to_json

_STYLE = {"SURVIVED": "green", "FAILED": "bold red", "SUSPENDED": "yellow", "live": "bold cyan", "died": "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("runs")(runs)


def runs(
    folder: Annotated[Path, typer.Argument(help="A folder of run directories.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """List the runs of a folder: verdict, kilometres, duration, timing grade, and why each ended.

    Exit codes: 0 told, 2 no such folder.
    """
    try:
        found = entries(folder)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError([Fault(str(folder), 0, "FOLDER", reason, "a folder of run directories")]) from None
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
        return
    if not found:
        result_console().print(f"no run in {folder}")
        return
    table = Table("run", "rig", "verdict", "km", "of", "lasted", "grade", "why")
    for one in found:
        table.add_row(*_cells(one))
    result_console().print(table)


def _cells(one: Entry) -> list[str]:
    word = one.outcome if one.state == ENDED else one.state
    failed = f" {', '.join(one.failed)}" if one.failed else ""
    style = _STYLE.get(word, "red")
    lasted = "" if one.duration_s is None else duration(one.duration_s)
    figures = ["" if km is None else f"{km:.3f}" for km in (one.distance_km, one.target_km)]
    verdict = f"[{style}]{word}[/]{escape(failed)}"
    return [escape(one.name), escape(one.rig), verdict, *figures, lasted, one.grade, escape(one.reason)]
