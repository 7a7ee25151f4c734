"""``rig failures``."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from rig.cli.console import result_console, say_error
from rig.cli.selecting import runs_of
from rig.failures import Entry, Filter, failure_log
from rig.life.verdict import Outcome
from rig.record.files import to_json

_STYLE = {Outcome.FAILED: "bold red", Outcome.SUSPENDED: "yellow", Outcome.SURVIVED: "green"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("failures")(failures)


def failures(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Run directories, or folders of them; by default 'runs'.")
    ] = None,
    component: Annotated[str, typer.Option(help="Only this component.")] = "",
    serial: Annotated[str, typer.Option(help="Only the specimen with this serial number.")] = "",
    batch: Annotated[str, typer.Option(help="Only specimens of this batch.")] = "",
    outcome: Annotated[Outcome | None, typer.Option(help="Only these.", case_sensitive=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help="Survivals as well.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """The failure log of many runs: what broke, at which kilometre, how it was found; suspensions with their reason.

    A run that never came to its end is a suspension. Root cause, corrective
    action and disposition are those of 'rig note'.

    Exit codes: 0 told, 2 no such folder, 3 a run among them can't be read.
    """
    outcomes = [str(outcome)] if outcome else [*Outcome] if everything else [Outcome.FAILED, Outcome.SUSPENDED]
    runs = runs_of(folders)
    found, unreadable = failure_log(runs, Filter(outcomes, component, serial, batch))
    if as_json:
        sys.stdout.write(to_json(found, indent=1).decode() + "\n")
    else:
        _show(found, len(runs))
    for words in unreadable:
        say_error(words)
    if unreadable:
        sys.exit(3)


def _show(found: list[Entry], runs: int) -> None:
    console = result_console()
    if found:
        heads = ("run", "component", "serial", "batch", "outcome", "km", "cycles", "mode", "found by", "lead km", "why")
        table = Table(*heads)
        for one in found:
            table.add_row(*(escape(cell) if cell else "" for cell in _cells(one)), style=_STYLE[Outcome(one.outcome)])
        console.print(table)
    console.print(f"{len(found)} entries of {runs} runs")


def _cells(one: Entry) -> list[str | None]:
    means = None if one.means is None else f"{one.means} {one.value:.3g}, limit {one.limit:.3g}"
    lead = None if one.lead_km is None else f"{one.lead_km:.3f}"
    why = "; ".join(part for part in (one.cause, one.action, one.disposition) if part) or one.text or one.reason
    whose = [one.run, one.component, one.serial, one.batch, one.outcome, f"{one.distance_km:.3f}"]
    cycles = None if one.cycles is None else f"{one.cycles:,.0f}"
    mode = "\n".join(part for part in (one.mode, one.mechanism) if part)
    return [*whose, cycles, mode, means, lead, why]
