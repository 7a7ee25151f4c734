"""What turns under load: joints by torque, angle and revolutions; rolling bearings by ISO 281."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.life.laws.schema import BearingLaw, JointLaw

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@njit(cache=True)
def add_joint_damage(
    torque_nm: FloatArray,
    speed_radps: FloatArray,
    travel_m: FloatArray,
    tags: IntArray,
    sample_time_s: float,
    law: FloatArray,
    sums: FloatArray,
) -> None:
    """Add the damage of each sample's turn to ``sums[tag]``; a sample stands for the time to the next.

    ``law`` is [exponent, torque N·m, revolutions, static angle rad, arm m, angle's scale rad, angle's exponent].
    """
    for i in range(torque_nm.shape[0]):
        turns = abs(speed_radps[i]) * sample_time_s / (2.0 * math.pi)
        angle_rad = abs(law[3] + math.atan(travel_m[i] / law[4]))
        harder = 1.0 + (angle_rad / law[5]) ** law[6]
        sums[tags[i]] += turns * (abs(torque_nm[i]) * harder / law[1]) ** law[0] / law[2]


@njit(cache=True)
def add_bearing_damage(
    force_n: FloatArray,
    speed_radps: FloatArray,
    tags: IntArray,
    sample_time_s: float,
    law: FloatArray,
    highest: FloatArray,
    sums: FloatArray,
) -> None:
    """Add the damage of each sample's turn to ``sums[tag]``; ``highest`` keeps the highest radial load, N.

    ``law`` is [factor, static N, P / F_r, C in N, exponent, revolutions at P = C].
    """
    for i in range(force_n.shape[0]):
        radial_n = abs(law[0] * force_n[i] + law[1])
        highest[0] = max(highest[0], radial_n)
        turns = abs(speed_radps[i]) * sample_time_s / (2.0 * math.pi)
        sums[tags[i]] += turns * (law[2] * radial_n / law[3]) ** law[4] / law[5]


def joint_parameters(law: JointLaw) -> FloatArray:
    """The law as `add_joint_damage` takes it."""
    angles = [math.radians(law.static_deg), law.arm_m, math.radians(law.angle_scale_deg), law.angle_exponent]
    return np.array([law.exponent, law.reference_torque_nm, law.reference_revolutions, *angles])


def bearing_parameters(law: BearingLaw) -> FloatArray:
    """The law as `add_bearing_damage` takes it."""
    equivalent = law.x + law.y * law.axial_ratio
    revolutions = 1e6 * law.a_1 * law.a_iso
    return np.array([law.load.factor, law.load.static, equivalent, law.dynamic_rating_n, law.exponent, revolutions])


def static_ratio(law: BearingLaw, highest_n: float) -> float:
    """C_0 / P_0 at the highest radial load (ISO 76:2006); infinite while nothing has acted.

    Below 1 the balls leave dents in the race that are more than a ten-thousandth of their diameter deep.
    """
    static_n = (law.x_0 + law.y_0 * law.axial_ratio) * highest_n
    return law.static_rating_n / static_n if static_n > 0.0 else math.inf
