"""Range pairs (ASTM E1049-85 §5.3): a range that a later one in the other direction takes back is one cycle."""

from collections.abc import Mapping, Sequence
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
from rig.life.rainflow import CAPACITY

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@njit(cache=True)
def add_range(size: float, weight: float, classes: FloatArray, counts: FloatArray) -> None:
    """Count a range in its class."""
    at = (size - classes[0]) / classes[1]
    counts[int(np.floor(min(max(at, -1.0), counts.shape[0] - 2.0))) + 1] += weight


@njit(cache=True)
def push(point: float, stack: FloatArray, numbers: IntArray, classes: FloatArray, counts: FloatArray) -> None:
    """Put a turning point on the stack; what it takes back is counted, and its two points go.

    ``numbers`` is [points on the stack, ranges forced out of a full one as half cycles].
    """
    if numbers[0] == stack.shape[0]:
        add_range(abs(stack[1] - stack[0]), 0.5, classes, counts)
        for j in range(1, stack.shape[0]):
            stack[j - 1] = stack[j]
        numbers[0], numbers[1] = numbers[0] - 1, numbers[1] + 1
    depth = numbers[0]
    while depth >= 2 and abs(point - stack[depth - 1]) >= abs(stack[depth - 1] - stack[depth - 2]):
        add_range(abs(stack[depth - 1] - stack[depth - 2]), 1.0, classes, counts)
        depth -= 2
    stack[depth] = point
    numbers[0] = depth + 1


@njit(cache=True)
def count_range_pairs(
    values: FloatArray,
    gates: FloatArray,
    classes: FloatArray,
    last: FloatArray,
    ways: IntArray,
    stacks: FloatArray,
    numbers: IntArray,
    counts: FloatArray,
) -> None:
    """Take samples in, float64[channels, samples]; ``last, ways`` are the extreme that may still move, as in levels."""
    for k in range(values.shape[0]):
        extreme, way = last[k], ways[k]
        for i in range(values.shape[1]):
            if extreme != extreme:
                extreme = values[k, i]
                continue
            step = values[k, i] - extreme
            heading = 1 if step > 0.0 else -1
            if step == 0.0 or (way != heading and abs(step) < gates[k]):
                continue
            if way != heading:
                push(extreme, stacks[k], numbers[k], classes[k], counts[k])
            extreme, way = values[k, i], heading
        last[k], ways[k] = extreme, way


@njit(cache=True)
def finish(last: FloatArray, classes: FloatArray, stacks: FloatArray, numbers: IntArray, counts: FloatArray) -> None:
    """End the histories: the last extreme is a turning point, and what is left is counted from the end backwards."""
    for k in range(last.shape[0]):
        if last[k] != last[k]:
            continue
        push(last[k], stacks[k], numbers[k], classes[k], counts[k])
        left, depth, numbers[k, 0] = stacks[k].copy(), numbers[k, 0], 0
        for j in range(depth):
            push(left[depth - 1 - j], stacks[k], numbers[k], classes[k], counts[k])


class RangePairCounter:
    """Range pairs of several channels, in classes.

    Args:
        channels: how many.
        classes: of the range, one for all channels or one each.
        gate: the smallest reversal that counts, for all channels or each.
        capacity: turning points that wait for a range to take them back; beyond it the oldest range is half a cycle.
    """

    def __init__(
        self,
        channels: int,
        classes: Classes | Sequence[Classes],
        gate: ArrayLike = 0.0,
        capacity: int = CAPACITY,
    ) -> None:
        if not capacity >= 4:
            raise ValueError(f"capacity is {capacity}, wanted 4 or more")
        self._classes, self._gates = of_channels(classes, channels), gates_of(gate, channels)
        self._last, self._ways = np.full(channels, np.nan), np.zeros(channels, np.int64)
        self._stacks, self._numbers = np.zeros((channels, capacity)), np.zeros((channels, 2), np.int64)
        self._counts = np.zeros((channels, count_of(classes) + 2))

    def count(self, values: ArrayLike) -> None:
        """Take in the next samples of all channels, float64[channels, samples].

        Raises:
            ValueError: another shape, or a value that is not finite; nothing has been counted then.
        """
        block, moving = block_of(values, len(self._gates)), (self._last, self._ways)
        count_range_pairs(block, self._gates, self._classes, *moving, self._stacks, self._numbers, self._counts)

    @property
    def forced(self) -> IntArray:
        """Ranges that left a full stack as half cycles, int64[channels]."""
        return self._numbers[:, 1].copy()

    def counts(self) -> FloatArray:
        """Cycles by range class, float64[channels, classes + 2], as if the history ended here."""
        counts = self._counts.copy()
        finish(self._last, self._classes, self._stacks.copy(), self._numbers.copy(), counts)
        return counts

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"last": self._last, "ways": self._ways, "numbers": self._numbers, "counts": self._counts}

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as plain JSON values."""
        return {**plain_state(self._arrays()), "stacks": stacks_state(self._stacks, self._numbers[:, 0])}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            ValueError: it is that of another counter.
        """
        restore_stacks(self._stacks, state["stacks"])
        restore_arrays(self._arrays(), state)
