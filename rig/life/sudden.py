"""Breaks: a property of the strut that is gone from one window to the next, and the sample at which it went."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rig.life.history import History, Streak
from rig.life.strut import Share
from rig.life.verdict import FAILURE, RIG, Finding
from rig.life.watches import Sudden

SURE_ERRORS = 4.0
"""A loss counts when it stands by so many standard errors (design value)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One property that can break: whose it is, the rule, and how slow loss of it is called."""

    component: str
    feature: str
    rule: Sudden
    slow_mode: str


class BreakDetector:
    """Judges the shares of spring and damper, window after window.

    Where both are gone at once the force does not follow the travel at all: a sensor or the force path, no part.
    """

    def __init__(self, spring: Candidate | None, damper: Candidate | None) -> None:
        self._candidates = tuple(each for each in (spring, damper) if each is not None)
        self._slots = tuple(slot for slot, each in ((0, spring), (1, damper)) if each is not None)
        self._streaks = {each.feature: Streak() for each in self._candidates}
        self._both = Streak()
        self._windows = max((each.rule.windows for each in self._candidates), default=2)

    def judge(self, spring: Share | None, damper: Share | None, history: History) -> list[Finding]:
        """What this window completes; ``history`` ends with it. None: it says nothing, for or against."""
        now = history.last
        limit = 1.0 - min((each.rule.loss for each in self._candidates), default=0.4)
        both = spring is not None and damper is not None and _lost(spring, limit) and _lost(damper, limit)
        if spring is not None and damper is not None and self._both.see(both, now) == self._windows:
            return [_force_path(spring.value, limit, self._both, history)]
        findings = []
        for slot, each in zip(self._slots, self._candidates, strict=True):
            share = (spring, damper)[slot]
            if share is None:
                continue
            lost = not both and _lost(share, 1.0 - each.rule.loss)
            if self._streaks[each.feature].see(lost, now) == each.rule.windows:
                findings.append(_break(each, share.value, self._streaks[each.feature], history))
        return findings

    def reset(self) -> None:
        """Windows in a row are broken off."""
        self._both = Streak()
        self._streaks = {feature: Streak() for feature in self._streaks}

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"both": asdict(self._both), "streaks": {name: asdict(each) for name, each in self._streaks.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._both = Streak(**state["both"])
        self._streaks = {name: Streak(**each) for name, each in state["streaks"].items()}


def _lost(share: Share, limit: float) -> bool:
    return share.value + SURE_ERRORS * share.error < limit


def _force_path(value: float, limit: float, streak: Streak, history: History) -> Finding:
    sample, km = history.break_at(streak)
    return Finding(
        component=RIG,
        severity=FAILURE,
        mode="force_path",
        distance_km=km,
        sample=sample,
        feature="stiffness",
        value=value,
        limit=limit,
        evidence=history.evidence(streak),
        detected_km=history.last_km,
        text="neither spring nor damper shows in the strut force: a sensor or the force path; no part is judged by it",
    )


def _break(each: Candidate, value: float, streak: Streak, history: History) -> Finding:
    rule, limit = each.rule, 1.0 - each.rule.loss
    sample, km = history.break_at(streak)
    text = (
        f"{each.component}: {each.feature} fell to {value:.0%} of its reference, limit {limit:.0%}, in {rule.windows} "
        f"windows in a row; it broke at sample {sample}"
    )
    return Finding(
        component=each.component,
        severity=FAILURE,
        mode=rule.mode if value < rule.fracture_remaining else each.slow_mode,
        distance_km=km,
        sample=sample,
        feature=each.feature,
        value=value,
        limit=limit,
        evidence=history.evidence(streak),
        detected_km=history.last_km,
        text=text,
    )
