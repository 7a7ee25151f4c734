"""Where the axes are told to be, what the sensors said last, and the servo controller's own way to neutral."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulators.servo.ramp import Ramp
from simulators.settings import BenchConfig

Codes = NDArray[np.int16]
FloatArray = NDArray[np.float64]


class Plays(Protocol):
    """What the servo controller moves: `simulators.corner.plant.Plant`, or a stand-in in tests."""

    def play(self, setpoints: FloatArray) -> Codes:
        """Play float64[samples, axes], return int16[samples, channels]."""
        ...


class Motion:
    """The axes, from the servo controller's side.

    Attributes:
        setpoint: float64[axes], of the last sample.
        step: float64[axes], how far that was from the one before.
        feedback: int16[channels], measured when it had been played.
    """

    def __init__(self, config: BenchConfig, plant: Plays) -> None:
        self._plant = plant
        self._neutral = np.array([axis.neutral for axis in config.axes], dtype=np.float64)
        self._ramp_samples = max(1, round(config.ramp_ms * config.sample_rate_hz / 1000))
        self._ramp: Ramp | None = None
        self.setpoint, self.step = self._neutral.copy(), np.zeros_like(self._neutral)
        self.feedback = np.zeros(len(config.channels), dtype=np.int16)

    @property
    def ramping(self) -> bool:
        """Whether the device is on its own way to neutral."""
        return self._ramp is not None

    @property
    def at_neutral(self) -> bool:
        """Whether the set points are."""
        return bool((self.setpoint == self._neutral).all())

    def begin_ramp(self, hold_samples: int) -> None:
        """To neutral, after so many samples of standing still."""
        self._ramp = Ramp(self.setpoint.copy(), self._neutral, self._ramp_samples, hold_samples)

    def cut_hold(self) -> None:
        """Begin to ramp now, if it stands still before a ramp."""
        if self._ramp is not None:
            self._ramp.cut_hold()

    def fall(self) -> None:
        """To neutral at once, without a ramp."""
        self._ramp, self.setpoint, self.step = None, self._neutral.copy(), np.zeros_like(self._neutral)

    def play(self, setpoints: FloatArray) -> Codes:
        """Play samples, float64[samples, axes] with at least one; returns int16[samples, channels]."""
        frames = self._plant.play(setpoints)
        self.step = setpoints[-1] - (setpoints[-2] if len(setpoints) > 1 else self.setpoint)
        self.setpoint, self.feedback = setpoints[-1], frames[-1]
        return frames

    def play_own(self, count: int) -> bool:
        """Play so many samples of the ramp, or stand still; returns whether a ramp has come to its end with them."""
        self.play(np.tile(self.setpoint, (count, 1)) if self._ramp is None else self._ramp.next(count))
        if self._ramp is None or not self._ramp.done:
            return False
        self.fall()
        return True
