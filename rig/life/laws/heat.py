"""What goes on with distance or time, and faster in the heat: seals that wear, rubber and oil that age."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.life.laws.schema import AgeingLaw, SlidingLaw

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

KELVIN = 273.15
GAS_J_PER_MOL_K = 8.314462618
"""The gas constant (SI brochure, 9th edition 2019: exact)."""


@njit(cache=True)
def add_sliding_damage(
    travel_m: FloatArray,
    temperature_degc: FloatArray,
    tags: IntArray,
    law: FloatArray,
    last: FloatArray,
    sums: FloatArray,
) -> None:
    """Add the wear of each slide to ``sums[tag]``; ``law`` is [life m, reference °C, doubling K], ``last`` [travel].

    Arrhenius in its engineering form: the rate doubles every so many kelvin (design value 10 K for NBR and FKM seals).
    """
    for i in range(travel_m.shape[0]):
        if last[0] == last[0]:
            rate = 2.0 ** ((temperature_degc[i] - law[1]) / law[2])
            sums[tags[i]] += abs(travel_m[i] - last[0]) * rate / law[0]
        last[0] = travel_m[i]


@njit(cache=True)
def add_ageing_damage(
    temperature_degc: FloatArray, tags: IntArray, sample_time_s: float, law: FloatArray, sums: FloatArray
) -> None:
    """Add the ageing of each sample's time to ``sums[tag]``; ``law`` is [life s, reference K, E_a/R in K]."""
    for i in range(temperature_degc.shape[0]):
        rate = math.exp(law[2] * (1.0 / law[1] - 1.0 / (temperature_degc[i] + KELVIN)))
        sums[tags[i]] += sample_time_s * rate / law[0]


def sliding_parameters(law: SlidingLaw) -> FloatArray:
    """The law as `add_sliding_damage` takes it."""
    return np.array([law.life_m, law.reference_degc, law.doubling_k])


def ageing_parameters(law: AgeingLaw) -> FloatArray:
    """The law as `add_ageing_damage` takes it."""
    activation_k = 1000.0 * law.activation_kj_per_mol / GAS_J_PER_MOL_K
    return np.array([3600.0 * law.life_h, law.reference_degc + KELVIN, activation_k])
