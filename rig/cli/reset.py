"""``rig reset``."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from rig.cli.console import say_error
from rig.operator.folder import FolderError
from rig.operator.reset import reset_run

_NOT_TAKEN = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reset")(reset)


def reset(
    reason: Annotated[str, typer.Option(help="What was found at the rig, and done about it; goes on record.")],
    run: Annotated[
        Path | None, typer.Argument(help="The run that tripped; by default the one whose trip stands.")
    ] = None,
    rig: Annotated[
        str | None, typer.Option(help="Rig file or library name, where the rig is not at the run's address any more.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder of run directories.")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print what became of it as JSON.")] = False,
) -> None:
    """Reset a rig that has tripped: look at it first. Asks the device to be OFF again, then lets runs start.

    Exit codes: 0 reset, 2 bad usage or no such run, 3 the device refuses or can't be reached.
    """
    try:
        outcome = reset_run(run, runs, reason, rig)
    except FolderError as error:
        say_error(str(error))
        sys.exit(2)
    if as_json:
        told = {"done": outcome.done, "text": outcome.text, "before": outcome.before, "run": str(outcome.run)}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for words in (outcome.before, outcome.text) if outcome.done else ():
            if words:
                sys.stdout.write(words + "\n")
        if not outcome.done:
            say_error("\n".join(words for words in (outcome.before, outcome.text) if words))
    if not outcome.done:
        sys.exit(_NOT_TAKEN)
