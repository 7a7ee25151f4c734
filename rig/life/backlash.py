"""Backlash of a torque path, from set point and measured torque only: there is no sensor of twist on such a rig.

While the gap is open the drive turns freely and the torque stays near zero although it is asked for. What is missing,
set point less torque integrated until the torque has caught up, is the gap's angle times the drive's damping. That
product is what is compared with its own baseline, so neither angle nor damping need be known.

A slow offset is taken out by the torque error beside each crossing, and the lag of the torque behind its set point,
which looks like a gap, by its regression where torque is high. One crossing says little (noise is as large as a gap of
0.4°), so crossings are judged in blocks of so many, however long that takes; the median of a block counts.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rig.life.gradual import BlockFeature, GradualTracker
from rig.life.packing import pack, unpack
from rig.life.parts import JudgeSettings
from rig.life.spans import Span
from rig.life.strut import Share
from rig.life.trend import TrendSeries
from rig.life.verdict import FAILURE, WARNING, Evidence, Finding
from rig.life.watches import BacklashWatch, Gradual
from rig.life.windows import Decoder, Window

FloatArray = NDArray[np.float64]

_BESIDE_S = 0.02
"""The error so long before and after a crossing is the offset (design value)."""
_CATCH_UP_S = 0.04
"""The torque catches up at most so long after the set point has left the band (design value, enough for 3°)."""
_AT_LEAST = 2
"""Samples after the band that belong to a crossing in any case: the shaft answers within one."""
_HIGH = 3.0
"""The lag is regressed where the set point is beyond so many bands: no gap is open there (design value)."""
SETTLED = 10
"""Blocks scatter by a quarter, so the baseline is made better by up to so many that are not half way (by ratio) to the
warning's limit, while they are judged (design value: three alone would leave it 15 % off)."""


class Crossing(NamedTuple):
    """One pass through zero torque: where, the missing impulse (N·m·s), what a second of lag adds to it (N·m), and the
    largest torque that was missing (N·m).
    """

    first_sample: int
    last_sample: int
    first_km: float
    last_km: float
    impulse: float
    by_lag: float
    peak_nm: float


class Stretch(NamedTuple):
    """Samples one after the other: set point and torque in N·m, the sample's number and the car's distance in km."""

    setpoint: FloatArray
    torque: FloatArray
    sample: FloatArray
    km: FloatArray

    def tail(self, samples: int) -> "Stretch":
        """The last samples."""
        return Stretch(*(each[len(each) - min(samples, len(each)) :] for each in self))

    def then(self, other: "Stretch") -> "Stretch":
        """With those that follow."""
        return Stretch(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


_NOTHING = Stretch(*(np.zeros(0) for _ in range(4)))


def ends_of(rising: FloatArray, at: int, band: float, longest: int) -> tuple[int, int] | None:
    """First and last index of a pass through zero between ``at`` and the next sample.

    As far as the set point rises from -band to band; None where it turns before half of it, or takes too long.
    """
    first, last = at, at + 1
    while first > 0 and at - first < longest and -band < rising[first] <= rising[first + 1]:
        first -= 1
    while last < len(rising) - 1 and last - at < longest and band > rising[last] >= rising[last - 1]:
        last += 1
    whole = rising[first] <= -0.5 * band and rising[last] >= 0.5 * band and last - first <= longest
    return (first, last) if whole else None


class BacklashDetector:
    """Finds the growth of a gap, block after block of crossings, where the rig plays in full and the sensor lives."""

    def __init__(
        self, component: str, watch: BacklashWatch, decoder: Decoder, rate_hz: float, settings: JudgeSettings
    ) -> None:
        self._watch, self._decoder, self._rate_hz = watch, decoder, rate_hz
        self._longest, self._beside = round(watch.longest_s * rate_hz), round(_BESIDE_S * rate_hz)
        self._catch_up = round(_CATCH_UP_S * rate_hz)
        self._around = self._longest + self._beside + self._catch_up + 1
        self._wanted, self._tracker = settings.baseline_blocks, BacklashTracker(component, "backlash", _rule(watch))
        self._carry = _NOTHING
        self._crossings: list[Crossing] = []
        self._lag = np.zeros(2)
        self._baseline: list[tuple[float, float]] = []
        self._judged = 0
        self.component = component

    @property
    def unseen(self) -> bool:
        """Whether so few crossings have come that no block could be held against a baseline."""
        return self._judged == 0

    def judge(self, window: Window) -> list[Finding]:
        """What this window completes."""
        channel = self._watch.channel
        if not window.moving or not self._decoder.live(window.rows, channel):
            self._carry = _NOTHING
            return []
        new = self._stretch(window)
        self._learn_lag(new)
        follows = len(self._carry.sample) > 0 and self._carry.sample[-1] + 1 == window.first_sample
        stretch = self._carry.then(new) if follows else new
        self._carry = stretch.tail(2 * self._around)
        findings = []
        for crossing in self._new_crossings(stretch):
            self._crossings.append(crossing)
            if len(self._crossings) == self._watch.crossings:
                findings += self._close()
        return findings

    def _stretch(self, window: Window) -> Stretch:
        rows, channel, decoder = window.rows, self._watch.channel, self._decoder
        place = rows["sample"].astype(np.float64), rows["distance_m"] / 1000.0
        return Stretch(decoder.setpoint(rows, channel), decoder.feedback(rows, channel), *place)

    def _learn_lag(self, new: Stretch) -> None:
        high = np.abs(new.setpoint) > _HIGH * self._watch.band_nm
        rate = np.gradient(new.setpoint)[high] * self._rate_hz
        missing = (new.setpoint - new.torque)[high]
        self._lag += (float((missing * rate).sum()), float((rate * rate).sum()))

    def _new_crossings(self, stretch: Stretch) -> list[Crossing]:
        """Those of the stretch with all that is around them; those near its end come with the next one."""
        setpoint = stretch.setpoint
        found = []
        for at in np.flatnonzero(np.diff(setpoint > 0.0)):  # a sample at 0 is no second crossing
            if self._around <= at < len(setpoint) - self._around:
                sign = 1.0 if setpoint[at + 1] > setpoint[at] else -1.0
                ends = ends_of(sign * setpoint, int(at), self._watch.band_nm, self._longest)
                found += [] if ends is None else [self._crossing(stretch, sign, *ends)]
        return found

    def _crossing(self, stretch: Stretch, sign: float, first: int, last: int) -> Crossing:
        setpoint, torque, sample, km = stretch
        missing, rate = sign * (setpoint - torque), sign * np.gradient(setpoint) * self._rate_hz
        before = slice(first - self._beside, first)
        stop = self._caught_up(missing - self._lag_s() * rate - missing[before].mean(), last)
        sides = np.r_[before, stop : stop + self._beside]
        gap = missing[first:stop] - missing[sides].mean()
        by_lag = (rate[first:stop] - rate[sides].mean()).sum() / self._rate_hz
        place = int(sample[first]), int(sample[stop - 1]), float(km[first]), float(km[stop - 1])
        return Crossing(*place, float(gap.sum() / self._rate_hz), float(by_lag), float(gap.max()))

    def _caught_up(self, missing: FloatArray, last: int) -> int:
        """The first index after the band at which hardly any torque is missing."""
        soonest, latest = last + 1 + _AT_LEAST, last + 1 + self._catch_up
        there = np.flatnonzero(missing[soonest - 1 : latest] <= self._watch.caught_nm)
        return soonest + int(there[0]) if len(there) else latest

    def _lag_s(self) -> float:
        """How far the torque is behind its set point, by all samples so far."""
        return float(self._lag[0] / self._lag[1]) if self._lag[1] > 0.0 else 0.0

    def _close(self) -> list[Finding]:
        block, self._crossings = self._crossings, []
        impulses = np.array([each.impulse - self._lag_s() * each.by_lag for each in block])
        width, peak = float(np.median(impulses)), float(np.median([each.peak_nm for each in block]))
        if len(self._baseline) < self._wanted:
            self._baseline.append((width, peak))
            return []
        usual, usual_peak = (float(each) for each in np.mean(self._baseline, axis=0))
        if not (width > 0.0 and usual > 0.0):
            return []
        if len(self._baseline) < SETTLED and width < usual * math.sqrt(self._watch.warning_ratio):
            self._baseline.append((width, peak))
        self._judged += 1
        # No error: it is large where the gap is small, and a healthy block must count as one. The limits allow for it.
        share = Share(usual / width, 0.0)
        span = Span(block[0].first_sample, block[-1].last_sample, block[0].first_km, block[-1].last_km)
        return self._tracker.judge(span, BlockFeature(share, usual_peak / peak, 1.0))

    def trends(self) -> list[TrendSeries]:
        """The gap, block after block."""
        return [self._tracker.trend()]

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {
            "carry": [pack(each) for each in self._carry],
            "crossings": [list(each) for each in self._crossings],
            "lag": pack(self._lag),
            "baseline": [list(each) for each in self._baseline],
            "judged": self._judged,
            "tracker": self._tracker.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._carry = Stretch(*(unpack(each) for each in state["carry"]))
        self._crossings = [Crossing(*each) for each in state["crossings"]]
        self._lag[:] = unpack(state["lag"])
        self._baseline = [(each[0], each[1]) for each in state["baseline"]]
        self._judged = int(state["judged"])
        self._tracker.restore(state["tracker"])


def _rule(watch: BacklashWatch) -> Gradual:
    """The ratios of the watch as the shares that are left of what is inverse to the gap."""
    return Gradual(
        mode=watch.mode,
        mechanism=watch.mechanism,
        warning_loss=1.0 - 1.0 / watch.warning_ratio,
        failure_loss=1.0 - 1.0 / watch.failure_ratio,
        corroborating_loss=1.0 - 1.0 / watch.corroborating_ratio,
        blocks=watch.blocks,
        cusum=watch.cusum,
        source=watch.source,
        confidence=watch.confidence,
    )


class BacklashTracker(GradualTracker):
    """Speaks of the gap as so many times its baseline."""

    def _shown(self, share: float) -> float:
        return 1.0 / share

    def _told(self, share: float) -> str:
        return f"{1.0 / share:.2f} times"

    def _finding(self, kind: str, spans: list[Span], block: BlockFeature) -> Finding:
        rule = self._rule
        times, limit = self._shown(block.share.value), self._shown(1.0 - _loss(rule, kind))
        text = (
            f"{self._component}: backlash {times:.2f} times its baseline, limit {limit:.2f}, in {len(spans)} blocks of "
            f"crossings in a row; the largest missing torque {1.0 / block.second:.2f} times"
        )
        return Finding(
            component=self._component,
            severity=FAILURE if kind == FAILURE else WARNING,
            mode=rule.mode,
            distance_km=spans[0].first_km,
            sample=spans[0].first_sample,
            feature=self._feature,
            value=times,
            limit=limit,
            evidence=Evidence(spans[0].first_sample, spans[-1].last_sample),
            detected_km=spans[-1].last_km,
            text=text,
        )


def _loss(rule: Gradual, kind: str) -> float:
    return rule.failure_loss if kind == FAILURE else rule.warning_loss
