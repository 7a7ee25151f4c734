"""``rig note``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from profiles.schema import Fault, InputError
from rig.operator.postscript import postscript
from rig.record import manifest


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("note")(note)


def note(
    run: Annotated[Path, typer.Argument(help="The directory of a run that is over.")],
    text: Annotated[str, typer.Argument(help="What was found.")],
    component: Annotated[str, typer.Option(help="The component that it is about.")] = "",
    cause: Annotated[str, typer.Option(help="The root cause, where it is known.")] = "",
    action: Annotated[str, typer.Option(help="The corrective action.")] = "",
    disposition: Annotated[str, typer.Option(help="What became of the part: scrapped, to the lab, refitted …")] = "",
) -> None:
    """Put an engineer's finding on a run's record: a new event in its chain with your name, never an edit.

    Exit codes: 0 on record, 2 bad input, or a run that still goes on.
    """
    described = manifest.read(run)
    if not text.strip():
        raise InputError([Fault("(argument)", 0, "TEXT", "nothing", "what was found, in words")])
    known = [one.component for one in described.specimens]
    if component and component not in known:
        raise InputError([Fault(str(run), 0, "--component", repr(component), ", ".join(known) or "no component")])
    told = {"note": text, "component": component, "cause": cause, "action": action, "disposition": disposition}
    data = {key: value.strip() for key, value in told.items() if value.strip()}
    with postscript(run, "to put a note on record") as record:
        about = f" on {component}" if component else ""
        event = record.append("engineer_note", f"{record.user}{about}: {text.strip()}", data)
    sys.stdout.write(f"on record as event {event.number} of {run}\n")
