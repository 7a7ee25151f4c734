"""``rig check``."""

from typing import Annotated

import typer

from profiles.schema import Fault, InputError
from rig.cli.console import result_console
from rig.kinds import files_of, load_any


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    files: Annotated[
        list[str], typer.Argument(help="YAML files or library names of any kind (terrain, vehicle, rig, component, …).")
    ],
) -> None:
    """Read files strictly and say everything that is wrong in them at once; exit 2 where something is."""
    console = result_console()
    faults: list[Fault] = []
    for path in (found for what in files for found in files_of(what)):
        try:
            model = load_any(path)
        except InputError as error:
            faults.extend(error.faults)
        else:
            console.print(f"{path}: good {getattr(model, 'kind', '')} {getattr(model, 'name', '')!r}", soft_wrap=True)
    if faults:
        raise InputError(faults)
