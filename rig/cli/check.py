"""``rig check``."""

from pathlib import Path
from typing import Annotated

import typer

from profiles.course.course import load_course
from profiles.schema import Fault, InputError
from rig.cli.console import result_console
from rig.kinds import files_of, load_any

DRIVEN = {".gpx": "roadbook", ".crg": "measured road", ".csv": "measured road"}
"""Files that are no YAML and can be driven as they are."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    files: Annotated[
        list[str], typer.Argument(help="YAML files or library names of any kind, roadbooks, measured roads.")
    ],
) -> None:
    """Read files strictly and say everything that is wrong in them at once; exit 2 where something is."""
    console = result_console()
    faults: list[Fault] = []
    for path in (found for what in files for found in files_of(what)):
        try:
            console.print(f"{path}: good {_what_it_is(path)}", soft_wrap=True)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)


def _what_it_is(path: Path) -> str:
    """The kind and the name of a file that is good.

    Raises:
        InputError: with all faults of the file.
    """
    if path.suffix.lower() in DRIVEN:
        course = load_course(str(path))
        notes = "".join(f"; note: {notice}" for notice in course.notices)
        return f"{DRIVEN[path.suffix.lower()]}, {course.length_m / 1000.0:g} km{notes}"
    model = load_any(path)
    return f"{getattr(model, 'kind', '')} {getattr(model, 'name', '')!r}"
