"""The servo controller's own way to neutral."""

import math

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Ramp:
    """From where the axes are to neutral, half a cosine over the ramp time, after an optional hold."""

    def __init__(self, start: FloatArray, neutral: FloatArray, samples: int, hold_samples: int) -> None:
        self._start, self._neutral = start, neutral
        self._samples, self._hold = samples, hold_samples
        self._played = 0

    @property
    def done(self) -> bool:
        """Whether neutral has been reached."""
        return self._played >= self._hold + self._samples

    def cut_hold(self) -> None:
        """Begin to move now, if it holds still."""
        self._hold = min(self._hold, self._played)

    def next(self, count: int) -> FloatArray:
        """The set points of the next samples, float64[count, axes]."""
        step = np.arange(self._played + 1, self._played + count + 1) - self._hold
        self._played += count
        part = 0.5 + 0.5 * np.cos(math.pi * np.clip(step / self._samples, 0.0, 1.0))
        result: FloatArray = self._neutral + part[:, None] * (self._start - self._neutral)
        return result
