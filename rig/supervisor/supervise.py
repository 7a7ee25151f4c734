"""The supervisor: feeds the loop, judges its rows, drives the slow instruments, watches the processes, ends the run.

It can trip the rig on a connection of its own. It never stands between the loop and the device.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.bridge import End, Request, Slot
from rig.clock import RealClock, pause
from rig.life.judge import Judge
from rig.life.verdict import FAILURE, RIG, Finding
from rig.operator.latch import set_latch
from rig.operator.server import OperatorServer
from rig.record import recorder
from rig.record.files import in_words
from rig.record.recorder import RecorderFinished
from rig.state import RigState
from rig.supervisor.crew import JUDGE, Crew
from rig.supervisor.desk import Desk
from rig.supervisor.feeder import DriveFeeder
from rig.supervisor.finishing import finish_recording
from rig.supervisor.instruments import InstrumentsLink
from rig.supervisor.interrupt import Interrupt
from rig.supervisor.journalist import Journalist
from rig.supervisor.outset import Outset
from rig.supervisor.prechecks import PreChecks
from rig.supervisor.progress import Progress
from rig.supervisor.saving import Saver
from rig.supervisor.session import Session
from rig.supervisor.space import Space
from rig.supervisor.standing import Reporter
from rig.supervisor.watch import Watch
from rig.visa.worker import Opened, Poll

_POLL_S = {"real": 0.02, "stepped": 0.0002}
_ROWS_AHEAD = 1 << 15
_LOOK_S = 1.0
_WIND_DOWN_S = 15.0
_NO_MORE_MEETINGS = 1 << 62


@dataclass(slots=True)
class Ended:
    """How the loop ended, with what was found and recorded until then.

    ``whole``: every row that left the loop was judged and recorded, and every event written. ``checks``: what the
    checks before the run came to, in a line; empty where none were made.
    """

    end: End
    findings: list[Finding]
    progress: Progress
    recorded: RecorderFinished | None
    timing: dict[str, Any]
    reason: str
    whole: bool
    checks: str = ""


class Supervisor:
    """Runs one session on a crew that is ready. `run` returns how it ended; the rig is at rest or tripped then."""

    def __init__(
        self,
        session: Session,
        crew: Crew,
        judge: Judge,
        journalist: Journalist,
        run_dir: Path,
        interrupt: Interrupt,
        server: OperatorServer,
        checks: PreChecks | None = None,
        outset: Outset | None = None,
    ) -> None:
        outset = outset or Outset()
        self._session, self._crew, self._judge, self._tell = session, crew, judge, journalist
        self._clock = RealClock()
        self._reader = crew.rows.reader(JUDGE)
        self._before = outset.beginning.first_sample
        self._feeder = DriveFeeder(session.plan, crew.bridge, outset.first_row, outset.beginning.distance_m)
        self._saver = Saver(run_dir, crew, judge)
        self._space = Space(session, run_dir, crew.bridge, journalist)
        self._look_due_ns = 0
        self._in_step = session.pace == "stepped"
        self._link = InstrumentsLink(crew, session.plan.rig, run_dir, journalist, self._in_step, self._take_readings)
        self._watch = Watch(session.plan.rig, session.pace, crew, journalist)
        self._interrupt, self._checks = interrupt, checks
        self._server, self._run_dir = server, run_dir
        self._desk = Desk(server, crew.bridge, journalist, Reporter(session, run_dir))
        self._wanted = Request.NONE
        self._failed = False
        self.progress = outset.progress
        self._findings = list(outset.findings)
        self._looked_ns = self._clock.now_ns()
        self._scale = np.array([channel.scale for channel in session.plan.rig.channels])
        self._offset = np.array([channel.offset for channel in session.plan.rig.channels])

    def run(self, show: Callable[[Progress], None]) -> Ended:
        """Let the loop go and stay with it to its end."""
        with self._link:
            self._feeder.fill()
            opened = self._link.open(self.progress)
            self._server.publish()
            try:
                if self._may_begin(opened, show):
                    self._link.begin(self.progress)
                    self._obey_person()  # whoever stopped the run while it came up has stopped it before it moves
                    self._watch.let_go()
                    self._stay(show)
                self._desk.end(self.progress)
            except Exception as error:  # noqa: BLE001 - nobody would watch the rig: whatever it is, the rig stops first
                self._wind_down(error)
            self._latch()
            self._link.close(self.progress)
            if self._link.silent and self._crew.visa is not None:
                self._crew.visa.process.kill()
            return self._ended(finish_recording(self._crew.recorder, self._watch, self._tell, self.progress))

    def _may_begin(self, opened: Opened | None, show: Callable[[Progress], None]) -> bool:
        """Make the checks before the run, where there are any; where they end it, the watch has its report."""
        checks, seen = self._checks, None
        if checks is None:
            return True
        self._obey_person()
        if checks.may_move(opened):
            self._watch.let_go("check")
            self._stay(show)
            seen = self._watch.report
        end = checks.conclude(seen, self._tell, self._run_dir, self.progress)
        if end is not End.NOT_YET:
            self._watch.report = {"end": int(end)}
        return end is End.NOT_YET

    def _stay(self, show: Callable[[Progress], None]) -> None:
        while self._watch.report is None:
            self._turn()
            show(self.progress)
            pause(_POLL_S[self._session.pace])
        self._turn()

    def _wind_down(self, error: Exception) -> None:
        """A fault of this program, or of the judge: ramp down with the least that this takes, else trip."""
        bridge, rig = self._crew.bridge, self._session.plan.rig
        self._failed = True
        bridge.raise_request(Request.STOP_FOR_RIG)
        bridge.set(Slot.MEETING_DONE, _NO_MORE_MEETINGS)
        self._tell.supervisor_failed(error, self.progress)
        deadline_ns = self._clock.now_ns() + int(1e9 * (4 * rig.ramp_s + _WIND_DOWN_S))
        while self._watch.report is None:
            bridge.beat()
            self._obey_person()
            with contextlib.suppress(Exception):  # it may be what failed; Ctrl-C is heard in any case
                self._desk.turn(self.progress)
            self._watch.turn(self.progress)
            if self._watch.report is None and self._clock.now_ns() > deadline_ns:
                self._watch.make_safe("the loop did not stop in time", self.progress)
            pause(_POLL_S["real"])
        self._tell.take_events(self.progress)
        with contextlib.suppress(Exception):
            self._desk.end(self.progress)

    def _latch(self) -> None:
        if self.progress.state is not RigState.TRIPPED:
            return
        try:
            set_latch(self._session.plan.rig, self._run_dir, self._tell.reason or "tripped")
        except OSError as error:
            self._tell.disk_fault(in_words(error, "the trip can't be latched on the disk"), self.progress)

    def _ended(self, recorded: RecorderFinished | None) -> Ended:
        report, bridge = self._watch.report or {"end": int(End.TRIPPED)}, self._crew.bridge
        end = End(report["end"])
        bridge.raise_request(self._wanted)
        if end is End.COMPLETED and bridge.get(Slot.REQUEST) >= Request.STOP_FOR_RIG:
            end = End.RIG_STOP  # asked for so late that the road was done first: no survival all the same
        timing = {**report.get("timing", {}), "underruns": bridge.get(Slot.UNDERRUNS)}
        whole = self._is_whole(recorded)
        outcome = self._checks.outcome if self._checks else None
        checks = outcome.summary() if outcome else ""
        return Ended(end, self._findings, self.progress, recorded, timing, self._tell.reason, whole, checks)

    def _is_whole(self, recorded: RecorderFinished | None) -> bool:
        """Whether every row that left the loop was judged and is on the disk, and every event."""
        if recorded is None or self._tell.disk_failure or self._failed:
            return False
        written = self._crew.rows.written
        if lacking := self._before + written - recorded.samples:
            self._tell.rows_lost(lacking, "recorded")
        return not lacking and self._reader.cursor == written and not self._reader.lost

    def _turn(self) -> None:
        self._crew.bridge.beat()
        self._feeder.fill()
        self._take_rows()
        self._tell.take_events(self.progress)
        self.progress.reduced_m = self.progress.reduced.settle()
        self._obey_person()
        self._note_panel()
        self._desk.turn(self.progress)
        self._link.turn(self.progress)
        self._watch.turn(self.progress)
        if self._link.silent and self._crew.visa is not None:
            self._watch.lose(self._crew.visa, self.progress, self._link.silent)
        self._hold_meeting()
        self._save()

    def _note_panel(self) -> None:
        progress, bridge, now_ns = self.progress, self._crew.bridge, self._clock.now_ns()
        if progress.state is RigState.RUNNING:
            progress.driven_s += (now_ns - self._looked_ns) * 1e-9
        self._looked_ns = now_ns
        progress.note = self._tell.note
        progress.late_cycles, progress.underruns = bridge.get(Slot.LATE_CYCLES), bridge.get(Slot.UNDERRUNS)
        progress.span = bridge.get(Slot.SPAN_PERMILLE) / 1000.0

    def _take_rows(self) -> None:
        for rows in self._drained():
            self._note(self._judge.consume(rows))
            self._tell.health(self._judge.health)
            self._tell.rows(rows)
            self._follow(rows)

    def _take_readings(self, poll: Poll) -> None:
        self._note(self._judge.consume_readings(poll.sample, poll.distance_m / 1000.0, poll.readings))

    def _drained(self) -> Iterator[NDArray[np.void]]:
        lost = self._reader.lost
        while len(rows := self._reader.drain(4096)):
            yield rows
        if self._reader.lost > lost:
            self._tell.rows_lost(self._reader.lost, "judged")
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)

    def _note(self, findings: list[Finding]) -> None:
        self._findings += findings
        for finding in findings:
            self._tell.finding(finding)
        for finding in (each for each in findings if each.severity == FAILURE):
            blames_rig = finding.component == RIG
            request = Request.STOP_FOR_RIG if blames_rig else Request.STOP_FOR_COMPONENT
            self._wanted = max(self._wanted, request)
            if not self._in_step:  # there the loop is told at a meeting, so that it stops at the same sample each time
                self._crew.bridge.raise_request(request)

    def _follow(self, rows: NDArray[np.void]) -> None:
        progress, last = self.progress, rows[-1]
        running = rows["distance_m"][rows["state"] == RigState.RUNNING]
        if len(running):
            progress.distance_m = float(running[-1])
        progress.reduced.rows(rows)
        progress.played.read(rows)
        progress.speed_mps = float(last["speed_mps"]) if last["span"] > 0.0 else 0.0  # held: the drive stands still
        progress.sample = int(last["sample"])
        progress.segment = int(last["segment"])
        values = self._offset + self._scale * last["feedback"].astype(np.float64)
        names = [channel.name for channel in self._session.plan.rig.channels]
        progress.feedback = dict(zip(names, values.tolist(), strict=True))
        progress.damage = self._judge.damage()

    def _obey_person(self) -> None:
        presses = self._interrupt.take()
        if presses:
            trip = self._interrupt.total >= 2
            self._crew.bridge.raise_request(Request.TRIP if trip else Request.STOP_FOR_PERSON)
            self._tell.interrupted(trip, self.progress)

    def _hold_meeting(self) -> None:
        """At a meeting of pace stepped: everything up to that sample is judged and polled before the loop goes on."""
        bridge = self._crew.bridge
        sample = bridge.get(Slot.MEETING_AT)
        if sample <= bridge.get(Slot.MEETING_DONE) or self._reader.cursor < min(sample, self._crew.rows.written):
            return
        behind = self._crew.rows.written - self._crew.rows.acknowledged(recorder.READER)
        if behind > _ROWS_AHEAD and not self._watch.has_lost(self._crew.recorder):
            return  # the recorder must catch up first; we stay open to everything else
        self._take_rows()
        self._link.poll_now(self.progress)
        self._feeder.fill()
        bridge.raise_request(self._wanted)
        self._watch.excuse()
        bridge.set(Slot.MEETING_DONE, sample)

    def _save(self) -> None:
        now_ns = self._clock.now_ns()
        if now_ns >= self._look_due_ns:
            self._look_due_ns = now_ns + int(_LOOK_S * 1e9)
            self._space.look(self.progress)
        if self._reader.lost:
            return  # the judge has not seen all: a run must not go on from what it knows
        if refused := self._saver.turn(self.progress, self._reader.cursor):
            self._space.look(self.progress)  # a directory that is gone is the better reason
            self._tell.disk_fault(refused, self.progress)
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)
