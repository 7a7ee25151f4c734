"""How much hangs on a few stretches: the interval of the damage that such a road does, from its own stretches."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from rig.equivalence.by_surface import SHORTEST_KM
from rig.equivalence.stretches import FloatArray, Stretches

FEWEST = 5
"""Whole stretches of a surface, below which it is taken together with the next longer one."""


class Factors(NamedTuple):
    """The bounds of a figure, over the figure."""

    low: float
    high: float


class _Stratum(NamedTuple):
    damage: FloatArray
    km: FloatArray


def joined(parts: Sequence[Stretches]) -> Stretches:
    """The stretches of several ways, those on the same surface together."""
    names = dict.fromkeys(name for part in parts for name in part.damage)
    there = {name: [part for part in parts if name in part.damage] for name in names}
    return Stretches(
        max(part.stretch_km for part in parts),
        {name: np.concatenate([part.damage[name] for part in mine]) for name, mine in there.items()},
        {name: np.concatenate([part.km[name] for part in mine]) for name, mine in there.items()},
    )


def scatter(way: Stretches, confidence: float) -> Factors | None:
    """The interval of the mean damage of ways with as much of each surface, over the damage of this one.

    On each surface the damage is a ratio estimate, damage over km, with its linearised variance; the surfaces' add up
    (Cochran 1977, Sampling Techniques, 6.3 and 6.10). ln of the sum is taken as Student's t with the degrees of freedom
    of Satterthwaite (1946, Biometrics Bulletin 2). docs/equivalence.md has how often it holds.

    Args:
        way: where the damage was done.
        confidence: two-sided, above 0 and below 1.

    Returns:
        None where there is no damage, or less way than `FEWEST` stretches.
    """
    total = math.fsum(float(part.sum()) for part in way.damage.values())
    strata = list(_strata(way))
    if not total > 0.0 or not strata:
        return None
    spread = [_variance(stratum) for stratum in strata]
    variance = math.fsum(each for each, _ in spread)
    if variance == 0.0:
        return Factors(1.0, 1.0)
    freedom = variance**2 / math.fsum(each**2 / free for each, free in spread)
    width = float(stdtrit(freedom, 0.5 + 0.5 * confidence)) * math.sqrt(variance) / total
    return Factors(math.exp(-width), math.exp(width))


def _strata(way: Stretches) -> list[_Stratum]:
    """The surfaces, those with few stretches together with the next longer ones; none where all have too few.

    What was done where no way was made scatters not.
    """
    found: list[_Stratum] = []
    few: list[_Stratum] = []
    there = (_Stratum(damage, way.km[name]) for name, damage in way.damage.items())
    for stratum in sorted(there, key=_length_km):
        if _length_km(stratum) >= SHORTEST_KM:
            few.append(stratum)
        if round(sum(map(_length_km, few)) / way.stretch_km) >= FEWEST:
            found.append(_together(few))
            few = []
    if few and found:
        found[-1] = _together([found[-1], *few])
    return found


def _length_km(stratum: _Stratum) -> float:
    return float(stratum.km.sum())


def _together(strata: Sequence[_Stratum]) -> _Stratum:
    return _Stratum(*(np.concatenate(parts) for parts in zip(*strata, strict=True)))


def _variance(stratum: _Stratum) -> tuple[float, int]:
    """Variance of a stratum's damage, and its degrees of freedom."""
    count = len(stratum.km)
    left = stratum.damage - float(stratum.damage.sum()) / _length_km(stratum) * stratum.km
    return count / (count - 1) * float(left @ left), count - 1
