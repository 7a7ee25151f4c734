"""Rest between legs: the rig stands at neutral while parts cool, then comes the next stage."""

import math
from collections.abc import Iterator

import numpy as np

from profiles.car.vehicle import Axle, Vehicle
from profiles.course.course import Leg
from profiles.drive.prepare import BLOCK_SAMPLES, FELT, DriveBlock

COOL_K = 2.0
"""A part counts as soaked to ambient within so much of it (design value)."""
STILL_AIR_SHARE = 0.5
"""Of the cooling in the air flow of a stage (general knowledge: 6 against 12 W/K)."""


def rest_s(leg: Leg, vehicle: Vehicle, ended_degc: tuple[float, float] | None) -> float:
    """How long the rig rests before a leg: a soak until both dampers are within `COOL_K` of ambient, then the service.

    The night is cut to what the parts need of it, as nothing else happens in it; it is never longer than `Leg.soak_h`.

    Args:
        leg: what follows.
        vehicle: whose dampers cool.
        ended_degc: front and rear damper at the end of what went before; None before the first leg.
    """
    if ended_degc is None:
        return 0.0
    needed = 0.0
    if leg.soak_h > 0.0:
        hot = zip((vehicle.front, vehicle.rear), ended_degc, strict=True)
        needed = max(_time_constant_s(axle) * _e_folds(degc - leg.ambient_degc) for axle, degc in hot)
    return min(needed, leg.soak_h * 3600.0) + leg.service_min * 60.0


def starts_degc(
    leg: Leg, vehicle: Vehicle, ended_degc: tuple[float, float] | None, rest: float
) -> tuple[float, float] | None:
    """Front and rear damper at the start of a leg; None stands for ambient, as after a soak."""
    if ended_degc is None or leg.soak_h > 0.0:
        return None
    front, rear = (
        leg.ambient_degc + (degc - leg.ambient_degc) * math.exp(-rest / _time_constant_s(axle))
        for axle, degc in zip((vehicle.front, vehicle.rear), ended_degc, strict=True)
    )
    return front, rear


def _time_constant_s(axle: Axle) -> float:
    return axle.heat.heat_j_per_k.value / (STILL_AIR_SHARE * axle.heat.cooling_w_per_k.value)


def _e_folds(above_k: float) -> float:
    return math.log(above_k / COOL_K) if above_k > COOL_K else 0.0


def rest_blocks(
    samples: int, first_sample: int, axes: int, distance_m: float, segment: int, ambient_degc: float
) -> Iterator[DriveBlock]:
    """So many samples at neutral, at a place."""
    still = np.zeros(len(FELT))
    still[FELT.index("damper_temperature_degc")] = ambient_degc
    for start in range(0, samples, BLOCK_SAMPLES):
        count = min(BLOCK_SAMPLES, samples - start)
        yield DriveBlock(
            first_sample=first_sample + start,
            drive=np.zeros((count, axes)),
            setpoint=np.zeros((count, axes)),
            distance_m=np.full(count, distance_m),
            speed_mps=np.zeros(count),
            segment=np.full(count, segment, dtype=np.int16),
            felt=np.tile(still, (count, 1)),
            clipped=np.zeros(axes, dtype=np.int64),
            end_degc=(ambient_degc, ambient_degc),
        )
