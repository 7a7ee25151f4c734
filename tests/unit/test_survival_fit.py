"""Weibull and log-normal against published figures, against the definitions, and where they can't be fitted."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize_scalar
from scipy.special import chdtri

from rig.survival.fit import Family, NoFitError, fit, quantiles
from rig.survival.lives import Lives
from rig.survival.shape import Shape, difference, early_share, shape_of
from tests.survival_cases import SHOCK_ABSORBERS

LIKELIHOOD = {Family.WEIBULL: stats.weibull_min, Family.LOGNORMAL: stats.lognorm}


def likelihood(lives: Lives, family: Family, shape: float, scale_km: float) -> float:
    """The log-likelihood by scipy's densities."""
    law = LIKELIHOOD[family](shape, scale=scale_km)
    return float(law.logpdf(lives.distance_km[lives.failed]).sum() + law.logsf(lives.distance_km[~lives.failed]).sum())


def test_shock_absorbers() -> None:
    """Meeker & Escobar (1998): estimates, log-likelihood, B10 and its 95 % Wald interval."""
    found = fit(SHOCK_ABSORBERS, confidence=0.95)
    assert (found.failures, found.suspensions) == (11, 27)
    assert found.shape.value == pytest.approx(3.160470, abs=1e-6)
    assert found.scale_km.value == pytest.approx(27_718.72, abs=0.005)
    assert found.log_likelihood == pytest.approx(-123.9954, abs=5e-5)
    assert found.b_lives_km["B10"].value == pytest.approx(13_600.0, abs=0.05)
    assert found.b_lives_km["B10"].wald == pytest.approx((10_221.8, 18_094.7), abs=0.05)


@pytest.mark.parametrize("family", Family)
def test_the_estimate_is_the_highest_and_the_bounds_are_where_they_should_be(family: Family) -> None:
    """By scipy's densities: lower on all sides; along the profile exactly the chi-squared quantile is lost."""
    lives = SHOCK_ABSORBERS
    found = fit(lives, family, 0.9)
    best = likelihood(lives, family, found.shape.value, found.scale_km.value)
    assert found.log_likelihood == pytest.approx(best, abs=1e-9)
    for shape, scale in ((0.99, 1.0), (1.01, 1.0), (1.0, 0.99), (1.0, 1.01)):
        assert likelihood(lives, family, shape * found.shape.value, scale * found.scale_km.value) < best
    lost = 0.5 * float(chdtri(1, 0.1))
    for bound_km in found.b_lives_km["B10"].profile:
        assert best - profile_of_b10(lives, family, bound_km) == pytest.approx(lost, abs=1e-4)
    for shape in found.shape.profile:
        on_profile = highest(lambda log_km, shape=shape: likelihood(lives, family, shape, math.exp(log_km)), 9.0, 13.0)
        assert best - on_profile == pytest.approx(lost, abs=1e-4)


def profile_of_b10(lives: Lives, family: Family, b10_km: float) -> float:
    """The highest likelihood of all distributions with this B10."""

    def of(log_shape: float) -> float:
        shape = math.exp(log_shape)
        return likelihood(lives, family, shape, b10_km / LIKELIHOOD[family](shape).ppf(0.1))

    return highest(of, -3.0, 3.0)


def highest(function: Callable[[float], float], low: float, high: float) -> float:
    """The highest value between two places, by trying."""
    return -float(minimize_scalar(lambda x: -function(x), bounds=(low, high), method="bounded").fun)


@pytest.mark.parametrize(
    "lives",
    [
        Lives.of([5.0], [10.0]),
        Lives.of([5.0, 5.0, 5.0], [10.0]),
        Lives.of([100.0], [1000.0] * 500),
        Lives.of([1.0, 1.0001], [0.001]),
        Lives.of([1e-3, 2e9], [3.0]),
        Lives.of([7.0, 9.0, 9.0, 9.5]),
    ],
    ids=["one-failure", "ties", "heavily-censored", "all-but-alike", "twelve-decades", "complete"],
)
@pytest.mark.parametrize("family", Family)
def test_awkward_lives_are_fitted(lives: Lives, family: Family) -> None:
    """The likelihood is stationary there, and every bound encloses its estimate."""
    found = fit(lives, family)
    best = likelihood(lives, family, found.shape.value, found.scale_km.value)
    assert found.log_likelihood == pytest.approx(best, abs=1e-5)
    for shape, scale in ((0.999, 1.0), (1.001, 1.0)):
        assert likelihood(lives, family, shape * found.shape.value, scale * found.scale_km.value) < best + 1e-9
    for one in (found.shape, found.scale_km, *found.b_lives_km.values()):
        for low, high in (one.wald, one.profile):
            assert low < one.value < high


@pytest.mark.parametrize(
    ("lives", "words"),
    [
        (Lives.of([], [5.0, 9.0]), "nothing failed"),
        (Lives.of([9.0], [5.0]), "the only failure is at the longest distance, 9 km"),
        (
            Lives.of([9.0, 9.0], [9.0, 2.0]),
            "all failures are at the longest distance, 9 km: the shape would be infinite",
        ),
        (Lives.of([5.0]), "the only failure is at the longest distance"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_words(lives: Lives, words: str) -> None:
    """Without a failure below the longest distance the likelihood grows for ever."""
    for family in Family:
        with pytest.raises(NoFitError, match=words):
            fit(lives, family)


def test_another_unit_changes_nothing_but_the_unit() -> None:
    """A thousand times the distances: a thousand times each life, the same shape."""
    found, metres = fit(SHOCK_ABSORBERS), fit(Lives(1000.0 * SHOCK_ABSORBERS.distance_km, SHOCK_ABSORBERS.failed))
    assert metres.shape.profile == pytest.approx(found.shape.profile, rel=1e-8)
    in_km = [bound / 1000.0 for bound in metres.b_lives_km["B1"].profile]
    assert in_km == pytest.approx(found.b_lives_km["B1"].profile, rel=1e-8)


def test_quantiles_and_the_share_failed_are_inverse() -> None:
    """The distance by which a share has failed, and the share that has failed by it."""
    for family in Family:
        found, shares = fit(SHOCK_ABSORBERS, family), [0.001, 0.3, 0.99]
        at_km = np.array([one.value for one in quantiles(SHOCK_ABSORBERS, family, shares, 0.9)])
        assert found.unreliability(at_km) == pytest.approx(shares)


@pytest.mark.parametrize("bad", [[0.0], [-1.0], [math.nan], [math.inf], []])
def test_distances_are_above_zero(bad: list[float]) -> None:
    """Nothing else is life data."""
    with pytest.raises(ValueError, match="distance"):
        Lives.of(bad)


def test_infant_and_wear_out_are_told_apart() -> None:
    """Of thirty lives with a shape of 0.5 and of 3; of a constant rate, and of a single failure, nothing is said."""
    even = (np.arange(30) + 0.5) / 30
    for shape, said in ((0.5, Shape.INFANT), (3.0, Shape.WEAR_OUT), (1.0, Shape.UNTOLD)):
        lives = Lives.of((1000.0 * (-np.log(even)) ** (1.0 / shape)).tolist())
        assert shape_of(fit(lives), lives) is said
    single = Lives.of([5.0], [5.5] * 9)
    assert fit(single).shape.profile[0] > 1.0
    assert shape_of(fit(single), single) is Shape.UNTOLD


def test_the_early_share_is_that_of_sums_of_uniforms() -> None:
    """Two specimens: the first failure lies uniformly in the distance together; many: as the exact sum, then normal."""
    assert early_share(Lives.of([2.0, 8.0])) == pytest.approx(4.0 / 10.0)
    assert early_share(Lives.of([2.0, 8.0], [5.0])) == pytest.approx(6.0 / 15.0)
    assert early_share(Lives.of([1.0, 2.0, 3.0])) == pytest.approx(1.0 - 0.5 * (2.0 - 0.5 - 5.0 / 6.0) ** 2)
    assert early_share(Lives.of([2.0])) == 0.5
    rng = np.random.default_rng(3)
    shares = [early_share(Lives.of(rng.exponential(1.0, 14).tolist())) for _ in range(400)]
    assert stats.kstest(shares, "uniform").pvalue > 0.01


def test_groups_that_differ() -> None:
    """Twice the life differs; the same lives dealt out do not; without a failure there is nothing to compare."""
    even = (np.arange(12) + 0.5) / 12
    lives = 1000.0 * (-np.log(even)) ** 0.5
    apart = difference([Lives.of(lives.tolist()), Lives.of([], (3.0 * lives).tolist())])
    alike = difference([Lives.of(lives[::2].tolist()), Lives.of(lives[1::2].tolist())])
    assert apart is not None
    assert apart.p_value < 0.01
    assert alike is not None
    assert alike.p_value > 0.5
    assert difference([Lives.of([], [5.0]), Lives.of([], [6.0])]) is None
    assert difference([SHOCK_ABSORBERS]) is None
