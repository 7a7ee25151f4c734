"""``rig --version``."""

import sys
from typing import Annotated

import typer

from rig import __version__


def register(app: typer.Typer) -> None:
    """Add the program's own options."""
    app.callback()(options)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"rig {__version__}\n")
        raise typer.Exit


def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Endurance rig controller: from a terrain file to a verdict on each component."""
