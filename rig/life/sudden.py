"""Breaks: a property of the strut that is gone from one window to the next, and the sample at which it went."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.components import Sudden
from rig.life.damage import pack, unpack
from rig.life.strut import EDGE, Share
from rig.life.verdict import FAILURE, RIG, Evidence, Finding

FloatArray = NDArray[np.float64]

SURE_ERRORS = 4.0
"""A loss counts when it stands by so many standard errors (design value)."""
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

    def __init__(self, windows: int) -> None:
        self._windows: deque[Residual] = deque(maxlen=windows)

    def add(self, residual: Residual) -> None:
        """Take in the next window."""
        if self._windows and residual.first_sample != self._windows[-1].last_sample + 1:
            self._windows.clear()
        self._windows.append(residual)

    def clear(self) -> None:
        """Forget: the next window does not follow."""
        self._windows.clear()

    def rise(self, bad_windows: int) -> tuple[int, float]:
        """The sample, and its distance in km, at which the residual rises before or in the first of the bad windows.

        The first sample beyond six times the median of the window before the search that starts a stretch of which
        three fifths are beyond it. Where no window before is at hand: the start of the first bad one.
        """
        windows = list(self._windows)
        bad = windows[-bad_windows]
        if len(windows) < bad_windows + 2:
            return bad.first_sample, float(bad.distance_km[0])
        quiet, before = windows[-bad_windows - 2], windows[-bad_windows - 1]
        limit = _RISE * float(np.median(np.abs(quiet.force_n)))
        for window in (before, bad):
            beyond = np.abs(window.force_n) > limit
            for index in np.flatnonzero(beyond):
                if beyond[index : index + _RISE_SAMPLES].mean() >= _RISE_SHARE:
                    return window.first_sample + EDGE + int(index), float(window.distance_km[EDGE + index])
        return bad.first_sample, float(bad.distance_km[0])

    def evidence(self, bad_windows: int) -> Evidence:
        """The window before, where there is one, and the bad ones."""
        windows = list(self._windows)[-bad_windows - 1 :]
        return Evidence(windows[0].first_sample, windows[-1].last_sample)

    @property
    def last_km(self) -> float:
        """Where the car was at the last sample."""
        return float(self._windows[-1].distance_km[-1])

    def state(self) -> list[list[Any]]:
        """Everything needed to go on, as JSON values."""
        return [[w.first_sample, pack(w.distance_km), pack(w.force_n)] for w in self._windows]

    def restore(self, state: list[list[Any]]) -> None:
        """Go on from a saved state."""
        self._windows.clear()
        self._windows.extend(Residual(first, unpack(km), unpack(force)) for first, km, force in state)


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
        self._streak = {each.feature: 0 for each in self._candidates}
        self._both = 0
        self.windows = max((each.rule.windows for each in self._candidates), default=2)

    def judge(self, spring: Share, damper: Share, history: History) -> list[Finding]:
        """What this window completes; ``history`` ends with it."""
        lost_limit = 1.0 - min((each.rule.loss for each in self._candidates), default=0.4)
        if all(_lost(share, lost_limit) for share in (spring, damper)):
            return self._blame_rig(spring, history)
        self._both = 0
        findings = []
        for slot, each in zip(self._slots, self._candidates, strict=True):
            share = (spring, damper)[slot]
            limit = 1.0 - each.rule.loss
            self._streak[each.feature] = self._streak[each.feature] + 1 if _lost(share, limit) else 0
            if self._streak[each.feature] == each.rule.windows:
                findings.append(_break(each, share.value, limit, history))
        return findings

    def reset(self) -> None:
        """Windows in a row are broken off."""
        self._both = 0
        self._streak = dict.fromkeys(self._streak, 0)

    def _blame_rig(self, spring: Share, history: History) -> list[Finding]:
        both = self._both
        self.reset()
        self._both = both + 1
        if self._both != self.windows:
            return []
        sample, km = history.rise(self.windows)
        text = "neither spring nor damper shows in the strut force: a sensor or the force path, no part is judged by it"
        evidence = history.evidence(self.windows)
        return [
            Finding(
                RIG, FAILURE, "force_path", km, sample, "stiffness", spring.value, 0.6, evidence, history.last_km, text
            )
        ]

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"streak": self._streak, "both": self._both}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._streak, self._both = dict(state["streak"]), int(state["both"])


def _lost(share: Share, limit: float) -> bool:
    return share.value + SURE_ERRORS * share.error < limit


def _break(each: Candidate, value: float, limit: float, history: History) -> Finding:
    rule = each.rule
    mode = rule.mode if value < rule.fracture_remaining else each.slow_mode
    sample, km = history.rise(rule.windows)
    text = (
        f"{each.component}: {each.feature} fell to {value:.0%} of its reference, limit {limit:.0%}, in {rule.windows} "
        f"windows in a row; the force leaves the healthy model at sample {sample}"
    )
    evidence = history.evidence(rule.windows)
    return Finding(
        each.component, FAILURE, mode, km, sample, each.feature, value, limit, evidence, history.last_km, text
    )
