"""Watches the processes of a run; where the loop is gone or stands still, makes the rig safe by a way of its own."""

import contextlib
from typing import Any

from rig.bridge import End, Request, Slot
from rig.clock import RealClock
from rig.config import Pace, Rig
from rig.record import recorder
from rig.record.recorder import RecorderFault
from rig.state import RigState
from rig.supervisor.crew import Crew, Member
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.wiring import build_hardware

HEARTBEAT_TIMEOUT_S: dict[Pace, float] = {"real": 2.0, "stepped": 60.0}
"""At pace stepped the wire may be slow, and nothing moves without samples: there it only ends a run that hangs."""

RECORDER_TIMEOUT_S: dict[Pace, float] = {"real": 3.0, "stepped": 20.0}
"""A recorder that takes none of the rows that come for so long stands still."""

FIRST_BEAT_TIMEOUT_S = 15.0
"""Until the device has been found and identified; nothing moves yet."""

_END_S = 1.0
"""For a process that was killed to be gone."""


def trip_device(crew: Crew, rig: Rig, pace: Pace) -> str:
    """End a loop that does not do its work, and trip the device on a connection of our own; what came of it, in words.

    The device's watchdog protects where even that fails. Where the loop had not written anything to the device yet, it
    is left alone: somebody else may drive it.
    """
    process = crew.loop.process
    with contextlib.suppress(ValueError, OSError):  # it may be gone
        process.kill()
    if _is_offline(crew):
        process.join(_END_S)
        if _is_offline(crew) and not process.is_alive():
            return "nothing had been written to the device"
    hardware = build_hardware(rig, crew.addresses["modbus"], pace)
    answered = hardware.safe()
    hardware.close()
    return f"trip {'acknowledged' if answered else 'not acknowledged'}"


def _is_offline(crew: Crew) -> bool:
    return crew.bridge.get(Slot.STATE) == RigState.OFFLINE


class Watch:
    """What the supervisor knows of its processes.

    ``report``: how the loop ended, ``{"end": ..., "timing": ...}``, or the checks before it did, with what was
    ``seen``; None while it runs. Once it is there, the rig is at rest or tripped.
    """

    def __init__(self, rig: Rig, pace: Pace, crew: Crew, tell: Journalist) -> None:
        self._rig, self._pace, self._crew, self._tell = rig, pace, crew, tell
        self._clock = RealClock()
        self._beat = (0, 0)
        self._recorded = (0, self._clock.now_ns())
        self._rows_lost = 0
        self._failure = ""
        self._gone: set[str] = set()
        self.report: dict[str, Any] | None = None

    def let_go(self, word: str = "go") -> None:
        """Let the loop begin; ``check``: with the small moves of the checks before a run."""
        self.report = None
        self.excuse()
        self._crew.loop.connection.send(word)

    def excuse(self) -> None:
        """The loop had a reason to stand still until now: it waited for us."""
        self._beat = (self._crew.bridge.get(Slot.HEARTBEAT), self._clock.now_ns())

    def has_lost(self, member: Member) -> bool:
        """Whether it is gone, or stands still."""
        return member.name in self._gone

    def lose(self, member: Member, progress: Progress, text: str) -> None:
        """It is gone, or stands still: on record once, and the rig ramps down."""
        if member.name not in self._gone:
            self._gone.add(member.name)
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)
            self._tell.process_lost(member.name, progress, text)

    def turn(self, progress: Progress) -> None:
        """Look at each process and make the rig safe, or have it stopped, where one is missing."""
        alive = self._crew.loop.alive  # first: it may say how it ended, and be gone, just after we have looked
        self._take_report()
        if self.report is None:
            if self._failure:
                self.make_safe(f"the loop failed: {self._failure}", progress)
            elif not alive:
                self.make_safe("the loop's process is gone", progress)
            elif not self._heart_beats():
                self.make_safe("the loop's process stands still", progress)
        self._watch_recorder(progress)
        if self._crew.visa is not None:
            self._watch_member(self._crew.visa, progress)

    def make_safe(self, why: str, progress: Progress) -> None:
        """Trip the device on a connection of our own; its watchdog protects where even that fails."""
        found = trip_device(self._crew, self._rig, self._pace)
        progress.state = RigState.TRIPPED
        self._tell.process_lost("loop", progress, f"{why}; {found}")
        self.report = {"end": int(End.TRIPPED)}

    def _take_report(self) -> None:
        connection = self._crew.loop.connection
        with contextlib.suppress(EOFError, OSError):
            if self.report is None and not self._failure and connection.poll(0):
                word, report = connection.recv()
                if word in ("ended", "checked"):
                    self.report = report
                else:
                    self._failure = str(report)

    def _heart_beats(self) -> bool:
        beat, now_ns = self._crew.bridge.get(Slot.HEARTBEAT), self._clock.now_ns()
        if beat != self._beat[0]:
            self._beat = (beat, now_ns)
        timeout_s = HEARTBEAT_TIMEOUT_S[self._pace]
        if beat == 0:
            timeout_s = max(timeout_s, FIRST_BEAT_TIMEOUT_S)
        return now_ns - self._beat[1] < timeout_s * 1e9

    def _watch_recorder(self, progress: Progress) -> None:
        self._watch_member(self._crew.recorder, progress)
        if still := self.recorder_still():
            self.lose(self._crew.recorder, progress, still)
        lost = self._crew.rows.lost(recorder.READER)
        if lost > self._rows_lost:
            self._rows_lost = lost
            self._tell.rows_lost(lost, "recorded")
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)
        if self._tell.disk_failure:
            self._crew.bridge.raise_request(Request.STOP_FOR_RIG)

    def recorder_still(self) -> str:
        """That the recorder takes none of the rows that wait for it, in words; empty while it does."""
        rows, now_ns = self._crew.rows, self._clock.now_ns()
        done, timeout_s = rows.acknowledged(recorder.READER), RECORDER_TIMEOUT_S[self._pace]
        if done != self._recorded[0] or done == rows.written:
            self._recorded = (done, now_ns)
        if now_ns - self._recorded[1] < timeout_s * 1e9:
            return ""
        return f"the recorder process stands still: nothing recorded for {timeout_s:g} s although rows wait"

    def _watch_member(self, member: Member, progress: Progress) -> None:
        if not member.alive and not self.has_lost(member):
            self.lose(member, progress, _last_words(member))


def _last_words(member: Member) -> str:
    """Why it ended, where it said so; else nothing."""
    with contextlib.suppress(EOFError, OSError):
        if member.connection.poll(0):
            message = member.connection.recv()
            return message.text if isinstance(message, RecorderFault) else ""
    return ""
