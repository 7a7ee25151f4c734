"""The servo controller: a state machine, a FIFO of samples, a watchdog, a first-out fault. No sockets, no clock.

Pace ``real``: `Servo.advance` is told the time and plays the samples that are due. Pace ``stepped``: samples are
played as they arrive, and an access is what makes the device power up and ramp down; there is no watchdog then,
because no time passes.
"""

import math
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
from simulators.fifo import Fifo
from simulators.ramp import Ramp
from simulators.settings import BenchConfig

Codes = NDArray[np.int16]
FloatArray = NDArray[np.float64]

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


class Plays(Protocol):
    """What the servo controller moves: `simulators.plant.Plant`, or a stand-in in tests."""

    def play(self, setpoints: FloatArray) -> Codes:
        """Play float64[samples, axes], return int16[samples, channels]."""
        ...


class Servo:
    """The device behind the register map: `exchange` is a set point frame and its answer, `status` the registers.

    Attributes:
        state, first_fault: as on the wire.
        stalled_s: time that the device's clock stood still because this process got no processor.
    """

    def __init__(self, config: BenchConfig, plant: Plays) -> None:
        self._config, self._plant = config, plant
        self._stepped = config.pace == "stepped"
        self._fifo = Fifo(config)
        self._neutral = np.array([axis.neutral for axis in config.axes], dtype=np.float64)
        self._setpoint = self._neutral.copy()
        self._feedback = np.zeros(len(config.channels), dtype=np.int16)
        self._ramp: Ramp | None = None
        self.state = DeviceState.OFF if self._stepped else DeviceState.BOOT
        self.first_fault = FaultCode.NONE
        self._interlocks = Interlock(0)
        self._latched_bits = Status(0)
        self._sequence = self._key = self._underruns = self._ticks = 0
        self._now_s = self._state_since_s = self._fresh_s = self.stalled_s = 0.0
        self._last_call_s: float | None = None

    def exchange(self, block: SetpointBlock, now_s: float) -> FeedbackBlock:
        """Take a set point frame and answer it; at pace real everything due up to ``now_s`` is played first."""
        self.advance(now_s)
        if block.sequence != self._sequence:
            self._sequence = block.sequence
            self._fresh_s = self._now_s
            self._interlocks &= ~Interlock.WATCHDOG
            self._accept(block)
        if self._stepped:
            self._step_by_access()
        first, codes = self._fifo.take_frames(block.most_frames)
        shown = (self.state, self.status_bits(), self._interlocks, self.first_fault, self._sequence)
        return FeedbackBlock(*shown, self._fifo.level, self._fifo.played, self._underruns & 0xFFFF, first, codes)

    def status(self) -> DeviceStatus:
        """What the status registers show."""
        shown = (self.state, self.status_bits(), self._interlocks, self.first_fault, self._sequence, self._key)
        counters = (self._fifo.level, self._fifo.played, self._underruns & 0xFFFF)
        return DeviceStatus(*shown, *counters, self._feedback, self._fifo.codes(self._setpoint))

    def status_bits(self) -> Status:
        """The status bits of now."""
        moves = self.state in _TAKES_SAMPLES or self._ramp is not None
        bits = self._latched_bits | (Status.PRESSURE_HIGH if moves else Status(0))
        if not moves and self.state in (DeviceState.LOW_PRESSURE, DeviceState.FAULT):
            bits |= Status.PRESSURE_LOW
        if np.array_equal(self._setpoint, self._neutral):
            bits |= Status.AT_NEUTRAL
        return bits | (Status.WATCHDOG_ARMED if self._watched else Status(0))

    def trip(self, fault: FaultCode, hold_samples: int = 0) -> None:
        """Latch a fault, discard the FIFO and ramp to neutral; what comes after the first fault changes nothing."""
        self._fifo.discard()
        if self.state in _LATCHED:
            return
        self.first_fault = fault
        if self.state in _TAKES_SAMPLES:
            self._begin_ramp(hold_samples)
        stop = fault == FaultCode.EMERGENCY_STOP
        self._enter(DeviceState.EMERGENCY_STOP if stop else DeviceState.FAULT)

    def set_interlock(self, bits: Interlock, opened: bool) -> None:
        """Open or close interlocks, as the contacts on the rig would; an open one trips what has power."""
        self._interlocks = self._interlocks | bits if opened else self._interlocks & ~bits
        if opened and (self.state in _POWERED or self._ramp is not None):
            stop = Interlock.EMERGENCY_STOP in bits
            self.trip(FaultCode.EMERGENCY_STOP if stop else FaultCode.INTERLOCK)

    def advance(self, now_s: float) -> None:
        """At pace real, let time pass up to ``now_s`` (monotonic): play what is due, then look at the watchdog."""
        if self._stepped:
            return
        passed_s = 0.0 if self._last_call_s is None else now_s - self._last_call_s
        self._last_call_s = now_s
        self.stalled_s += max(0.0, passed_s - STALL_S)
        self._now_s += min(passed_s, STALL_S)
        due = math.floor(self._now_s * self._config.sample_rate_hz)
        if due > self._ticks:
            count, self._ticks = due - self._ticks, due
            self._play_due(count)
        if self._watched and self._now_s - self._fresh_s > self._config.watchdog_ms / 1000:
            self._bark()
        if self._now_s - self._state_since_s >= self._config.power_step_ms / 1000:
            self._power_up()

    # What the host asks for

    def _accept(self, block: SetpointBlock) -> None:
        command = block.command if block.key != self._key else Command.NONE
        if command != Command.NONE:
            self._key = block.key
        if command not in _BYPASSES_FIFO and self.state in _TAKES_SAMPLES and len(block.codes):
            self._queue(block)
        self._obey(command)

    def _queue(self, block: SetpointBlock) -> None:
        fault = self._fifo.put(block.first_sample, block.codes)
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
            self._fifo.discard()
            self._enter(DeviceState.HOLD)
        elif command == Command.STOP and state in _POWERED:
            self._fifo.discard()
            self._begin_ramp(hold_samples=0)
            self._enter(DeviceState.RAMP_DOWN)
        elif command == Command.RESET and state in _LATCHED and self._ramp is None and not self._interlocks:
            self.first_fault = FaultCode.NONE
            self._latched_bits = Status(0)
            self._enter(DeviceState.OFF)

    def _begin_ramp(self, hold_samples: int) -> None:
        samples = max(1, round(self._config.ramp_ms * self._config.sample_rate_hz / 1000))
        self._ramp = Ramp(self._setpoint.copy(), self._neutral, samples, hold_samples)

    # What happens by itself

    @property
    def _watched(self) -> bool:
        return not self._stepped and (self.state in _POWERED or self._ramp is not None)

    def _bark(self) -> None:
        self._interlocks |= Interlock.WATCHDOG
        self.trip(FaultCode.WATCHDOG)
        if self._ramp is not None:
            self._ramp.cut_hold()

    def _power_up(self) -> None:
        if self.state in _POWERING:
            self._enter(_POWERING[self.state])

    def _enter(self, state: DeviceState) -> None:
        self.state = state
        self._state_since_s = self._now_s
        if state == DeviceState.PUMP:
            self._fresh_s = self._now_s
        elif state == DeviceState.READY:
            self._fifo.restart()

    def _step_by_access(self) -> None:
        if self.state == DeviceState.RUN:
            self._play_queued(self._fifo.level)
        elif self._ramp is not None:
            self._play_own(RAMP_SAMPLES_PER_ACCESS)
        else:
            self._power_up()

    def _play_due(self, count: int) -> None:
        """Play so many samples: from the FIFO in RUN, else from the device's own ramp, else stand still."""
        if self.state == DeviceState.RUN:
            queued = min(count, self._fifo.level)
            self._play_queued(queued)
            count -= queued
            if count and self.state == DeviceState.RUN:
                self._run_dry()
        if count:
            self._play_own(count)

    def _run_dry(self) -> None:
        """Hold where the last sample was, for as long as the watchdog would wait, then ramp."""
        self._underruns += 1
        self._latched_bits |= Status.FIFO_UNDERRUN
        self.trip(FaultCode.UNDERRUN, self._config.watchdog_ms * self._config.sample_rate_hz // 1000)

    def _play_queued(self, count: int) -> None:
        if not count:
            return
        setpoints = self._fifo.take(count)
        frames = self._plant.play(setpoints)
        self._setpoint, self._feedback = setpoints[-1], frames[-1]
        if self._fifo.put_frames(frames) == FaultCode.OVERFLOW:
            self._latched_bits |= Status.FIFO_OVERFLOW
            self.trip(FaultCode.OVERFLOW)

    def _play_own(self, count: int) -> None:
        setpoints = np.tile(self._setpoint, (count, 1)) if self._ramp is None else self._ramp.next(count)
        self._feedback = self._plant.play(setpoints)[-1]
        self._setpoint = setpoints[-1]
        if self._ramp is not None and self._ramp.done:
            self._end_ramp()

    def _end_ramp(self) -> None:
        self._ramp = None
        self._setpoint = self._neutral.copy()
        self._interlocks &= ~Interlock.OVER_TRAVEL
        if self.state == DeviceState.RAMP_DOWN:
            self._enter(DeviceState.OFF)
