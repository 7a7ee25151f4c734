"""The four-point method, compiled: turning points first, then a stack that closes cycles; one channel or several.

Two passes are faster than one as the first has no branch that depends on the samples: only what a turning point closes
can't be foreseen by a processor.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Moving = tuple[float, int, int]
"""The last extreme, which may still move: its value, its tag, and whether it lies up (1), down (-1) or is the first."""

SLAB = 4096
"""Samples that are searched for turning points before cycles are closed: what is found stays in the nearest cache."""
NOT_FINITE = -1
"""What `count_cycles` returns where a value is not finite; nothing has been counted then."""


@njit(cache=True)
def find_turns(
    values: FloatArray, tags: IntArray, moving: Moving, turns: FloatArray, turn_tags: IntArray
) -> tuple[int, Moving]:
    """Write the turning points that these samples show to ``turns, turn_tags``: their number, and what still moves.

    For samples none of which equals the one before, and with a way to go on from. No branch depends on them: what is
    written where nothing turned is written over.
    """
    last, tag, way = moving
    tagged = tags.shape[0] > 0
    turns[0], turn_tags[0] = last, tag
    rises = values[0] > last
    count = 1 if rises != (way > 0) else 0
    for i in range(1, values.shape[0]):
        rose, rises = rises, values[i] > values[i - 1]
        turns[count] = values[i - 1]
        if tagged:
            turn_tags[count] = tags[i - 1]
        count += rises != rose
    return count, (values[-1], tags[-1] if tagged else 0, 1 if rises else -1)


@njit(cache=True)
def find_gated_turns(
    values: FloatArray, tags: IntArray, gate: float, moving: Moving, turns: FloatArray, turn_tags: IntArray
) -> tuple[int, Moving]:
    """As `find_turns`, of any samples; a reversal of less than ``gate`` is none."""
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
        ties = part[0] == moving[0]
        for i in range(1, part.shape[0]):
            ties += part[i] == part[i - 1]
        if gate > 0.0 or ties or moving[2] == 0:
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


@njit(cache=True)
def count_channels(
    values: FloatArray,
    gates: FloatArray,
    points: FloatArray,
    point_tags: IntArray,
    counters: IntArray,
    ranges: FloatArray,
    means: FloatArray,
    ends: IntArray,
) -> None:
    """As `count_cycles`, a channel a row of ``values, points, counters``, all finite, without tags.

    The cycles of all channels stand one behind the other; ``ends[channel]`` is where the channel's end. ``ranges``
    and ``means`` need room for all samples and all points in use.
    """
    no_tags = np.empty(0, np.int64)
    closed = 0
    for k in range(values.shape[0]):
        closed += count_cycles(
            values[k],
            no_tags,
            gates[k],
            points[k],
            point_tags[k],
            counters[k],
            ranges[closed:],
            means[closed:],
            no_tags,
        )
        ends[k] = closed
