"""A bearing on a rig that turns, for tests: rows with the shaft's speed and torque, and what thermocouples read."""

import math

import numpy as np
from numpy.typing import NDArray

from rig.life.watches import HotRunning, TemperatureWatch
from rig.record.rows import row_dtype
from rig.state import RigState
from tests.strut_rows import AXES, CHANNELS, RATE_HZ, RIG

SPEED_RADPS, TORQUE_NM, AIR_DEGC = 60.0, 400.0, 31.0

WATCH = TemperatureWatch(
    watch="temperature",
    reading="hub_temperature_degc",
    ambient_reading="ambient_temperature_degc",
    speed_channel="shaft_speed_radps",
    drag_nm=1.5,
    heat_j_per_k=400.0,
    air_w_per_k=10.0,
    source="a test",
    confidence="design",
    hot_running=HotRunning(
        mode="running_hot",
        mechanism="wear of the raceways",
        warning_ratio=1.5,
        failure_ratio=2.0,
        corroborating_k=6.0,
        block_s=10.0,
        blocks=3,
        source="a test",
        confidence="design",
    ),
)


def turning_rows(seconds: float, speed_radps: float = SPEED_RADPS) -> NDArray[np.void]:
    """Rows of a rig that runs at one speed and torque."""
    rows = np.zeros(round(seconds * RATE_HZ), row_dtype(len(AXES), len(CHANNELS)))
    rows["sample"], rows["span"], rows["state"] = np.arange(len(rows)), 1.0, int(RigState.RUNNING)
    rows["distance_m"] = 10.0 * np.arange(len(rows)) / RATE_HZ
    for name, value in (("shaft_speed_radps", speed_radps), ("halfshaft_torque_nm", TORQUE_NM)):
        index = CHANNELS.index(name)
        rows["feedback"][:, index] = round(value / RIG.channels[index].scale)
    return rows


def excess_k(seconds: float, friction: float = 1.0, since_s: float = 0.0) -> float:
    """Over the air, in closed form: friction as drawn until a time, so many times as much from then on."""
    tau_s = WATCH.heat_j_per_k / WATCH.air_w_per_k
    final_k = WATCH.drag_nm * SPEED_RADPS / WATCH.air_w_per_k
    healthy_k = final_k * (1.0 - math.exp(-seconds / tau_s))
    more_k = final_k * (friction - 1.0) * (1.0 - math.exp(-max(0.0, seconds - since_s) / tau_s))
    return healthy_k + more_k


def readings(
    seconds: int, friction: float = 1.0, since_s: float = 0.0, offset_k: float = 0.0, noise_k: float = 0.05
) -> list[tuple[int, float, dict[str, float | None]]]:
    """One a second, as the judge takes them: sample, kilometre, values."""
    noise = np.random.default_rng(3)
    found: list[tuple[int, float, dict[str, float | None]]] = []
    for second in range(1, seconds):
        hot_k = excess_k(second, friction, since_s) + offset_k * math.exp(-second / 40.0)
        hot, air = (AIR_DEGC + value + noise_k * noise.standard_normal() for value in (hot_k, 0.0))
        values: dict[str, float | None] = {"hub_temperature_degc": hot, "ambient_temperature_degc": air}
        found.append((second * RATE_HZ - 1, 0.01 * second, values))
    return found
