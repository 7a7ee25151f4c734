"""The cycle: command the samples that are due, exchange, take the feedback, judge it. One thread, no files."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.errors import BusError
from drivers.frames import Command, DeviceState, FeedbackBlock, SetpointBlock
from drivers.hardware import Hardware
from rig.bridge import Bridge, End, EventKind, Slot
from rig.clock import RealClock, SteppedClock
from rig.config import Rig
from rig.rt.clamp import Clamp
from rig.rt.control import WINDOW, ControlLaw, Mode, outcome_of, places
from rig.rt.drive_source import DriveSource
from rig.rt.limits import ACTIONS, STOP, TRIP, Breach, LimitJudge
from rig.rt.monitor import Monitor, MonitorFault
from rig.rt.orders import Orders, TripError
from rig.rt.outbox import Outbox
from rig.rt.pacing import Pacer
from rig.rt.progress import ProgressWatch
from rig.rt.timing import LoopTiming
from rig.state import RigEvent, RigState, advance

_EVENT_INTO = {
    RigState.HOLDING: RigEvent.HOLD,
    RigState.STOPPING: RigEvent.STOP,
    RigState.RUNNING: RigEvent.RESUME,
}


PROGRESS_SAMPLES = 8
"""So many samples are given to the progress check at once, whose windows are a hundred times as long."""


@dataclass(slots=True)
class Parts:
    """What `wiring` puts together for a loop."""

    hardware: Hardware
    law: ControlLaw
    judge: LimitJudge
    clamp: Clamp
    monitor: Monitor
    progress: ProgressWatch
    outbox: Outbox
    pacer: Pacer
    timing: LoopTiming
    bridge: Bridge
    drive: DriveSource


class Loop:
    """Runs one drive from power-up to neutral. `run` returns why it ended, and leaves the rig safe in every case.

    ``start``: START for a run, CHECK for the moves of a check before it, which know no hold.
    """

    def __init__(self, rig: Rig, parts: Parts, start: RigEvent = RigEvent.START) -> None:
        self.state = RigState.OFFLINE
        self._rig, self._p, self._start = rig, parts, start
        self._meter = RealClock()  # durations of work and round trips are real at every pace
        in_step = isinstance(parts.pacer.clock, SteppedClock)
        self._orders = Orders(parts.bridge, parts.law, parts.outbox, None if in_step else self._meter)
        self._sent = self._received = self._watched = self._told_at = 0
        self._command_ns = 0
        self._end = End.NOT_YET
        moving = RigState.CHECKING if start is RigEvent.CHECK else RigState.RUNNING
        self._state_of_mode = {
            int(Mode.RUN): moving,
            int(Mode.HOLD): RigState.HOLDING,
            int(Mode.STOP): RigState.STOPPING,
            int(Mode.DONE): RigState.STOPPING,
        }
        self._feedback: NDArray[np.int16] = np.zeros((WINDOW, len(rig.channels)), np.int16)
        self._codes: NDArray[np.int16] = np.zeros((WINDOW, len(rig.axes)), np.int16)
        self._requests: NDArray[np.int64] = np.full(WINDOW, -1, np.int64)
        self._out = outcome_of(WINDOW, len(rig.axes))
        self._commands: NDArray[np.float64] = self._out["commands"]

    def run(self) -> End:
        """Open, arm, play, stop, close. Never raises for a fault of bus, device or limits: those end in a trip."""
        try:
            self._connect()
            if self._power_up():
                self._play()
            self._power_down()
        except (BusError, TripError, MonitorFault) as error:
            try:
                self._p.outbox.fault(error, self._sent)
            finally:
                self._trip()
        except BaseException:
            self._trip()
            raise
        finally:
            self._p.hardware.close()
            self._p.bridge.set(Slot.ENDED, int(self._end))
        return self._end

    def _connect(self) -> None:
        """Nothing is written to a device before it is known that nobody else drives it."""
        p = self._p
        p.hardware.open()
        p.monitor.judge_before_power(p.hardware.status())
        self._move_to(RigEvent.CONNECT)

    def _power_up(self) -> bool:
        """Whether it is there; not where somebody asks for a stop meanwhile: then nothing begins to move."""
        if self._stopped_before_start():
            return False
        self._p.hardware.arm()
        if not self._await_device(DeviceState.READY):
            return False
        self._move_to(RigEvent.ARM)
        self._p.pacer.start()
        return not self._stopped_before_start()

    def _stopped_before_start(self) -> bool:
        self._orders.look_for_supervisor(self._sent)
        self._orders.obey(self.state, self._sent)
        self._end = self._orders.end
        return self._end is not End.NOT_YET

    def _play(self) -> None:
        p = self._p
        command = Command.START
        while not self._through():
            feedback = self._cycle(command)
            answered_ns = self._meter.now_ns()
            if command is Command.START:
                self._move_to(self._start, 0)
                self._follow_mode(0, self._sent)
                command = Command.NONE
            self._take(feedback)
            p.timing.work.add(self._command_ns + self._meter.now_ns() - answered_ns)
            p.pacer.meet(self._received)
            p.pacer.wait(resting=self._rests())
            self._hold_where_late()

    def _through(self) -> bool:
        return 0 <= self._p.law.done_at <= self._received - self._rig.lead_samples

    def _rests(self) -> bool:
        """Held, and the ramp is over: nothing moves until somebody asks for it."""
        return self._p.law.mode is Mode.HOLD and self._p.law.span == 0.0

    def _hold_where_late(self) -> None:
        late = self._p.pacer.too_many_late()
        if late and self.state is RigState.RUNNING and self._p.law.ask(Mode.HOLD):
            self._p.outbox.event(EventKind.LATE_CYCLES, 0, self._sent, float(late))

    def _power_down(self) -> None:
        if self._end is End.NOT_YET:  # the road is done, or a hold was never resumed
            self._end = End.COMPLETED if self._p.law.target_reached else End.RIG_STOP
        if self.state is not RigState.STOPPING:
            self._move_to(RigEvent.STOP)
        self._exchange(Command.STOP, 0)
        self._await_device(DeviceState.OFF)
        self._move_to(RigEvent.STOPPED)
        self._move_to(RigEvent.CLOSE)

    def _cycle(self, command: Command) -> FeedbackBlock:
        started_ns = self._meter.now_ns()
        self._orders.obey(self.state, self._sent)
        self._end = self._orders.end if self._end is End.NOT_YET else self._end
        count = self._due()
        if count:
            self._command(count)
        asked_ns = self._meter.now_ns()
        feedback = self._exchange(command, count)
        timing = self._p.timing
        timing.cycles += 1
        self._command_ns = asked_ns - started_ns
        timing.round_trip.add(self._meter.now_ns() - asked_ns)
        return feedback

    def _due(self) -> int:
        """Samples to send now: what the FIFO lacks, as far as the drive is there."""
        lacking = self._received + self._rig.lead_samples - self._sent
        count = max(0, min(lacking, self._p.pacer.room(self._sent)))
        law, drive = self._p.law, self._p.drive
        if law.mode is Mode.DONE or self._rests():
            return count
        index, ends_at = law.drive_index, drive.ends_at()
        wanted = index + count + law.rows_ahead
        if not 0 <= ends_at <= wanted and drive.written() < wanted:
            self._p.outbox.event(EventKind.DRIVE_LATE, 0, self._sent, 0.0)
            raise TripError
        return count

    def _command(self, count: int) -> None:
        p, out, first = self._p, self._out, self._sent
        p.law.command(first, self._feedback, self._requests, p.drive.rows, p.drive.ends_at(), out, count)
        refused = p.clamp.encode(self._commands, self._codes, count)
        if refused >= 0:
            axis = p.clamp.refused_axis(self._commands[refused])
            p.outbox.event(EventKind.CLAMP, axis, first + refused, float(self._commands[refused, axis]))
            raise TripError
        self._follow_mode(first, count)
        p.outbox.commanded(first, count, out, self._codes)
        p.drive.read(p.law.drive_index)

    def _follow_mode(self, first: int, count: int) -> None:
        """The state follows what the law does; an operator's or a limit's ramp begins at a sample."""
        for k, mode in enumerate(self._out["mode"][:count].tolist()):
            wanted = self._state_of_mode[mode]
            if wanted is not self.state and self.state is not RigState.ARMED:
                self._move_to(_EVENT_INTO[wanted], first + k)

    def _exchange(self, command: Command, count: int) -> FeedbackBlock:
        block = SetpointBlock(0, command, 0, self._sent, self._codes[:count])  # the driver numbers it
        feedback = self._p.hardware.exchange(block)
        self._sent += count
        return feedback

    def _take(self, feedback: FeedbackBlock) -> None:
        p, first, count = self._p, self._received, len(feedback.codes)
        p.bridge.set(Slot.UNDERRUNS, feedback.underruns)  # also the one that trips
        p.monitor.judge(feedback, first, self._sent)
        if count:
            self._feedback[places(first, count)] = feedback.codes
            self._received += count
            p.outbox.measured(first, feedback.codes, p.pacer.clock.now_ns(), p.law.done_at)
            self._judge(first, count)
        p.bridge.set(Slot.SPAN_PERMILLE, round(1000 * p.law.span))
        self._orders.beat(self._sent)

    def _judge(self, first: int, count: int) -> None:
        """Judge samples as soon as they are there: a trip leaves at once, a hold or a stop a lead after its sample."""
        p = self._p
        strongest, breaches = p.judge.judge(first, count, self._feedback, p.law.expected, self._requests)
        for breach in breaches:
            self._tell_breach(breach)
        if strongest == TRIP:
            raise TripError
        self._watch_progress()

    def _watch_progress(self) -> None:
        """Some samples at a time, counted from sample 0, so that cycles of any length find the same."""
        ready = self._received - self._received % PROGRESS_SAMPLES
        if ready > self._watched:
            first, self._watched = self._watched, ready
            wrong = self._p.progress.judge(first, ready - first, self._feedback, self._p.law.expected)
            if wrong:
                raise MonitorFault(wrong)

    def _tell_breach(self, breach: Breach) -> None:
        """Where the drive is over for a lead of samples only a trip is told: no shorter cycle comes to see the others.

        Nothing is left to hold or to stop then, and the record has ended.
        """
        action = self._p.judge.table.limits[breach.limit].action
        if ACTIONS.index(action) < TRIP and 0 <= self._p.law.done_at <= breach.sample - self._rig.lead_samples:
            return
        self._p.outbox.event(EventKind.LIMIT, breach.limit, breach.sample, breach.value)
        if ACTIONS.index(action) >= STOP and self._end is End.NOT_YET:
            self._end = End.RIG_STOP

    def _await_device(self, wanted: DeviceState) -> bool:
        """Whether it came to that state; a stop that is asked for meanwhile ends the waiting for power."""
        clock = self._p.pacer.clock
        deadline_ns = clock.now_ns() + int(1e9 * (self._rig.ramp_s * 3 + 10))
        while clock.now_ns() < deadline_ns:
            self._orders.beat(self._sent)
            self._orders.obey(self.state, self._sent)
            feedback = self._exchange(Command.NONE, 0)
            self._p.monitor.judge_standing(feedback)
            if feedback.state is wanted:
                return True
            if wanted is DeviceState.READY:
                self._p.monitor.judge_powering(feedback)
                if self._orders.end is not End.NOT_YET:
                    self._end = self._orders.end
                    return False
            clock.sleep_until_ns(clock.now_ns() + 2_000_000)
        raise MonitorFault(f"the device did not reach {wanted.name} within {self._rig.ramp_s * 3 + 10:.0f} s")

    def _move_to(self, event: RigEvent, sample: int | None = None) -> None:
        self.state = advance(self.state, event)
        self._p.bridge.set(Slot.STATE, int(self.state))
        done_at = self._p.law.done_at
        at = sample if sample is not None else self._sent if done_at < 0 else done_at
        self._told_at = max(at, self._told_at)  # a frame that told of a state may have failed to leave
        self._p.outbox.event(EventKind.STATE, int(self.state), self._told_at, 0.0)

    def _trip(self) -> None:
        """Latched; asks the device to trip by whatever way still works, whatever else fails.

        OFFLINE, nothing was written to the device, and it may be another one, or somebody else's: it is left alone.
        """
        self._end = End.TRIPPED
        if self.state is RigState.OFFLINE:
            return
        try:
            self._move_to(RigEvent.TRIP)
        finally:
            self._p.outbox.acknowledged(self._p.hardware.safe())
