"""``rig list`` and ``rig --version``."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from profiles.catalogue import names
from rig import __version__
from rig.cli.console import result_console
from rig.kinds import KINDS, load_any


def register(app: typer.Typer) -> None:
    """Add the command, and the program's own options."""
    app.command("list")(list_library)
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


def list_library() -> None:
    """What is in the library, by kind and name."""
    table = Table(title="Library", title_justify="left")
    for heading in ("kind", "name", "description"):
        table.add_column(heading)
    for kind in KINDS:
        for name in names(kind.folder):
            model = load_any(kind.folder / f"{name}.yaml")
            table.add_row(kind.word, name, str(getattr(model, "description", "")))
    result_console().print(table)
