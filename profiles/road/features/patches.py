"""What lies along the track for a while: corrugation and ruts."""

import math
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numba import njit
from pydantic import AfterValidator, Field

from profiles.road.features.shapes import Range, Scattered, Spots, add_to_sides
from profiles.signal import FloatArray

SHORTEST_WAVE_M = 0.2
WANDER_M = 10.0
"""The wavelength forgets itself over this distance (design value)."""


class _Patches(Scattered):
    """Patches of even spread in length, with a fade at both ends."""

    length_m: Range
    fade_m: Annotated[float, Field(gt=0, le=20)] = 5.0

    def mean_length_m(self) -> float:
        """The mean of the range, which is drawn from evenly."""
        return 0.5 * (self.length_m[0] + self.length_m[1])

    def window(self, x_m: FloatArray, length_m: float) -> FloatArray:
        """1 within a patch, half a cosine at its ends, float64[any] at distances from its start."""
        inside = np.clip(np.minimum(x_m, length_m - x_m) / self.fade_m, 0.0, 1.0)
        return np.asarray(0.5 - 0.5 * np.cos(np.pi * inside))

    def _part(self, stations: int, first_m: float, step_m: float, start_m: float, length_m: float) -> tuple[int, int]:
        """The stations of a piece that lie in a patch."""
        low = max(0, math.ceil((start_m - first_m) / step_m))
        return low, max(low, min(stations, int((start_m + length_m - first_m) / step_m) + 1))


def _carried(value: tuple[float, float]) -> tuple[float, float]:
    if not value[0] >= SHORTEST_WAVE_M:
        raise ValueError(f"at least {SHORTEST_WAVE_M:g} m, four stations of the road")
    return value


class Corrugation(_Patches):
    """Washboard under both wheels: a sine whose wavelength wanders.

    Half of the peak to peak is 10-30 mm, wavelengths are 0.5-1 m (arXiv 2007.05109: a few cm, several tens of cm).
    """

    type: Literal["corrugation"]
    amplitude_m: Range
    wavelength_m: Annotated[Range, AfterValidator(_carried)]
    wander: Annotated[float, Field(ge=0, le=0.3)] = 0.1

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, amplitudes and, in place of crests, wavelengths of so many of them."""
        wavelength_m = random.uniform(*self.wavelength_m, count)
        return random.uniform(*self.length_m, count), random.uniform(*self.amplitude_m, count), wavelength_m

    def add(self, heights_m: FloatArray, first_m: float, step_m: float, spots: Spots, key: int) -> None:
        """Add them to heights of both tracks, float64[2, stations], in place."""
        for start_m, length_m, amplitude_m, side, wavelength_m in zip(
            spots.start_m, spots.length_m, spots.height_m, spots.side, spots.crest_at, strict=True
        ):
            low, high = self._part(heights_m.shape[1], first_m, step_m, start_m, length_m)
            whole = _wave(key, start_m, length_m, wavelength_m, self.wander, step_m)
            first = max(0, round(first_m / step_m) + low - math.ceil(start_m / step_m))
            x_m = first_m + np.arange(low, high) * step_m - start_m
            shape = amplitude_m * self.window(x_m, length_m) * whole[first : first + high - low]
            add_to_sides(heights_m, low, shape, int(side))


@lru_cache(maxsize=4)
def _wave(key: int, start_m: float, length_m: float, wavelength_m: float, wander: float, step_m: float) -> FloatArray:
    """sin(phase) at the stations of a whole patch; its wavelength wanders by a random walk that is drawn back to it."""
    seed = np.array([key, np.float64(start_m).view(np.uint64)], dtype=np.uint64)
    random = np.random.Generator(np.random.Philox(key=seed))
    stations = int(length_m / step_m) + 2
    kept = math.exp(-step_m / WANDER_M)
    steps = random.standard_normal(stations) * wander * math.sqrt(1.0 - kept**2)
    walk = _drawn_back(steps, kept, wander * float(random.standard_normal()))
    cycles = np.cumsum(step_m / (wavelength_m * np.exp(walk)))
    return np.asarray(np.sin(2.0 * np.pi * (cycles + random.random())))


@njit(cache=True)
def _drawn_back(steps, kept, before):  # type: ignore[no-untyped-def]
    """A random walk of which each step keeps a share; ``before`` is what it keeps of the one before the first."""
    walk = np.empty(steps.size)
    for station in range(steps.size):
        walk[station] = steps[station] + before
        before = kept * walk[station]
    return walk


class Ruts(_Patches):
    """Both wheels in ruts: lower than the ground, and the right track becomes the left one."""

    type: Literal["ruts"]
    depth_m: Range
    side: Literal["both"] = "both"

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, depths (below 0) and crests of so many of them."""
        return random.uniform(*self.length_m, count), -random.uniform(*self.depth_m, count), np.full(count, 0.5)

    def add(self, heights_m: FloatArray, first_m: float, step_m: float, spots: Spots, key: int) -> None:  # noqa: ARG002
        """Lower both tracks, float64[2, stations], in place, and blend the right one into the left one."""
        for start_m, length_m, depth_m in zip(spots.start_m, spots.length_m, spots.height_m, strict=True):
            low, high = self._part(heights_m.shape[1], first_m, step_m, start_m, length_m)
            share = self.window(first_m + np.arange(low, high) * step_m - start_m, length_m)
            left, right = heights_m[0, low:high], heights_m[1, low:high]
            right += share * (left - right)
            heights_m[:, low:high] += share * depth_m
