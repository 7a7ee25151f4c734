"""What a test engineer sees while the rig runs: live in a terminal, a line now and then anywhere else."""

from types import TracebackType
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from rig.clock import RealClock
from rig.operator.protocol import duration, percent
from rig.state import RigState
from rig.supervisor.progress import FULL_SPAN, Progress
from rig.supervisor.session import Session
from rig.supervisor.standing import left_s

_REFRESH_S = 0.2
_STATE_STYLE = {
    RigState.RUNNING: "bold green",
    RigState.HOLDING: "bold black on yellow",
    RigState.STOPPING: "bold yellow",
    RigState.TRIPPED: "bold white on red",
}
_WHAT_NOW = "rig resume goes on, rig stop ends the run"
_BAR_CELLS = 31


class Display(Protocol):
    """Shows progress; use with ``with``."""

    def show(self, progress: Progress) -> None:
        """Called many times a second; draws as often as it likes."""
        ...

    def __enter__(self) -> "Display": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...


class LiveDisplay:
    """Distance, speed, surface, axis bars, damage and time left, redrawn five times a second."""

    def __init__(self, session: Session, console: Console) -> None:
        self._session, self._clock = session, RealClock()
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._started_ns = self._due_ns = self._clock.now_ns()

    def show(self, progress: Progress) -> None:
        """Redraw when it is time."""
        now_ns = self._clock.now_ns()
        if now_ns >= self._due_ns:
            self._due_ns = now_ns + int(_REFRESH_S * 1e9)
            self._live.update(self._draw(progress, (now_ns - self._started_ns) * 1e-9), refresh=True)

    def _draw(self, progress: Progress, elapsed_s: float) -> RenderableType:
        target_m = self._session.target_m
        share = min(1.0, progress.distance_m / target_m)
        rest_s = left_s(progress, target_m)
        left = "…" if rest_s is None else duration(rest_s)
        segment = self._session.plan.segments[progress.segment]
        head = Text.assemble(
            (f" {progress.state.name} ", _STATE_STYLE.get(progress.state, "bold")),
            f"  {progress.distance_m / 1000:7.3f} of {target_m / 1000:g} km",
            f"   {progress.speed_mps * 3.6:5.1f} km/h   {segment.label} ({segment.surface})",
            f"   {duration(elapsed_s)} gone, {left} left",
            (f"   span {percent(progress.span)}" if _is_reduced(progress) else "", "bold yellow"),
        )
        way = Table.grid()
        way.add_row(ProgressBar(total=1.0, completed=share, width=80))
        parts: list[RenderableType] = [head, way, self._axes(progress), self._parts(progress), _wire(progress)]
        if progress.state is RigState.HOLDING:
            parts.append(Text(f"HOLDING: {progress.holding}. {_WHAT_NOW}", style=_STATE_STYLE[RigState.HOLDING]))
        if progress.operator:
            parts.append(Text(f"operator: {progress.operator}"))
        if progress.disk:
            parts.append(Text(f"disk: {progress.disk}", style="bold yellow"))
        return Group(*parts, Text(progress.note, style="dim"))

    def _axes(self, progress: Progress) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column()
        table.add_column(justify="right")
        for axis in self._session.plan.rig.axes:
            value = progress.feedback.get(axis.name, axis.neutral)
            bar = axis_bar(value, axis.actuator.lowest, axis.actuator.highest, axis.neutral)
            table.add_row(
                axis.name, f"{axis.actuator.lowest:g}", bar, f"{axis.actuator.highest:g}", _amount(value, axis.unit)
            )
        for channel in self._session.plan.rig.channels:
            if channel.name not in [axis.name for axis in self._session.plan.rig.axes]:
                table.add_row(channel.name, "", "", "", _amount(progress.feedback.get(channel.name, 0.0), channel.unit))
        for name, reading in progress.readings.items():
            table.add_row(f"{name} (VISA)", "", "", "", f"{reading:12.4g}")
        return table

    def _parts(self, progress: Progress) -> Table:
        table = Table.grid(padding=(0, 2))
        for part in self._session.specimens.specimens:
            damage = progress.damage.get(part.component, 0.0)
            table.add_row(part.component, part.serial, f"damage {damage:.3e}")
        return table

    def __enter__(self) -> "LiveDisplay":
        self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()


class PlainDisplay:
    """For logs and CI: a line at every tenth of the way, at every change of state, and for what operators do."""

    def __init__(self, session: Session, console: Console) -> None:
        self._session, self._console = session, console
        self._tenths = 0
        self._state = RigState.OFFLINE
        self._operator = self._grade = self._disk = ""

    def show(self, progress: Progress) -> None:
        """Print where something has changed that is worth a line."""
        tenths = int(10 * progress.distance_m / self._session.target_m)
        if progress.operator != self._operator:
            self._operator = progress.operator
            self._print(f"operator  {progress.operator}")
        if progress.disk != self._disk:
            self._disk = progress.disk
            self._print(f"disk      {progress.disk or 'room again'}")
        if tenths > self._tenths or progress.state is not self._state:
            self._tenths, self._state = max(tenths, self._tenths), progress.state
            where = f"{progress.distance_m / 1000:.3f} of {self._session.target_m / 1000:g} km"
            surface = self._session.plan.segments[progress.segment].surface
            self._print(f"{progress.state.name:9} {where}  {surface}{self._more(progress)}")

    def _more(self, progress: Progress) -> str:
        if progress.state is RigState.HOLDING:
            return f"  {progress.holding}; {_WHAT_NOW}"
        first, self._grade = self._grade != progress.grade, progress.grade
        return f"  timing grade {progress.grade}" * first + f"  span {percent(progress.span)}" * _is_reduced(progress)

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, soft_wrap=True, markup=False)

    def __enter__(self) -> "PlainDisplay":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        return


def display_for(session: Session, console: Console) -> Display:
    """Live where somebody looks, plain where a log is written."""
    return LiveDisplay(session, console) if console.is_terminal else PlainDisplay(session, console)


def axis_bar(value: float, lowest: float, highest: float, neutral: float) -> str:
    """A bar of fixed width from neutral to the value; ``!`` at an end says that the value lies beyond it."""

    def cell(at: float) -> int:
        return round((min(max(at, lowest), highest) - lowest) / (highest - lowest) * (_BAR_CELLS - 1))

    if not lowest <= value <= highest:
        return ("!" + "─" * (_BAR_CELLS - 1)) if value < lowest else ("─" * (_BAR_CELLS - 1) + "!")
    first, last = sorted((cell(neutral), cell(value)))
    cells = ["█" if first <= index <= last else "─" for index in range(_BAR_CELLS)]
    return "".join(cells)


def _is_reduced(progress: Progress) -> bool:
    """Whether less than the whole drive is played, while there is one that plays."""
    return progress.state is RigState.RUNNING and not progress.span >= FULL_SPAN


def _wire(progress: Progress) -> Text:
    style = "bold red" if progress.underruns else ""
    words = f"timing grade {progress.grade or '…'}, {progress.late_cycles} late cycles, {progress.underruns} underruns"
    return Text(words, style=style)


def _amount(value: float, unit: str) -> str:
    return f"{value:12.4f} {unit}"
