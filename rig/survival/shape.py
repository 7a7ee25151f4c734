"""What lives say about how parts fail, infant or wear-out, and whether groups differ; of few failures as well."""

import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import comb, ndtr

from rig.survival.fit import Fit, NoFitError, log_likelihood
from rig.survival.lives import Lives

PERMUTATIONS = 999
_EXACT_UP_TO = 12
"""So many uniforms are summed exactly; the normal is good to 0.001 from there on."""
_SEED = 1


class Shape(StrEnum):
    """Of a failure rate over distance."""

    INFANT = "infant"
    WEAR_OUT = "wear-out"
    UNTOLD = "can't be told"


def shape_of(found: Fit, lives: Lives) -> Shape:
    """Infant where the failure rate falls, wear-out where it grows: by beta's profile-likelihood interval against 1.

    Of few failures that interval alone says wear-out far too often, and infant no more often than is meant
    (tests/interval_coverage.py). So for wear-out the failures must also come as late as chance alone brings them with
    half of what is left to the confidence (`early_share`), which holds for few failures as well.
    """
    low, high = found.shape.profile
    late = early_share(lives) > 0.5 + 0.5 * found.confidence
    return Shape.INFANT if high < 1.0 else Shape.WEAR_OUT if low > 1.0 and late else Shape.UNTOLD


def early_share(lives: Lives) -> float:
    """How often failures at a constant rate would come at least as early as these did; 0.5 of less than two failures.

    Between failures at a constant rate the distance that all specimens ran together is exponential, whatever suspends
    them: so the failures before the last are spread evenly over it (Barlow & Proschan 1969, Ann. Math. Stat. 40).
    """
    failed_km = np.sort(lives.distance_km[lives.failed])
    if len(failed_km) < 2:
        return 0.5
    together_km = np.array([np.minimum(lives.distance_km, km).sum() for km in failed_km])
    return _sum_of_uniforms(float((together_km[:-1] / together_km[-1]).sum()), len(failed_km) - 1)


def _sum_of_uniforms(total: float, count: int) -> float:
    """The probability that so many uniforms (0 to 1) add up to no more (Irwin & Hall 1927)."""
    if count > _EXACT_UP_TO:
        return float(ndtr((total - 0.5 * count) / math.sqrt(count / 12.0)))
    terms = ((-1) ** k * comb(count, k) * (total - k) ** count for k in range(math.floor(total) + 1))
    return min(1.0, max(0.0, math.fsum(terms) / math.factorial(count)))


class Difference(msgspec.Struct, frozen=True):
    """A test of one Weibull for all groups against one for each.

    ``statistic``: twice the log-likelihood gained; ``p_value``: how often as much is gained where specimens are put
    into groups of the same sizes by chance, in `PERMUTATIONS` such draws.
    """

    statistic: float
    p_value: float
    permutations: int = PERMUTATIONS


def difference(groups: Sequence[Lives]) -> Difference | None:
    """Whether groups have the same Weibull; None for less than two, or where nothing or all alike failed."""
    if len(groups) < 2:
        return None
    distance_km = np.concatenate([lives.distance_km for lives in groups])
    failed, ends = np.concatenate([lives.failed for lives in groups]), np.cumsum([len(one.failed) for one in groups])

    def gained(order: NDArray[np.int64]) -> float:
        return sum(_highest(Lives(distance_km[part], failed[part])) for part in np.split(order, ends[:-1]))

    rng, order = np.random.default_rng(_SEED), np.arange(len(failed))
    together, apart = _highest(Lives(distance_km, failed)), gained(order)
    if not failed.any() or not math.isfinite(together) or not math.isfinite(apart):
        return None
    as_much = sum(gained(rng.permutation(order)) >= apart - 1e-9 for _ in range(PERMUTATIONS))
    return Difference(2.0 * (apart - together), (1 + as_much) / (1 + PERMUTATIONS))


def _highest(lives: Lives) -> float:
    """The highest log-likelihood: 0 where nothing failed (a life without end), infinite where all alike failed."""
    if not lives.failures:
        return 0.0
    try:
        return log_likelihood(lives)
    except NoFitError:
        return math.inf
