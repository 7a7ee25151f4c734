"""What few or no failures prove: Weibayes, with a shape that is assumed, and the success run, with none."""

import math

import msgspec
import numpy as np
from scipy.special import betaincinv, chdtri

from rig.survival.fit import B_LIVES
from rig.survival.lives import Lives


class Weibayes(msgspec.Struct, frozen=True, kw_only=True):
    """A Weibull life with an assumed shape.

    Attributes:
        shape: beta, from elsewhere: nothing in the data speaks for it.
        scale_km: the most likely characteristic life; None where nothing failed.
        scale_lower_km: its one-sided lower bound.
        b_lives_lower_km: the one-sided lower bounds of B1, B10 and B50.
        confidence: of the bounds, one-sided.
    """

    shape: float
    failures: int
    scale_km: float | None
    scale_lower_km: float
    b_lives_lower_km: dict[str, float]
    confidence: float


def weibayes(lives: Lives, shape: float, confidence: float = 0.9) -> Weibayes:
    """Weibull's characteristic life for a known shape: eta = (sum t^beta / r)^(1/beta).

    With r failures the lower bound has chi2(C; 2r + 2) / 2 for r, which is -ln(1 - C) where nothing failed (Nelson
    1985, J. Quality Technology 17; Abernethy, The New Weibull Handbook).

    Raises:
        ValueError: a shape that is not above 0.
    """
    if not shape > 0.0:
        raise ValueError("the shape must be above 0")
    longest_km = float(lives.distance_km.max())
    total = float(((lives.distance_km / longest_km) ** shape).sum())

    def scale_km(failures: float) -> float:
        return longest_km * math.exp(math.log(total / failures) / shape)

    lower_km = scale_km(0.5 * float(chdtri(2 * lives.failures + 2, 1.0 - confidence)))
    return Weibayes(
        shape=shape,
        failures=lives.failures,
        scale_km=scale_km(lives.failures) if lives.failures else None,
        scale_lower_km=lower_km,
        b_lives_lower_km={name: lower_km * (-math.log1p(-p)) ** (1.0 / shape) for name, p in B_LIVES.items()},
        confidence=confidence,
    )


class SuccessRun(msgspec.Struct, frozen=True, kw_only=True):
    """How reliable a part is at a distance, by counting.

    ``tried``: how many reached the distance or failed before it; ``suspended_before``: how many of the specimens say
    nothing, as they were suspended on the way; ``reliability``: the one-sided lower bound at ``confidence``,
    ``reliability_50`` the same at 50 %.
    """

    distance_km: float
    tried: int
    failures: int
    suspended_before: int
    reliability: float
    reliability_50: float
    confidence: float


def success_run(lives: Lives, distance_km: float, confidence: float = 0.9) -> SuccessRun | None:
    """The reliability that is shown at a distance by those who reached it or failed on the way; None where nobody did.

    A failure at the distance itself counts as one on the way.
    """
    failed = int(np.sum(lives.failed & (lives.distance_km <= distance_km)))
    passed = int(np.sum(np.where(lives.failed, lives.distance_km > distance_km, lives.distance_km >= distance_km)))
    if not failed + passed:
        return None
    return SuccessRun(
        distance_km=distance_km,
        tried=failed + passed,
        failures=failed,
        suspended_before=len(lives.failed) - failed - passed,
        reliability=shown_reliability(failed + passed, failed, confidence),
        reliability_50=shown_reliability(failed + passed, failed, 0.5),
        confidence=confidence,
    )


def shown_reliability(specimens: int, failures: int, confidence: float) -> float:
    """The one-sided lower bound of a reliability (Clopper & Pearson 1934); without failures (1 - C)^(1/n)."""
    if failures == specimens:
        return 0.0
    return float(betaincinv(specimens - failures, failures + 1, 1.0 - confidence))
