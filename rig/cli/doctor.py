"""``rig doctor``."""

import contextlib
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from profiles.catalogue import find
from rig.cli.console import progress_console, result_console
from rig.config import FOLDER as RIGS
from rig.config import load_rig
from rig.doctor.bench import RigFile
from rig.doctor.examine import examine
from rig.doctor.lines import Line, Mark, conclusion, exit_code, grade_of
from rig.supervisor.interrupt import Interrupt

_STYLE = {Mark.GOOD: "green", Mark.CAUTION: "yellow", Mark.BAD: "bold red"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    rig: Annotated[str, typer.Option(help="Rig file or library name.")] = "one_corner",
    seconds: Annotated[float, typer.Option(min=1.0, max=3600.0, help="How long the loop test takes.")] = 20.0,
    runs: Annotated[Path, typer.Option(help="Folder for run directories: how much room is there?")] = Path("runs"),
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Say what this machine and the bench of a rig file can do; nothing is armed, nothing moves.

    The machine: processors, kernel, clock, load, room, software. The loop: what
    its process is permitted (it is tried), and a loop test: how late it wakes at
    the rig's sample rate, in turns with a loop in C. The bench: the servo
    controller and the instruments, who they are and how soon they answer; a
    bench that the rig file launches is launched, asked and ended. Reading an
    instrument's error queue empties it.

    Exit codes: 0 fit for pace real with timing grade A, 1 usable with cautions
    (grade B is one), 2 bad input or usage, 3 something is missing or wrong that
    a run needs, 4 stopped by a person.
    """
    file = RigFile(find(rig, RIGS, "rig"), load_rig(rig))
    console, lines = result_console(), list[Line]()
    with (
        Interrupt() as interrupt,
        _Bar() as bar,
        contextlib.closing(examine(file, seconds, runs, bar.told, interrupt.check)) as found,
    ):
        for line in found:
            lines.append(line)
            if not as_json:
                print_line(console, line)
    if as_json:
        sys.stdout.write(json.dumps(as_document(file, lines), indent=1) + "\n")
    else:
        console.print(conclusion(lines), style="bold", soft_wrap=True, markup=False)
    sys.exit(exit_code(lines))


def print_line(console: Console, line: Line) -> None:
    """Its mark, then all of it in one line."""
    console.print(f"{line.mark:<9}", style=_STYLE[line.mark], end="")
    console.print(line.words, soft_wrap=True, markup=False)


def as_document(file: RigFile, lines: list[Line]) -> dict[str, Any]:
    """All of it for JSON; units are in the names of figures, null is a number that could not be had."""
    told = [msgspec.to_builtins(line) for line in lines]
    head = {"rig": file.rig.name, "exit_code": exit_code(lines), "conclusion": conclusion(lines)}
    return {**head, "grade": grade_of(lines), "lines": told}


class _Bar:
    """A bar for what takes a while, on standard error, gone when it is done; where that is no terminal, a line."""

    def __init__(self) -> None:
        self._console = progress_console()
        self._bar: Progress | None = None

    def told(self, words: str, done: float, whole: float) -> None:
        """How much of how much is done of what."""
        if self._bar is None:
            if not self._console.is_terminal:
                self._console.print(words)
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
            hidden = not self._console.is_terminal
            self._bar = Progress(*columns, console=self._console, transient=True, disable=hidden)
            self._bar.add_task(words, total=whole)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)
        if done >= whole:
            self._stop()

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = None

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop()
