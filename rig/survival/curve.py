"""The Kaplan-Meier curve, by scipy: what the lives say without a distribution."""

import warnings

import msgspec
import numpy as np
from scipy import stats

from rig.survival.lives import FloatArray, Lives


class Step(msgspec.Struct, frozen=True):
    """A distance at which something failed, and the share that survives it.

    ``lower`` and ``upper``: the log-log (Kalbfleisch & Prentice) interval; None where it is not defined, as at 0.
    """

    distance_km: float
    survival: float
    lower: float | None
    upper: float | None


def kaplan_meier(lives: Lives, confidence: float = 0.9) -> list[Step]:
    """The survival after each distance at which something failed, in order; two-sided pointwise confidence (0 to 1).

    A suspension at the distance of a failure counts as having gone past it. Nothing where nothing failed.
    """
    if not lives.failures:
        return []
    censored = stats.CensoredData(uncensored=lives.distance_km[lives.failed], right=lives.distance_km[~lives.failed])
    survival = stats.ecdf(censored).sf
    with warnings.catch_warnings():  # where the interval is not defined; here it is None
        warnings.simplefilter("ignore", RuntimeWarning)
        bounds = survival.confidence_interval(confidence, method="log-log")
    at_failure = np.isin(survival.quantiles, lives.distance_km[lives.failed])
    columns = (survival.quantiles, survival.probabilities, bounds.low.probabilities, bounds.high.probabilities)
    rows = zip(*(column[at_failure].tolist() for column in columns), strict=True)
    return [Step(km, share, _defined(low), _defined(high)) for km, share, low, high in rows]


def _defined(value: float) -> float | None:
    return value if value == value else None


def median_km(curve: list[Step]) -> float | None:
    """The first distance that no more than half survive; None where more than half do to the end."""
    return next((step.distance_km for step in curve if step.survival <= 0.5), None)


def plotting_positions(curve: list[Step]) -> FloatArray:
    """The shares failed at which the steps stand on a probability plot, float64[steps].

    Half-way up each step of the curve (Meeker & Escobar 1998, section 6.4).
    """
    failed = 1.0 - np.array([1.0, *(step.survival for step in curve)])
    return np.asarray(0.5 * (failed[1:] + failed[:-1]))
