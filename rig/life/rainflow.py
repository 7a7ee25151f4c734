"""Streaming rainflow: the four-point method with a state that can be saved.

A cycle is closed as soon as the signal shows it, so any split of a history into blocks counts the same. Four-point
full cycles plus the residue's ranges as half cycles are the counts of ASTM E1049-85 (2017) §5.4.4; the residue rule is
a last step that leaves the state alone.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rig.life.rainflow_kernels import NOT_FINITE, count_cycles

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

CAPACITY = 1024
"""Turning points that a residue can hold. Beyond it the oldest range counts as a half cycle, and `forced` says so."""
NO_TAGS: IntArray = np.zeros(0, np.int64)
"""Of samples that have none."""


class ResidueRule(StrEnum):
    """What becomes of the ranges that no cycle has closed."""

    HALVES = "halves"  # each range is half a cycle (ASTM E1049)
    REPEATED = "repeated"  # the residue is played twice: a history that repeats for ever
    NONE = "none"


class Cycles(NamedTuple):
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
        self._tagged = False

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
            tags, self._tagged = np.ascontiguousarray(tags, np.int64), True
        elif self._tagged:
            tags = np.zeros(len(values), np.int64)  # as those before have some
        return self._run(values, NO_TAGS if tags is None else tags, self._points, self._tags, self._counters)

    def _run(
        self, values: FloatArray, tags: IntArray, points: FloatArray, point_tags: IntArray, counters: IntArray
    ) -> Cycles:
        room, forced = len(values) + int(counters[0]), int(counters[1])
        ranges, means = np.empty((2, room))
        cycle_tags = np.empty(room, np.int64) if len(tags) else NO_TAGS
        closed = count_cycles(values, tags, self.gate, points, point_tags, counters, ranges, means, cycle_tags)
        if closed == NOT_FINITE:
            raise ValueError("rainflow counts finite values only; leave out what is not valid")
        ranges, weights = ranges[:closed], np.empty(closed)
        weights.fill(1.0)  # half the time of np.ones
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
        self._tagged = any(state["tags"])
