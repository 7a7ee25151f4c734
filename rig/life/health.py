"""Health blocks: the same short drive again and again, so that a strut is compared with itself on the same road.

All windows of a health block are pooled (their sums add up) and held against those of the first one of the run. Where
blocks of ten seconds on mixed ground differ by what was driven, two health blocks differ by noise and by what the
strut has become (physics notes §5.4).

The standard error is that of a delete-one-group jackknife (Tukey 1958; Efron and Tibshirani 1993, chapter 11), paired:
a stretch of the drive is left out of both blocks, as what the regression does not model is the same in both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from rig.life.gradual import COMMON_SHARE, SURE_ERRORS
from rig.life.parts import StrutParts
from rig.life.pooled import Pooled, jackknife_error
from rig.life.strut import Share, Sums, mount_stiffness, regress, shares
from rig.life.verdict import RIG, WARNING, Evidence, Finding
from rig.life.windows import FloatArray, Window

SURFACE = "health_block"
"""The surface's name of segments that are health blocks."""
LEAST_S = 60.0
"""A health block of which less is fit to be judged says nothing; nor does one a fiftieth shorter than the first."""
_LIKE = 0.98
GROUP = 20
"""Windows in a group of the jackknife, ten seconds."""
_HIDDEN = 0.03
"""Where noise takes more than this share from a property it says nothing (as in `rig.life.blocks`)."""
WARNING_LOSS = {"stiffness": 0.02, "compression": 0.03, "rebound": 0.03, "mount": 0.03}
"""Shares lost from which on a health block warns (design values, as no real rig has been measured).

Healthy blocks differ by 0.03 to 0.04 % RMS on the simulated corner (docs/health.md), on a real rig by three to five
times that (physics notes §5.4). What forbids tighter limits is what the same road does not take away, temperature:
spring steel loses 0.03 % of its shear modulus a kelvin (general knowledge), rubber more, and oil is corrected by a law.
"""


Read = Callable[[Window], tuple[Sums, FloatArray] | None]
"""The sums of a window, the strut's and the mount's; None where it is not fit to be judged."""


class HealthResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one health block says of one strut.

    Attributes:
        number: from 1 in the run.
        strut: the force channel.
        first_sample, last_sample, distance_km, windows: what was judged; the car's distance on the stage, where it is.
        reference: the number of the health block that it is held against, its own where it is the first good one; None
            where it is not compared, and ``why`` says why not.
        shares: what is left, by feature, as (share of the reference, its standard error).
    """

    number: int
    strut: str
    first_sample: int
    last_sample: int
    distance_km: float
    windows: int
    reference: int | None
    shares: dict[str, tuple[float, float]]
    why: str = ""

    @property
    def text(self) -> str:
        """In words."""
        head = f"health block {self.number}"
        if self.reference is None:
            return f"{head} is not compared: {self.why}"
        if self.reference == self.number:
            return f"{head}: the others are held against it"
        left = ", ".join(f"{name} {share:.2%} ± {error:.2%}" for name, (share, error) in self.shares.items())
        return f"{head}: {left} of health block {self.reference}"


@dataclass(slots=True)
class _Open:
    """A health block that is going on; ``why`` it can't be compared, as soon as that is known."""

    segment: int
    number: int
    first_sample: int
    last_sample: int
    distance_km: float
    pooled: Pooled
    why: str = ""


class HealthJudge:
    """Compares the health blocks of one strut with the first of them; speaks once of each property that has lost."""

    def __init__(self, parts: StrutParts, read: Read, surface: int, window_s: float) -> None:
        """``read``: gives a window's sums; ``surface``: the index of `SURFACE` in what windows carry."""
        self._parts, self._read, self._surface, self._window_s = parts, read, surface, window_s
        self._open: _Open | None = None
        self._first: tuple[int, Pooled] | None = None
        self._count = 0
        self._said: set[str] = set()
        self.results: list[HealthResult] = []

    def judge(self, window: Window) -> list[Finding]:
        """Take in a window; what the health block says that it ends."""
        segment = self._segment(window)
        findings = self._close() if self._open is not None and self._open.segment != segment else []
        if segment is not None:
            self._take(window, segment)
        return findings

    def _segment(self, window: Window) -> int | None:
        """The segment of a window that lies in a health block with all of its rows."""
        segments = window.rows["segment"]
        inside = window.surface == self._surface and bool((segments == segments[0]).all())
        return int(segments[0]) if inside else None

    def _take(self, window: Window, segment: int) -> None:
        block = self._open
        if block is None:
            self._count += 1
            place_km = float(window.rows["distance_m"][0]) / 1000.0
            block = _Open(segment, self._count, window.first_sample, window.first_sample - 1, place_km, Pooled(GROUP))
            self._open = block
        if window.first_sample != block.last_sample + 1:
            block.why = block.why or "samples are missing in it"
        block.last_sample = window.last_sample
        if (sums := self._read(window)) is not None:
            block.pooled.add(*sums)
        elif not window.moving:
            block.why = block.why or "it was not played in full"
        else:
            block.why = block.why or "a sensor gave no measurement"

    def _close(self) -> list[Finding]:
        block, self._open = self._open, None
        assert block is not None
        if why := block.why or self._too_little(block.pooled):
            self._tell(block, None, {}, why)
            return []
        number, before = self._first or (block.number, block.pooled)
        found = compared(block.pooled, before)
        left = {name: share for name, share in found.items() if self._part(name) is not None}
        if not left:
            self._tell(block, None, {}, "its motion does not determine the strut")
            return []
        self._first = (number, before)
        self._tell(block, number, left, "")
        return [] if number == block.number else self._findings(block, left)

    def _too_little(self, pooled: Pooled) -> str:
        least = LEAST_S / self._window_s
        if self._first is not None:
            least = max(least, _LIKE * self._first[1].windows)
        if pooled.windows < least:
            return f"{pooled.windows} windows, and {int(np.ceil(least))} are needed"
        whole = pooled.strut
        hidden = not (whole.spring_hidden < _HIDDEN and whole.damper_hidden < _HIDDEN)
        return "noise hides the strut" if hidden else ""

    def _tell(self, block: _Open, reference: int | None, left: Mapping[str, Share], why: str) -> None:
        self.results.append(
            HealthResult(
                number=block.number,
                strut=self._parts.force_channel,
                first_sample=block.first_sample,
                last_sample=block.last_sample,
                distance_km=block.distance_km,
                windows=block.pooled.windows,
                reference=reference,
                shares={name: (share.value, share.error) for name, share in left.items()},
                why=why,
            )
        )

    def _part(self, feature: str) -> tuple[str, str] | None:
        """The component that a feature belongs to, and the mode of its slow change; None where it is not watched."""
        kinds = {"stiffness": self._parts.spring, "mount": self._parts.mount}
        part = kinds.get(feature, self._parts.damper)
        return None if part is None else (part[0], part[1].gradual.mode)

    def _findings(self, block: _Open, left: Mapping[str, Share]) -> list[Finding]:
        lost = {name: share for name, share in left.items() if _is_lost(name, share)}
        if lost and _all_alike(left):
            lost = {RIG: min(lost.values(), key=lambda share: share.value)}
        new = [name for name in lost if name not in self._said]
        self._said.update(new)
        return [self._finding(block, name, lost[name]) for name in new]

    def _finding(self, block: _Open, feature: str, share: Share) -> Finding:
        part = self._part(feature) if feature != RIG else None
        component, mode = part or (RIG, "sensor_scale")
        limit = 1.0 - (WARNING_LOSS[feature] if part else min(WARNING_LOSS.values()))
        blame = f"{component}: {feature}" if part else "a sensor of the strut: all of its properties"
        text = (
            f"{blame} {share.value:.2%} ± {share.error:.2%} of what the first health block showed, limit {limit:.0%},"
            f" in health block {block.number}"
        )
        return Finding(
            component, WARNING, mode, block.distance_km, block.first_sample, f"health_{feature}", share.value, limit,
            Evidence(block.first_sample, block.last_sample), block.distance_km, text,
        )  # fmt: skip

    def trends(self) -> list[Any]:
        """Nothing: a health block is told as an event of its own, not as a point on a line of ordinary blocks."""
        return []

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        block, first = self._open, self._first
        return {
            "open": None if block is None else _saved(block),
            "first": None if first is None else [first[0], first[1].state()],
            "count": self._count,
            "said": sorted(self._said),
            "results": msgspec.to_builtins(self.results),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        block, first = state["open"], state["first"]
        self._open = None if block is None else _Open(**{**block, "pooled": Pooled.restored(block["pooled"])})
        self._first = None if first is None else (int(first[0]), Pooled.restored(first[1]))
        self._count, self._said = int(state["count"]), set(state["said"])
        self.results = msgspec.convert(state["results"], list[HealthResult])


def _saved(block: _Open) -> dict[str, Any]:
    names = ("segment", "number", "first_sample", "last_sample", "distance_km", "why")
    return {**{name: getattr(block, name) for name in names}, "pooled": block.pooled.state()}


def _is_lost(feature: str, share: Share) -> bool:
    loss = 1.0 - share.value
    return loss >= WARNING_LOSS[feature] and loss >= SURE_ERRORS * share.error


def _all_alike(left: Mapping[str, Share]) -> bool:
    """Whether spring and damper have lost alike, as by a sensor that reads low; no part does that to the other."""
    losses = [1.0 - left[name].value for name in ("stiffness", "compression", "rebound") if name in left]
    return "stiffness" in left and len(losses) == 3 and min(losses) > COMMON_SHARE * max(losses)


def compared(now: Pooled, before: Pooled) -> dict[str, Share]:
    """What is left of stiffness, damping each way and mount stiffness; empty where the motion does not determine it."""
    whole = _ratios(now.strut, now.mount, before.strut, before.mount)
    left_out = [_ratios(*now.without(k), *before.without(k)) for k in range(min(now.groups, before.groups))]
    found = {}
    for name, value in whole.items():
        values = [one[name] for one in left_out if name in one]
        if len(values) >= 2:
            found[name] = Share(value, jackknife_error(values))
    return found


def _ratios(now: Sums, now_mount: FloatArray, before: Sums, before_mount: FloatArray) -> dict[str, float]:
    reference = regress(before.moments)
    left = shares(now.moments, reference) if reference is not None else None
    if left is None:
        return {}
    found = {"stiffness": left.spring.value, "compression": left.compression.value, "rebound": left.rebound.value}
    mounts = mount_stiffness(now_mount), mount_stiffness(before_mount)
    if mounts[0] is not None and mounts[1] is not None:
        found["mount"] = mounts[0].by_deflection / mounts[1].by_deflection
    return found
