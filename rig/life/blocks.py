"""Slow change of a strut: windows summed into blocks, blocks held against the baseline of their surface."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.baseline import ALL_SURFACES, Baseline
from rig.life.gradual import BlockFeature, GradualTracker
from rig.life.parts import JudgeSettings, StrutParts
from rig.life.pooled import Pooled, jackknife_error
from rig.life.spans import Span
from rig.life.strut import (
    Share,
    StrutShares,
    Sums,
    energy_shares,
    mount_stiffness,
    regress,
    shares,
    unexplained_n,
)
from rig.life.trend import TrendSeries
from rig.life.verdict import WARNING, Evidence, Finding
from rig.life.windows import Window

FloatArray = NDArray[np.float64]

_ENOUGH = 0.6
"""The share of a block's windows that must be fit to be judged (design value)."""
_HIDDEN = 0.03
"""Where noise takes more than this share from a property, a block is passed over (design value)."""
_GROUPS = 10
"""Parts of a block of which each is left out in turn to see how sure the block is: a second each of ten."""
_PURE = 0.8
"""The share of a block's windows on one surface that makes it a block of that surface (design value)."""


@dataclass(slots=True)
class Block:
    """The windows of one block so far: their sums and where they lie."""

    number: int
    pooled: Pooled
    surfaces: list[int]
    span: Span

    def add(self, window: Window, strut: Sums, mount: FloatArray) -> None:
        """Take in one more window."""
        self.pooled.add(strut, mount)
        self.surfaces.append(window.surface)
        self.span = Span(self.span.first_sample, window.last_sample, self.span.first_km, _km(window, -1))

    @property
    def surface(self) -> int:
        """The surface under most of it, or -1 where it is mixed."""
        most = max(sorted(set(self.surfaces)), key=self.surfaces.count)
        return most if self.surfaces.count(most) >= _PURE * len(self.surfaces) else -1


def _km(window: Window, index: int) -> float:
    return float(window.rows["distance_m"][index]) / 1000.0


class BlockJudge:
    """Stiffness, damping and the mount's stiffness of one strut, block after block."""

    def __init__(self, parts: StrutParts, settings: JudgeSettings) -> None:
        self._parts, self._nominal = parts, parts.nominal()
        self._per_block = round(settings.block_s / settings.window_s)
        self._strut, self._mount = Baseline(settings.baseline_blocks), Baseline(settings.baseline_blocks)
        self._trackers = {
            feature: GradualTracker(part[0], feature, part[1].gradual)
            for feature, part in (("stiffness", parts.spring), ("damping", parts.damper), ("mount", parts.mount))
            if part is not None
        }
        self._block: Block | None = None

    def healthy(self, surface: int) -> tuple[FloatArray | None, float | None]:
        """What a healthy strut is on a surface.

        Returns:
            The coefficients, float64[6]: of the baseline, before there is one as drawn, None where that is not known;
            and the RMS of the force that the baseline's own blocks leave unexplained, N, None before there is one.
        """
        found = self._laid(surface)
        return (self._nominal, None) if found is None else (found[1], unexplained_n(*found))

    def _of_baseline(self, surface: int) -> FloatArray | None:
        found = self._laid(surface)
        return None if found is None else found[1]

    def _laid(self, surface: int) -> tuple[FloatArray, FloatArray] | None:
        """The moments of the baseline for a surface, and the coefficients that they give."""
        for key in (surface, ALL_SURFACES):
            pooled = self._strut.reference(key)
            found = regress(pooled) if pooled is not None else None
            if pooled is not None and found is not None:
                return pooled, found
        return None

    def judge(self, window: Window, strut: Sums, mount: FloatArray) -> list[Finding]:
        """Take in a window that is fit to be judged; what the block says that it completes."""
        number = window.first_sample // (len(window.rows) * self._per_block)
        findings = self._close() if self._block is not None and self._block.number != number else []
        if self._block is None:
            span = Span(window.first_sample, window.last_sample, _km(window, 0), _km(window, -1))
            self._block = Block(number, Pooled(max(1, self._per_block // _GROUPS)), [], span)
        self._block.add(window, strut, mount)
        if (window.last_sample + 1) % (len(window.rows) * self._per_block) == 0:
            findings += self._close()
        return findings

    def _close(self) -> list[Finding]:
        block, self._block = self._block, None
        if block is None or len(block.surfaces) < _ENOUGH * self._per_block:
            return []
        if not self._strut.complete:
            return self._found(block)
        features = self._features(block)
        for feature, tracker in self._trackers.items():
            if feature not in features:
                tracker.pass_over(block.span)
        findings = [
            finding
            for feature, tracker in self._trackers.items()
            if feature in features
            for finding in tracker.judge(block.span, features[feature])
        ]
        if features and all(
            self._trackers[name].healthy(features[name]) for name in features if name in self._trackers
        ):
            self._strut.offer(block.surface, block.pooled.strut.moments)
            self._mount.offer(block.surface, block.pooled.mount)
        return findings

    def _features(self, block: Block) -> dict[str, BlockFeature]:
        reference, strut = self._of_baseline(block.surface), block.pooled.strut
        left = shares(strut.moments, reference) if reference is not None else None
        if reference is None or left is None or not self._seen(strut):
            return {}
        left = surer(left, block.pooled, reference)
        damper = min(left.compression, left.rebound, key=lambda share: share.value)
        spring_energy, damper_energy = energy_shares(strut.moments, reference)
        own = self._strut.knows(block.surface)
        features = {
            "stiffness": BlockFeature(left.spring, spring_energy, damper.value, own),
            "damping": BlockFeature(damper, damper_energy, left.spring.value, own),
        }
        mount = self._mount_share(block)
        if mount is not None:
            features["mount"] = BlockFeature(*mount, left.spring.value, own)
        return features

    def _mount_share(self, block: Block) -> tuple[Share, float] | None:
        """What is left of the mount's stiffness by deflection, and by force; None where that is not determined."""
        before, now = self._mount.reference(block.surface), mount_stiffness(block.pooled.mount)
        healthy = mount_stiffness(before) if before is not None else None
        if healthy is None or now is None:
            return None
        parts = [mount_stiffness(mount) for _, mount in block.pooled.left_out()]
        error = jackknife_error([part.by_deflection for part in parts if part is not None]) / healthy.by_deflection
        error = max(error, now.relative_error + healthy.relative_error)
        return Share(now.by_deflection / healthy.by_deflection, error), now.by_force / healthy.by_force

    def _seen(self, sums: Sums) -> bool:
        """Whether noise hides little enough of the strut that none of its parts looks weak for it."""
        return sums.spring_hidden < _HIDDEN and sums.damper_hidden < _HIDDEN

    def _found(self, block: Block) -> list[Finding]:
        """Lay another block into the baseline; once it is complete, hold it against the drawing."""
        if not self._seen(block.pooled.strut):
            for tracker in self._trackers.values():
                tracker.pass_over(block.span)
            return []
        self._mount.offer(block.surface, block.pooled.mount)
        if not self._strut.offer(block.surface, block.pooled.strut.moments) or self._nominal is None:
            return []
        pooled = self._strut.reference(ALL_SURFACES)
        left = shares(pooled, self._nominal) if pooled is not None else None
        if left is None:
            return []
        damper = max(left.compression, left.rebound, key=lambda share: abs(share.value - 1.0))
        parts = ((self._parts.spring, "stiffness", left.spring), (self._parts.damper, "damping", damper))
        return [
            _unlike_drawing(part[0], feature, share.value, part[1].nominal_tolerance, block.span)
            for part, feature, share in parts
            if part is not None and not abs(share.value - 1.0) <= part[1].nominal_tolerance
        ]

    def unseen(self) -> list[str]:
        """The components of which too few blocks, or none for long, could be judged."""
        return [tracker.component for tracker in self._trackers.values() if tracker.unseen]

    def trends(self) -> list[TrendSeries]:
        """What was judged, block by block."""
        return [tracker.trend() for tracker in self._trackers.values()]

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        block = self._block
        saved = None
        if block is not None:
            saved = {
                "number": block.number,
                "pooled": block.pooled.state(),
                "surfaces": block.surfaces,
                "span": asdict(block.span),
            }
        return {
            "strut": self._strut.state(),
            "mount": self._mount.state(),
            "trackers": {feature: tracker.state() for feature, tracker in self._trackers.items()},
            "block": saved,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._strut.restore(state["strut"])
        self._mount.restore(state["mount"])
        for feature, tracker in self._trackers.items():
            tracker.restore(state["trackers"][feature])
        saved = state["block"]
        self._block = saved and Block(
            saved["number"], Pooled.restored(saved["pooled"]), list(saved["surfaces"]), Span(**saved["span"])
        )


def surer(left: StrutShares, pooled: Pooled, reference: FloatArray) -> StrutShares:
    """The shares with the jackknife's errors where these are larger than the regression's own."""
    parts = [shares(strut.moments, reference) for strut, _ in pooled.left_out()]
    whole = [part for part in parts if part is not None]

    def with_error(share: Share, values: list[float]) -> Share:
        return Share(share.value, max(share.error, jackknife_error(values)))

    return StrutShares(
        with_error(left.spring, [part.spring.value for part in whole]),
        with_error(left.compression, [part.compression.value for part in whole]),
        with_error(left.rebound, [part.rebound.value for part in whole]),
    )


def _unlike_drawing(component: str, feature: str, share: float, tolerance: float, span: Span) -> Finding:
    limit = 1.0 - tolerance if share < 1.0 else 1.0 + tolerance
    text = f"{component}: {feature} of the first blocks is {share:.0%} of the drawing's, more than {tolerance:.0%} off"
    evidence = Evidence(span.first_sample, span.last_sample)
    return Finding(
        component, WARNING, "unlike_drawing", span.first_km, span.first_sample, feature, share, limit, evidence,
        span.last_km, text,
    )  # fmt: skip
