"""Streaming rainflow: the four-point method with a state that can be saved, of one channel or of several a call.

A cycle is closed as soon as the signal shows it, so any split of a history into blocks counts the same. Four-point
full cycles plus the residue's ranges as half cycles are the counts of ASTM E1049-85 (2017) §5.4.4; the residue rule is
a last step that leaves the state alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Moving = tuple[float, int, int]
"""The last extreme, which may still move: its value, its tag, and whether it lies up (1), down (-1) or is the first."""

CAPACITY = 1024
"""Turning points that a residue can hold. Beyond it the oldest range counts as a half cycle, and `forced` says so."""
SLAB = 4096
"""Samples that are searched for turning points before cycles are closed: what is found stays in the nearest cache."""
NOT_FINITE = -1
"""What the kernels return where a value is not finite; nothing has been counted then."""
NO_TAGS: IntArray = np.zeros(0, np.int64)
"""Of samples that have none."""


class ResidueRule(StrEnum):
    """What becomes of the ranges that no cycle has closed."""

    HALVES = "halves"  # each range is half a cycle (ASTM E1049)
    REPEATED = "repeated"  # the residue is played twice: a history that repeats for ever
    NONE = "none"


@njit(cache=True)
def find_turns(
    values: FloatArray, tags: IntArray, moving: Moving, turns: FloatArray, turn_tags: IntArray
) -> tuple[int, Moving]:
    """Write the turning points that these samples show to ``turns, turn_tags``: their number, and what still moves.

    No branch depends on the samples: what is written where nothing turned is written over.
    """
    last, tag, way = moving
    tagged = tags.shape[0] > 0
    count = 0
    for i in range(values.shape[0]):
        rises, falls = values[i] > last, values[i] < last
        turns[count] = last
        if tagged:
            turn_tags[count] = tag
            tag = tags[i] if rises | falls else tag
        count += (rises & (way <= 0)) | (falls & (way >= 0))
        way = 1 if rises else -1 if falls else way
        last = values[i] if rises | falls else last
    return count, (last, tag, way)


@njit(cache=True)
def find_gated_turns(
    values: FloatArray, tags: IntArray, gate: float, moving: Moving, turns: FloatArray, turn_tags: IntArray
) -> tuple[int, Moving]:
    """As `find_turns`, but a reversal of less than ``gate`` is none, so that each sample waits for the one before."""
    last, tag, way = moving
    tagged = tags.shape[0] > 0
    count = 0
    for i in range(values.shape[0]):
        step = values[i] - last
        if step == 0.0:
            continue
        heading = 1 if step > 0.0 else -1
        if way != heading:
            if abs(step) < gate:
                continue
            turns[count] = last
            if tagged:
                turn_tags[count] = tag
            count, way = count + 1, heading
        last = values[i]
        if tagged:
            tag = tags[i]
    return count, (last, tag, way)


@njit(cache=True)
def close_cycles(
    turns: FloatArray,
    turn_tags: IntArray,
    count: int,
    points: FloatArray,
    point_tags: IntArray,
    counters: IntArray,
    ranges: FloatArray,
    means: FloatArray,
    cycle_tags: IntArray,
) -> int:
    """Put turning points on the stack and write the cycles that they close; how many.

    The stack's last three points and two ranges are kept in registers: its memory is only read after a cycle.
    """
    depth, closed = counters[0], 0
    tagged = cycle_tags.shape[0] > 0
    first, second, third = points[depth - 1], points[depth - 2], points[depth - 3]  # from the top; below 0 unused
    inner, outer = abs(first - second), abs(second - third)
    for i in range(count):
        if depth == points.shape[0]:
            ranges[closed] = -abs(points[1] - points[0])  # negative: only half a cycle, forced out
            means[closed] = 0.5 * (points[1] + points[0])
            if tagged:
                cycle_tags[closed] = point_tags[1]
            closed, depth, counters[1] = closed + 1, depth - 1, counters[1] + 1
            for j in range(depth):
                points[j], point_tags[j] = points[j + 1], point_tags[j + 1]
        point = turns[i]
        newest = abs(point - first)
        while depth >= 3 and inner <= min(outer, newest):
            ranges[closed], means[closed] = inner, 0.5 * (first + second)
            if tagged:
                cycle_tags[closed] = point_tags[depth - 1]
            closed, depth = closed + 1, depth - 2
            first, second, third = third, points[depth - 2], points[depth - 3]
            newest, inner, outer = abs(point - first), abs(first - second), abs(second - third)
        points[depth], point_tags[depth] = point, turn_tags[i] if tagged else 0
        depth += 1
        first, second, third = point, first, second
        inner, outer = newest, inner
    counters[0] = depth
    return closed


@njit(cache=True)
def count_cycles(
    values: FloatArray,
    tags: IntArray,
    gate: float,
    points: FloatArray,
    point_tags: IntArray,
    counters: IntArray,
    ranges: FloatArray,
    means: FloatArray,
    cycle_tags: IntArray,
) -> int:
    """Take samples in; the number of cycles written to ``ranges, means, cycle_tags``, or `NOT_FINITE`.

    ``points, point_tags`` hold the residue; its last point may still move. ``counters`` is [points in use, ranges
    forced out of a full stack]; such a range is written as a negative one. A reversal of less than ``gate`` is no
    reversal; equal samples change nothing. A cycle's tag is that of its second turning point; where ``tags`` and
    ``cycle_tags`` have no length there are none. The outputs need room for samples + points in use.
    """
    strange = 0
    for i in range(values.shape[0]):
        strange += not np.isfinite(values[i])
    if strange or values.shape[0] == 0:
        return NOT_FINITE if strange else 0
    moving = (values[0], tags[0] if tags.shape[0] else 0, 0)
    depth = counters[0] - 1
    if depth >= 0:
        way = 0 if depth == 0 else 1 if points[depth] > points[depth - 1] else -1
        moving, counters[0] = (points[depth], point_tags[depth], way), depth
    size = min(SLAB, values.shape[0])
    turns, turn_tags = np.empty(size + 1), np.empty(size + 1, np.int64)
    closed = 0
    for start in range(0, values.shape[0], size):
        stop = start + size
        part, part_tags = values[start:stop], tags[start:stop]
        if gate > 0.0:
            count, moving = find_gated_turns(part, part_tags, gate, moving, turns, turn_tags)
        else:
            count, moving = find_turns(part, part_tags, moving, turns, turn_tags)
        if stop >= values.shape[0]:
            turns[count], turn_tags[count] = moving[0], moving[1]
            count += 1
        closed += close_cycles(
            turns, turn_tags, count, points, point_tags, counters, ranges[closed:], means[closed:], cycle_tags[closed:]
        )
    return closed


@dataclass(frozen=True, slots=True)
class Cycles:
    """Counted cycles: range and mean in the signal's unit, the tag of where, the weight 1 (full) or 0.5 (half)."""

    ranges: FloatArray
    means: FloatArray
    tags: IntArray
    weights: FloatArray


class RainflowCounter:
    """Rainflow of one channel. Memory is fixed; a hold of any length costs nothing."""

    def __init__(self, gate: float = 0.0, capacity: int = CAPACITY) -> None:
        if not gate >= 0.0 or not capacity >= 4:
            raise ValueError(f"gate is {gate}, wanted 0 or more; capacity is {capacity}, wanted 4 or more")
        self.gate = gate
        self._points = np.zeros(capacity)
        self._tags = np.zeros(capacity, np.int64)
        self._counters = np.zeros(2, np.int64)

    @property
    def residue(self) -> FloatArray:
        """The turning points that no cycle has closed, the last sample's extreme included."""
        return self._points[: self._counters[0]].copy()

    @property
    def forced(self) -> int:
        """Ranges that left a full stack as half cycles; 0 unless a signal is stranger than the capacity foresees."""
        return int(self._counters[1])

    def count(self, values: FloatArray, tags: IntArray | None = None) -> Cycles:
        """The cycles that these samples close, in the order in which they close.

        Args:
            values: float64[samples], the signal's next samples.
            tags: int64[samples], any label of each sample, such as the surface under it.

        Raises:
            ValueError: a value is not finite; nothing has been counted then.
        """
        values = np.ascontiguousarray(values, np.float64)
        if tags is not None:
            tags = np.ascontiguousarray(tags, np.int64)
        elif self._tags[: self._counters[0]].any():
            tags = np.zeros(len(values), np.int64)  # those before have some
        return self._run(values, NO_TAGS if tags is None else tags, self._points, self._tags, self._counters)

    def _run(
        self, values: FloatArray, tags: IntArray, points: FloatArray, point_tags: IntArray, counters: IntArray
    ) -> Cycles:
        room, forced = len(values) + int(counters[0]), int(counters[1])
        ranges, means = np.empty(room), np.empty(room)
        cycle_tags = np.empty(room, np.int64) if len(tags) else NO_TAGS
        closed = count_cycles(values, tags, self.gate, points, point_tags, counters, ranges, means, cycle_tags)
        if closed == NOT_FINITE:
            raise ValueError("rainflow counts finite values only; leave out what is not valid")
        ranges, weights = ranges[:closed], np.ones(closed)
        if counters[1] > forced:
            weights[ranges < 0.0] = 0.5
            np.abs(ranges, out=ranges)
        return Cycles(ranges, means[:closed], cycle_tags[:closed] if len(tags) else np.zeros(closed, np.int64), weights)

    def residue_cycles(self, rule: ResidueRule = ResidueRule.HALVES) -> Cycles:
        """What the residue adds if the history ended here; the state is left alone."""
        depth = int(self._counters[0])
        points, tags = self._points[:depth], self._tags[:depth]
        if rule is ResidueRule.REPEATED:
            again, again_tags = np.zeros(2 * depth + 4), np.zeros(2 * depth + 4, np.int64)
            again[:depth], again_tags[:depth] = points, tags
            return self._run(points.copy(), tags.copy(), again, again_tags, self._counters.copy())
        if rule is ResidueRule.NONE or depth < 2:
            none = np.zeros(0)
            return Cycles(none, none, np.zeros(0, np.int64), none)
        means = 0.5 * (points[1:] + points[:-1])
        return Cycles(np.abs(np.diff(points)), means, tags[1:].copy(), np.full(depth - 1, 0.5))

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as plain JSON values; floats survive JSON exactly."""
        depth = int(self._counters[0])
        return {
            "points": self._points[:depth].tolist(),
            "tags": self._tags[:depth].tolist(),
            "forced": self.forced,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            ValueError: it holds more points than this counter's capacity.
        """
        depth = len(state["points"])
        if depth > len(self._points):
            raise ValueError(f"the state holds {depth} points, wanted at most {len(self._points)}")
        self._points[:depth], self._tags[:depth] = state["points"], state["tags"]
        self._counters[:] = depth, state["forced"]
