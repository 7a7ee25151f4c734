"""``rig list``."""

import typer
from rich.table import Table

from profiles.catalogue import names
from rig.cli.console import result_console
from rig.kinds import KINDS, load_any


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list")(list_library)


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
