"""The road as one tyre feels it: a window of smoothed heights that moves along with the car."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from profiles.signal import FloatArray, Road, SignalError


class Track:
    """A moving window of the left wheel's road, filled from road blocks of any length.

    The tyre bridges what is shorter than its contact: heights are the mean over the contact length around each
    station (general knowledge; within a few per cent of a tandem-cam model for waves above 0.4 m).

    Attributes:
        first_station: number of the window's first station, from the start of the whole road.
        step_m: distance between stations.
        heights_m: float64[stations], smoothed; grade likewise, not smoothed; segment int32[stations].

    Raises:
        SignalError: there is no road.
    """

    def __init__(self, roads: Iterable[Road], contact_length_m: float) -> None:
        self._roads = iter(roads)
        first = next(self._roads, None)
        if first is None:
            raise SignalError("track: no road")
        self.step_m = first.step_m
        self.first_station = first.first_station
        self._half = max(1, round(0.5 * contact_length_m / first.step_m))
        self._raw: FloatArray = np.full(self._half, first["left_m"][0])
        self.heights_m: FloatArray = np.zeros(0)
        self.grade: FloatArray = np.zeros(0)
        self.segment: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.ended = False
        self._append(first)

    @property
    def end_m(self) -> float:
        """Distance of the window's last station."""
        return (self.first_station + len(self.heights_m) - 1) * self.step_m

    def reach(self, distance_m: float) -> None:
        """Take in road until the window holds a distance, or the road has ended."""
        while not self.ended and self.end_m <= distance_m:
            road = next(self._roads, None)
            if road is not None:
                self._append(road)
            else:
                self.ended = True
                self._smooth(np.full(self._half, self._raw[-1]))

    def leave(self, distance_m: float) -> None:
        """Drop the road before a distance; two stations are always kept."""
        count = min(int(distance_m / self.step_m) - self.first_station, len(self.heights_m) - 2)
        if count > 0:
            self.first_station += count
            self.heights_m = self.heights_m[count:]
            self.grade, self.segment = self.grade[count:], self.segment[count:]

    def index(self, distance_m: FloatArray) -> NDArray[np.int64]:
        """The station at or before each distance, as an index of `grade` and `segment`; the last one beyond the end."""
        stations = (distance_m / self.step_m).astype(np.int64) - self.first_station
        return np.asarray(np.minimum(stations, len(self.heights_m) - 1))

    def _append(self, road: Road) -> None:
        self.grade = np.concatenate((self.grade, road["grade"]))
        self.segment = np.concatenate((self.segment, road.segment))
        self._smooth(road["left_m"])

    def _smooth(self, heights_m: FloatArray) -> None:
        raw = np.concatenate((self._raw, heights_m))
        count = max(0, len(raw) - 2 * self._half)
        total = 0.5 * (raw[:count] + raw[2 * self._half :][:count])
        for k in range(1, 2 * self._half):
            total = total + raw[k : k + count]
        self.heights_m = np.concatenate((self.heights_m, total / (2 * self._half)))
        self._raw = raw[count:]
