"""Routes, drivers, plans and actuators that the tests of driver, driveline and drive are made with."""

from dataclasses import replace
from typing import Any

import numpy as np

from profiles.car.response import NAMES
from profiles.car.vehicle import Vehicle
from profiles.drive.actuator import Actuator
from profiles.drive.prepare import Bench
from profiles.driver.reconnaissance import Scouting
from profiles.driver.style import DriverStyle, load_style
from profiles.road.route import Route, Stop, Zone
from profiles.road.soil import SOILS
from profiles.road.terrain import Terrain
from profiles.signal import FloatArray, Signal
from tests.car_rides import D7XR

CAR: Vehicle = D7XR
STAGE_PACE: DriverStyle = load_style("stage_pace")
LOAD_N = CAR.wheel_load_n("front")

PAN = Actuator("pan_displacement_m", 45.0, 0.65, 0.003, -0.2, 0.2, 5.0, 250.0, 60_000.0)
TORQUE = Actuator("halfshaft_torque_nm", 35.0, 0.7, 0.002, -6000.0, 6000.0, 1.5e6)
SHAFT = Actuator("shaft_speed_radps", 10.0, 0.8, 0.002, -20.0, 120.0, 400.0)
BENCH = Bench((PAN, TORQUE, SHAFT), 500.0, 0.3, 40.0)


def route_of(
    *segments: dict[str, Any], seed: int = 7, zones: tuple[Zone, ...] = (), stops: tuple[Stop, ...] = ()
) -> Route:
    """A route of segments, each filled up with what a segment needs."""
    usual = {"label": "here", "surface": "stony_plain", "soil": "gravel", "length_m": 300.0}
    filled = tuple({**usual, "roughness": {"iso_class": "D"}, **segment} for segment in segments)
    terrain = Terrain.model_validate(
        {"kind": "terrain", "name": "test", "description": "for a test", "seed": seed, "segments": filled}
    )
    return replace(terrain.route(), zones=zones, stops=stops)


def style_with(style: DriverStyle = STAGE_PACE, **values: float) -> DriverStyle:
    """A driver with other values, by their keys."""
    update = {key: getattr(style, key).model_copy(update={"value": value}) for key, value in values.items()}
    return style.model_copy(update=update)


def scouted(metres: int, limit_mps: float | FloatArray = 100.0, soil: str = "gravel", grade: float = 0.0) -> Scouting:
    """What a level road, or one of even grade, allows where nothing but the given limit is felt."""
    return Scouting(
        np.zeros(metres) + limit_mps,
        np.full(metres, grade, dtype=np.float32),
        np.zeros(metres, dtype=np.int32),
        np.full(metres, SOILS.index(soil), dtype=np.int8),
    )


def response_of(samples: int, rate_hz: float = 2000.0, **channels: float | FloatArray) -> Signal:
    """A response that is made up: 10 m/s on level gravel with static wheel loads, and what is given."""
    usual: dict[str, float | FloatArray] = {
        "front_tyre_force_n": LOAD_N,
        "rear_tyre_force_n": CAR.wheel_load_n("rear"),
        "speed_mps": 10.0,
        "soil": float(SOILS.index("gravel")),
    }
    data = np.zeros((len(NAMES), samples))
    for name, values in {**usual, **channels}.items():
        data[NAMES.index(name)] = values
    return Signal(NAMES, rate_hz, 0.0, data)
