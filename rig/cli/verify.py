"""``rig verify``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from rig.cli.console import result_console
from rig.record.files import to_json
from rig.verify import Mark, Verification
from rig.verify import verify as look_at

NOT_WHOLE = 3
_STYLE = {Mark.GOOD: "green", Mark.NOTE: "yellow", Mark.BAD: "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Say whether a record is what its run left: hashes, chains, counters, continuity. Changes nothing.

    The head that it prints stands for the whole record; the report and
    junit.xml have it too. Where it is the same there, nothing was altered.

    Exit codes: 0 whole (notes say what a death or a person left), 2 no run
    directory, 3 something is missing or is not what it was.
    """
    found = look_at(run)
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        _show(found)
    if not found.whole:
        sys.exit(NOT_WHOLE)


def _show(found: Verification) -> None:
    console = result_console()
    for one in found.findings:
        console.print(f"[{_STYLE[one.mark]}]{one.mark:<5}[/] {escape(one.part)}: {escape(one.text)}", soft_wrap=True)
    words = "[green]whole[/]" if found.whole else "[bold red]not whole[/]"
    head = f", head {found.head}" if found.head else ""
    console.print(f"{escape(found.run)}: {words}{head}", soft_wrap=True)
