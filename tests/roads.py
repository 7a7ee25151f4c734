"""Roads, terrains and actuators that the tests of car and drive are made on."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.car.vehicle import Vehicle, load_vehicle
from profiles.drive.prepare import Actuator
from profiles.road.terrain import Terrain
from profiles.signal import Road

CAR: Vehicle = load_vehicle("d7xr")

PAN = Actuator("pan_displacement_m", 45.0, 0.65, 0.003, -0.2, 0.2, 5.0, 250.0, 60_000.0)
TORQUE = Actuator("halfshaft_torque_nm", 35.0, 0.7, 0.002, -6000.0, 6000.0, 1.5e6)
SHAFT = Actuator("shaft_speed_radps", 10.0, 0.8, 0.002, -20.0, 120.0, 400.0)
CORNER = (PAN, TORQUE, SHAFT)


def road_of(
    height: Callable[[NDArray[np.float64]], NDArray[np.float64]], length_m: float, grade: float = 0.0
) -> Iterator[Road]:
    """A road of a height over distance, the same under both wheels, as one block."""
    x_m = np.arange(round(length_m / 0.05)) * 0.05
    z_m = np.asarray(height(x_m), dtype=np.float64) + np.zeros(len(x_m))
    yield Road(0.05, 0, np.stack([z_m, z_m, np.full(len(x_m), grade)]), np.zeros(len(x_m), dtype=np.int32))


def flat(length_m: float, grade: float = 0.0) -> Iterator[Road]:
    """A road without any height."""
    return road_of(np.zeros_like, length_m, grade)


def terrain_of(*segments: dict[str, Any], seed: int = 7) -> Terrain:
    """A terrain of segments, each filled up with what a segment needs."""
    usual = {"label": "here", "surface": "stony_plain", "soil": "gravel", "length_m": 300.0}
    filled = tuple({**usual, "roughness": {"iso_class": "D"}, **segment} for segment in segments)
    return Terrain.model_validate(
        {"kind": "terrain", "name": "test", "description": "for a test", "seed": seed, "segments": filled}
    )
