"""The engine and its gears: what force they can put on the ground at a speed."""

import math

import numpy as np

from profiles.car.vehicle import Vehicle
from profiles.driveline.sections import DrivelineSection
from profiles.signal import FloatArray

_RPM = 30.0 / math.pi  # of one rad/s


def ratios(driveline: DrivelineSection) -> FloatArray:
    """Engine to wheel: the gears in low range, then in high range, each from the first on, float64[2 gears]."""
    high = np.array(driveline.gearbox.gears.values) * driveline.gearbox.final_ratio.value
    return np.concatenate((high * driveline.gearbox.low_range_ratio.value, high))


def engine_torque_nm(driveline: DrivelineSection, engine_radps: FloatArray) -> FloatArray:
    """Full-load torque at engine speeds (rad/s), float64[n]: the curve, cut to the restrictor's power; 0 beyond it."""
    points = driveline.engine.torque.points
    rpm = np.asarray(engine_radps) * _RPM
    torque = np.interp(rpm, [p.rpm for p in points], [p.torque_nm for p in points], right=0.0)
    limited = driveline.engine.highest_power_w.value / np.maximum(engine_radps, 1.0)
    return np.minimum(torque, limited)


def highest_force_n(vehicle: Vehicle, speed_mps: FloatArray) -> FloatArray:
    """Greatest force of the whole car at the ground in its best gear, float64[n]; what the ground takes is not asked.

    Below the first gear's slowest speed the converter slips and gives that speed's force.
    """
    driveline, radius_m = vehicle.driveline, vehicle.tyre.effective_radius_m.value
    slowest = driveline.engine.torque.points[0].rpm / _RPM
    best = np.zeros(len(speed_mps))
    for ratio in ratios(driveline)[len(driveline.gearbox.gears.values) :]:
        engine = np.maximum(np.asarray(speed_mps) / radius_m * ratio, slowest)
        force = engine_torque_nm(driveline, engine) * ratio * driveline.gearbox.efficiency.value / radius_m
        best = np.maximum(best, force)
    return best
