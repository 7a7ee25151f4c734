"""The places of a road that stand out: the largest obstacles, and on measured roads the largest excursions."""

import heapq

import numpy as np

from profiles.road.builder import features_of
from profiles.road.route import Route, Stretch
from profiles.road.segments import STEP_M, MeasuredSegment
from profiles.road_analysis.figures import SIDES, Excursion, ObstacleCount, ObstacleFigures
from profiles.signal import FloatArray

MOST = 10
APART_M = 2.0
"""Excursions nearer to each other than this are one place."""
_KEPT = 400


class Obstacles:
    """The obstacles of one route after the other: the largest of all, and how many there are of each type."""

    def __init__(self) -> None:
        self._largest: list[ObstacleFigures] = []
        self._count: dict[str, int] = {}
        self._height_m: dict[str, float] = {}

    def add(self, route: Route, start_m: float) -> None:
        """Take in a route that starts at a distance; memory is that of one stretch."""
        for stretch in route.stretches:
            label, placed = stretch.segment.label, features_of(stretch)
            found = (
                ObstacleFigures(f.type, (start_m + f.start_m) / 1000.0, f.height_m, f.length_m, f.side, label)
                for f in heapq.nlargest(MOST, placed, key=lambda f: abs(f.height_m))
            )
            self._largest = heapq.nlargest(MOST, [*self._largest, *found], key=lambda f: abs(f.height_m))
            for feature in placed:
                self._count[feature.type] = self._count.get(feature.type, 0) + 1
                if abs(feature.height_m) > abs(self._height_m.get(feature.type, 0.0)):
                    self._height_m[feature.type] = feature.height_m

    @property
    def largest(self) -> tuple[ObstacleFigures, ...]:
        """At most `MOST`, the largest first."""
        return tuple(self._largest)

    def types(self, length_m: float) -> tuple[ObstacleCount, ...]:
        """Of a road of a length, the most frequent type first."""
        counts = sorted(self._count.items(), key=lambda one: -one[1])
        km = length_m / 1000.0
        return tuple(ObstacleCount(name, n, n / km, self._height_m.get(name, 0.0)) for name, n in counts)


class Excursions:
    """The largest detrended heights of measured stretches; a lap that repeats counts once."""

    def __init__(self) -> None:
        self._found: list[tuple[tuple[str, str], float, float, Excursion]] = []
        self._least = 0.0

    def add(self, height_m: FloatArray, first_station: int, stretch: Stretch, lap: int, start_m: float) -> None:
        """Take in detrended heights, float64[2, any], of a measured stretch from a station of the route on."""
        segment = stretch.segment
        assert isinstance(segment, MeasuredSegment)
        for track, side in enumerate(SIDES):
            values = height_m[track]
            inner = np.abs(values)
            peaks = np.flatnonzero(
                (inner >= np.concatenate(([0.0], inner[:-1])))
                & (inner >= np.concatenate((inner[1:], [0.0])))
                & (inner > self._least)
            )
            for at in peaks.tolist():
                lap_m = (first_station + at - stretch.first_station) % lap * STEP_M
                km = (start_m + stretch.start_m + lap_m) / 1000.0
                key = (segment.road_file, str(segment.rpc3))
                self._found.append((key, lap_m, lap * STEP_M, Excursion(km, float(values[at]), side, segment.label)))
        if len(self._found) > _KEPT:
            self._prune(_KEPT // 4)

    def _prune(self, most: int) -> None:
        """Keep the largest that are apart from each other; the first of equal ones."""
        kept: list[tuple[tuple[str, str], float, float, Excursion]] = []
        for one in sorted(self._found, key=lambda one: (-abs(one[3].height_m), one[3].km)):
            if all(one[0] != other[0] or _between(one[1], other[1], one[2]) >= APART_M for other in kept):
                kept.append(one)
            if len(kept) == most:
                self._least = abs(one[3].height_m)
                break
        self._found = kept

    @property
    def largest(self) -> tuple[Excursion, ...]:
        """At most `MOST`, the largest first."""
        self._prune(MOST)
        return tuple(one[3] for one in self._found)


def _between(one_m: float, other_m: float, lap_m: float) -> float:
    """How far two places of a lap are apart; its end is its start."""
    apart = abs(one_m - other_m)
    return min(apart, lap_m - apart)
