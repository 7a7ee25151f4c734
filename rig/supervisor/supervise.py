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
from rig.record import recorder
from rig.record.checkpoint import Checkpoint
from rig.record.recorder import FINISH, RecorderFault, RecorderFinished
from rig.state import RigState
from rig.supervisor.crew import JUDGE, Crew, CrewError
from rig.supervisor.feeder import DriveFeeder
from rig.supervisor.instruments import InstrumentsLink
from rig.supervisor.interrupt import Interrupt
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.supervisor.session import Session
from rig.wiring import build_hardware

HEARTBEAT_TIMEOUT_S = 2.0
_POLL_S = {"real": 0.02, "stepped": 0.0002}
_ROWS_AHEAD = 1 << 15
_CHECKPOINT_S = 1.0


@dataclass(slots=True)
class Ended:
    """How the loop ended, with what was found and recorded until then."""

    end: End
    findings: list[Finding]
    progress: Progress
    recorded: RecorderFinished | None
    timing: dict[str, Any]
    reason: str


class Supervisor:
    """Runs one session on a crew that is ready. `run` returns how it ended; the rig is at rest or tripped then."""

    def __init__(self, session: Session, crew: Crew, judge: Judge, journalist: Journalist, run_dir: Path) -> None:
        self._session, self._crew, self._judge, self._tell = session, crew, judge, journalist
        self._clock = RealClock()
        self._reader = crew.rows.reader(JUDGE)
        self._feeder = DriveFeeder(session.plan, crew.bridge)
        self._checkpoint = Checkpoint(run_dir)
        segments = len(session.plan.terrain.segments)
        in_step = session.pace == "stepped"
        self._link = InstrumentsLink(crew, session.plan.rig, segments, run_dir, journalist, in_step)
        self._interrupt = Interrupt()
        self.progress = Progress()
        self._findings: list[Finding] = []
        self._report: dict[str, Any] | None = None
        self._beat = (0, self._clock.now_ns())
        self._checkpoint_due_ns = 0
        self._scale = np.array([channel.scale for channel in session.plan.rig.channels])
        self._offset = np.array([channel.offset for channel in session.plan.rig.channels])

    def run(self, show: Callable[[Progress], None]) -> Ended:
        """Let the loop go and stay with it to its end."""
        self._feeder.fill()
        self._link.open(self.progress)
        self._crew.loop.connection.send("go")
        with self._interrupt:
            while self._report is None:
                self._turn()
                show(self.progress)
                pause(_POLL_S[self._session.pace])
        self._turn()
        self._link.close(self.progress)
        recorded = self._finish_recording()
        end = End(self._report["end"])
        underruns = self._crew.bridge.get(Slot.UNDERRUNS)
        timing = {**self._report.get("timing", {}), "underruns": underruns}
        return Ended(end, self._findings, self.progress, recorded, timing, self._tell.reason)

    def _turn(self) -> None:
        self._feeder.fill()
        self._take_rows()
        self._tell.take_events(self.progress)
        self._obey_person()
        self._link.turn(self.progress)
        self._watch_crew()
        self._hold_meeting()
        self._save()

    def _take_rows(self) -> None:
        for rows in self._drained():
            for finding in self._judge.consume(rows):
                self._note(finding)
            self._tell.rows(rows)
            self._follow(rows)

    def _drained(self) -> Iterator[NDArray[np.void]]:
        lost = self._reader.lost
        while len(rows := self._reader.drain(4096)):
            yield rows
        if self._reader.lost > lost:
            self._tell.rows_lost(self._reader.lost)
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)

    def _note(self, finding: Finding) -> None:
        self._findings.append(finding)
        self._tell.finding(finding)
        if finding.severity == FAILURE:
            blames_rig = finding.component == RIG
            request = Request.STOP_FOR_RIG if blames_rig else Request.STOP_FOR_COMPONENT
            self._crew.bridge.raise_request(request)

    def _follow(self, rows: NDArray[np.void]) -> None:
        progress, last = self.progress, rows[-1]
        running = rows["distance_m"][rows["state"] == RigState.RUNNING]
        if len(running):
            progress.distance_m = float(running[-1])
        progress.speed_mps, progress.sample = float(last["speed_mps"]), int(last["sample"])
        progress.segment = int(last["segment"])
        values = self._offset + self._scale * last["feedback"].astype(np.float64)
        names = [channel.name for channel in self._session.plan.rig.channels]
        progress.feedback = dict(zip(names, values.tolist(), strict=True))
        progress.damage = self._judge.damage()

    def _obey_person(self) -> None:
        presses = self._interrupt.take()
        if presses:
            trip = self._interrupt.total >= 2
            self._tell.operator(trip, self.progress)
            self._crew.bridge.raise_request(Request.TRIP if trip else Request.STOP_FOR_PERSON)

    def _hold_meeting(self) -> None:
        """At a meeting of pace stepped: everything up to that sample is judged and polled before the loop goes on."""
        bridge = self._crew.bridge
        sample = bridge.get(Slot.MEETING_AT)
        if sample <= bridge.get(Slot.MEETING_DONE) or self._reader.cursor < min(sample, self._crew.rows.written):
            return
        self._take_rows()
        self._link.poll_now(self.progress)
        self._feeder.fill()
        while self._crew.rows.written - self._crew.rows.acknowledged(recorder.READER) > _ROWS_AHEAD:
            if not self._crew.recorder.alive:
                break
            pause(0.001)
        bridge.set(Slot.MEETING_DONE, sample)

    def _watch_crew(self) -> None:
        """Each process is there, and the loop's heart beats; where not, make the rig safe."""
        self._take_loop_report()
        if self._report is None and not (self._crew.loop.alive and self._heart_beats()):
            self._make_safe("the loop's process is gone or stands still")
        if self._tell.disk_failure:
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)
        for member in (self._crew.recorder, self._crew.visa):
            if member is not None and not member.alive and self._tell.process_lost(member.name, self.progress):
                self._crew.bridge.raise_request(Request.STOP_FOR_RIG)

    def _take_loop_report(self) -> None:
        connection = self._crew.loop.connection
        with contextlib.suppress(EOFError, OSError):
            if self._report is None and connection.poll(0):
                word, report = connection.recv()
                self._report = report if word == "ended" else None

    def _heart_beats(self) -> bool:
        """At pace stepped the loop waits for us at meetings, and the wire may be slow: only its being there counts."""
        if self._session.pace != "real":
            return True
        beat, now_ns = self._crew.bridge.get(Slot.HEARTBEAT), self._clock.now_ns()
        if beat != self._beat[0] or beat == 0:
            self._beat = (beat, now_ns)
        return now_ns - self._beat[1] < HEARTBEAT_TIMEOUT_S * 1e9

    def _make_safe(self, why: str) -> None:
        """Trip the device on a connection of our own; its watchdog protects where even that fails."""
        self._crew.loop.process.kill()
        hardware = build_hardware(self._session.plan.rig, self._crew.addresses["modbus"], self._session.pace)
        answered = hardware.safe()
        hardware.close()
        self._tell.process_lost(
            "loop", self.progress, f"{why}; trip {'acknowledged' if answered else 'not acknowledged'}"
        )
        self._report = {"end": int(End.TRIPPED)}

    def _save(self) -> None:
        now_ns = self._clock.now_ns()
        if now_ns < self._checkpoint_due_ns:
            return
        self._checkpoint_due_ns = now_ns + int(_CHECKPOINT_S * 1e9)
        place = {
            "sample": self.progress.sample,
            "distance_m": self.progress.distance_m,
            "state": self.progress.state.name,
        }
        try:
            self._checkpoint.write({**place, "life": self._judge.state()})
        except OSError as error:
            self._tell.disk_fault(f"the checkpoint can't be written: {error.strerror}", self.progress)
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)

    def _finish_recording(self) -> RecorderFinished | None:
        try:
            self._crew.recorder.connection.send(FINISH)
            answer = self._crew.recorder.receive(60.0)
        except (CrewError, OSError) as error:
            self._tell.disk_fault(str(error), self.progress)
            return None
        if isinstance(answer, RecorderFault):
            self._tell.disk_fault(answer.text, self.progress)
            return None
        return answer if isinstance(answer, RecorderFinished) else None
