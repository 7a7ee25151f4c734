"""Kaplan-Meier, Weibayes, success runs and plans against published figures."""

import math

import pytest
from scipy.stats import binom

from rig.survival.curve import kaplan_meier, median_km, plotting_positions
from rig.survival.few import shown_reliability, success_run, weibayes
from rig.survival.fit import fit
from rig.survival.lives import Lives
from rig.survival.planning import lives_needed, plan_over, plan_with, specimens_needed
from tests.survival_cases import LEUKAEMIA, SHOCK_ABSORBERS


def test_kaplan_meier_of_the_leukaemia_arm() -> None:
    """Freireich (1963): the steps, the median, the log-log interval at 6."""
    curve = kaplan_meier(LEUKAEMIA, 0.95)
    assert [step.distance_km for step in curve] == [6, 7, 10, 13, 16, 22, 23]
    steps = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert [step.survival for step in curve] == pytest.approx(steps, abs=5e-5)
    assert median_km(curve) == 23
    assert (curve[0].lower, curve[0].upper) == pytest.approx((0.6197, 0.9516), abs=5e-5)


def test_kaplan_meier_at_its_ends() -> None:
    """No failure: no step. The last specimen failed: nothing survives, and there no interval is defined."""
    assert kaplan_meier(Lives.of([], [5.0])) == []
    assert median_km([]) is None
    last = kaplan_meier(Lives.of([3.0, 4.0]))[-1]
    assert (last.survival, last.lower, last.upper) == (0.0, None, None)
    assert plotting_positions(kaplan_meier(Lives.of([3.0, 4.0]))) == pytest.approx([0.25, 0.75])


@pytest.mark.parametrize(
    ("confidence", "reliability", "failures", "specimens"),
    [
        *((0.90, 0.90, 0, 22), (0.95, 0.90, 0, 29), (0.90, 0.95, 0, 45), (0.95, 0.95, 0, 59), (0.90, 0.99, 0, 230)),
        *((0.90, 0.80, 0, 11), (0.90, 0.90, 1, 38), (0.95, 0.90, 1, 46), (0.50, 0.50, 0, 1)),
    ],
)
def test_success_run(confidence: float, reliability: float, failures: int, specimens: int) -> None:
    """The n form; one specimen less does not show it."""
    assert specimens_needed(reliability, confidence, failures) == specimens
    assert shown_reliability(specimens, failures, confidence) >= reliability - 1e-12
    if specimens > failures + 1:
        assert shown_reliability(specimens - 1, failures, confidence) < reliability


def test_one_survivor_at_one_life() -> None:
    """It proves R50 at 50 % confidence, R10 at 90 %, and no more."""
    run = success_run(Lives.of([], [5000.0]), 5000.0, 0.9)
    assert run is not None
    assert (run.tried, run.failures) == (1, 0)
    assert run.reliability_50 == pytest.approx(0.5)
    assert run.reliability == pytest.approx(0.1)


def test_who_counts_in_a_success_run() -> None:
    """Failed before or at the distance: failed. Failed after it: came so far. Suspended before: says nothing."""
    lives = Lives.of([100.0, 500.0, 700.0], [200.0, 500.0, 900.0])
    run = success_run(lives, 500.0)
    assert run is not None
    assert (run.tried, run.failures, run.suspended_before) == (5, 2, 1)
    assert binom.cdf(2, 5, 1.0 - run.reliability) == pytest.approx(0.1)
    assert success_run(Lives.of([], [200.0]), 500.0) is None
    assert shown_reliability(3, 3, 0.9) == 0.0


def test_weibayes() -> None:
    """A failure: the characteristic life; none: its 95 % lower bound; both from the same sum."""
    known = weibayes(Lives.of([1500.0], [1000.0, 1200.0]), 2.0)
    assert known.scale_km == pytest.approx(2165.64, abs=0.005)
    none = weibayes(Lives.of([], [1000.0, 1200.0, 1500.0]), 2.0, 0.95)
    assert none.scale_km is None
    assert none.scale_lower_km == pytest.approx(1251.22, abs=0.005)
    assert none.b_lives_lower_km["B10"] == pytest.approx(1251.22 * math.sqrt(-math.log(0.9)), abs=0.005)
    with pytest.raises(ValueError, match="above 0"):
        weibayes(Lives.of([1.0]), 0.0)


def test_weibayes_with_the_fitted_shape_is_the_fit() -> None:
    """Its formula is the likelihood's for a known shape."""
    found = fit(SHOCK_ABSORBERS)
    assert weibayes(SHOCK_ABSORBERS, found.shape.value).scale_km == pytest.approx(found.scale_km.value, rel=1e-7)


def test_plans() -> None:
    """With n = ln(1 - C) / (k^beta ln R): R90 at 90 % with shape 2 is 21.85 specimens at one life, 5.46 at two."""
    assert lives_needed(22, 0.9, 0.9, 2.0) == pytest.approx(math.sqrt(21.854345 / 22), rel=1e-6)
    assert plan_over(2.0, 0.9, 0.9, 2.0).specimens == 6
    assert plan_over(2.0, 0.9, 0.9, 3.0).specimens == 3
    assert plan_over(1.0, 0.9, 0.5, 2.0).specimens == 7
    plan = plan_with(5, 0.9, 0.9, 2.0, failures=1, life_km=5000.0)
    shown = shown_reliability(5, 1, 0.9)
    assert shown == pytest.approx(0.9 ** (plan.lives**2))
    assert plan.total_km == pytest.approx(5 * plan.lives * 5000.0)
    with pytest.raises(ValueError, match="more specimens"):
        lives_needed(1, 0.9, 0.9, 2.0, failures=1)
    with pytest.raises(ValueError, match="more than 1,000,000 specimens"):
        specimens_needed(1.0 - 1e-9, 0.9)
