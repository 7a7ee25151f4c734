"""``rig recover``."""

from pathlib import Path
from typing import Annotated

import typer

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console
from rig.cli.planning import with_bar
from rig.cli.run import announce, to_verdict
from rig.supervisor.conduct import conduct_recovery
from rig.supervisor.recovery import prepare_recovery


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("recover")(recover)


def recover(
    run: Annotated[Path, typer.Argument(help="The run directory of a run that died, was stopped or tripped.")],
    override_checks: Annotated[
        str | None,
        typer.Option(help="Run although a check before the run fails; the reason goes into the record."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Go on with an interrupted run, from the metre where its record ends, to the verdict on the whole distance.

    The same course, car, rig and parts, from the same files; after a trip only once a person has reset the rig.
    The drive takes a run-up of one ramp before the place, which counts no metre. Exit codes: as those of rig run.
    """
    if override_checks is not None and not override_checks.strip():
        raise InputError([Fault("(argument)", 0, "--override-checks", "nothing", "a reason, for the record")])
    session, opened = with_bar("planning", lambda told: prepare_recovery(run, override_checks, told))
    announce(session)
    reached_km = opened.last_distance_km()
    progress_console().print(f"going on after {reached_km:.3f} km with {run}; reading its record", soft_wrap=True)
    to_verdict(lambda: (run, conduct_recovery(session, opened, progress_console())), as_json)
