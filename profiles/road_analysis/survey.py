"""One pass over all roads of a course, block by block: memory is that of a block, of windows, and of a few curves."""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from profiles.course.course import Course
from profiles.road.builder import iter_road
from profiles.road.route import Route, Stretch
from profiles.road.segments import STEP_M, MeasuredSegment
from profiles.road_analysis.coherence import coherence_bands
from profiles.road_analysis.detrend import Detrender
from profiles.road_analysis.figures import WHOLE, Curves, RoadFigures
from profiles.road_analysis.iri import IriMeter
from profiles.road_analysis.places import Excursions, Obstacles
from profiles.road_analysis.tally import Queue, Tally
from profiles.signal import FloatArray, Road

BLOCK_M = 500.0
IRI_BIN_M = 100.0
MOST_BINS = 1500
"""Of the envelope of the heights."""

Told = Callable[[float, float], None]
"""Told now and then how many metres of how many are done."""


class Surveyed(NamedTuple):
    """The figures of a road, and what is drawn beside them."""

    figures: RoadFigures
    curves: Curves


def survey_course(course: Course, track_m: float, told: Told = lambda _done, _whole: None) -> Surveyed:
    """What the roads of a course are, one leg after the other.

    Raises:
        InputError: a measured road in it cannot be used.
    """
    return _Survey(course, track_m).run(told)


class _Survey:
    def __init__(self, course: Course, track_m: float) -> None:
        self.course, self.track_m = course, track_m
        self.stations = sum(leg.route.stretches[-1].end_station for leg in course.legs)
        self.whole = Tally(WHOLE, "")
        self.grounds: list[Tally] = []
        self.place_of: dict[str, int] = {}
        self.known: set[tuple[object, ...]] = set()
        self.obstacles, self.excursions = Obstacles(), Excursions()
        self.envelope = _Envelope(self.stations)
        bins = -(-self.stations // round(IRI_BIN_M / STEP_M))
        self.travel: FloatArray = np.zeros((2, bins))
        self.travelled: NDArray[np.int64] = np.zeros(bins, dtype=np.int64)
        self.stretches: list[tuple[str, float, float]] = []

    def run(self, told: Told) -> Surveyed:
        done = 0
        for leg in self.course.legs:
            self._leg(leg.route, done, lambda stations: told(stations * STEP_M, self.stations * STEP_M))
            done += leg.route.stretches[-1].end_station
        return Surveyed(self._figures(), self._curves())

    def _leg(self, route: Route, before: int, told: Callable[[int], None]) -> None:
        """A route whose first station is so many stations after the start of the whole course."""
        self._lay(route, before)
        laps = [_lap(stretch, self.track_m) for stretch in route.stretches]
        fresh = [self._fresh(stretch, lap) for stretch, lap in zip(route.stretches, laps, strict=True)]
        belongs = np.array([self.place_of[s.segment.label] for s in route.stretches], dtype=np.int64)
        meters = IriMeter(STEP_M), IriMeter(STEP_M)
        detrender, travel_of, height_of = Detrender(STEP_M), Queue(), Queue()
        travelled, level_at = before, detrender.lost
        last: tuple[int, int | None] | None = None
        for tally in (self.whole, *self.grounds):
            tally.ladder.interrupt()
        for number, road in enumerate(iter_road(route, self.track_m, BLOCK_M)):
            tracks = road.data[:2]
            last = self._add_road(road, belongs, list(zip(laps, fresh, strict=True)), last)
            self.envelope.add(tracks, road["grade"])
            travel_of.put(belongs[road.segment])
            height_of.put(road.segment.astype(np.int64))
            travel = np.stack([m.consume(track) for m, track in zip(meters, tracks, strict=True)])
            travelled = self._add_travel(travel, travel_of.take(travel.shape[1]), travelled)
            if number == 0:
                height_of.take(detrender.lost)
            level = detrender.consume(tracks)
            owner = height_of.take(level.shape[1])
            self._add_detrended(level, owner, belongs)
            self._add_excursions(level, owner, route, laps, (level_at, before))
            level_at += level.shape[1]
            told(before + road.first_station + road.stations)

    def _lay(self, route: Route, before: int) -> None:
        for stretch in route.stretches:
            label = stretch.segment.label
            if label not in self.place_of:
                self.place_of[label] = len(self.grounds)
                self.grounds.append(Tally(label, stretch.segment.surface))
            start_m = before * STEP_M
            self.stretches.append((label, start_m + stretch.start_m, start_m + stretch.end_m))
        self.obstacles.add(route, before * STEP_M)

    def _fresh(self, stretch: Stretch, lap: int | None) -> int:
        """The station at which a stretch stops being new: where its first lap ends, or at once if it was there before.

        Repeats of a terrain, laps, and stages that are driven again are the same road, which is looked at once.
        """
        segment = stretch.segment
        key: tuple[object, ...] = (stretch.seed, stretch.number, segment.label, segment.length_m)
        if isinstance(segment, MeasuredSegment):
            key = (segment.road_file, str(segment.rpc3))
        if key in self.known:
            return stretch.first_station
        self.known.add(key)
        return stretch.end_station if lap is None else stretch.first_station + lap

    def _add_road(
        self,
        road: Road,
        belongs: NDArray[np.int64],
        laps: list[tuple[int | None, int]],
        last: tuple[int, int | None] | None,
    ) -> tuple[int, int | None] | None:
        """The grounds' own windows end where another ground begins, those of the whole where a lap begins or ends."""
        for part, index in _parts(road.segment):
            ground, (lap, until) = int(belongs[index]), laps[index]
            fresh = min(max(until - road.first_station - part.start, 0), part.stop - part.start)
            if last is not None and last[0] != ground:
                self.grounds[ground].ladder.interrupt()
            if last is not None and last[1] != lap:
                self.whole.ladder.interrupt()
                self.grounds[ground].ladder.interrupt()
            for tally in (self.grounds[ground], self.whole):
                tally.add_road(road.data[:2, part], road.data[2, part], lap, fresh)
            last = ground, lap
        return last

    def _add_travel(self, travel: FloatArray, owner: NDArray[np.int64], first: int) -> int:
        self.whole.add_travel(travel)
        for part, ground in _parts(owner):
            self.grounds[ground].add_travel(travel[:, part])
        bins = (first + np.arange(travel.shape[1])) // round(IRI_BIN_M / STEP_M)
        for track in (0, 1):
            self.travel[track] += np.bincount(bins, weights=travel[track], minlength=self.travel.shape[1])
        self.travelled += np.bincount(bins, minlength=len(self.travelled))
        return first + len(owner)

    def _add_detrended(self, level: FloatArray, owner: NDArray[np.int64], belongs: NDArray[np.int64]) -> None:
        self.whole.add_detrended(level)
        for part, index in _parts(owner):
            self.grounds[int(belongs[index])].add_detrended(level[:, part])

    def _add_excursions(
        self, level: FloatArray, owner: NDArray[np.int64], route: Route, laps: list[int | None], first: tuple[int, int]
    ) -> None:
        """``first`` is the station of the first value on the route, and that of the route on the course."""
        for part, index in _parts(owner):
            lap = laps[index]
            if lap is not None:
                self.excursions.add(
                    level[:, part], first[0] + part.start, route.stretches[index], lap, first[1] * STEP_M
                )

    def _figures(self) -> RoadFigures:
        course, least = self.course, np.maximum(self.travelled, 1)
        iri = np.where(self.travelled > 0, 1000.0 * self.travel / least, np.nan)
        left, right = (tuple(None if math.isnan(v) else v for v in row) for row in iri.tolist())
        return RoadFigures(
            name=course.name,
            length_m=self.stations * STEP_M,
            seed=course.seed,
            track_m=self.track_m,
            step_m=STEP_M,
            files=tuple(str(path) for path in course.inputs),
            notices=course.notices,
            whole=self.whole.figures(self.stations),
            grounds=tuple(tally.figures(self.stations) for tally in self.grounds),
            obstacles=self.obstacles.largest,
            obstacle_types=self.obstacles.types(self.stations * STEP_M),
            excursions=self.excursions.largest,
            iri_100m=(left, right),
        )

    def _curves(self) -> Curves:
        spectra = {tally.label: tally.ladder.best for tally in (self.whole, *self.grounds)}
        there = {label: one for label, one in spectra.items() if one is not None}
        return Curves(
            bin_m=self.envelope.stations * STEP_M,
            lowest_m=self.envelope.lowest,
            highest_m=self.envelope.highest,
            elevation_m=np.cumsum(self.envelope.rise),
            lines={label: (one.per_m, one.psd_m3) for label, one in there.items()},
            coherence={label: coherence_bands(one) for label, one in there.items()},
            stretches=self.stretches,
        )


class _Envelope:
    """Lowest and highest of both tracks in bins of equal length, and what the grade rises in each."""

    def __init__(self, stations: int) -> None:
        self.stations = max(1, -(-stations // MOST_BINS))
        bins = -(-stations // self.stations)
        self.lowest: FloatArray = np.full((2, bins), np.inf)
        self.highest: FloatArray = np.full((2, bins), -np.inf)
        self.rise: FloatArray = np.zeros(bins)
        self._next = 0

    def add(self, tracks_m: FloatArray, grade: FloatArray) -> None:
        """Take in the next stations, float64[2, any] and float64[any]."""
        bins = (self._next + np.arange(len(grade))) // self.stations
        for part, at in _parts(bins):
            self.lowest[:, at] = np.minimum(self.lowest[:, at], tracks_m[:, part].min(axis=1))
            self.highest[:, at] = np.maximum(self.highest[:, at], tracks_m[:, part].max(axis=1))
            self.rise[at] += float(grade[part].sum()) * STEP_M
        self._next += len(grade)


def _lap(stretch: Stretch, track_m: float) -> int | None:
    """Stations of a lap of a measured road; None for a synthetic one, which does not repeat."""
    segment = stretch.segment
    return segment.tracks(track_m).stations if isinstance(segment, MeasuredSegment) else None


def _parts(values: NDArray[np.integer]) -> Iterator[tuple[slice, int]]:
    """Runs of equal values: where each is, and its value."""
    if len(values):
        borders = (0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values))
        for start, stop in itertools.pairwise(borders):
            yield slice(start, stop), int(values[start])
