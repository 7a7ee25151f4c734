"""``rig check``."""

from pathlib import Path
from typing import Annotated

import typer

from profiles.schema import Fault, InputError
from rig.cli.console import result_console
from rig.kinds import load_any


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    files: Annotated[
        list[Path], typer.Argument(help="YAML files of any kind (terrain, vehicle, rig, component, specimens).")
    ],
) -> None:
    """Read files strictly and say everything that is wrong in them at once; exit 2 where something is."""
    console = result_console()
    faults: list[Fault] = []
    for path in files:
        try:
            model = load_any(path)
        except InputError as error:
            faults.extend(error.faults)
        else:
            console.print(f"{path}: good {getattr(model, 'kind', '')} {getattr(model, 'name', '')!r}", soft_wrap=True)
    if faults:
        raise InputError(faults)
