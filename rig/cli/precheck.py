"""``rig precheck``."""

import json
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from rig.bridge import End
from rig.cli.console import result_console, say_error
from rig.cli.options import PaceOption
from rig.supervisor.check_table import check_table
from rig.supervisor.closing import ExitCode
from rig.supervisor.crew import CrewError
from rig.supervisor.launcher import LaunchError
from rig.supervisor.precheck import Prechecked
from rig.supervisor.precheck import precheck as make_checks


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("precheck")(precheck)


def precheck(
    rig: Annotated[str, typer.Option(help="Rig file or library name.")] = "one_corner",
    pace: Annotated[
        PaceOption | None,
        typer.Option(help="Wall clock, or as fast as the wire answers; the rig file's own by default."),
    ] = None,
    specimens: Annotated[
        str, typer.Option(help="Specimens file or library name: which parts a launched bench has.")
    ] = "new_parts",
    runs: Annotated[Path, typer.Option(help="Folder for run directories: has a trip of the rig been reset?")] = Path(
        "runs"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Make the checks that come before a run, and nothing else. The axes move a little.

    Instruments' identities, oil pressure, zeros, noise, and a small move of each axis: span, polarity, delay, valve.
    Ctrl-C ramps down, a second one trips. Exit codes: 0 all passed, 2 bad input, 3 a check failed, or rig fault or
    trip, 4 stopped by a person.
    """
    try:
        done = make_checks(rig, pace.value if pace else None, specimens, runs)
    except (CrewError, LaunchError) as error:
        say_error(f"the checks could not start: {error}")
        sys.exit(ExitCode.RIG_FAULT)
    code = _exit_code(done)
    if as_json:
        told = {"exit_code": int(code), "end": done.end.name, "reason": done.reason}
        sys.stdout.write(json.dumps({**told, **msgspec.to_builtins(done.checks)}, indent=1) + "\n")
    else:
        _print(done)
    sys.exit(code)


def _print(done: Prechecked) -> None:
    console = result_console()
    if done.checks.results:
        console.print(check_table(done.checks.results))
    for result in done.checks.failed:
        console.print(result.words, style="bold red", markup=False, soft_wrap=True)
    if done.checks.outcome == "broken_off":
        console.print(f"broken off: {done.reason}", style="bold red", markup=False, soft_wrap=True)
    else:
        console.print(f"checks: {done.checks.summary()}", markup=False, soft_wrap=True)


def _exit_code(done: Prechecked) -> ExitCode:
    if done.end is End.PERSON:
        return ExitCode.STOPPED
    return ExitCode.SURVIVED if done.checks.outcome == "passed" else ExitCode.RIG_FAULT
