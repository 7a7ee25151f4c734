"""Laws of rainflow cycles: Basquin with Haibach's slope and mean stress, and the strain energy of elastomers."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.life.laws.heat import KELVIN
from rig.life.laws.schema import BasquinLaw, EnergyLaw, Goodman
from rig.life.mean_stress import goodman, smith_watson_topper
from rig.life.rainflow import Cycles

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_NO_KNEE = -1.0
_STEPS_PER_K = 100.0
"""The warmth at a turning point travels with the surface in one tag, in hundredths of a kelvin."""


@njit(cache=True)
def add_cycle_damage(
    ranges: FloatArray, weights: FloatArray, tags: IntArray, law: FloatArray, sums: FloatArray
) -> None:
    """Add each cycle's damage to ``sums[tag]``; ``law`` is [exponent, reference range, its cycles, knee cycles or -1].

    Basquin: N = N_ref (range / range_ref)^-k; below the knee's range the slope is 2k - 1 (Haibach 1970). An infinite
    range breaks the part at once: damage 1.
    """
    exponent, reference, cycles, knee = law[0], law[1], law[2], law[3]
    knee_range = reference * (cycles / knee) ** (1.0 / exponent) if knee > 0.0 else 0.0
    for i in range(ranges.shape[0]):
        if ranges[i] == np.inf:
            damage = 1.0
        elif ranges[i] >= knee_range:
            damage = (ranges[i] / reference) ** exponent / cycles
        else:
            damage = (ranges[i] / knee_range) ** (2.0 * exponent - 1.0) / knee
        sums[tags[i]] += weights[i] * damage


@njit(cache=True)
def add_energy_damage(
    ranges: FloatArray, weights: FloatArray, tags: IntArray, law: FloatArray, sums: FloatArray
) -> None:
    """Add each cycle's damage to ``sums[surface]``; tags are those of `warm_tags`.

    ``law`` is [exponent, reference energy J, its cycles, stiffness N/m, reference °C, doubling K, load's factor].
    """
    for i in range(ranges.shape[0]):
        warmth, surface = divmod(tags[i], sums.shape[0])
        degc = warmth / _STEPS_PER_K - KELVIN
        energy_j = (law[6] * ranges[i]) ** 2 / (2.0 * law[3])
        rate = 2.0 ** ((degc - law[4]) / law[5])
        sums[surface] += weights[i] * rate * (energy_j / law[1]) ** law[0] / law[2]


def warm_tags(surface: IntArray, surfaces: int, degc: FloatArray | float) -> IntArray:
    """Surface and temperature as one tag for each sample: surface + surfaces · hundredths of a kelvin."""
    steps = np.rint((np.asarray(degc, np.float64) + KELVIN) * _STEPS_PER_K).astype(np.int64)
    return np.asarray(surface + surfaces * steps)


def basquin_parameters(law: BasquinLaw) -> FloatArray:
    """The law as `add_cycle_damage` takes it."""
    knee = _NO_KNEE if law.knee_cycles is None else law.knee_cycles
    return np.array([law.exponent, law.reference_range, law.reference_cycles, knee])


def energy_parameters(law: EnergyLaw) -> FloatArray:
    """The law as `add_energy_damage` takes it; without warmth any temperature counts as the reference."""
    warmth = (law.warmth.reference_degc, law.warmth.doubling_k) if law.warmth else (0.0, np.inf)
    factor = law.load.factor if law.load else 1.0
    known = [law.exponent, law.reference_energy_j, law.reference_cycles, law.stiffness_n_per_m]
    return np.array([*known, *warmth, factor])


def acting_ranges(law: BasquinLaw, cycles: Cycles) -> FloatArray:
    """The range of the part's load in each cycle, at mean 0 where the law knows of mean stress."""
    if law.load is None:
        return cycles.ranges
    ranges, means = law.load.factor * cycles.ranges, law.load.factor * cycles.means + law.load.static
    if law.mean_stress is None:
        return ranges
    if isinstance(law.mean_stress, Goodman):
        return goodman(ranges, means, law.mean_stress.ultimate)
    return smith_watson_topper(ranges, means)


def cycle_damage(law: BasquinLaw, cycles: Cycles, tag_count: int = 1) -> FloatArray:
    """The Miner sum of some cycles by their tags, float64[tag_count]."""
    sums = np.zeros(tag_count)
    ranges = acting_ranges(law, cycles)
    add_cycle_damage(ranges, cycles.weights, cycles.tags, basquin_parameters(law), sums)
    return sums


def cycles_to_failure(law: BasquinLaw, range_: float) -> float:
    """N at one range about mean 0 of the channel, in the channel's unit; infinite at range 0."""
    one = Cycles(np.array([range_]), np.zeros(1), np.zeros(1, np.int64), np.ones(1))
    damage = float(cycle_damage(law, one)[0])
    return 1.0 / damage if damage > 0.0 else float("inf")
