"""How sure equivalent kilometres are: what is statistical and what is a named assumption, each by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

from rig.equivalence.counting import Count, LawName
from rig.equivalence.exponents import end_name, range_of
from rig.equivalence.scatter import Factors, joined, scatter
from rig.life.laws.schema import Law

Interval = tuple[float, float]

PREDICTION = Factors(1.0, 1.5)
"""Predicted over measured damage of the same drive: five laws, two courses, simulated corner (docs/equivalence.md).

A prediction that is too high by so much makes equivalent km too low by as much.
"""
_EXACT = Factors(1.0, 1.0)
"""An exponent without a range is taken as it stands, which is said."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """The equivalent km of a specimen by one of its laws, with one uncertainty at a time; None where it can't be told.

    Attributes:
        target_roads_km: statistical. The target is one drive of many with other seeds; what it would be for their mean.
        run_roads_km: statistical. What runs over as much such road are worth on average. No uncertainty of this
            run, whose damage was measured.
        exponent_range: of the law's source.
        exponent_km: an assumption. From one end of that range to the other.
        prediction_km: an assumption. Where predictions err as they were seen to (`PREDICTION`).
        range_km: the target's roads, the exponent and the prediction, each at its worst at once.
        untold: why ``range_km`` can't be told; empty where it is.
    """

    component: str
    serial: str
    law: str
    target_roads_km: Interval | None
    run_roads_km: Interval | None
    exponent_range: Interval | None
    exponent_km: Interval | None
    prediction_km: Interval | None
    range_km: Interval | None
    untold: str


def sureness(
    serial: str,
    key: LawName,
    law: Law,
    equivalent_km: float | None,
    mine: Sequence[Count],
    target: Count,
    confidence: float,
) -> Sureness:
    """How sure the equivalent km of a specimen by a law are.

    Args:
        serial: of the specimen; ``key`` names its component and the law.
        equivalent_km: None where they can't be told.
        mine: the counts of the runs that had it on the rig, with those of `rig.equivalence.exponents.with_ends`.
        target: the same of the target.
        confidence: of the intervals, two-sided.
    """
    planned = key in target.damage
    roads = scatter(target.stretches(key), confidence) if planned else None
    again = scatter(joined([count.stretches(key) for count in mine]), confidence)
    ends = _ends(key, law, mine, target) if planned else None
    model = PREDICTION if planned else None
    against = Factors(1.0 / roads.high, 1.0 / roads.low) if roads else None

    def of(factors: Factors | None) -> Interval | None:
        return (equivalent_km * factors.low, equivalent_km * factors.high) if factors and equivalent_km else None

    return Sureness(
        component=key[0],
        serial=serial,
        law=key[1],
        target_roads_km=of(against),
        run_roads_km=of(again),
        exponent_range=range_of(law),
        exponent_km=of(ends),
        prediction_km=of(model),
        range_km=of(_at_once([against, ends or _EXACT, model])),
        untold=_untold(equivalent_km, planned, roads),
    )


def _at_once(all_of: Sequence[Factors | None]) -> Factors | None:
    """Each at its worst at once; None where one of them is."""
    told = [one for one in all_of if one]
    if len(told) < len(all_of):
        return None
    return Factors(prod(one.low for one in told), prod(one.high for one in told))


def least_range(found: Sequence[Sureness]) -> Interval | None:
    """Between what the least of several equivalent km lies, None where one has no range.

    It can be below the range of the one that is least now: another can be less than that.
    """
    ranges = [one.range_km for one in found if one.range_km]
    if not ranges or len(ranges) < len(found):
        return None
    return min(low for low, _ in ranges), min(high for _, high in ranges)


def _ends(key: LawName, law: Law, mine: Sequence[Count], target: Count) -> Factors | None:
    """Equivalent km at the worse and the better of the exponent's ends, over those at the exponent itself."""
    component, name = key
    ratios = [
        _ratio((component, named), mine, target)
        for named in (name, *(end_name(name, exponent) for exponent in range_of(law) or ()))
    ]
    if len(ratios) == 1 or not ratios[0] or None in ratios:
        return None
    shares = [ratio / ratios[0] for ratio in ratios if ratio is not None]
    return Factors(min(shares), max(shares))


def _ratio(key: LawName, mine: Sequence[Count], target: Count) -> float | None:
    theirs = _sum(target.damage[key])
    return sum(_sum(count.damage[key]) for count in mine) / theirs if theirs else None


def _sum(by_surface: Mapping[str, float]) -> float:
    return sum(by_surface.values())


def _untold(equivalent_km: float | None, planned: bool, roads: Factors | None) -> str:
    if not equivalent_km:
        return "there are no equivalent km"
    if not planned:
        return "by surfaces a single obstacle decides"
    return "" if roads else "the target has too few stretches of road"
