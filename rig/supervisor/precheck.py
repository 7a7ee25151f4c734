"""The checks of a rig alone: no road, no drive, no run directory. What ``rig precheck`` calls."""

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profiles.catalogue import find
from profiles.schema import Fault, InputError
from rig.bridge import End, Request
from rig.config import FOLDER as RIG_FOLDER
from rig.config import Pace, Rig, load_rig
from rig.life.specimens import FOLDER as SPECIMEN_FOLDER
from rig.operator.latch import refuse_latched
from rig.plan.plan import SegmentPlan
from rig.record.checks import Checks
from rig.record.events import EventLog
from rig.rt.check_moves import plan_moves
from rig.state import RigState
from rig.supervisor.crew import SUPERVISOR, Crew, CrewError, CrewOrder
from rig.supervisor.instruments import InstrumentsLink
from rig.supervisor.interrupt import Interrupt
from rig.supervisor.journalist import Journalist
from rig.supervisor.prechecks import PreChecks
from rig.supervisor.progress import Progress
from rig.supervisor.watch import trip_device

_PATIENCE_S = 60.0
"""Beyond the time that the moves take: for power, pressure and the device's own ramp."""


@dataclass(frozen=True, slots=True)
class Prechecked:
    """What the checks came to; ``reason``: what failed, or broke them off, in words; empty where all passed."""

    checks: Checks
    end: End
    reason: str


@dataclass(frozen=True, slots=True)
class _Standing:
    """A rig without a road."""

    rig: Rig
    segments: tuple[SegmentPlan, ...] = ()


@dataclass(frozen=True, slots=True)
class _Subject:
    plan: _Standing


def precheck(rig_name: str, pace: Pace | None, specimens: str, runs: Path) -> Prechecked:
    """Make the checks of a rig file; the rig is without power afterwards, or tripped.

    Raises:
        InputError: a file is wrong, the rig file has no checks, or the rig's last trip has not been reset.
        CrewError, LaunchError: a process did not come up; nothing has moved.
        StoppedEarly: a person did not want it any more; nothing has moved.
    """
    path, rig = find(rig_name, RIG_FOLDER, "rig"), load_rig(rig_name)
    if rig.checks is None:
        raise InputError([Fault(str(path), 0, "checks", "nothing", "a rig file that says what is to be checked")])
    refuse_latched(rig, runs)
    parts = find(specimens, SPECIMEN_FOLDER, "specimens").resolve()
    order = CrewOrder(rig, path, pace or rig.pace, 0, parts, 1.0, ())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rig-precheck-")))
        interrupt = stack.enter_context(Interrupt())
        crew = stack.enter_context(Crew(order, folder, interrupt))
        crew.timing()
        interrupt.check()
        tell = Journalist(_Subject(_Standing(rig)), stack.enter_context(EventLog(folder)), crew.events, SUPERVISOR)
        return _Precheck(order, crew, tell, interrupt).run(folder)


class _Precheck:
    """The checks on a crew that is ready."""

    def __init__(self, order: CrewOrder, crew: Crew, tell: Journalist, interrupt: Interrupt) -> None:
        self._order, self._crew, self._tell, self._interrupt = order, crew, tell, interrupt
        self._progress = Progress()

    def run(self, folder: Path) -> Prechecked:
        """Instruments, moves, judgement."""
        order, progress = self._order, self._progress
        checks = PreChecks(order.rig, None, lambda _: None)
        link = InstrumentsLink(self._crew, order.rig, folder, self._tell, order.pace == "stepped")
        with link:
            report = self._moves() if checks.may_move(link.open(progress)) else None
            link.close(progress)
        end = checks.conclude(report, self._tell, folder, progress)
        assert checks.outcome is not None
        return Prechecked(checks.outcome, end, self._tell.reason)

    def _moves(self) -> dict[str, Any]:
        """What the loop says of the moves; where it can say nothing, the rig is tripped on a connection of our own."""
        order, loop = self._order, self._crew.loop
        assert order.rig.checks is not None
        seconds = len(plan_moves(order.rig, order.rig.checks).rows) / order.rig.sample_rate_hz
        try:
            loop.connection.send("check")
            word, report = loop.receive(seconds + 4 * order.rig.ramp_s + _PATIENCE_S, self._attend)
            self._tell.take_events(self._progress)
        except (CrewError, OSError) as error:
            return self._make_safe(str(error))
        return dict(report) if word == "checked" else self._make_safe(f"the loop failed: {report}")

    def _attend(self) -> None:
        """Ctrl-C once: stop; twice: trip."""
        self._crew.bridge.beat()
        self._tell.take_events(self._progress)
        if self._interrupt.take():
            trip = self._interrupt.total >= 2
            self._crew.bridge.raise_request(Request.TRIP if trip else Request.STOP_FOR_PERSON)
            self._tell.interrupted(trip, self._progress)

    def _make_safe(self, why: str) -> dict[str, Any]:
        found = trip_device(self._crew, self._order.rig, self._order.pace)
        self._progress.state = RigState.TRIPPED
        self._tell.process_lost("loop", self._progress, f"{why}; {found}")
        return {"end": int(End.TRIPPED)}
