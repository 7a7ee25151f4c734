"""What a Weibull fit costs: ours with all its bounds against scipy's, which has none."""

from typing import Any

import pytest
from scipy import stats
from survival_cases import SHOCK_ABSORBERS

from rig.survival.fit import fit
from tests.benchmark.slices import note, quantile_us, ratio, take_turns, timed


def test_weibull_fit_against_scipy(benchmark: Any) -> None:
    """38 shock absorbers, 11 failed: estimates, Wald and profile-likelihood bounds of five; scipy: estimates."""
    lives = SHOCK_ABSORBERS
    censored = stats.CensoredData(uncensored=lives.distance_km[lives.failed], right=lives.distance_km[~lives.failed])
    shape, _, scale_km = stats.weibull_min.fit(censored, floc=0)
    assert fit(lives).shape.value == pytest.approx(shape, rel=1e-5)
    assert fit(lives).scale_km.value == pytest.approx(scale_km, rel=1e-5)
    pools = take_turns(
        benchmark,
        lambda: timed(lambda _: fit(lives), range(200)),
        {"scipy": lambda: timed(lambda _: stats.weibull_min.fit(censored, floc=0), range(5))},
    )
    note(benchmark, times_as_fast=1.0 / ratio(pools, "scipy"), ours_us=quantile_us(pools["candidate"], 0.5))
    note(benchmark, scipy_us=quantile_us(pools["scipy"], 0.5))
    assert ratio(pools, "scipy") < 1.0 / 50.0
