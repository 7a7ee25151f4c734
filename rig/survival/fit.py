"""Weibull and log-normal by maximum likelihood with right-censoring; Wald and profile-likelihood bounds.

Source: Meeker & Escobar, Statistical Methods for Reliability Data (1998), chapter 8. `rig.survival.kernels` computes.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec
import numpy as np
from scipy.special import ndtr, ndtri

from rig.survival.kernels import EXTREME_VALUE, NORMAL, maximise, quantile_bounds
from rig.survival.lives import FloatArray, Lives

B_LIVES = {"B1": 0.01, "B10": 0.10, "B50": 0.50}
"""The distances by which so large a share has failed."""


class Family(StrEnum):
    """What lives are assumed to be distributed as."""

    WEIBULL = "weibull"
    LOGNORMAL = "lognormal"


class NoFitError(ValueError):
    """These lives don't determine a distribution; says in words why not."""


class Estimate(msgspec.Struct, frozen=True):
    """A value with two-sided bounds, Wald's on the logarithm, and profile likelihood's; inf or 0: unbounded there."""

    value: float
    wald: tuple[float, float]
    profile: tuple[float, float]


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution fitted to lives.

    Attributes:
        shape: Weibull's beta; of the log-normal sigma, the standard deviation of ln(distance).
        scale_km: Weibull's characteristic life eta, by which 63.2 % have failed; the log-normal's median.
        b_lives_km: by name (`B_LIVES`).
        log_likelihood: of the distances in km.
        confidence: of all bounds, two-sided.
    """

    family: Family
    failures: int
    suspensions: int
    shape: Estimate
    scale_km: Estimate
    b_lives_km: dict[str, Estimate]
    log_likelihood: float
    confidence: float

    def unreliability(self, distance_km: FloatArray) -> FloatArray:
        """The share that has failed by distances in km."""
        if self.family is Family.WEIBULL:
            return np.asarray(-np.expm1(-((distance_km / self.scale_km.value) ** self.shape.value)))
        return np.asarray(ndtr(np.log(distance_km / self.scale_km.value) / self.shape.value))


def standard_quantile(family: Family, share: float) -> float:
    """Where a share of the standard family lies below: of ln(distance), centred and scaled."""
    return math.log(-math.log1p(-share)) if family is Family.WEIBULL else float(ndtri(share))


def fit(lives: Lives, family: Family = Family.WEIBULL, confidence: float = 0.9) -> Fit:
    """Fit a family to lives; all bounds at a two-sided confidence (0 to 1).

    Raises:
        NoFitError: nothing failed, or the failures are all at the longest distance: the shape would be infinite.
    """
    w = [standard_quantile(family, share) for share in B_LIVES.values()]
    search = _Search(lives, family)
    *b_lives, scale, shape = search.estimates([*w, 0.0, math.nan], confidence)
    if family is Family.LOGNORMAL:
        shape = _inverse(shape)
    return Fit(
        family=family,
        failures=lives.failures,
        suspensions=lives.suspensions,
        shape=shape,
        scale_km=scale,
        b_lives_km=dict(zip(B_LIVES, b_lives, strict=True)),
        log_likelihood=search.log_likelihood,
        confidence=confidence,
    )


def quantiles(lives: Lives, family: Family, shares: Sequence[float], confidence: float) -> list[Estimate]:
    """The distances, km, by which shares have failed.

    Raises:
        NoFitError: as `fit`.
    """
    return _Search(lives, family).estimates([standard_quantile(family, share) for share in shares], confidence)


def log_likelihood(lives: Lives, family: Family = Family.WEIBULL) -> float:
    """The highest log-likelihood of a family.

    Raises:
        NoFitError: as `fit`.
    """
    return _Search(lives, family).log_likelihood


class _Search:
    """Logarithms of lives, centred and scaled so that the kernels begin near; and what they found."""

    def __init__(self, lives: Lives, family: Family) -> None:
        _refuse_what_has_no_shape(lives)
        self.family = EXTREME_VALUE if family is Family.WEIBULL else NORMAL
        logs = np.log(lives.distance_km)
        self.centre, self.spread, self.failed = float(logs.mean()), float(logs.std()), lives.failed
        self.x = (logs - self.centre) / self.spread
        self.best, self.seconds, arrived = maximise(self.family, self.x, self.failed)
        if not arrived:
            raise NoFitError("the likelihood has no maximum that can be found: the lives are too much alike")
        own = float(self.best[2])
        self.log_likelihood = own - lives.failures * math.log(self.spread) - float(logs[lives.failed].sum())

    def estimates(self, w: Sequence[float], confidence: float) -> list[Estimate]:
        """Of standard quantiles, in km; of NaN, the shape."""
        z = float(ndtri(0.5 + 0.5 * confidence))
        rows = quantile_bounds(self.family, self.x, self.failed, self.best, self.seconds, np.array(w), z)
        shapes = np.isnan(w)
        rows[~shapes] = self.centre + self.spread * rows[~shapes]
        rows[shapes] -= math.log(self.spread)
        with np.errstate(over="ignore"):
            table = np.exp(rows).tolist()
        return [Estimate(row[0], (row[1], row[2]), (row[3], row[4])) for row in table]


def _refuse_what_has_no_shape(lives: Lives) -> None:
    if not lives.failures:
        raise NoFitError("nothing failed: the data bound a life from below and give no shape")
    failed_km = lives.distance_km[lives.failed]
    longest_km = float(lives.distance_km.max())
    if failed_km.min() == longest_km:
        which = "the only failure is" if lives.failures == 1 else "all failures are"
        raise NoFitError(f"{which} at the longest distance, {longest_km:g} km: the shape would be infinite")


def _inverse(one: Estimate) -> Estimate:
    def over(bounds: tuple[float, float]) -> tuple[float, float]:
        return 1.0 / bounds[1], 1.0 / bounds[0] if bounds[0] else math.inf

    return Estimate(1.0 / one.value, over(one.wald), over(one.profile))
