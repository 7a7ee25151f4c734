"""``rig run``."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import msgspec
import typer
from rich.table import Table

from profiles.schema import Fault, InputError
from rig.cli.console import progress_console, result_console, say_error
from rig.cli.options import HealthBlockMin, OverOption, OverrideChecks, PaceOption, Recorded, RecordingOption
from rig.cli.planning import with_bar
from rig.life.verdict import Outcome
from rig.plan import HIGHEST_SEED
from rig.runs import VerdictFile
from rig.supervisor.closing import ExitCode
from rig.supervisor.conduct import conduct
from rig.supervisor.crew import CrewError
from rig.supervisor.estimate import estimate
from rig.supervisor.launcher import LaunchError
from rig.supervisor.session import Order, Session, prepare

_STYLE = {"SURVIVED": "bold green", "FAILED": "bold red", "SUSPENDED": "bold yellow"}
_KEPT = {
    "full": "",
    "summary": "summary of each second, all samples 10 s before to 5 s after each event and of the last minutes; ",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    terrain: Annotated[
        str,
        typer.Argument(
            help="A terrain, stage, campaign or roadbook: a file, or a name in the library (see 'rig list')."
        ),
    ],
    rig: Annotated[str, typer.Option(help="Rig file or library name.")] = "one_corner",
    vehicle: Annotated[str, typer.Option(help="Vehicle file or library name.")] = "d7xr",
    style: Annotated[
        str | None, typer.Option(help="Driver style file or library name; the course's own by default.")
    ] = None,
    over_envelope: Annotated[
        OverOption, typer.Option(help="Where the drive leaves the rig's envelope: refuse it, slow the car, or clip.")
    ] = OverOption.refuse,
    specimens: Annotated[
        str, typer.Option(help="Specimens file or library name: which parts are mounted.")
    ] = "new_parts",
    pace: Annotated[
        PaceOption | None,
        typer.Option(help="Wall clock, or as fast as the wire answers; the rig file's own by default."),
    ] = None,
    until_km: Annotated[float | None, typer.Option(help="Target distance, where the whole stage is too long.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=HIGHEST_SEED, help="Seed of road and noise; the terrain's own by default.")
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder for run directories.")] = Path("runs"),
    health_block_min: HealthBlockMin = None,
    recording: Recorded = RecordingOption.full,
    override_checks: OverrideChecks = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Run a terrain on a rig to a verdict on each component.

    First Ctrl-C ramps down and records a suspension; the second trips. Software only requests a stop: the emergency
    stop is hard-wired. Exit codes: 0 all survived, 1 a component failed, 2 bad input, 3 rig fault or trip,
    4 stopped by a person.
    """
    if override_checks is not None and not override_checks.strip():
        raise InputError([Fault("(argument)", 0, "--override-checks", "nothing", "a reason, for the record")])
    order = Order(
        terrain=terrain,
        vehicle=vehicle,
        style=style,
        over=over_envelope.value,
        rig=rig,
        specimens=specimens,
        pace=pace.value if pace else None,
        until_km=until_km,
        seed=seed,
        runs=runs,
        recording=recording.value,
        override_checks=override_checks,
        health_block_min=health_block_min,
    )
    session = with_bar("planning", lambda told: prepare(order, told))
    announce(session)
    to_verdict(lambda: conduct(session, progress_console()), as_json)


def to_verdict(run: Callable[[], tuple[Path, VerdictFile]], as_json: bool) -> NoReturn:
    """Let a session run, say how it ended, leave with its exit code."""
    try:
        run_dir, verdict = run()
    except (CrewError, LaunchError) as error:
        say_error(f"the run could not start: {error}")
        sys.exit(ExitCode.RIG_FAULT)
    if as_json:
        sys.stdout.write(json.dumps({"run": str(run_dir), **msgspec.to_builtins(verdict)}, indent=1) + "\n")
    else:
        print_verdict(run_dir, verdict)
    sys.exit(verdict.exit_code)


def announce(session: Session) -> None:
    """What is about to run, what its reader should know, and what was done so that the rig can play it."""
    plan, console = session.plan, progress_console()
    console.print(f"{plan.name}: {session.target_m / 1000:g} km on {plan.rig.name}, pace {session.pace}")
    order = session.order
    disk = estimate(plan, session.target_m, order.runs, order.recording, session.recorded)
    console.print(f"record: {_KEPT[order.recording]}{disk.words()}", soft_wrap=True)
    close = (disk.note(),) if disk.note() else ()
    unchecked = () if plan.rig.checks else ("the rig file has no checks: nothing is looked at before the drive",)
    for words in (*plan.course.notices, *plan.fitted, *unchecked, *close):
        console.print(f"note: {words}", soft_wrap=True, style="yellow")


def print_verdict(run_dir: Path, verdict: VerdictFile) -> None:
    """The verdict table, the hash of the samples and where the report is."""
    console = result_console()
    table = Table(title=f"Verdict: {verdict.outcome}, {verdict.reason}", title_justify="left")
    for heading in ("component", "serial", "verdict", "km", "mode", "first seen, km", "damage"):
        table.add_column(heading, justify="right" if heading in ("km", "first seen, km", "damage") else "left")
    for row in verdict.verdicts:
        seen = row["first_detection_km"]
        outcome = f"[{_STYLE[row['outcome']]}]{row['outcome']}[/]"
        cells = (f"{row['distance_km']:.3f}", row["mode"] or "", "" if seen is None else f"{seen:.3f}")
        table.add_row(row["component"], row["serial"], outcome, *cells, f"{row['damage']:.2e}")
    console.print(table)
    timing = verdict.timing
    console.print(f"distance  {verdict.distance_km:.3f} of {verdict.target_km:g} km")
    if verdict.checks:
        console.print(f"checks    {verdict.checks}", markup=False, soft_wrap=True)
    late = timing.get("late_cycles", 0)
    console.print(f"timing    grade {timing['grade']}, {late} late cycles, {timing.get('underruns', 0)} underruns")
    hashed = f"sha256 {verdict.samples_sha256}" if verdict.samples_sha256 else "no hash over all: some are a summary"
    console.print(f"samples   {verdict.samples}, {hashed}", soft_wrap=True)
    console.print(f"report    {run_dir / 'report.html'}", soft_wrap=True)
    if any(row.get("to_inspect") for row in verdict.verdicts):
        console.print(
            "inspect   what is suspended at its target; rig note puts on record what was found", soft_wrap=True
        )
    if verdict.outcome == Outcome.SUSPENDED and verdict.distance_km < verdict.target_km and not verdict.rows_lost:
        console.print(f"go on     rig recover {run_dir}", soft_wrap=True, markup=False)
