"""A mix of surfaces laid out as segments: shares met to the station, an order by the seed, climbs that balance."""

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
        return self


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
    """A length cut into segments of random lengths, as near to the range as their number allows."""
    mean = 500.0 * sum(segment_km) / STEP_M
    count = max(1, min(round(stations / mean), int(stations * STEP_M / SHORTEST_M)))
    weights = random.uniform(*segment_km, count)
    return [int(length) for length in _shared_out(stations, weights)]


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
