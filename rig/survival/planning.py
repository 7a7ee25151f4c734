"""How many specimens over which distance show a reliability."""

import math

import msgspec
from scipy.special import bdtr

from rig.survival.few import shown_reliability

MOST_SPECIMENS = 1_000_000
_ROUNDING = 1e-12
"""A plan whose confidence is exact but for rounding is one."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A test: so many specimens, each over so many lives; passed with at most so many failures.

    A life is the distance at which the reliability is asked for. ``distance_km``: for each specimen, ``total_km`` for
    all that run to the end; None where the life's length is not given.
    """

    specimens: int
    lives: float
    failures: int
    distance_km: float | None = None
    total_km: float | None = None


def specimens_needed(reliability: float, confidence: float, failures: int = 0) -> int:
    """The fewest specimens that show a reliability (0 to 1) over one life with so many failures allowed.

    The n form, n = ceil(ln(1 - C) / ln R) without failures: the classical binomial statement. (The n + 1 form, with a
    uniform prior on R, gives one less.)

    Raises:
        ValueError: more than `MOST_SPECIMENS`.
    """
    low, high = failures, failures + 1
    while not _shows(high, reliability, confidence, failures):
        low, high = high, 2 * high
        if high > 2 * MOST_SPECIMENS:
            raise ValueError(f"more than {MOST_SPECIMENS:,} specimens would be needed")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _shows(middle, reliability, confidence, failures) else (middle, high)
    return high


def _shows(specimens: int, reliability: float, confidence: float, failures: int) -> bool:
    return float(bdtr(failures, specimens, 1.0 - reliability)) <= (1.0 - confidence) * (1.0 + _ROUNDING)


def lives_needed(specimens: int, reliability: float, confidence: float, shape: float, failures: int = 0) -> float:
    """How many lives each specimen must run: R(k lives) = R^(k^beta), Weibull with a known shape.

    Raises:
        ValueError: as many failures are allowed as there are specimens.
    """
    if not specimens > failures:
        raise ValueError("more specimens than failures that are allowed")
    must_show = shown_reliability(specimens, failures, confidence)
    return math.exp(math.log(math.log(must_show) / math.log(reliability)) / shape)


def plan_over(
    lives: float, reliability: float, confidence: float, shape: float, failures: int = 0, life_km: float | None = None
) -> Plan:
    """The test over a number of lives, with the specimens it needs.

    Raises:
        ValueError: as `specimens_needed`.
    """
    count = specimens_needed(reliability ** (lives**shape), confidence, failures)
    return _plan(count, lives, failures, life_km)


def plan_with(
    specimens: int,
    reliability: float,
    confidence: float,
    shape: float,
    failures: int = 0,
    life_km: float | None = None,
) -> Plan:
    """The test with a number of specimens, over the lives it needs.

    Raises:
        ValueError: as `lives_needed`.
    """
    return _plan(specimens, lives_needed(specimens, reliability, confidence, shape, failures), failures, life_km)


def _plan(specimens: int, lives: float, failures: int, life_km: float | None) -> Plan:
    each_km = None if life_km is None else lives * life_km
    total_km = None if each_km is None else specimens * each_km
    return Plan(specimens=specimens, lives=lives, failures=failures, distance_km=each_km, total_km=total_km)
