"""What parts that have not failed by so many equivalent km show of the target: a success run, its shape assumed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rig.equivalence.confidence import Interval
from rig.life.components import Component
from rig.life.watches import NoWatch
from rig.runs import Run
from rig.survival.few import weibayes
from rig.survival.lives import Lives
from rig.survival.planning import specimens_needed

WANTED_RELIABILITY = 0.9
"""That the number of specimens which are needed is told for."""
_LARGEST = 700.0
"""That has an exponential; what lies beyond is a reliability of 0 all the same."""


@dataclass(frozen=True, slots=True)
class Worth:
    """One specimen by one law: its outcome, its equivalent km and their range; None where these can't be told."""

    serial: str
    outcome: str
    equivalent_km: float | None
    range_km: Interval | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What all specimens of a component together show by one law of the whole target. Reliabilities are 0 to 1.

    Attributes:
        shape: Weibull's beta of the family, from the component's file: assumed.
        serials: of the specimens.
        lives: their equivalent km over the target's; empty where nothing is shown.
        reliability_50, reliability: the one-sided lower bounds at 50 % and at the answer's confidence.
        reliability_50_range, reliability_range: the same where the equivalent km are at the ends of their range; None
            where that is not known.
        needed: how many specimens would have to come as far as the least of these to show `WANTED_RELIABILITY` at the
            answer's confidence; None where nothing is shown, or where it is more than a million.
        unseen: why nothing has shown how they are, so that it holds only if somebody looks and finds them sound; empty
            where something would have.
        nothing_as: why nothing is shown; empty where something is.
    """

    component: str
    law: str
    shape: float
    serials: tuple[str, ...]
    lives: tuple[float, ...]
    reliability_50: float | None
    reliability: float | None
    reliability_50_range: Interval | None
    reliability_range: Interval | None
    needed: int | None
    unseen: str
    nothing_as: str


def shown(
    component: Component, law: str, worth: Sequence[Worth], target_km: float, confidence: float, unseen: str = ""
) -> Shown:
    """What specimens show of a target; several are worth more than one, and one that failed leaves nothing to show."""
    shape, serials = component.weibull_shape, tuple(one.serial for one in worth)
    why = _nothing_as(worth)
    if why:
        return Shown(component.name, law, shape, serials, (), None, None, None, None, None, unseen, why)
    lives = tuple((one.equivalent_km or 0.0) / target_km for one in worth)
    ends = [[bound / target_km for bound in one.range_km] for one in worth if one.range_km]
    lowest, highest = zip(*ends, strict=True) if len(ends) == len(worth) else ((), ())

    def between(at: float) -> Interval | None:
        return (reliability(lowest, shape, at), reliability(highest, shape, at)) if lowest else None

    return Shown(
        component=component.name,
        law=law,
        shape=shape,
        serials=serials,
        lives=lives,
        reliability_50=reliability(lives, shape, 0.5),
        reliability=reliability(lives, shape, confidence),
        reliability_50_range=between(0.5),
        reliability_range=between(confidence),
        needed=_needed(min(lives), shape, confidence),
        unseen=unseen,
        nothing_as="",
    )


def _nothing_as(worth: Sequence[Worth]) -> str:
    failed = [one.serial for one in worth if one.outcome == "FAILED"]
    if failed:
        return f"{', '.join(failed)} FAILED: no survival is shown, and what lives say is for rig survival"
    unknown = [one.serial for one in worth if not one.outcome]
    if unknown:
        return f"how the test of {', '.join(unknown)} ended is not known: there is no verdict"
    return "" if all(one.equivalent_km for one in worth) else "there are no equivalent km"


def reliability(lives: Sequence[float], shape: float, confidence: float) -> float:
    """The lower bound of R over one life, of specimens that came so many lives without failing.

    R = exp(-(1/eta)^beta) with eta of `rig.survival.few.weibayes`; of one specimen (1 - C)^(1 / lives^beta), which is
    n = ln(1 - C) / (lives^beta ln R) with n = 1.
    """
    eta = weibayes(Lives.of(suspensions_km=lives), shape, confidence).scale_lower_km
    return math.exp(-math.exp(min(-shape * math.log(eta), _LARGEST)))


def _needed(lives: float, shape: float, confidence: float) -> int | None:
    at_their_end = WANTED_RELIABILITY ** (lives**shape)
    if at_their_end >= 1.0:
        return None
    try:
        return specimens_needed(at_their_end, confidence)
    except ValueError:
        return None


def unseen(component: Component, runs: Sequence[Run], serial: str) -> str:
    """Why nothing shows how a specimen is, by its component's file or its last verdict; empty where something does."""
    if isinstance(component.watch, NoWatch):
        return component.watch.why
    said = [one for run in runs if run.verdict for one in run.verdict.verdicts if _is(one, component.name, serial)]
    return str(said[-1]["reason"]) if said and said[-1].get("to_inspect") else ""


def _is(verdict: Mapping[str, object], component: str, serial: str) -> bool:
    return (verdict["component"], verdict["serial"]) == (component, serial)
