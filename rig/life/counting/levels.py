"""Counts by level: time in each class, crossings of each edge, peaks and valleys (ASTM E1049-85 §5.1, §5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from rig.life.counting.classes import (
    Classes,
    SavedArrays,
    block_of,
    count_of,
    gates_of,
    of_channels,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SAMPLES, PEAKS, VALLEYS, RISES, FALLS = range(5)
"""What `count_levels` counts; of rises and falls it keeps the difference from one edge to the next."""


@njit(cache=True)
def count_levels(
    values: FloatArray, classes: FloatArray, gates: FloatArray, last: FloatArray, ways: IntArray, counts: IntArray
) -> None:
    """Take samples in, float64[channels, samples].

    ``last[channel]`` is the last extreme (NaN at first), ``ways`` whether it lies up (1), down (-1) or is the first.
    ``counts`` is int64[channels, 5, classes + 2]. Crossings are those of the path from extreme to extreme, so that a
    reversal of less than the gate crosses nothing, once.
    """
    for k in range(values.shape[0]):
        lowest, width, highest = classes[k, 0], classes[k, 1], counts.shape[2] - 2.0
        extreme, way = last[k], ways[k]
        there = 0 if extreme != extreme else int(np.floor(min(max((extreme - lowest) / width, -1.0), highest))) + 1
        for i in range(values.shape[1]):
            value = values[k, i]
            here = int(np.floor(min(max((value - lowest) / width, -1.0), highest))) + 1
            counts[k, SAMPLES, here] += 1
            if extreme != extreme:
                extreme, there = value, here
                continue
            step = value - extreme
            heading = 1 if step > 0.0 else -1
            if step == 0.0 or (way != heading and abs(step) < gates[k]):
                continue
            if way == -heading:
                counts[k, PEAKS if way == 1 else VALLEYS, there] += 1
            kind = RISES if heading == 1 else FALLS
            counts[k, kind, min(here, there)] += 1
            counts[k, kind, max(here, there)] -= 1
            extreme, there, way = value, here, heading
        last[k], ways[k] = extreme, way


@dataclass(frozen=True, slots=True)
class Levels:
    """What was counted, by channel.

    Attributes:
        samples: samples in each class (time at level, times the sample time), int64[channels, classes + 2].
        peaks, valleys: turning points in each class, int64[channels, classes + 2]; the first and the last sample of a
            history are neither.
        rises, falls: crossings of each edge of `Classes.edges`, upwards and downwards, int64[channels, classes + 1]. A
            level is crossed upwards by what comes to it from below, and downwards by what leaves it.
    """

    samples: IntArray
    peaks: IntArray
    valleys: IntArray
    rises: IntArray
    falls: IntArray


class LevelCounter(SavedArrays):
    """Level crossings, peaks and valleys, and time at level of several channels.

    Args:
        channels: how many.
        classes: one for all channels or one each.
        gate: the smallest reversal that counts, for all channels or each.
    """

    def __init__(self, channels: int, classes: Classes | Sequence[Classes], gate: ArrayLike = 0.0) -> None:
        self._classes, self._gates = of_channels(classes, channels), gates_of(gate, channels)
        self._last, self._ways = np.full(channels, np.nan), np.zeros(channels, np.int64)
        self._counts = np.zeros((channels, 5, count_of(classes) + 2), np.int64)

    def count(self, values: ArrayLike) -> None:
        """Take in the next samples of all channels, float64[channels, samples].

        Raises:
            ValueError: another shape, or a value that is not finite; nothing has been counted then.
        """
        block = block_of(values, len(self._gates))
        count_levels(block, self._classes, self._gates, self._last, self._ways, self._counts)

    @property
    def levels(self) -> Levels:
        """All that was counted."""
        crossings = np.cumsum(self._counts[:, (RISES, FALLS)], axis=2)[:, :, :-1]
        samples, peaks, valleys = (self._counts[:, kind].copy() for kind in (SAMPLES, PEAKS, VALLEYS))
        return Levels(samples, peaks, valleys, crossings[:, 0], crossings[:, 1])

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"last": self._last, "ways": self._ways, "counts": self._counts}
