"""``rig report``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from rig import report as report_writer
from rig.report import junit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(run: Annotated[Path, typer.Argument(help="A run directory.")]) -> None:
    """Write a run's report and JUnit file anew from what is recorded, and print where they are."""
    for written in (report_writer.build(run), junit.write(run)):
        sys.stdout.write(f"{written}\n")
