"""Rainflow of several channels into a memory that is fixed: a range-mean matrix and sums of ranges to powers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from rig.life.counting.classes import (
    Classes,
    block_of,
    count_of,
    gates_of,
    of_channels,
    plain_state,
    restore_arrays,
    restore_stacks,
    stacks_state,
)
from rig.life.rainflow import CAPACITY, RainflowCounter, ResidueRule
from rig.life.rainflow_kernels import SLAB, count_channels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@njit(cache=True)
def add_cycles(
    ranges: FloatArray,
    means: FloatArray,
    ends: IntArray,
    range_classes: FloatArray,
    mean_classes: FloatArray,
    matrix: FloatArray,
    exponents: FloatArray,
    sums: FloatArray,
) -> None:
    """Add cycles to ``matrix[channel, range class, mean class]`` and ``sums[channel, exponent]``, in their order.

    The cycles of a channel end at ``ends[channel]``; a negative range is half a cycle. A matrix without classes (no
    length) takes none. ``range_classes, mean_classes`` are [lowest edge, width] of each channel.
    """
    start = 0
    for k in range(ends.shape[0]):
        for i in range(start, ends[k]):
            size, weight = abs(ranges[i]), 0.5 if ranges[i] < 0.0 else 1.0
            for e in range(exponents.shape[0]):
                sums[k, e] += weight * size ** exponents[e]
            if matrix.shape[1]:
                at = (size - range_classes[k, 0]) / range_classes[k, 1]
                row = int(np.floor(min(max(at, -1.0), matrix.shape[1] - 2.0))) + 1
                at = (means[i] - mean_classes[k, 0]) / mean_classes[k, 1]
                matrix[k, row, int(np.floor(min(max(at, -1.0), matrix.shape[2] - 2.0))) + 1] += weight
        start = ends[k]


@dataclass(frozen=True, slots=True)
class Collective:
    """What was counted, by channel.

    Attributes:
        matrix: cycles by range (rows) and mean (columns), float64[channels, classes + 2, classes + 2]; see `Classes`.
        sums: pseudo-damage, the sum of cycles times range^exponent, float64[channels, exponents], in unit^exponent.
        forced: half cycles that left a full stack, int64[channels].
    """

    matrix: FloatArray
    sums: FloatArray
    forced: IntArray


class CycleCollective:
    """Rainflow of several channels at once, counted as `RainflowCounter` does and kept in classes and sums.

    Args:
        channels: how many.
        ranges, means: the classes of the matrix, one for all channels or one each; no matrix is kept without them.
        exponents: of the pseudo-damage, any number of them (slopes of S-N curves).
        gate: the smallest reversal that counts, for all channels or each.
        capacity: turning points that a residue can hold.
    """

    def __init__(
        self,
        channels: int,
        ranges: Classes | Sequence[Classes] | None = None,
        means: Classes | Sequence[Classes] | None = None,
        exponents: Sequence[float] = (),
        gate: ArrayLike = 0.0,
        capacity: int = CAPACITY,
    ) -> None:
        if (ranges is None) != (means is None) or not capacity >= 4:
            raise ValueError(f"classes for ranges and means go together; capacity is {capacity}, wanted 4 or more")
        self._gates, self._exponents = gates_of(gate, channels), np.array(exponents, np.float64)
        shape = (0, 0) if ranges is None or means is None else (count_of(ranges) + 2, count_of(means) + 2)
        one = Classes(0.0, 1.0, 1)
        self._range_classes = of_channels(ranges or one, channels)
        self._mean_classes = of_channels(means or one, channels)
        self._points, self._point_tags = np.zeros((channels, capacity)), np.zeros((channels, capacity), np.int64)
        self._counters = np.zeros((channels, 2), np.int64)
        self._matrix, self._sums = np.zeros((channels, *shape)), np.zeros((channels, len(exponents)))
        self._ranges, self._means = np.empty(0), np.empty(0)

    def count(self, values: ArrayLike) -> None:
        """Take in the next samples of all channels, float64[channels, samples].

        Raises:
            ValueError: another shape, or a value that is not finite; nothing has been counted then.
        """
        block = block_of(values, len(self._gates))
        for start in range(0, block.shape[1], SLAB):
            self.add(block[:, start : start + SLAB])

    def add(self, block: FloatArray) -> None:
        """As `count`, of samples that are known to be good and not many: memory grows with them."""
        room = block.size + int(self._counters[:, 0].sum())
        if len(self._ranges) < room:
            self._ranges, self._means = np.empty(room), np.empty(room)
        ends = np.zeros(len(block), np.int64)
        residue = (self._points, self._point_tags, self._counters)
        count_channels(block, self._gates, *residue, self._ranges, self._means, ends)
        self._sink(self._ranges, self._means, ends, self._matrix, self._sums)

    def _sink(
        self, ranges: FloatArray, means: FloatArray, ends: IntArray, matrix: FloatArray, sums: FloatArray
    ) -> None:
        add_cycles(ranges, means, ends, self._range_classes, self._mean_classes, matrix, self._exponents, sums)

    def residue(self, channel: int) -> FloatArray:
        """A channel's turning points that no cycle has closed."""
        return self._points[channel, : self._counters[channel, 0]].copy()

    def collective(self, rule: ResidueRule = ResidueRule.HALVES) -> Collective:
        """All that was counted, as if the history ended here; the state is left alone."""
        matrix, sums = self._matrix.copy(), self._sums.copy()
        cycles = [self._counter(k).residue_cycles(rule) for k in range(len(self._gates))]
        signed = [np.where(one.weights < 1.0, -one.ranges, one.ranges) for one in cycles]
        ends = np.cumsum([len(one.ranges) for one in cycles], dtype=np.int64)
        self._sink(np.concatenate(signed), np.concatenate([one.means for one in cycles]), ends, matrix, sums)
        return Collective(matrix, sums, self._counters[:, 1].copy())

    def _counter(self, channel: int) -> RainflowCounter:
        counter = RainflowCounter(float(self._gates[channel]), self._points.shape[1])
        points = self.residue(channel).tolist()
        counter.restore({"points": points, "tags": [0] * len(points), "forced": int(self._counters[channel, 1])})
        return counter

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"counters": self._counters, "matrix": self._matrix, "sums": self._sums}

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as plain JSON values."""
        return {**plain_state(self._arrays()), "points": stacks_state(self._points, self._counters[:, 0])}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            ValueError: it is that of another counter.
        """
        restore_stacks(self._points, state["points"])
        restore_arrays(self._arrays(), state)
