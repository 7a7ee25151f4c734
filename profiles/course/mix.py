"""A mix of surfaces laid out as segments: shares met to the station, an order by the seed, climbs that balance."""

import math
from collections.abc import Mapping
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from profiles.course.names import SurfaceName
from profiles.road.features.shapes import Range
from profiles.road.roughness import COURSE, generator
from profiles.road.segments import STEP_M, SyntheticSegment
from profiles.road.surface import load_surface
from profiles.schema import Strict
from profiles.signal import FloatArray

SHORTEST_M = 20.0
STEEPEST_PCT = 60.0
"""As of any segment."""


class Mix(Strict):
    """So many kilometres of several surfaces, in segments between two lengths; shares add up to 1."""

    distance_km: Annotated[float, Field(ge=0.1, le=2000)]
    segment_km: Range
    shares: Annotated[dict[SurfaceName, Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)]
    climb_m: Annotated[float, Field(ge=-5000, le=5000)] = 0.0

    @model_validator(mode="after")
    def _fits(self) -> "Mix":
        total = sum(self.shares.values())
        if not abs(total - 1.0) < 1e-6:
            raise ValueError(f"shares that add up to 1; these add up to {total:g}")
        if not self.segment_km[0] * 1000.0 >= SHORTEST_M:
            raise ValueError(f"a segment_km of at least {SHORTEST_M / 1000.0:g}")
        allowed = self.over(self.distance_km)
        if allowed:
            raise ValueError(allowed)
        return self

    def over(self, distance_km: float) -> str:
        """What is allowed where the mix cannot be laid out over a distance; empty where it can.

        Raises:
            InputError: with all faults of a surface file that it names.
        """
        shortest_km = SHORTEST_M / 1000.0 / min(self.shares.values())
        if not distance_km >= shortest_km * (1.0 - 1e-9):
            return f"a distance_km of at least {shortest_km:g}, {SHORTEST_M:g} m for the smallest share"
        grades = np.array([load_surface(name).grade_pct for name in self.shares])
        spread = float(grades[:, 1].max() - grades[:, 0].min())
        if not spread <= STEEPEST_PCT:
            return f"surfaces whose grades differ by at most {STEEPEST_PCT:g} %; these by {spread:g} %"
        steepest_m = 10.0 * distance_km * (STEEPEST_PCT - spread)
        if not abs(self.climb_m) <= steepest_m:
            return f"a climb_m of at most {steepest_m:g} over {distance_km:g} km, up or down"
        return ""


def lay_out(mix: Mix, seed: int, part: int) -> list[SyntheticSegment]:
    """The segments of a mix, the same for the same seed and part; no surface follows itself where that can be."""
    random = generator(seed, part, COURSE)
    stations = _shared_out(round(mix.distance_km * 1000.0 / STEP_M), np.array(list(mix.shares.values())))
    lengths = {
        name: _cut(int(count), mix.segment_km, random)
        for name, count in zip(mix.shares, stations, strict=True)
        if count
    }
    names = _order({name: len(found) for name, found in lengths.items()}, random)
    ends = {name: iter(found) for name, found in lengths.items()}
    length_m = np.array([next(ends[name]) for name in names]) * STEP_M
    grade_pct = _grades(names, length_m, mix.climb_m, random)
    return [
        load_surface(name).segment(float(length), float(grade))
        for name, length, grade in zip(names, length_m, grade_pct, strict=True)
    ]


def _shared_out(total: int, shares: FloatArray) -> NDArray[np.int64]:
    """Whole numbers in these shares that add up to the total: largest remainders get what is left."""
    exact = total * shares / shares.sum()
    found: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    found[np.argsort(found - exact, kind="stable")[: total - int(found.sum())]] += 1
    return found


def _cut(stations: int, segment_km: tuple[float, float], random: np.random.Generator) -> list[int]:
    """A length cut into segments of random lengths in the range; of one length where no number of them is in it."""
    low, high = (1000.0 * km / STEP_M for km in segment_km)
    fewest, most = math.ceil(stations / high - 1e-9), math.floor(stations / low + 1e-9)
    count = round(2.0 * stations / (low + high))
    count = max(fewest, min(count, most)) if fewest <= most else min(count, int(stations * STEP_M / SHORTEST_M))
    places = _with_mean(random.random(max(1, count)), (stations / max(1, count) - low) / max(high - low, 1.0))
    return [int(length) for length in _shared_out(stations, low + places * max(high - low, 1.0))]


def _with_mean(values: FloatArray, mean: float) -> FloatArray:
    """Values from 0 to 1, stretched so that they still are and have this mean; all at a mean that is not in there."""
    if not 0.0 <= mean <= 1.0:
        return np.full(len(values), mean)
    own = float(values.mean())
    return values * (mean / own) if own > mean else 1.0 - (1.0 - values) * ((1.0 - mean) / (1.0 - own))


def _order(counts: Mapping[str, int], random: np.random.Generator) -> list[str]:
    left, order = dict(counts), list[str]()
    while left:
        free = [name for name in left if not order or name != order[-1]] or list(left)
        most = max(left.values())
        must = [name for name in free if left[name] == most and 2 * most > sum(left.values())]
        among = must or free
        weights = np.array([left[name] for name in among], dtype=np.float64)
        name = among[int(np.searchsorted(np.cumsum(weights), random.random() * weights.sum(), side="right"))]
        order.append(name)
        left[name] -= 1
        if not left[name]:
            del left[name]
    return order


def _grades(names: list[str], length_m: FloatArray, climb_m: float, random: np.random.Generator) -> FloatArray:
    """A grade for each segment from its surface's range, all shifted so that the climb is as asked for, per cent."""
    grades = np.array([random.uniform(*load_surface(name).grade_pct) for name in names])
    return np.asarray(grades + (100.0 * climb_m - float(grades @ length_m)) / float(length_m.sum()))
