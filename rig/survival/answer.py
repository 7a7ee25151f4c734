"""Everything that is said of life data: for each component and group the figures, and for each what it assumes."""

import math
from collections.abc import Sequence
from itertools import groupby

import msgspec

from rig.survival.curve import Step, kaplan_meier, median_km
from rig.survival.few import SuccessRun, Weibayes, success_run, weibayes
from rig.survival.fit import Family, Fit, NoFitError, fit
from rig.survival.lives import Lives
from rig.survival.shape import Difference, Shape, difference, shape_of
from rig.survival.specimens import LifeData, Specimen, lives_of, modes_of

ASSUMES = {
    "kaplan_meier": "that what suspends a test has nothing to do with how near to failing the part is",
    "weibull": "one population with one way of failing, its rate a power of distance; suspensions as above",
    "lognormal": "one population whose ln(distance) to failure is normal; suspensions as above",
    "wald": "that ln of the figure is normal around its estimate; a lower bound is rather too high (docs/survival.md)",
    "profile": "that twice the log-likelihood lost is chi-squared; nearer the truth than Wald (docs/survival.md)",
    "failure_rate": "for wear-out also by what all ran together between failures (docs/survival.md)",
    "differences": "that what suspends tests is the same in all groups",
    "modes": "that modes don't influence each other: a part that failed by another mode is suspended for this one",
    "weibayes": "the shape that was given; nothing in the data speaks for it",
    "success_run": "nothing of how lives are distributed; who was suspended before is left out, which is the safe side",
    "km": "that a kilometre does the same to each specimen",
}
"""What each figure assumes."""


class Settings(msgspec.Struct, frozen=True):
    """What was asked: ``confidence`` of all bounds, a ``shape`` for Weibayes, the distance where successes count."""

    confidence: float = 0.9
    shape: float | None = None
    at_km: float | None = None


class OfMode(msgspec.Struct, frozen=True, kw_only=True):
    """One of several ways to fail; all other failures are suspensions for it."""

    mode: str
    failures: int
    weibull: Fit | None
    no_fit: str | None
    failure_rate: Shape | None


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One component and group.

    Attributes:
        total_km, longest_km: of all specimens together, and of the one that came farthest.
        median_km: of the Kaplan-Meier curve; None where more than half survive to its end.
        no_fit: why there is no Weibull and log-normal.
        failure_rate: of all modes together.
    """

    component: str
    group: str
    specimens: tuple[Specimen, ...]
    failures: int
    suspensions: int
    total_km: float
    longest_km: float
    kaplan_meier: list[Step]
    median_km: float | None
    weibull: Fit | None
    lognormal: Fit | None
    no_fit: str | None
    failure_rate: Shape | None
    weibayes: Weibayes | None
    success_run: SuccessRun | None
    modes: list[OfMode]

    @property
    def title(self) -> str:
        """Component and group."""
        return ", ".join(part for part in (self.component, self.group) if part) or "all specimens"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; ``differences`` between the groups of each component that can be fitted."""

    source: str
    settings: Settings
    notices: tuple[str, ...]
    sections: list[Section]
    differences: dict[str, Difference]
    assumes: dict[str, str]


def answer(data: LifeData, settings: Settings) -> Answer:
    """All figures of life data, components and groups apart."""
    ordered = sorted(data.specimens, key=lambda one: (one.component, one.group, one.distance_km))
    sections = [_section(list(mine), settings) for _, mine in groupby(ordered, lambda one: (one.component, one.group))]
    differences = {}
    for component, mine in groupby(sections, lambda one: one.component):
        found = difference([lives_of(one.specimens) for one in mine])
        if found:
            differences[component] = found
    return Answer(
        source=data.source,
        settings=settings,
        notices=data.notices,
        sections=sections,
        differences=differences,
        assumes=ASSUMES,
    )


def _section(specimens: Sequence[Specimen], settings: Settings) -> Section:
    lives, curve = lives_of(specimens), kaplan_meier(lives_of(specimens), settings.confidence)
    weibull, no_fit = _fitted(lives, Family.WEIBULL, settings)
    lognormal, _ = _fitted(lives, Family.LOGNORMAL, settings)
    names = modes_of(specimens)
    return Section(
        component=specimens[0].component,
        group=specimens[0].group,
        specimens=tuple(specimens),
        failures=lives.failures,
        suspensions=lives.suspensions,
        total_km=math.fsum(lives.distance_km),
        longest_km=float(lives.distance_km.max()),
        kaplan_meier=curve,
        median_km=median_km(curve),
        weibull=weibull,
        lognormal=lognormal,
        no_fit=no_fit,
        failure_rate=shape_of(weibull, lives) if weibull else None,
        weibayes=weibayes(lives, settings.shape, settings.confidence) if settings.shape else None,
        success_run=_success_run(lives, settings),
        modes=[_of_mode(specimens, name, settings) for name in names] if len(names) > 1 else [],
    )


def _success_run(lives: Lives, settings: Settings) -> SuccessRun | None:
    """At the distance that was asked for; without one, where nothing failed, as far as all came."""
    if settings.at_km is None and lives.failures:
        return None
    return success_run(lives, settings.at_km or float(lives.distance_km.min()), settings.confidence)


def _fitted(lives: Lives, family: Family, settings: Settings) -> tuple[Fit | None, str | None]:
    try:
        return fit(lives, family, settings.confidence), None
    except NoFitError as error:
        return None, str(error)


def _of_mode(specimens: Sequence[Specimen], mode: str, settings: Settings) -> OfMode:
    lives = lives_of(specimens, mode)
    weibull, no_fit = _fitted(lives, Family.WEIBULL, settings)
    rate = shape_of(weibull, lives) if weibull else None
    return OfMode(mode=mode, failures=lives.failures, weibull=weibull, no_fit=no_fit, failure_rate=rate)
