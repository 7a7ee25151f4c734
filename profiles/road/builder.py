"""From a terrain to the road itself: blocks of heights and grade over distance, the same for any block length."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.road.features import Feature, Side, Spot, spots
from profiles.road.roughness import FEATURES, TILE_STATIONS, generator, synthesise_tile
from profiles.road.route import Route, Stretch
from profiles.road.segments import FADE_STATIONS, STEP_M, MeasuredSegment, SyntheticSegment
from profiles.road.soil import SOILS
from profiles.signal import FloatArray, Road

LONGEST_PIECE = 20_000  # stations; with the cross-fade it stays within one synthesised tile
assert LONGEST_PIECE + FADE_STATIONS <= TILE_STATIONS


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
    return [
        PlacedFeature(
            feature.type, stretch.start_m + spot.start_m, spot.length_m, spot.height_m, spot.side, stretch.index
        )
        for stretch in route.stretches
        for feature, spot in _spots(stretch)
    ]


def iter_road(route: Route, track_m: float, block_m: float = 200.0) -> Iterator[Road]:
    """The road in consecutive blocks; the last one may be shorter. The same stations whatever the block length.

    Heights are above the mean grade line; grade is a channel of its own. The road starts and ends level, over 5 m.

    Raises:
        InputError: a measured road in it cannot be used.
        ValueError: the block is shorter than one station.
    """
    block = round(block_m / STEP_M)
    if not block >= 1:
        raise ValueError(f"block_m is {block_m}, wanted at least {STEP_M}")
    first, kept = 0, _Piece.empty()
    for piece in _pieces(route, track_m):
        kept = kept.followed_by(piece)
        while kept.stations >= block:
            yield kept.head(block).as_road(first)
            first, kept = first + block, kept.tail(block)
    if kept.stations:
        yield kept.as_road(first)


def road_digest(route: Route, track_m: float) -> str:
    """SHA-256 of both tracks' heights in whole micrometres (int64, little-endian, left and right in turn)."""
    digest = hashlib.sha256()
    for piece in _pieces(route, track_m):
        digest.update(np.rint(piece.data[:2].T * 1e6).astype("<i8").tobytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Piece:
    """Consecutive stations: float64[3, stations] as in `Road`, and their segment."""

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
        return _Piece(
            np.hstack([self.data, other.data]),
            np.concatenate([self.segment, other.segment]),
            np.concatenate([self.soil, other.soil]),
        )

    def head(self, stations: int) -> "_Piece":
        return _Piece(self.data[:, :stations], self.segment[:stations], self.soil[:stations])

    def tail(self, from_station: int) -> "_Piece":
        return _Piece(self.data[:, from_station:], self.segment[from_station:], self.soil[from_station:])

    def as_road(self, first_station: int) -> Road:
        return Road(STEP_M, first_station, self.data, self.segment, self.soil)


_SHARE = np.sin(0.5 * np.pi * (np.arange(FADE_STATIONS) + 0.5) / FADE_STATIONS) ** 2
_FADE_IN = np.sin(0.5 * np.pi * _SHARE)  # squares of both add up to 1: the variance of the road is kept
_FADE_OUT = np.cos(0.5 * np.pi * _SHARE)


def _pieces(route: Route, track_m: float) -> Iterator[_Piece]:
    """The whole road in pieces that depend on nothing but the route, so that any re-blocking has the same values."""
    fading = np.zeros((2, FADE_STATIONS))
    grade_before = 0.0
    for stretch in route.stretches:
        placed = _spots(stretch)
        grade = _grade(stretch)
        bounds = _bounds(stretch.end_station - stretch.first_station)
        for tile, (start, end) in enumerate(itertools.pairwise(bounds)):
            heights = _heights(stretch, track_m, tile, start, end)
            heights[:, :FADE_STATIONS] = _FADE_IN * heights[:, :FADE_STATIONS] + fading
            fading = _FADE_OUT * heights[:, -FADE_STATIONS:]
            shown = heights[:, :-FADE_STATIONS]
            if stretch.first_station + end == route.stretches[-1].end_station:
                shown[:, -FADE_STATIONS:] *= _FADE_OUT
            _add_obstacles(shown, start, placed)
            yield _piece(shown, _graded(grade_before, grade, end - start), stretch)
            grade_before = grade


def _bounds(stations: int) -> list[int]:
    count = -(-stations // LONGEST_PIECE)
    return [index * stations // count for index in range(count + 1)]


def _grade(stretch: Stretch) -> float:
    measured = stretch.segment.tracks().grade if isinstance(stretch.segment, MeasuredSegment) else 0.0
    return stretch.segment.grade_pct / 100.0 + measured


def _graded(before: float, grade: float, stations: int) -> FloatArray:
    """The grade of a piece: it changes from that of the piece before over the cross-fade."""
    values = np.full(stations, grade)
    values[:FADE_STATIONS] = before + (grade - before) * _SHARE
    return values


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


def _piece(heights: FloatArray, grade: FloatArray, stretch: Stretch) -> _Piece:
    segment = np.full(len(grade), stretch.index, dtype=np.int32)
    soil = np.full(len(grade), SOILS.index(stretch.segment.soil), dtype=np.int8)
    return _Piece(np.vstack([heights, grade]), segment, soil)


def _spots(stretch: Stretch) -> list[tuple[Feature, Spot]]:
    """The obstacles of a stretch, placed from its start."""
    segment = stretch.segment
    if not isinstance(segment, SyntheticSegment):
        return []
    return spots(segment.features, segment.length_m, generator(stretch.seed, stretch.number, FEATURES))


def _add_obstacles(heights: FloatArray, start: int, placed: list[tuple[Feature, Spot]]) -> None:
    """Add what lies within a piece that starts at a station of its segment."""
    for feature, spot in placed:
        low = max(round(spot.start_m / STEP_M), start)
        high = min(round(spot.end_m / STEP_M) + 1, start + heights.shape[1])
        if low < high:
            shape = feature.profile(np.arange(low, high) * STEP_M - spot.start_m, spot)
            for track in {"both": (0, 1), "left": (0,), "right": (1,)}[spot.side]:
                heights[track, low - start : high - start] += shape
