"""The simulated servo controller as a `Hardware` in this process: the same device without a wire, and what it plays.

Sensors are changed sample by sample with `Patch`: whatever the batch, a code stands where a test put it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers import registers
from drivers.errors import BusClosedError
from drivers.frames import Command, DeviceIdentity, DeviceState, DeviceStatus, FeedbackBlock, SetpointBlock
from simulators.servo.motion import Plays
from simulators.servo.servo import Servo
from simulators.settings import BenchConfig
from tests.fakes import leave_alone

Codes = NDArray[np.int16]
FloatArray = NDArray[np.float64]

_TRIPPED = (DeviceState.FAULT, DeviceState.EMERGENCY_STOP)


@dataclass(frozen=True, slots=True)
class Patch:
    """Codes that a sensor gives from a sample on, instead of what it measures: int16[samples] of one channel."""

    channel: int
    first: int
    codes: Codes

    def put(self, first: int, frames: Codes) -> None:
        """Into frames, int16[samples, channels], of samples ``first`` and on."""
        start, stop = max(first, self.first), min(first + len(frames), self.first + len(self.codes))
        if start < stop:
            frames[start - first : stop - first, self.channel] = self.codes[start - self.first : stop - self.first]


def unchanged(_first: int, _frames: Codes) -> None:
    """Sensors are left as they are."""


@dataclass
class Patched:
    """A plant whose sensors are patched while the device is in RUN.

    ``change`` may do anything else to frames, int16[samples, channels], given the number of the first of them.
    """

    plant: Plays
    patches: list[Patch] = field(default_factory=list)
    change: Callable[[int, Codes], None] = unchanged
    servo: Servo | None = None

    def play(self, setpoints: FloatArray) -> Codes:
        """See `simulators.servo.motion.Plays.play`."""
        frames = self.plant.play(setpoints)
        if self.servo is not None and self.servo.state is DeviceState.RUN:
            first = self.servo.fifo.played
            for patch in self.patches:
                patch.put(first, frames)
            self.change(first, frames)
        return frames


class Faithful:
    """A plant whose axes are where they should be, give or take three codes; no sensor of it is ever stuck."""

    def __init__(self, config: BenchConfig) -> None:
        self._scale = np.array([axis.channel.scale for axis in config.axes])
        self._offset = np.array([axis.channel.offset for axis in config.axes])
        self._channels, self._played = len(config.channels), 0

    def play(self, setpoints: FloatArray) -> Codes:
        """See `simulators.servo.motion.Plays.play`."""
        alive = 3 * (self._played + np.arange(len(setpoints))) % 7 - 3
        self._played += len(setpoints)
        frames = np.repeat(alive[:, None], self._channels, axis=1).astype(np.int16)
        frames[:, : len(self._scale)] += np.rint((setpoints - self._offset) / self._scale).astype(np.int16)
        return frames


class InProcess:
    """A `drivers.hardware.Hardware` around a servo controller in this process.

    Args:
        config, plant: what the device is, and what it moves.
        now_s: the clock that it is told.
        meddle: may change an answer before it is given, or raise.

    Attributes:
        servo, plant: the device itself, and what it moves.
        sent: every block that has reached it, in their order, with the number of samples played after it.
    """

    def __init__(
        self,
        config: BenchConfig,
        plant: Plays,
        now_s: Callable[[], float] = lambda: 0.0,
        meddle: Callable[[FeedbackBlock], None] = leave_alone,
    ) -> None:
        self.servo, self.plant = Servo(config, plant), plant
        if isinstance(plant, Patched):
            plant.servo = self.servo
        self.meddle = meddle
        self.sent: list[tuple[SetpointBlock, int]] = []
        self._config, self._now_s = config, now_s
        self._sequence = self._key = self.safe_calls = self.close_calls = 0
        self._open = False

    def open(self) -> DeviceIdentity:
        """See `Hardware.open`."""
        self._follow()
        self._open = True
        config, size = self._config, (len(self._config.axes), len(self._config.channels))
        times = (config.sample_rate_hz, config.watchdog_ms, config.ramp_ms)
        return DeviceIdentity(registers.MAP_VERSION, *size, *times, config.fifo_capacity)

    def arm(self) -> None:
        """See `Hardware.arm`."""
        self.exchange(self._empty(Command.ARM))

    def reset(self) -> FeedbackBlock:
        """See `Hardware.reset`."""
        return self.exchange(self._empty(Command.RESET))

    def exchange(self, block: SetpointBlock) -> FeedbackBlock:
        """See `Hardware.exchange`."""
        self._check_open()
        answer = self._exchange(block)
        self.meddle(answer)
        return answer

    def status(self) -> DeviceStatus:
        """See `Hardware.status`."""
        self._check_open()
        self.servo.advance(self._now_s())
        return self.servo.status()

    def safe(self) -> bool:
        """See `Hardware.safe`; counted."""
        self.safe_calls += 1
        self._follow()
        return self._exchange(self._empty(Command.TRIP)).state in _TRIPPED

    def close(self) -> None:
        """See `Hardware.close`; counted."""
        self.close_calls += 1
        self._open = False

    def _check_open(self) -> None:
        if not self._open:
            raise BusClosedError("the connection to the servo controller is closed")

    def _exchange(self, block: SetpointBlock) -> FeedbackBlock:
        block.sequence = self._sequence = (self._sequence + 1) & 0xFFFF
        self._key = (self._key + (block.command != Command.NONE)) & 0xFFFF
        block.key, block.most_frames = self._key, registers.most_frames(len(self._config.channels))
        kept = SetpointBlock(block.sequence, block.command, block.key, block.first_sample, block.codes.copy())
        answer = self.servo.exchange(block, self._now_s())
        self.sent.append((kept, answer.samples_played))
        return answer

    def _follow(self) -> None:
        self.servo.advance(self._now_s())
        status = self.servo.status()
        self._sequence, self._key = status.sequence, status.key

    def _empty(self, command: Command) -> SetpointBlock:
        return SetpointBlock(0, command, 0, 0, np.empty((0, len(self._config.axes)), np.int16))

    @property
    def samples(self) -> Codes:
        """Every sample that has reached the device, int16[samples, axes]."""
        return np.concatenate([block.codes for block, _ in self.sent])

    @property
    def commands(self) -> list[Command]:
        """The commands that have reached it."""
        return [block.command for block, _ in self.sent if block.command is not Command.NONE]
