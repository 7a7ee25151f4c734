"""The clamp: the last step before the wire. It shares no code with the control law or the limits."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from drivers.channel import Channel
from rig.config import Rig


@dataclass(frozen=True, slots=True)
class Clamp:
    """Values to codes, refusing what is outside an axis' range or not a number.

    ``bounds``: float64[4, axes]: scale, offset, lowest and highest value.
    """

    bounds: NDArray[np.float64]

    def encode(self, commands: NDArray[np.float64], codes: NDArray[np.int16], count: int) -> int:
        """Codes of the first ``count`` commands, float64[capacity, axes], into ``codes``, int16[capacity, axes].

        Returns:
            -1 when all passed, else the index of the first sample that did not. From that sample on ``codes``
            repeats the last good one (code 0 where there is none): nothing beyond the range is ever encoded.
        """
        index: int = _clamp(commands, self.bounds, codes, count)
        return index

    def refused_axis(self, command: NDArray[np.float64]) -> int:
        """The first axis of a refused command, float64[axes], that is not within its range."""
        within = (self.bounds[2] <= command) & (command <= self.bounds[3])
        return int(np.argmin(within))


def clamp_of(rig: Rig) -> Clamp:
    """The clamp of a rig file's axes: the actuator's range, or the code's where that is smaller."""
    channels = [Channel(axis.name, axis.unit, axis.scale, axis.offset) for axis in rig.axes]
    lowest = [max(axis.actuator.lowest, c.lowest) for axis, c in zip(rig.axes, channels, strict=True)]
    highest = [min(axis.actuator.highest, c.highest) for axis, c in zip(rig.axes, channels, strict=True)]
    return Clamp(np.array([[axis.scale for axis in rig.axes], [axis.offset for axis in rig.axes], lowest, highest]))


@njit(cache=True)
def _clamp(commands, bounds, codes, count):  # type: ignore[no-untyped-def]
    for sample in range(count):
        for axis in range(codes.shape[1]):
            value = commands[sample, axis]
            if not bounds[2, axis] <= value <= bounds[3, axis]:
                for later in range(sample, count):
                    for other in range(codes.shape[1]):
                        codes[later, other] = codes[sample - 1, other] if sample > 0 else 0
                return sample
        for axis in range(codes.shape[1]):
            codes[sample, axis] = np.int16(np.rint((commands[sample, axis] - bounds[1, axis]) / bounds[0, axis]))
    return -1
