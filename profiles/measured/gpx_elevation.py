"""The relief of the country out of a GPX track: grade only; its heights are far too coarse to shake a wheel."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from profiles.gpx_xml import read_gpx
from profiles.measured.lap import STEEPEST, few
from profiles.schema import Fault, InputError
from profiles.signal import FloatArray
from profiles.yaml_nodes import shown

STEP_M = 5.0
"""Between the places at which the grade is kept."""
SMOOTH_M = 120.0
"""Over which heights are averaged (Hann): waves of 60 m and less are gone, of those of 120 m half is left.
A design value, for heights in whole metres: a step of one becomes a grade of less than 2 %."""
AGREES = 0.05
"""By how much the lengths of track and stage may differ, as a share of the stage's: distances from satellites are not
those of the wheel."""
EARTH_M = 6_371_008.8
"""Mean radius of the earth (IUGG)."""
LOWEST_M, HIGHEST_M = -500.0, 9000.0


@dataclass(frozen=True, slots=True, eq=False)
class Relief:
    """The grade of the country along a route.

    Attributes:
        step_m: between the places at which it is given.
        grade: float64[places], rise over run, from 0 to the end.
        length_m: of the route.
    """

    step_m: float
    grade: FloatArray
    length_m: float

    def grade_at(self, distance_m: FloatArray) -> FloatArray:
        """The grade at distances from the start, float64, in straight lines between the places.

        Raises:
            ValueError: a distance is not on the route.
        """
        place = np.asarray(distance_m, dtype=np.float64) / self.step_m
        last = len(self.grade) - 1
        if not ((place >= 0.0) & (place <= last + 1e-6)).all():
            raise ValueError(
                f"distance_m is from {np.min(distance_m)} to {np.max(distance_m)}, not 0 to {self.length_m}"
            )
        low = np.minimum(place.astype(np.int64), last - 1)
        share = place - low
        return np.asarray((1.0 - share) * self.grade[low] + share * self.grade[low + 1])

    def scaled_to(self, length_m: float) -> "Relief":
        """The same rises over another length."""
        factor = length_m / self.length_m
        return Relief(self.step_m * factor, self.grade / factor, length_m)

    def between(self, low_m: float, high_m: float) -> "Relief":
        """A part of it, with its own start."""
        steps = max(1, round((high_m - low_m) / self.step_m))
        at_m = np.linspace(low_m, high_m, steps + 1)
        return Relief((high_m - low_m) / steps, self.grade_at(at_m), high_m - low_m)


def read_relief(file: str, length_m: float) -> Relief:
    """The relief along the one track of a GPX file, scaled to the length of what is driven.

    Raises:
        InputError: the file cannot be read, is not XML, has a document type, not exactly one track, points without
            heights or that make no sense, slopes that nothing drives up, or a length that is not that of the route.
    """
    relief = _relief_of(file)
    if not abs(relief.length_m - length_m) <= AGREES * length_m:
        found = f"{relief.length_m / 1000.0:.2f} km"
        allowed = f"the length of what is driven, {length_m / 1000.0:.2f} km, within {AGREES * 100:g} %"
        raise InputError([Fault(file, 0, "(the track)", found, allowed)])
    return relief.scaled_to(length_m)


def track_length_m(file: str) -> float:
    """The length of the one track of a GPX file.

    Raises:
        InputError: as `read_relief`.
    """
    return _relief_of(file).length_m


def has_elevation(file: str) -> bool:
    """Whether there is a track with heights in a GPX file.

    Raises:
        InputError: it cannot be read, is not XML or has a document type.
    """
    return any(point.ele is not None for track in _read(file) for point in track)


@dataclass(slots=True)
class _Point:
    """One ``trkpt``: its line and what stands there."""

    line: int
    lat: str
    lon: str
    ele: str | None = None


@lru_cache(maxsize=8)
def _relief_of(file: str) -> Relief:
    """The relief in the file's own length. The last few are remembered."""
    tracks = [track for track in _read(file) if track]
    if len(tracks) != 1:
        found = f"{len(tracks)} tracks" if tracks else "no track"
        raise InputError([Fault(file, 0, "trk", found, "one track (trk) with trkpt")])
    points = tracks[0]
    if all(point.ele is None for point in points):
        raise InputError([Fault(file, points[0].line, "ele", "nothing", "the height in every trkpt")])
    distance_m, height_m = _profile(_numbers(file, points))
    if not distance_m[-1] >= SMOOTH_M:
        found = f"{len(points)} point{'s' * (len(points) != 1)}, {distance_m[-1]:.0f} m"
        raise InputError([Fault(file, points[0].line, "(the track)", found, f"a track of at least {SMOOTH_M:g} m")])
    relief = _smooth(distance_m, height_m)
    steepest = int(np.argmax(np.abs(relief.grade)))
    if not abs(relief.grade[steepest]) <= STEEPEST:
        found = f"a grade of {relief.grade[steepest] * 100:.0f} % at {steepest * relief.step_m / 1000.0:.2f} km"
        raise InputError([Fault(file, 0, "(the track)", found, f"at most {STEEPEST * 100:g} %")])
    return relief


def _numbers(file: str, points: list[_Point]) -> FloatArray:
    """Latitude and longitude in degrees, height in m: float64[3, points]."""
    bounds = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "ele": (LOWEST_M, HIGHEST_M)}
    faults: list[Fault] = []
    values = np.empty((len(bounds), len(points)))
    for column, point in enumerate(points):
        for row, (key, (low, high)) in enumerate(bounds.items()):
            text = (getattr(point, key) or "").strip()
            try:
                value = float(text)
            except ValueError:
                value = np.nan
            if not low <= value <= high:
                found = shown(text) if text else "nothing"
                faults.append(Fault(file, point.line, key, found, f"a number from {low:g} to {high:g}"))
            values[row, column] = value
    if faults:
        raise InputError(few(faults))
    return values


def _profile(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Distance along the track (haversine) and height; points at one place are one, at their mean height."""
    lat, lon = np.radians(values[:2])
    chord = np.sin(0.5 * np.diff(lat)) ** 2 + np.cos(lat[:-1]) * np.cos(lat[1:]) * np.sin(0.5 * np.diff(lon)) ** 2
    steps_m = 2.0 * EARTH_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    distance_m, place = np.unique(np.concatenate([[0.0], np.cumsum(steps_m)]), return_inverse=True)
    return distance_m, np.bincount(place, weights=values[2]) / np.bincount(place)


def _smooth(distance_m: FloatArray, height_m: FloatArray) -> Relief:
    length_m = float(distance_m[-1])
    steps = int(np.ceil(length_m / STEP_M))
    step_m = length_m / steps
    heights = np.interp(np.arange(steps + 1) * step_m, distance_m, height_m)
    half = round(0.5 * SMOOTH_M / step_m)
    window = np.hanning(2 * half + 1)
    around = np.pad(heights, half, mode="reflect", reflect_type="odd")  # goes on with the slope that it ends with
    smooth = np.convolve(around, window / window.sum(), mode="valid")
    return Relief(step_m, np.gradient(smooth, step_m), length_m)


def _read(file: str) -> list[list[_Point]]:
    """The points of each track."""
    reader = _Reader()
    read_gpx(Path(file), reader)
    return reader.tracks


@dataclass(slots=True)
class _Reader:
    """Collects the points of tracks while the parser goes through the file."""

    tracks: list[list[_Point]] = field(default_factory=list)
    _inside: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        name = tag.rpartition(" ")[2]
        if name == "trk":
            self.tracks.append([])
        elif name == "trkpt" and "trk" in self._inside:
            self.tracks[-1].append(_Point(line, attributes.get("lat", ""), attributes.get("lon", "")))
        elif name == "ele" and self._inside[-2:] == ["trkseg", "trkpt"]:
            self.tracks[-1][-1].ele = ""
        self._inside.append(name)

    def text(self, text: str) -> None:
        if self._inside[-3:] == ["trkseg", "trkpt", "ele"]:
            point = self.tracks[-1][-1]
            point.ele = ((point.ele or "") + text)[:100]

    def end(self, tag: str) -> None:  # noqa: ARG002 the interface of all handlers
        self._inside.pop()
