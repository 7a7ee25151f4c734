"""``rig report``."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from profiles.schema import Fault, InputError
from rig import report as report_writer
from rig.report import junit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(run: Annotated[Path, typer.Argument(help="A run directory.")]) -> None:
    """Write a run's report and JUnit file anew from what is recorded, and print where they are."""
    try:
        written = report_writer.build(run), junit.write(run)
    except (LookupError, ValueError, TypeError, ArithmeticError) as error:
        if os.environ.get("RIG_DEBUG"):
            raise
        found = f"{type(error).__name__}: {error}"
        allowed = "a run directory whose files belong together"
        raise InputError([Fault(str(run), 0, "(the record)", found, allowed)]) from None
    for path in written:
        sys.stdout.write(f"{path}\n")
