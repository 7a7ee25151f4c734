"""A drive at one constant speed, whoever drives: from standstill up to it, along it, and down to standstill."""

import numpy as np

from profiles.driver.speed import PLAN_HZ, SpeedPlan

ACCELERATION_MPS2 = 2.0
"""Up to the speed and down from it (design value: any car does that on gravel)."""
_SMOOTHING = 11
"""Points of the moving average that bounds the jerk to about 2 m/s³ (design value)."""


def steady_speed(length_m: float, speed_mps: float) -> SpeedPlan:
    """The plan of a constant speed over a length, from standstill to standstill.

    Args:
        length_m: of all of it; run-up and run-out take speed² / `ACCELERATION_MPS2` of it together.
        speed_mps: that is held in between.

    Raises:
        ValueError: the length is too short to hold the speed at all.
    """
    held_s = (length_m - speed_mps**2 / ACCELERATION_MPS2) / speed_mps
    if not held_s > 0.0:
        raise ValueError(f"{length_m:g} m are too short to reach {speed_mps:g} m/s at {ACCELERATION_MPS2:g} m/s²")
    ramp_s = speed_mps / ACCELERATION_MPS2
    end_s = 2.0 * ramp_s + held_s
    time_s = np.arange(0.0, end_s + 1.0 / PLAN_HZ, 1.0 / PLAN_HZ)
    speeds = np.clip(np.minimum(time_s, end_s - time_s) * ACCELERATION_MPS2, 0.0, speed_mps)
    padded = np.concatenate((np.zeros(_SMOOTHING - 1), speeds, np.zeros(_SMOOTHING - 1)))
    return SpeedPlan.of(np.convolve(padded, np.full(_SMOOTHING, 1.0 / _SMOOTHING), mode="valid"), length_m)
