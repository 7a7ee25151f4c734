"""The road as one side's tyres feel it: a window of smoothed heights that moves along with the car."""

import math
from collections.abc import Iterable
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from profiles.road.soil import SOILS, Soil, ground
from profiles.signal import FloatArray, Road, SignalError

Side = Literal["left", "right"]

RIPPLE_M = 1.0
"""Waves that are shorter than this are what the front wheel flattens on soft ground (design value)."""

_YIELDS: NDArray[np.bool_] = np.array([isinstance(ground(name), Soil) for name in SOILS])
_ALPHA = math.sqrt(math.log(2.0) / math.pi)  # of the Gaussian filter of ISO 16610-21: half of the wave at the cut-off


class Track:
    """A moving window of one side's road, filled from road blocks of any length.

    The tyre bridges what is shorter than its contact: heights are the mean over the contact length around each
    station (general knowledge; within a few per cent of a tandem-cam model for waves above 0.4 m).

    The rear wheel follows in the front wheel's track. On ground that yields (`profiles.road.soil.Soil`) it meets only a
    share of what is shorter than `RIPPLE_M`, which the front wheel has partly flattened; long and short waves are
    parted by the Gaussian filter of ISO 16610-21, and where the ground changes the share follows by the same filter.

    Attributes:
        first_station: number of the window's first station, from the start of the whole road.
        step_m: distance between stations.
        heights_m: float64[stations], smoothed, as a front wheel feels it; rear_m likewise for a rear wheel.
        grade: float64[stations], not smoothed; segment int32[stations] and soil int8[stations].

    Raises:
        SignalError: there is no road.
    """

    def __init__(
        self, roads: Iterable[Road], contact_length_m: float, side: Side = "left", rear_ripple_share: float = 1.0
    ) -> None:
        self._roads = iter(roads)
        first = next(self._roads, None)
        if first is None:
            raise SignalError("track: no road")
        self.step_m = first.step_m
        self.first_station = first.first_station
        self._channel = f"{side}_m"
        self._removed = 1.0 - rear_ripple_share
        self._contact = _contact_weights(contact_length_m, first.step_m)
        self._wave = _wave_weights(first.step_m) if self._removed > 0.0 else np.ones(1)
        half = len(self._contact) // 2
        self._raw: FloatArray = np.full(half, first[self._channel][0])
        self._felt: FloatArray = np.full(len(self._wave) // 2, first[self._channel][0])
        self._yields: FloatArray = np.full(len(self._wave) // 2, float(_YIELDS[first.soil[0]]))
        self.heights_m: FloatArray = np.zeros(0)
        self.rear_m: FloatArray = np.zeros(0)
        self.grade: FloatArray = np.zeros(0)
        self.segment: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self.soil: NDArray[np.int8] = np.zeros(0, dtype=np.int8)
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
                self._end()

    def leave(self, distance_m: float) -> None:
        """Drop the road before a distance; two stations are always kept."""
        count = min(int(distance_m / self.step_m) - self.first_station, len(self.heights_m) - 2)
        if count > 0:
            self.first_station += count
            for name in ("heights_m", "rear_m", "grade", "segment", "soil"):
                setattr(self, name, getattr(self, name)[count:])

    def index(self, distance_m: FloatArray) -> NDArray[np.int64]:
        """The station at or before each distance, as an index of `grade`, `segment` and `soil`; the last one beyond."""
        stations = (distance_m / self.step_m).astype(np.int64) - self.first_station
        return np.asarray(np.minimum(stations, len(self.heights_m) - 1))

    def _append(self, road: Road) -> None:
        self.grade = np.concatenate((self.grade, road["grade"]))
        self.segment = np.concatenate((self.segment, road.segment))
        self.soil = np.concatenate((self.soil, road.soil))
        self._smooth(road[self._channel], _YIELDS[road.soil].astype(np.float64))

    def _end(self) -> None:
        """The road goes on level and on the same ground, as far as the last tyre feels it."""
        self.ended = True
        last = self._raw[-1]
        contact, wave = len(self._contact) // 2, len(self._wave) // 2
        self._smooth(np.full(contact + wave, last), np.full(wave, float(_YIELDS[self.soil[-1]])))

    def _smooth(self, raw_m: FloatArray, yields: FloatArray) -> None:
        """Take in raw heights and ground; what both tyres feel is known half a filter later."""
        self._raw = np.concatenate((self._raw, raw_m))
        felt = _filtered(self._raw, self._contact)
        self._raw = self._raw[len(felt) :]
        self._felt = np.concatenate((self._felt, felt))
        self._yields = np.concatenate((self._yields, yields))
        half = len(self._wave) // 2
        count = max(0, len(self._felt) - 2 * half)
        front = self._felt[half : half + count]
        self.heights_m = np.concatenate((self.heights_m, front))
        self.rear_m = np.concatenate((self.rear_m, self._flattened(front)))
        self._felt, self._yields = self._felt[count:], self._yields[count:]

    def _flattened(self, front_m: FloatArray) -> FloatArray:
        """What is left for the rear wheel of the heights that the front wheel felt."""
        yields = self._yields[: len(front_m) + len(self._wave) - 1]
        if self._removed == 0.0 or not yields.any():
            return front_m
        waves_m = _filtered(self._felt, self._wave)
        share = _filtered(yields, self._wave)
        return np.asarray(front_m - self._removed * share * (front_m - waves_m))


def _contact_weights(contact_length_m: float, step_m: float) -> FloatArray:
    """The mean over the contact length by the trapezoidal rule."""
    half = max(1, round(0.5 * contact_length_m / step_m))
    weights = np.full(2 * half + 1, 0.5 / half)
    weights[[0, -1]] *= 0.5
    return weights


def _wave_weights(step_m: float) -> FloatArray:
    """The Gaussian filter of ISO 16610-21 with cut-off `RIPPLE_M`, as long as the cut-off to each side."""
    half = round(RIPPLE_M / step_m)
    x = np.arange(-half, half + 1) * step_m / (_ALPHA * RIPPLE_M)
    weights = np.exp(-np.pi * x * x)
    return np.asarray(weights / weights.sum())


@njit(cache=True, nogil=True)
def _filtered(values, weights):  # type: ignore[no-untyped-def]
    """Weighted means, each added up in the same order, so that it does not matter where a block begins."""
    count = max(0, values.size - weights.size + 1)
    out = np.empty(count)
    for i in range(count):
        total = 0.0
        for k in range(weights.size):
            total += weights[k] * values[i + k]
        out[i] = total
    return out
