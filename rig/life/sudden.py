"""Breaks: a property of the strut that is gone from one window to the next, and the sample at which it went."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.damage import pack, unpack
from rig.life.strut import EDGE, Share
from rig.life.verdict import FAILURE, RIG, Evidence, Finding
from rig.life.watches import Sudden

FloatArray = NDArray[np.float64]

SURE_ERRORS = 4.0
"""A loss counts when it stands by so many standard errors (design value)."""
_HELD = 8
_RISE = 6.0
_RISE_SAMPLES = 25
_RISE_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Residual:
    """A window's measured force less the reference's, float64[samples - 2 EDGE], and the car's distance by sample."""

    first_sample: int
    distance_km: FloatArray
    force_n: FloatArray

    @property
    def last_sample(self) -> int:
        """The window's last sample."""
        return self.first_sample + len(self.distance_km) - 1


class History:
    """The residuals of the last few windows; begins anew where windows do not follow one another."""

    def __init__(self, windows: int = _HELD) -> None:
        self._windows: deque[Residual] = deque(maxlen=windows)

    def add(self, residual: Residual) -> None:
        """Take in the next window."""
        if self._windows and residual.first_sample != self._windows[-1].last_sample + 1:
            self._windows.clear()
        self._windows.append(residual)

    def clear(self) -> None:
        """Forget: the next window does not follow."""
        self._windows.clear()

    def rise(self, streak: "Streak") -> tuple[int, float]:
        """The sample, and its distance in km, at which the residual rises.

        The first sample beyond six times the median of the window before the last good one that starts a stretch of
        which three fifths are beyond it; looked for from the last good window, which the break may have cut, to the
        first bad one. Where those are not at hand, or nothing rises: the start of the first bad window.
        """
        quiet = next((window for window in self._windows if window.last_sample + 1 == streak.last_good), None)
        if quiet is not None:
            limit = _RISE * float(np.median(np.abs(quiet.force_n)))
            for window in self._windows:
                if streak.last_good <= window.first_sample <= streak.first_bad:
                    index = _first_stretch(np.abs(window.force_n) > limit)
                    if index is not None:
                        return window.first_sample + EDGE + index, float(window.distance_km[EDGE + index])
        return streak.first_bad, streak.first_bad_km

    def evidence(self, streak: "Streak") -> Evidence:
        """From the last good window, where it is held, or else from the first bad one, to the newest."""
        held = any(window.first_sample == streak.last_good for window in self._windows)
        return Evidence(streak.last_good if held else streak.first_bad, self.last.last_sample)

    def usual_n(self) -> float:
        """The median of the windows' RMS residuals, N."""
        return float(np.median([np.sqrt(np.mean(window.force_n**2)) for window in self._windows]))

    @property
    def last(self) -> Residual:
        """The newest window."""
        return self._windows[-1]

    @property
    def last_km(self) -> float:
        """Where the car was at the last sample."""
        return float(self.last.distance_km[-1])

    def state(self) -> list[list[Any]]:
        """Everything needed to go on, as JSON values."""
        return [[w.first_sample, pack(w.distance_km), pack(w.force_n)] for w in self._windows]

    def restore(self, state: list[list[Any]]) -> None:
        """Go on from a saved state."""
        self._windows.clear()
        self._windows.extend(Residual(first, unpack(km), unpack(force)) for first, km, force in state)


def _first_stretch(beyond: NDArray[np.bool_]) -> int | None:
    for index in np.flatnonzero(beyond):
        if beyond[index : index + _RISE_SAMPLES].mean() >= _RISE_SHARE:
            return int(index)
    return None


@dataclass(slots=True)
class Streak:
    """Bad windows in a row: how many, and where the first of them and the last good window before it begin."""

    count: int = 0
    first_bad: int = 0
    first_bad_km: float = 0.0
    last_good: int = 0

    def see(self, lost: bool, window: Residual) -> int:
        """Take in a window's judgement; the bad windows in a row so far."""
        if not lost:
            self.count, self.last_good = 0, window.first_sample
            return 0
        if self.count == 0:
            self.first_bad, self.first_bad_km = window.first_sample, float(window.distance_km[0])
        self.count += 1
        return self.count


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
    sample, km = history.rise(streak)
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
    sample, km = history.rise(streak)
    text = (
        f"{each.component}: {each.feature} fell to {value:.0%} of its reference, limit {limit:.0%}, in {rule.windows} "
        f"windows in a row; the force leaves the healthy model at sample {sample}"
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
