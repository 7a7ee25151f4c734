"""The servo controller: a state machine, a FIFO of samples, a watchdog, a first-out fault. No sockets, no clock.

Pace ``real``: `Servo.advance` is told the time and plays the samples that are due. Pace ``stepped``: samples are
played as they arrive, and an access is what makes the device power up and ramp down; there is no watchdog then,
because no time passes.
"""

import math
from typing import Literal

from drivers.frames import (
    Command,
    DeviceState,
    DeviceStatus,
    FaultCode,
    FeedbackBlock,
    Interlock,
    SetpointBlock,
    Status,
)
from simulators.servo.device_log import DeviceLog, Outcome
from simulators.servo.fifo import Fifo
from simulators.servo.hydraulics import Hydraulics
from simulators.servo.motion import Motion, Plays
from simulators.servo.schedule import Schedule
from simulators.settings import BenchConfig

ROOM_DEGC = 20.0

RAMP_SAMPLES_PER_ACCESS = 10
"""At pace stepped, how much of its own ramp the device plays in one access."""

STALL_S = 0.005
"""The device's clock stands still while this process gets no processor for longer than this: the real device is no
process, so the host must not see an underrun that only the simulator's machine made. See `Servo.stalled_s`."""

_POWERING = {
    DeviceState.BOOT: DeviceState.OFF,
    DeviceState.PUMP: DeviceState.LOW_PRESSURE,
    DeviceState.LOW_PRESSURE: DeviceState.READY,
}
"""What a state becomes by itself after `BenchConfig.power_step_ms`."""

_TAKES_SAMPLES = (DeviceState.READY, DeviceState.RUN, DeviceState.HOLD)
_POWERED = (DeviceState.PUMP, DeviceState.LOW_PRESSURE, *_TAKES_SAMPLES)
_LATCHED = (DeviceState.FAULT, DeviceState.EMERGENCY_STOP)
_BYPASSES_FIFO = (Command.HOLD, Command.STOP, Command.TRIP)


class Servo:
    """The device behind the register map: `exchange` is a set point frame and its answer, `status` the registers.

    Attributes:
        state, first_fault: as on the wire.
        stalled_s: time that the device's clock stood still because this process got no processor.
        fifo, hydraulics, log: its parts.
        schedule: what is to happen at a sample; may be replaced.
        clock_rate: of the sample clock, 1 is nominal; the watchdog has a clock of its own.
        watchdog: ``asleep`` does not bite, ``off`` is not even armed.
    """

    def __init__(self, config: BenchConfig, plant: Plays, hydraulics: Hydraulics | None = None) -> None:
        self._config = config
        self._stepped = config.pace == "stepped"
        self.fifo, self.log, self.schedule = Fifo(config), DeviceLog(), Schedule()
        self._motion = Motion(config, plant)
        self.hydraulics = hydraulics or Hydraulics(config.axes, config.sample_rate_hz, lambda: ROOM_DEGC)
        self.clock_rate = 1.0
        self.watchdog: Literal["awake", "asleep", "off"] = "awake"
        self.state = DeviceState.OFF if self._stepped else DeviceState.BOOT
        self.first_fault = FaultCode.NONE
        self._interlocks = Interlock(0)
        self._latched_bits = Status(0)
        self._sequence = self._key = self._underruns = self._ticks = 0
        self._now_s = self._samples_s = self._state_since_s = self._fresh_s = self.stalled_s = 0.0
        self._told_s = 0.0
        self._last_call_s: float | None = None

    def exchange(self, block: SetpointBlock, now_s: float) -> FeedbackBlock:
        """Take a set point frame and answer it; at pace real everything due up to ``now_s`` is played first."""
        self.advance(now_s)
        fresh = block.sequence != self._sequence
        if fresh:
            self._sequence = block.sequence
            self._fresh_s = self._now_s
            if self._interlocks:
                self._interlocks &= ~Interlock.WATCHDOG
            self._accept(block)
        if self._stepped:
            self._step_by_access()
        self.log.exchange(self.now_ns, block, "taken" if fresh else "replayed", self.state, self.fifo.played)
        first, codes = self.fifo.take_frames(block.most_frames)
        shown = (self.state, self.status_bits(), self._interlocks, self.first_fault, self._sequence)
        return FeedbackBlock(*shown, self.fifo.level, self.fifo.played, self._underruns & 0xFFFF, first, codes)

    def status(self) -> DeviceStatus:
        """What the status registers show."""
        shown = (self.state, self.status_bits(), self._interlocks, self.first_fault, self._sequence, self._key)
        counters = (self.fifo.level, self.fifo.played, self._underruns & 0xFFFF)
        codes = (self._motion.feedback, self.fifo.codes(self._motion.setpoint))
        valves, pressure = self.hydraulics.valves(self._motion.step), self.hydraulics.pressure(shown[1])
        return DeviceStatus(*shown, *counters, *codes, valves, pressure, *self.hydraulics.temperatures())

    def status_bits(self) -> Status:
        """The status bits of now."""
        moves = self.state in _TAKES_SAMPLES or self._motion.ramping
        shown = (
            (Status.PRESSURE_HIGH, moves),
            (Status.PRESSURE_LOW, not moves and self.state in (DeviceState.LOW_PRESSURE, DeviceState.FAULT)),
            (Status.AT_NEUTRAL, self._motion.at_neutral),
            (Status.WATCHDOG_ARMED, self._watched and self.watchdog != "off"),
        )
        # Added as numbers, once for each answer: flags joined one by one take several times as long.
        return Status(int(self._latched_bits) + sum(int(bit) for bit, is_set in shown if is_set))

    def trip(self, fault: FaultCode, hold_samples: int = 0) -> None:
        """Latch a fault, discard the FIFO and ramp to neutral; what comes after the first fault changes nothing."""
        self.fifo.discard()
        if self.state in _LATCHED:
            return
        self.first_fault = fault
        if self.state in _TAKES_SAMPLES:
            self._motion.begin_ramp(hold_samples)
        stop = fault == FaultCode.EMERGENCY_STOP
        self._enter(DeviceState.EMERGENCY_STOP if stop else DeviceState.FAULT)

    def set_interlock(self, bits: Interlock, opened: bool) -> None:
        """Open or close interlocks, as the contacts on the rig would; an open one trips what has power."""
        self._interlocks = self._interlocks | bits if opened else self._interlocks & ~bits
        if opened and (self.state in _POWERED or self._motion.ramping):
            stop = Interlock.EMERGENCY_STOP in bits
            self.trip(FaultCode.EMERGENCY_STOP if stop else FaultCode.INTERLOCK)

    def advance(self, now_s: float) -> None:
        """At pace real, let time pass up to ``now_s`` (monotonic): play what is due, then look at the watchdog."""
        self._told_s = now_s
        if self._stepped:
            return
        passed_s = 0.0 if self._last_call_s is None else now_s - self._last_call_s
        self._last_call_s = now_s
        self.stalled_s += max(0.0, passed_s - STALL_S)
        lived_s = min(passed_s, STALL_S)
        self._now_s += lived_s
        self._samples_s += self.clock_rate * lived_s
        due = math.floor(self._samples_s * self._config.sample_rate_hz)
        if due > self._ticks:
            count, self._ticks = due - self._ticks, due
            self._play_due(count)
        if self._watched and self.watchdog == "awake" and self._now_s - self._fresh_s > self._config.watchdog_ms / 1000:
            self._bark()
        if self._now_s - self._state_since_s >= self._config.power_step_ms / 1000:
            self._power_up()

    def reboot(self) -> None:
        """As after a power dip: BOOT, nothing known any more. Contacts stay as they are; without pressure the axes
        fall to neutral.
        """
        self.fifo.restart()
        self._motion.fall()
        self.first_fault, self._latched_bits = FaultCode.NONE, Status(0)
        self._interlocks &= ~(Interlock.WATCHDOG | Interlock.OVER_TRAVEL)
        self._sequence = self._key = self._underruns = 0
        self._enter(DeviceState.BOOT)

    def run_dry(self) -> None:
        """In RUN with nothing to play: hold where the last sample was as long as the watchdog would wait, then ramp."""
        if self.state != DeviceState.RUN:
            return
        self._underruns += 1
        self._latched_bits |= Status.FIFO_UNDERRUN
        self.trip(FaultCode.UNDERRUN, self._config.watchdog_ms * self._config.sample_rate_hz // 1000)

    @property
    def counts(self) -> bool:
        """Whether the samples that it shows as played are those since it has been READY for this run."""
        return self.state in _TAKES_SAMPLES

    @property
    def now_ns(self) -> int:
        """The time that it was told last."""
        return round(self._told_s * 1e9)

    def note(self, what: str, told: str = "") -> None:
        """Put something that happened into the log, with time, state, first fault and samples played."""
        self.log.change(self.now_ns, what, told, self.state, self.first_fault, self.fifo.played)

    def note_refused(self, outcome: Outcome, sequence: int) -> None:
        """Put a write that the device never got to see, or could not take, into the log."""
        self.log.not_taken(self.now_ns, outcome, sequence, self.state, self.fifo.played)

    # What the host asks for

    def _accept(self, block: SetpointBlock) -> None:
        command = block.command if block.key != self._key else Command.NONE
        if command != Command.NONE:
            self._key = block.key
        if command not in _BYPASSES_FIFO and self.state in _TAKES_SAMPLES and len(block.codes):
            self._queue(block)
        self._obey(command)

    def _queue(self, block: SetpointBlock) -> None:
        fault = self.fifo.put(block.first_sample, block.codes)
        if fault == FaultCode.OVER_TRAVEL:
            self._interlocks |= Interlock.OVER_TRAVEL
        if fault == FaultCode.OVERFLOW:
            self._latched_bits |= Status.FIFO_OVERFLOW
        if fault != FaultCode.NONE:
            self.trip(fault)

    def _obey(self, command: Command) -> None:
        state = self.state
        if command == Command.TRIP:
            self.trip(FaultCode.HOST_TRIP)
        elif command == Command.ARM and state == DeviceState.OFF and not self._interlocks:
            self._enter(DeviceState.PUMP)
        elif command == Command.START and state in (DeviceState.READY, DeviceState.HOLD):
            self._enter(DeviceState.RUN)
        elif command == Command.HOLD and state == DeviceState.RUN:
            self.fifo.discard()
            self._enter(DeviceState.HOLD)
        elif command == Command.STOP and state in _POWERED:
            self.fifo.discard()
            self._motion.begin_ramp(hold_samples=0)
            self._enter(DeviceState.RAMP_DOWN)
        elif command == Command.RESET and state in _LATCHED and not self._motion.ramping and not self._interlocks:
            self.first_fault = FaultCode.NONE
            self._latched_bits = Status(0)
            self._enter(DeviceState.OFF)

    # What happens by itself

    @property
    def _watched(self) -> bool:
        return not self._stepped and (self.state in _POWERED or self._motion.ramping)

    def _bark(self) -> None:
        self._interlocks |= Interlock.WATCHDOG
        self.trip(FaultCode.WATCHDOG)
        self._motion.cut_hold()

    def _power_up(self) -> None:
        if self.state in _POWERING:
            self._enter(_POWERING[self.state])

    def _enter(self, state: DeviceState) -> None:
        self.state = state
        self._state_since_s = self._now_s
        self.note("state")
        if state == DeviceState.PUMP:
            self._fresh_s = self._now_s
        elif state == DeviceState.READY:
            self.fifo.restart()
        self.schedule.played(0)

    def _step_by_access(self) -> None:
        if self.state == DeviceState.RUN:
            self._play_queued(self.fifo.level)
        elif self._motion.ramping:
            self._play_own(RAMP_SAMPLES_PER_ACCESS)
        else:
            self._power_up()

    def _play_due(self, count: int) -> None:
        """Play so many samples: from the FIFO in RUN, else from the device's own ramp, else stand still."""
        if self.state == DeviceState.RUN:
            count -= self._play_queued(min(count, self.fifo.level))
            if count and self.clock_rate:
                self.run_dry()
        if count and self.clock_rate:
            self._play_own(count)

    def _play_queued(self, count: int) -> int:
        """Play so many in RUN, in parts at whose ends something may happen; returns how many were played."""
        left = count
        while left and self.clock_rate and self.state == DeviceState.RUN:
            setpoints = self.fifo.take(min(left, self.schedule.room(self.fifo.played)))
            left -= len(setpoints)
            frames = self._motion.play(setpoints)
            if self.fifo.put_frames(frames) == FaultCode.OVERFLOW:
                self._latched_bits |= Status.FIFO_OVERFLOW
                self.trip(FaultCode.OVERFLOW)
            self.schedule.played(len(setpoints))
        return count - left

    def _play_own(self, count: int) -> None:
        if self._motion.play_own(count):
            self._end_ramp()

    def _end_ramp(self) -> None:
        self._interlocks &= ~Interlock.OVER_TRAVEL
        self.note("neutral")
        if self.state == DeviceState.RAMP_DOWN:
            self._enter(DeviceState.OFF)
