"""What operators do to a run from another terminal: ``rig status``, ``hold``, ``resume``, ``span``, ``stop``, ``trip``.

These commands must be there in a moment: nothing is imported here that plans or runs anything.
"""

import json
import re
import sys
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rig.cli.console import result_console, say_error
from rig.clock import pause
from rig.operator.client import Line, NoAnswerError, NoSuchRunError, ask_once, find_run
from rig.operator.folder import FolderError, LiveRun
from rig.operator.protocol import Answer, Command, Question, Standing, duration, percent

WORDS = tuple(str(command) for command in Command)
_STYLE = {"RUNNING": "bold green", "HOLDING": "bold yellow", "STOPPING": "bold yellow", "TRIPPED": "bold red"}
_WATCH_S = 1.0

RunArgument = Annotated[
    str | None, typer.Argument(help="A run directory or its name; without it the one run that is live.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


class OperatorExit(IntEnum):
    """What these commands say to the shell."""

    DONE = 0
    NO_SUCH_RUN = 2  # or bad usage
    NOT_TAKEN = 3


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("status")(status)
    app.command("hold")(hold)
    app.command("resume")(resume)
    app.command("span")(span)
    app.command("stop")(stop)
    app.command("trip")(trip)


def status(
    run: RunArgument = None,
    as_json: JsonOption = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on once a second until the run ends.")] = False,
) -> None:
    """How a run stands: state, place, speed, surface, span, timing, limits, and what happened last.

    Of a run that has ended: its verdict. Exit codes: 0 told, 2 no such run, 3 the run does not answer.
    """
    if run is not None and (ended := _ended(Path(run))) is not None:
        _tell_ended(run, ended, as_json)
        return
    live = _found(run)
    if watch:
        _watch(live, as_json)
        return
    answer = _asked(live, Question(Command.STATUS))
    _show(answer, as_json)


def hold(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Hold the rig: the span ramps to 0 and the drive stands still, until somebody resumes or stops the run."""
    _do(run, Question(Command.HOLD), as_json)


def resume(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Go on after a hold, from the same place in the drive."""
    _do(run, Question(Command.RESUME), as_json)


def stop(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Stop the run: the rig ramps down and switches off; its parts are suspended, exit code 4 of the run."""
    _do(run, Question(Command.STOP), as_json)


def trip(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Trip the rig, at once and latched. Software only requests it: the emergency stop is hard-wired."""
    _do(run, Question(Command.TRIP), as_json)


def span(
    wanted: Annotated[str, typer.Argument(help="More than 0 and at most 100 %: '80%' or 0.8.", metavar="SPAN")],
    run: RunArgument = None,
    as_json: JsonOption = False,
) -> None:
    """Change the span, the share of the drive that is played; parts that saw less than 100 % are no survivors."""
    try:
        permille = permille_of(wanted)
    except ValueError as error:
        say_error(f"SPAN: found {wanted!r}; allowed: {error}")
        sys.exit(OperatorExit.NO_SUCH_RUN)
    _do(run, Question(Command.SPAN, permille), as_json)


def permille_of(text: str) -> int:
    """A span in permille, from ``80%`` or ``0.8``.

    Raises:
        ValueError: it is none; the text says what is allowed.
    """
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})\s*(%?)", text.strip())
    allowed = "more than 0 and at most 100 %, in steps of 0.1 %, such as 80% or 0.8"
    if match is None:
        raise ValueError(allowed)
    permille = float(match[1]) * (10.0 if match[2] else 1000.0)
    if not 0.0 < permille <= 1000.0 or not abs(permille - round(permille)) < 1e-6:
        raise ValueError(allowed)
    return round(permille)


def _do(run: str | None, question: Question, as_json: bool) -> None:
    answer = _asked(_found(run), question)
    _show(answer, as_json)
    if not answer.done:
        sys.exit(OperatorExit.NOT_TAKEN)


def _found(run: str | None) -> LiveRun:
    try:
        return find_run(run)
    except (NoSuchRunError, FolderError) as error:
        say_error(str(error))
        if run is not None and (ended := _ended(Path(run))) is not None:
            say_error(_ended_line(run, ended))
        elif run is not None and (Path(run) / "manifest.json").is_file():
            say_error(f"{run} has no verdict: it is only starting or ending, or it was interrupted")
        sys.exit(OperatorExit.NO_SUCH_RUN)


def _asked(live: LiveRun, question: Question) -> Answer:
    try:
        return ask_once(live, question)
    except NoAnswerError as error:
        _gone(live, error)


def _gone(live: LiveRun, error: NoAnswerError) -> NoReturn:
    say_error(str(error))
    if (ended := _ended(live.run)) is not None:
        say_error(_ended_line(str(live.run), ended))
    sys.exit(OperatorExit.NOT_TAKEN)


def _show(answer: Answer, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(msgspec.to_builtins(answer)) + "\n")
        return
    if answer.text and answer.done:
        result_console().print(answer.text, soft_wrap=True, markup=False)
    elif answer.text:
        say_error(answer.text)
    if answer.standing is not None:
        result_console().print(_drawn(answer.standing), soft_wrap=True)


def _drawn(standing: Standing) -> Group:
    head = Text.assemble((standing.state, _STYLE.get(standing.state, "bold")), f"  {standing.name} on {standing.rig}")
    table = Table.grid(padding=(0, 2))
    for name, value in _lines(standing):
        table.add_row(Text(name), Text(value))
    return Group(head, table)


def _lines(standing: Standing) -> Iterator[tuple[str, str]]:
    left = "…" if standing.left_s is None else duration(standing.left_s)
    yield "run", f"{standing.run}, pace {standing.pace}"
    yield "place", f"{standing.distance_km:.3f} of {standing.target_km:g} km, {standing.segment} ({standing.surface})"
    yield "speed", f"{standing.speed_kmh:.1f} km/h"
    yield "span", f"{percent(standing.span)}, wanted {percent(standing.wanted_span)}"
    if standing.reduced_km:
        yield "", f"{standing.reduced_km:.3f} km were played below 100 %: no part of this run can survive"
    yield "time", f"{duration(standing.gone_s)} gone, {left} left"
    late = f"{standing.late_cycles} late cycles, {standing.underruns} underruns"
    yield "timing", f"grade {standing.grade}, {late}"
    for name, value in (("worst", standing.worst), ("operator", standing.operator), ("last event", standing.note)):
        if value:
            yield name, value
    if standing.holding:
        yield "holding", f"{standing.holding}; rig resume goes on, rig stop ends the run"


def _watch(live: LiveRun, as_json: bool) -> None:
    console = result_console()
    try:
        with Line(live) as line:
            if as_json or not console.is_terminal:
                _watch_lines(line, as_json)
            else:
                _watch_live(line, console)
    except NoAnswerError as error:
        if (ended := _ended(live.run)) is None:
            _gone(live, error)
        _tell_ended(str(live.run), ended, as_json)


def _watch_lines(line: Line, as_json: bool) -> NoReturn:
    while True:
        answer = line.ask(Question(Command.STATUS))
        if as_json:
            _show(answer, as_json)
        elif answer.standing is not None:
            s = answer.standing
            place = f"{s.distance_km:.3f} of {s.target_km:g} km  {s.speed_kmh:.1f} km/h  span {percent(s.span)}"
            result_console().print(f"{s.state:9} {place}  {s.note}", soft_wrap=True, markup=False)
        sys.stdout.flush()
        pause(_WATCH_S)


def _watch_live(line: Line, console: Console) -> NoReturn:
    with Live(console=console, auto_refresh=False) as live:
        while True:
            answer = line.ask(Question(Command.STATUS))
            if answer.standing is not None:
                live.update(_drawn(answer.standing), refresh=True)
            pause(_WATCH_S)


def _ended(run: Path) -> dict[str, Any] | None:
    """The verdict of a run that has ended; None where there is none to read."""
    try:
        found = json.loads((run / "verdict.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _tell_ended(run: str, verdict: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"run": run, **verdict}) + "\n")
    else:
        result_console().print(_ended_line(run, verdict), soft_wrap=True, markup=False)


def _ended_line(run: str, verdict: dict[str, Any]) -> str:
    place = f"{verdict.get('distance_km', 0.0):.3f} of {verdict.get('target_km', 0.0):g} km"
    outcome, code = verdict.get("outcome", "no verdict"), verdict.get("exit_code")
    return f"ended: {outcome}, {verdict.get('reason', '')}; {place}, exit code {code}; {run}"
