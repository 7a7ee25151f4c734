"""The cycle: command the samples that are due, exchange, take the feedback, judge it. One thread, no files."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.errors import BusError
from drivers.frames import Command, DeviceState, FeedbackBlock, SetpointBlock
from drivers.hardware import Hardware
from rig.bridge import Bridge, End, EventKind, Request, Slot
from rig.clock import RealClock
from rig.config import Rig
from rig.rt.control import WINDOW, ControlLaw, Mode, Outcome
from rig.rt.limits import ACTIONS, TRIP, Breach, Clamp, LimitJudge
from rig.rt.monitor import Monitor, MonitorFault
from rig.rt.outbox import Outbox
from rig.rt.pacing import Pacer
from rig.rt.timing import LoopTiming
from rig.state import RigEvent, RigState, advance

_STATE_OF_MODE = {
    Mode.RUN: RigState.RUNNING,
    Mode.HOLD: RigState.HOLDING,
    Mode.STOP: RigState.STOPPING,
    Mode.DONE: RigState.STOPPING,
}
_END_OF_REQUEST = {
    Request.STOP_FOR_COMPONENT: End.COMPONENT,
    Request.STOP_FOR_PERSON: End.PERSON,
    Request.STOP_FOR_RIG: End.RIG_STOP,
}


class TripError(Exception):
    """Raised inside the loop when it must trip; the event has been told."""


@dataclass(slots=True)
class Parts:
    """What `wiring` puts together for a loop."""

    hardware: Hardware
    law: ControlLaw
    judge: LimitJudge
    clamp: Clamp
    monitor: Monitor
    outbox: Outbox
    pacer: Pacer
    timing: LoopTiming
    bridge: Bridge


_LOOKS_FOR_SUPERVISOR = 256
"""Cycles between two looks whether the supervisor is still there."""


class Loop:
    """Runs one drive from power-up to neutral. `run` returns why it ended, and leaves the rig safe in every case."""

    def __init__(self, rig: Rig, parts: Parts) -> None:
        self.state = RigState.OFFLINE
        self._rig, self._p = rig, parts
        self._meter = RealClock()  # durations of work and round trips are real at every pace
        self._sent = self._received = 0
        self._end = End.NOT_YET
        channels, axes = len(rig.channels), len(rig.axes)
        self._feedback: NDArray[np.int16] = np.zeros((WINDOW, channels), np.int16)
        self._codes: NDArray[np.int16] = np.zeros((WINDOW, axes), np.int16)
        self._requests: NDArray[np.int64] = np.full(WINDOW, -1, np.int64)
        self._out = Outcome.of(WINDOW, axes)

    def run(self) -> End:
        """Open, arm, play, stop, close. Never raises for a fault of bus, device or limits: those end in a trip."""
        try:
            self._power_up()
            if not self._stopped_before_start():
                self._play()
            self._power_down()
        except (BusError, TripError, MonitorFault) as error:
            self._tell_fault(error)
            self._trip()
        except BaseException:
            self._trip()
            raise
        finally:
            self._p.bridge.set(Slot.ENDED, int(self._end))
            self._p.hardware.close()
        return self._end

    def _power_up(self) -> None:
        self._p.hardware.open()
        self._move_to(RigEvent.CONNECT)
        self._p.hardware.arm()
        self._await_device(DeviceState.READY)
        self._move_to(RigEvent.ARM)

    def _stopped_before_start(self) -> bool:
        """Somebody asked for a stop while the power came up: then nothing begins to move."""
        self._look_for_supervisor()
        self._obey()
        return self._end is not End.NOT_YET

    def _play(self) -> None:
        p = self._p
        p.pacer.start()
        command = Command.START
        while not self._through():
            feedback = self._cycle(command)
            if command is Command.START:
                self._move_to(RigEvent.START, 0)
                command = Command.NONE
            self._take(feedback)
            p.pacer.meet(self._received)
            p.pacer.wait()

    def _through(self) -> bool:
        done_at = self._p.law.state.done_at
        return 0 <= done_at <= self._received - self._rig.lead_samples

    def _power_down(self) -> None:
        if self._end is End.NOT_YET:  # the road is done, or a hold was never resumed
            self._end = End.COMPLETED if self._p.law.state.target_reached else End.RIG_STOP
        if self.state is not RigState.STOPPING:
            self._move_to(RigEvent.STOP)
        self._exchange(Command.STOP, 0)
        self._await_device(DeviceState.OFF)
        self._move_to(RigEvent.STOPPED)
        self._move_to(RigEvent.CLOSE)

    def _cycle(self, command: Command) -> FeedbackBlock:
        started_ns = self._meter.now_ns()
        self._obey()
        count = self._due()
        if count:
            self._command(count)
        asked_ns = self._meter.now_ns()
        feedback = self._exchange(command, count)
        timing = self._p.timing
        timing.cycles += 1
        timing.work.add(asked_ns - started_ns)
        timing.round_trip.add(self._meter.now_ns() - asked_ns)
        return feedback

    def _due(self) -> int:
        """Samples to send now: what the FIFO lacks, as far as the drive is there."""
        lacking = self._received + self._rig.lead_samples - self._sent
        count = max(0, min(lacking, self._p.pacer.room(self._sent)))
        bridge, law = self._p.bridge, self._p.law.state
        if law.mode == Mode.DONE or (law.mode == Mode.HOLD and law.span == 0.0):
            return count
        ends_at = bridge.get(Slot.DRIVE_ENDS_AT)
        if 0 <= ends_at <= law.drive_index + count:
            return count
        if bridge.get(Slot.DRIVE_WRITTEN) - law.drive_index < count:
            self._p.outbox.event(EventKind.DRIVE_LATE, 0, self._sent, 0.0)
            raise TripError
        return count

    def _command(self, count: int) -> None:
        p, out, first = self._p, self._out, self._sent
        judged = np.arange(first - self._rig.lead_samples, first - self._rig.lead_samples + count)
        codes = self._feedback[judged % WINDOW]
        self._judge(judged, codes)
        ends_at = p.bridge.get(Slot.DRIVE_ENDS_AT)
        p.law.command(first, codes, self._requests, p.bridge.drive, ends_at, out, count)
        refused = p.clamp.encode(out.commands[:count], self._codes[:count])
        if refused >= 0:
            p.outbox.event(EventKind.CLAMP, refused, first + refused, float(np.abs(out.commands[refused]).max()))
            raise TripError
        self._follow_mode(first, count)
        p.outbox.commanded(first, count, out, self._codes)
        p.bridge.set(Slot.DRIVE_READ, p.law.state.drive_index)

    def _judge(self, judged: NDArray[np.int64], codes: NDArray[np.int16]) -> None:
        self._requests[: len(judged)] = -1
        valid = int((judged >= 0).sum())
        if not valid:
            return
        skip = len(judged) - valid
        expected = self._p.law.state.expected[judged[skip:] % WINDOW]
        breaches = self._p.judge.judge(int(judged[skip]), codes[skip:], expected, self._requests[skip : len(judged)])
        for breach in breaches:
            self._tell_breach(breach)
        if (self._requests[: len(judged)] == TRIP).any():
            raise TripError

    def _tell_breach(self, breach: Breach) -> None:
        action = self._p.judge.table.limits[breach.limit].action
        self._p.outbox.event(EventKind.LIMIT, breach.limit, breach.sample, breach.value)
        if ACTIONS.index(action) >= ACTIONS.index("stop") and self._end is End.NOT_YET:
            self._end = End.RIG_STOP

    def _follow_mode(self, first: int, count: int) -> None:
        """The state follows what the law does; an operator's or a limit's ramp begins at a sample."""
        for k in range(count):
            wanted = _STATE_OF_MODE[Mode(int(self._out.mode[k]))]
            if wanted is self.state or self.state is RigState.ARMED:
                continue
            event = {
                RigState.HOLDING: RigEvent.HOLD,
                RigState.STOPPING: RigEvent.STOP,
                RigState.RUNNING: RigEvent.RESUME,
            }[wanted]
            self._move_to(event, first + k)

    def _obey(self) -> None:
        """What the supervisor asks for takes effect at the next sample that is commanded."""
        request = self._obey_trip()
        if request in _END_OF_REQUEST and self._p.law.ask(Mode.STOP) and self._end is End.NOT_YET:
            self._end = _END_OF_REQUEST[request]

    def _obey_trip(self) -> Request:
        request = Request(self._p.bridge.get(Slot.REQUEST))
        if request is Request.TRIP:
            self._p.outbox.event(EventKind.REQUESTED_TRIP, 0, self._sent, 0.0)
            raise TripError
        return request

    def _exchange(self, command: Command, count: int) -> FeedbackBlock:
        block = SetpointBlock(0, command, 0, self._sent, self._codes[:count])  # the driver numbers it
        feedback = self._p.hardware.exchange(block)
        self._sent += count
        return feedback

    def _take(self, feedback: FeedbackBlock) -> None:
        p = self._p
        p.monitor.judge(feedback, self._received, self._sent)
        count = len(feedback.codes)
        if count:
            samples = np.arange(self._received, self._received + count)
            self._feedback[samples % WINDOW] = feedback.codes
            self._received += count
            p.outbox.measured(samples, feedback.codes, p.pacer.clock.now_ns(), p.law.state.done_at)
        self._show(feedback)

    def _show(self, feedback: FeedbackBlock) -> None:
        self._p.bridge.set(Slot.UNDERRUNS, feedback.underruns)
        self._beat()

    def _beat(self) -> None:
        slots = self._p.bridge.integers
        slots[Slot.HEARTBEAT] += 1
        if not slots[Slot.HEARTBEAT] % _LOOKS_FOR_SUPERVISOR:
            self._look_for_supervisor()

    def _look_for_supervisor(self) -> None:
        bridge = self._p.bridge
        if os.getppid() != bridge.get(Slot.ALIVE):
            self._p.outbox.event(EventKind.SUPERVISOR_LOST, 0, self._sent, 0.0)
            bridge.raise_request(Request.STOP_FOR_RIG)

    def _await_device(self, wanted: DeviceState) -> None:
        clock = self._p.pacer.clock
        deadline_ns = clock.now_ns() + int(1e9 * (self._rig.ramp_s * 3 + 10))
        while clock.now_ns() < deadline_ns:
            self._beat()
            self._obey_trip()
            feedback = self._exchange(Command.NONE, 0)
            self._p.monitor.judge_standing(feedback)
            if feedback.state is wanted:
                return
            clock.sleep_until_ns(clock.now_ns() + 2_000_000)
        raise MonitorFault(f"the device did not reach {wanted.name} within {self._rig.ramp_s * 3 + 10:.0f} s")

    def _move_to(self, event: RigEvent, sample: int | None = None) -> None:
        self.state = advance(self.state, event)
        done_at = self._p.law.state.done_at
        at = sample if sample is not None else self._sent if done_at < 0 else done_at
        self._p.outbox.event(EventKind.STATE, int(self.state), at, 0.0)

    def _tell_fault(self, error: Exception) -> None:
        self._p.outbox.fault(error, self._sent)

    def _trip(self) -> None:
        """Latched; asks the device to trip by whatever way still works, whatever else fails."""
        self._end = End.TRIPPED
        try:
            self._p.outbox.acknowledged(self._p.hardware.safe())
        finally:
            if self.state is not RigState.OFFLINE:
                self._move_to(RigEvent.TRIP)
