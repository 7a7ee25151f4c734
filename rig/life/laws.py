"""Laws of damage: what share of a life a cycle, or a slide, takes. Damage 1 is the characteristic life of the family.

Sums run one term after the other in a kernel: any split of a history into blocks gives the same bits.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.life.components import BasquinLaw, SlidingLaw
from rig.life.rainflow import Cycles

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NO_KNEE = -1.0


@njit(cache=True)
def add_cycle_damage(
    ranges: FloatArray, weights: FloatArray, tags: IntArray, law: FloatArray, sums: FloatArray
) -> None:
    """Add each cycle's damage to ``sums[tag]``; ``law`` is [exponent, reference range, its cycles, knee cycles or -1].

    Basquin: N = N_ref (range / range_ref)^-k; below the knee's range the slope is 2k - 1 (Haibach 1970).
    """
    exponent, reference, cycles, knee = law[0], law[1], law[2], law[3]
    knee_range = reference * (cycles / knee) ** (1.0 / exponent) if knee > 0.0 else 0.0
    for i in range(ranges.shape[0]):
        if ranges[i] >= knee_range:
            damage = (ranges[i] / reference) ** exponent / cycles
        else:
            damage = (ranges[i] / knee_range) ** (2.0 * exponent - 1.0) / knee
        sums[tags[i]] += weights[i] * damage


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


def basquin_parameters(law: BasquinLaw) -> FloatArray:
    """The law as `add_cycle_damage` takes it."""
    knee = _NO_KNEE if law.knee_cycles is None else law.knee_cycles
    return np.array([law.exponent, law.reference_range, law.reference_cycles, knee])


def sliding_parameters(law: SlidingLaw) -> FloatArray:
    """The law as `add_sliding_damage` takes it."""
    return np.array([law.life_m, law.reference_degc, law.doubling_k])


def cycle_damage(law: BasquinLaw, cycles: Cycles, tag_count: int = 1) -> FloatArray:
    """The damage of some cycles by their tags, float64[tag_count]."""
    sums = np.zeros(tag_count)
    add_cycle_damage(cycles.ranges, cycles.weights, cycles.tags, basquin_parameters(law), sums)
    return sums


def cycles_to_failure(law: BasquinLaw, range_: float) -> float:
    """N at one range, in the law's channel unit; infinite at range 0."""
    one = Cycles(np.array([range_]), np.zeros(1), np.zeros(1, np.int64), np.ones(1))
    damage = float(cycle_damage(law, one)[0])
    return 1.0 / damage if damage > 0.0 else float("inf")
