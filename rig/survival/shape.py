"""What a fitted shape says about how parts fail, and whether groups of them differ."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
import numpy as np
from scipy.special import chdtrc

from rig.survival.fit import Fit, NoFitError, log_likelihood
from rig.survival.lives import Lives


class Shape(StrEnum):
    """Of a failure rate over distance."""

    INFANT = "infant"
    WEAR_OUT = "wear-out"
    UNTOLD = "can't be told"


def shape_of(found: Fit) -> Shape:
    """By the profile-likelihood interval of Weibull's beta against 1: below it the rate falls, above it grows."""
    low, high = found.shape.profile
    return Shape.INFANT if high < 1.0 else Shape.WEAR_OUT if low > 1.0 else Shape.UNTOLD


class Difference(msgspec.Struct, frozen=True):
    """The likelihood-ratio test of one Weibull for all groups against one for each.

    ``statistic``: twice the log-likelihood gained; ``freedom``: of its chi-squared distribution if there is no
    difference; ``p_value``: how often chance alone gives as much. It holds for many failures; tests/coverage.py has
    figures for few.
    """

    statistic: float
    freedom: int
    p_value: float


def difference(groups: Sequence[Lives]) -> Difference | None:
    """Whether groups have the same Weibull; None for less than two, or where one of them can't be fitted."""
    if len(groups) < 2:
        return None
    together = Lives(
        np.concatenate([lives.distance_km for lives in groups]), np.concatenate([lives.failed for lives in groups])
    )
    try:
        gained = sum(log_likelihood(lives) for lives in groups) - log_likelihood(together)
    except NoFitError:
        return None
    statistic, freedom = max(0.0, 2.0 * gained), 2 * (len(groups) - 1)
    return Difference(statistic, freedom, float(chdtrc(freedom, statistic)))
