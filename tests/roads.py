"""Roads, terrains and obstacles that the tests of road, car and drive are made on."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from profiles.road.builder import iter_road
from profiles.road.features import Feature, Obstacle, Spots, lay_all
from profiles.road.route import Route
from profiles.road.segments import STEP_M, USUAL_TRACK_M
from profiles.road.soil import SOILS
from profiles.road.terrain import Terrain
from profiles.signal import FloatArray, Road, join_roads

FLAT: dict[str, Any] = {"roughness": {"g0_m3": 1e-12}}
"""What makes a segment flat but for its obstacles."""

_FEATURE: TypeAdapter[Feature] = TypeAdapter(Feature)


def road_of(
    height: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    length_m: float,
    grade: float = 0.0,
    soil: str = "gravel",
) -> Iterator[Road]:
    """A road of a height over distance, the same under both wheels, as one block."""
    x_m = np.asarray(np.arange(round(length_m / STEP_M)) * STEP_M, dtype=np.float64)
    z_m = np.asarray(height(x_m), dtype=np.float64) + np.zeros(len(x_m))
    data = np.stack([z_m, z_m, np.full(len(x_m), grade)])
    soils = np.full(len(x_m), SOILS.index(soil), dtype=np.int8)
    yield Road(STEP_M, 0, data, np.zeros(len(x_m), dtype=np.int32), soils)


def flat(length_m: float, grade: float = 0.0) -> Iterator[Road]:
    """A road without any height."""
    return road_of(np.zeros_like, length_m, grade)


def terrain_of(*segments: Mapping[str, Any], seed: int = 7, repeats: int = 1) -> Terrain:
    """A terrain of segments, each filled up with what a segment needs; measured ones are whole already."""
    plain = {"label": "here", "surface": "stony_plain", "soil": "gravel", "length_m": 300.0}
    usual = plain | {"roughness": {"iso_class": "D"}}
    filled = tuple(dict(segment) if "road_file" in segment else {**usual, **segment} for segment in segments)
    head = {"kind": "terrain", "name": "test", "description": "for a test", "seed": seed, "repeats": repeats}
    return Terrain.model_validate(head | {"segments": filled})


def whole(terrain: Terrain, seed: int | None = None) -> Road:
    """The road of a terrain, all of it."""
    return join_roads(iter_road(terrain.route(seed), USUAL_TRACK_M))


def feature_of(values: Mapping[str, Any]) -> Feature:
    """The obstacle that a terrain file would say like this."""
    return _FEATURE.validate_python(dict(values))


def laid(length_m: float, values: Mapping[str, Any], seed: int = 1) -> tuple[Obstacle, Spots]:
    """One kind of obstacle, and where the seed puts it on a segment of this length."""
    ((feature, spots),) = lay_all((feature_of(values),), length_m, seed, 0)
    return feature, spots


def heights_of(
    feature: Obstacle, spots: Spots, length_m: float, step_m: float = STEP_M, first_m: float = 0.0
) -> FloatArray:
    """Heights of both tracks, float64[2, stations], of obstacles on ground that is otherwise level."""
    heights = np.zeros((2, round(length_m / step_m)))
    feature.add(heights, first_m, step_m, spots, 1)
    return heights


def first_alone(length_m: float, values: Mapping[str, Any], step_m: float = STEP_M) -> tuple[Spots, FloatArray]:
    """The first obstacle of a segment, as if it stood at its start, and its heights up to a metre beyond its end."""
    feature, spots = laid(length_m, values)
    only = np.arange(len(spots)) == 0
    first = spots.where(only)
    moved = Spots(np.zeros(1), first.length_m, first.height_m, first.side, first.crest_at)
    return moved, heights_of(feature, moved, float(first.length_m[0]) + 1.0, step_m)


def road_digest(route: Route, track_m: float) -> str:
    """What `rig.plan.survey.survey` is held to: SHA-256 of both tracks in whole micrometres, in one go."""
    road = join_roads(iter_road(route, track_m))
    heights = np.stack([road["left_m"], road["right_m"]], axis=1)
    return hashlib.sha256(np.rint(heights * 1e6).astype("<i8").tobytes()).hexdigest()
