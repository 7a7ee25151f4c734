"""From a route to the road itself: blocks of heights, grade and ground over distance, the same for any block length."""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.measured.gpx_elevation import Relief
from profiles.road.features import SIDES, FeshFesh, Obstacle, Side, Spots, lay_all
from profiles.road.roughness import TILE_STATIONS, synthesise_tile
from profiles.road.route import Route, Stretch
from profiles.road.segments import FADE_STATIONS, STEP_M, MeasuredSegment, SyntheticSegment
from profiles.road.soil import SOILS
from profiles.signal import FloatArray, Road

LONGEST_PIECE = 20_000  # stations; with the cross-fade it stays within one synthesised tile
assert LONGEST_PIECE + FADE_STATIONS <= TILE_STATIONS
CAR_STATIONS = 30
"""Half of the length over which the slope of an obstacle is the car's grade: about a wheelbase in all, 3 m."""
_DUST = SOILS.index("fesh_fesh")


@dataclass(frozen=True, slots=True)
class PlacedFeature:
    """One obstacle on the road, for whoever drives it.

    Attributes:
        type: as in the terrain file, such as ``dunettes``.
        start_m: from the start of the whole road.
        length_m: along the road.
        height_m: above the road; a depth is negative.
        side: which wheels meet it.
        segment: the index that `Road.segment` has there.
    """

    type: str
    start_m: float
    length_m: float
    height_m: float
    side: Side
    segment: int


def placed_features(route: Route) -> list[PlacedFeature]:
    """All obstacles of the whole road in the order in which they start."""
    return [feature for stretch in route.stretches for feature in features_of(stretch)]


def features_of(stretch: Stretch) -> list[PlacedFeature]:
    """The obstacles of one stretch in the order in which they start."""
    found = [
        PlacedFeature(feature.type, stretch.start_m + start, length, height, SIDES[side], stretch.index)  # type: ignore[attr-defined]
        for feature, spots in _laid(stretch)
        for start, length, height, side in zip(
            spots.start_m.tolist(), spots.length_m.tolist(), spots.height_m.tolist(), spots.side.tolist(), strict=True
        )
    ]
    return sorted(found, key=lambda feature: feature.start_m)


def iter_road(route: Route, track_m: float, block_m: float = 200.0, first_stretch: int = 0) -> Iterator[Road]:
    """The road in consecutive blocks; the last one may be shorter. The same stations whatever the block length.

    Heights are above the mean grade line; grade is a channel of its own: that of the segments and of the country
    (`Route.relief`), and the slope of obstacles that are large enough for the whole car. The road starts and ends
    level, over 5 m.

    Args:
        route: what is driven.
        track_m: between the wheel tracks.
        block_m: length of a block.
        first_stretch: the stretch to start with; the road is the same from there on, to the last bit.

    Raises:
        InputError: a measured road in it cannot be used.
        ValueError: the block is shorter than one station.
    """
    if not STEP_M <= block_m < math.inf:
        raise ValueError(f"block_m is {block_m}, wanted at least {STEP_M}")
    block = round(block_m / STEP_M)
    first, kept = route.stretches[first_stretch].first_station, _Piece.empty()
    for piece in _pieces(route, track_m, first_stretch):
        kept = kept.followed_by(piece)
        start = 0
        while kept.stations - start >= block:
            yield kept.part(start, start + block).as_road(first)
            first, start = first + block, start + block
        kept = kept.part(start, kept.stations)
    if kept.stations:
        yield kept.as_road(first)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Consecutive stations: float64[3, stations] as in `Road`, their segment and their soil."""

    data: FloatArray
    segment: NDArray[np.int32]
    soil: NDArray[np.int8]

    @classmethod
    def empty(cls) -> "_Piece":
        return cls(np.empty((3, 0)), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int8))

    @property
    def stations(self) -> int:
        return int(self.data.shape[1])

    def followed_by(self, other: "_Piece") -> "_Piece":
        if not self.stations:
            return other
        return _Piece(
            np.hstack([self.data, other.data]),
            np.concatenate([self.segment, other.segment]),
            np.concatenate([self.soil, other.soil]),
        )

    def part(self, start: int, stop: int) -> "_Piece":
        return _Piece(self.data[:, start:stop], self.segment[start:stop], self.soil[start:stop])

    def as_road(self, first_station: int) -> Road:
        return Road(STEP_M, first_station, self.data, self.segment, self.soil)


_SHARE = np.sin(0.5 * np.pi * (np.arange(FADE_STATIONS) + 0.5) / FADE_STATIONS) ** 2
_FADE_IN = np.sin(0.5 * np.pi * _SHARE)  # squares of both add up to 1: the variance of the road is kept
_FADE_OUT = np.cos(0.5 * np.pi * _SHARE)


def _pieces(route: Route, track_m: float, first_stretch: int = 0) -> Iterator[_Piece]:
    """The whole road in pieces that depend on nothing but the route, so that any re-blocking has the same values."""
    after, grade_before = _before(route, track_m, first_stretch)
    for stretch in route.stretches[first_stretch:]:
        bounds = _bounds(stretch.end_station - stretch.first_station)
        for tile, (start, end) in enumerate(itertools.pairwise(bounds)):
            heights = _heights(stretch, track_m, tile, start, end)
            heights[:, :FADE_STATIONS] = _blended(after, heights[:, :FADE_STATIONS])
            after = heights[:, -FADE_STATIONS:].copy()
            shown = heights[:, :-FADE_STATIONS]
            if stretch.first_station + end == route.stretches[-1].end_station:
                shown[:, -FADE_STATIONS:] *= _FADE_OUT
            slopes = _add_obstacles(shown, start, stretch)
            if start == 0 and stretch.index > 0:
                slopes[:CAR_STATIONS] -= _tail(route.stretches[stretch.index - 1])
            soil = _soil(stretch, start, end)
            segment = np.full(end - start, stretch.index, dtype=np.int32)
            grade = _grade(stretch, track_m, start, end)
            graded = _graded(grade_before, grade[:-FADE_STATIONS]) + slopes
            if route.relief is not None:
                graded += _relief(route.relief, stretch.first_station + start, end - start)
            yield _Piece(np.vstack([shown, graded]), segment, soil)
            grade_before = grade[-FADE_STATIONS:]


def _before(route: Route, track_m: float, first_stretch: int) -> tuple[FloatArray, FloatArray]:
    """What the stretch before leaves behind: its heights and its grade, as they would go on."""
    if first_stretch == 0:
        return np.zeros((2, FADE_STATIONS)), np.zeros(FADE_STATIONS)
    stretch = route.stretches[first_stretch - 1]
    bounds = _bounds(stretch.end_station - stretch.first_station)
    heights = _heights(stretch, track_m, len(bounds) - 2, bounds[-2], bounds[-1])
    grade = _grade(stretch, track_m, bounds[-1], bounds[-1])
    return heights[:, -FADE_STATIONS:].copy(), grade


def _blended(before: FloatArray, heights: FloatArray) -> FloatArray:
    """From one road to another, whose variances are kept; a measured road that goes on as it is stays as it is."""
    if np.array_equal(before, heights):
        return heights
    return _FADE_OUT * before + _FADE_IN * heights


def _bounds(stations: int) -> list[int]:
    count = -(-stations // LONGEST_PIECE)
    return [index * stations // count for index in range(count + 1)]


def _grade(stretch: Stretch, track_m: float, start: int, end: int) -> FloatArray:
    """The grade from a station of the segment to another, and on through the cross-fade after it."""
    segment = stretch.segment
    if not isinstance(segment, MeasuredSegment):
        return np.full(end + FADE_STATIONS - start, segment.grade_pct / 100.0)
    lap = segment.tracks(track_m).grade
    return np.asarray(segment.grade_pct / 100.0 + lap[np.arange(start, end + FADE_STATIONS) % len(lap)])


def _graded(before: FloatArray, grade: FloatArray) -> FloatArray:
    """The grade of a piece: it changes from that of the piece before over the cross-fade."""
    values = grade.copy()
    values[:FADE_STATIONS] = before + (values[:FADE_STATIONS] - before) * _SHARE
    return values


def _relief(relief: Relief, first_station: int, stations: int) -> FloatArray:
    """The grade of the country; the road starts level."""
    grade = relief.grade_at(np.arange(first_station, first_station + stations, dtype=np.float64) * STEP_M)
    if first_station == 0:
        grade[:FADE_STATIONS] *= _SHARE[:stations]
    return grade


def _heights(stretch: Stretch, track_m: float, tile: int, start: int, end: int) -> FloatArray:
    """Heights of both tracks from a station of the segment to another, and on through the cross-fade after it."""
    segment = stretch.segment
    if isinstance(segment, MeasuredSegment):
        lap = segment.tracks(track_m).heights_m
        return lap[:, np.arange(start, end + FADE_STATIONS) % lap.shape[1]]
    tile_heights = synthesise_tile(
        segment.roughness, segment.coherence, track_m, STEP_M, stretch.seed, stretch.number, tile
    )
    return tile_heights[:, : end - start + FADE_STATIONS].copy()


def _laid(stretch: Stretch) -> tuple[tuple[Obstacle, Spots], ...]:
    segment = stretch.segment
    if not isinstance(segment, SyntheticSegment) or not segment.features:
        return ()
    return lay_all(segment.features, segment.length_m, stretch.seed, stretch.number)


def _add_obstacles(heights: FloatArray, start: int, stretch: Stretch) -> FloatArray:
    """Add what lies within a piece that starts at a station of its segment; the slope of it for the car."""
    stations, key = heights.shape[1], _key(stretch)
    first_m = (start - CAR_STATIONS) * STEP_M
    high_m = (start + stations + CAR_STATIONS) * STEP_M
    large = np.zeros((2, stations + 2 * CAR_STATIONS))
    for feature, spots in _laid(stretch):
        near = spots.between(first_m, high_m)
        if len(near) and feature.slopes_car:
            feature.add(large, first_m, STEP_M, near, key)
        elif len(near):
            feature.add(heights, start * STEP_M, STEP_M, near, key)
    heights += large[:, CAR_STATIONS:-CAR_STATIONS]
    mean = 0.5 * (large[0] + large[1])
    return np.asarray((mean[2 * CAR_STATIONS :] - mean[: -2 * CAR_STATIONS]) / (2 * CAR_STATIONS * STEP_M))


def _tail(stretch: Stretch) -> FloatArray:
    """What large obstacles at the very end of a stretch still add to the fall of the next one's first stations."""
    stations = stretch.end_station - stretch.first_station
    first_m = (stations - CAR_STATIONS) * STEP_M
    large = np.zeros((2, CAR_STATIONS))
    for feature, spots in _laid(stretch):
        near = spots.between(first_m, stations * STEP_M)
        if len(near) and feature.slopes_car:
            feature.add(large, first_m, STEP_M, near, _key(stretch))
    return np.asarray(0.5 * (large[0] + large[1]) / (2 * CAR_STATIONS * STEP_M))


def _key(stretch: Stretch) -> int:
    return (stretch.seed << 16 | stretch.number) % 2**64


def _soil(stretch: Stretch, start: int, end: int) -> NDArray[np.int8]:
    """The ground of a piece: the segment's, and dust in its holes."""
    soil = np.full(end - start, SOILS.index(stretch.segment.soil), dtype=np.int8)
    for feature, spots in _laid(stretch):
        if isinstance(feature, FeshFesh):
            for low_m, high_m in zip(spots.start_m.tolist(), spots.end_m.tolist(), strict=True):
                soil[max(0, round(low_m / STEP_M) - start) : max(0, round(high_m / STEP_M) - start)] = _DUST
    return soil
