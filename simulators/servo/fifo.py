"""The servo controller's queues: samples that wait to be played, frames that wait for the host, and their numbers."""

from collections import deque

import numpy as np
from numba import njit
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from drivers.frames import FaultCode
from simulators.settings import BenchConfig

Codes = NDArray[np.int16]
FloatArray = NDArray[np.float64]

FRAMES_CAPACITY = 2000
"""Frames that may wait for the host; more is an overflow."""


class Fifo:
    """Samples in, frames out, numbered without a gap since the last `restart`.

    Attributes:
        capacity: samples that may wait.
        checks_travel: whether set points beyond the travel are refused.
    """

    def __init__(self, config: BenchConfig) -> None:
        self.capacity, self.checks_travel = config.fifo_capacity, True
        self._channels = len(config.channels)
        self._scale = np.array([axis.channel.scale for axis in config.axes])
        self._offset = np.array([axis.channel.offset for axis in config.axes])
        self._lowest = np.array([axis.lowest for axis in config.axes])
        self._highest = np.array([axis.highest for axis in config.axes])
        self._samples: deque[FloatArray] = deque()
        self._frames: deque[Codes] = deque()
        self.played = self._first_frame = 0

    @property
    def level(self) -> int:
        """Samples that wait to be played."""
        return len(self._samples)

    def restart(self) -> None:
        """Forget everything; the next sample is number 0."""
        self._samples.clear()
        self._frames.clear()
        self.played = self._first_frame = 0

    def discard(self) -> None:
        """Forget the samples that wait; the next one is the one after the last that was played."""
        self._samples.clear()

    def put(self, first_sample: int, codes: Codes) -> FaultCode:
        """Queue int16[samples, axes], all or none.

        Returns:
            Why not: a number that is not the next one, a set point beyond the travel, no room; or NONE.
        """
        values, within = _decoded(codes, self._scale, self._offset, self._lowest, self._highest)
        if first_sample != self.played + self.level:
            return FaultCode.BAD_SETPOINT
        if self.checks_travel and not within:
            return FaultCode.OVER_TRAVEL
        if self.level + len(values) > self.capacity:
            return FaultCode.OVERFLOW
        self._samples.extend(values)
        return FaultCode.NONE

    def take(self, most: int) -> FloatArray:
        """The next samples to play, float64[samples, axes], at most so many."""
        count = min(most, self.level)
        taken = [self._samples.popleft() for _ in range(count)]
        return np.array(taken).reshape(count, len(self._scale))

    def put_frames(self, frames: Codes) -> FaultCode:
        """Note that samples have been played, and keep their frames for the host; OVERFLOW if there is no room."""
        self.played += len(frames)
        self._frames.extend(frames)
        return FaultCode.OVERFLOW if len(self._frames) > FRAMES_CAPACITY else FaultCode.NONE

    def take_frames(self, most: int) -> tuple[int, Codes]:
        """The number of the first frame that waits, and int16[frames, channels], at most so many."""
        count = min(most, len(self._frames))
        first, self._first_frame = self._first_frame, self._first_frame + count
        taken = [self._frames.popleft() for _ in range(count)]
        return first, np.array(taken, dtype=np.int16).reshape(count, self._channels)

    def codes(self, setpoint: FloatArray) -> Codes:
        """The codes of a set point, int16[axes]."""
        codes: Codes = np.rint((setpoint - self._offset) / self._scale).astype(np.int16)
        return codes


@njit(cache=True)
def _decoded(codes, scale, offset, lowest, highest):  # type: ignore[no-untyped-def]
    """Values of int16[samples, axes], and whether all of them are there and within the travel."""
    values, within = np.empty(codes.shape), True
    for sample in range(codes.shape[0]):
        for axis in range(codes.shape[1]):
            code = codes[sample, axis]
            value = offset[axis] + scale[axis] * code
            within = within and lowest[axis] <= value <= highest[axis] and code != CODE_NAN
            values[sample, axis] = value
    return values, within
