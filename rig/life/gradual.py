"""Slow change: one property of one part, block after block, against its baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rig.life.strut import Share
from rig.life.verdict import FAILURE, RIG, WARNING, Evidence, Finding
from rig.life.watches import Gradual

COMMON_SHARE = 0.5
"""Where the other property shows more than this share of a loss, a sensor is blamed, not the part (design value)."""
SOUND_SHARE = 1.0 / 3.0
"""A block becomes part of a surface's baseline only below this share of the warning's loss: a surface that is met late
in the life of a part must not take the loss so far for healthy (design value; healthy blocks scatter by a tenth of it).
"""
SURE_ERRORS = 3.0
"""A property is judged only in blocks that determine it to a third of the warning's loss."""


@dataclass(frozen=True, slots=True)
class Span:
    """A block's place: first and last sample, and where the car was at both ends."""

    first_sample: int
    last_sample: int
    first_km: float
    last_km: float


@dataclass(frozen=True, slots=True)
class BlockFeature:
    """A property in one block: what is left of it, what the second feature and what the strut's other property say."""

    share: Share
    second: float
    other: float

    @property
    def loss(self) -> float:
        """The share that is lost."""
        return 1.0 - self.share.value

    @property
    def common(self) -> bool:
        """Whether the other property is lost alike, as by a sensor that reads low."""
        return 1.0 - self.other > COMMON_SHARE * self.loss


class GradualTracker:
    """Counts the blocks in a row that are beyond the limits, and speaks once for each."""

    def __init__(self, component: str, feature: str, rule: Gradual) -> None:
        self._component, self._feature, self._rule = component, feature, rule
        self._spans: dict[str, list[Span]] = {WARNING: [], FAILURE: [], RIG: []}
        self._said: set[str] = set()

    def judge(self, span: Span, block: BlockFeature) -> list[Finding]:
        """What this block completes: nothing, a warning, a failure, or suspicion of a sensor."""
        rule = self._rule
        if not SURE_ERRORS * block.share.error < rule.warning_loss:
            return []
        beyond = block.loss >= rule.failure_loss and 1.0 - block.second >= rule.corroborating_loss
        warned = block.loss >= rule.warning_loss
        hits = {
            FAILURE: beyond and not block.common,
            WARNING: warned and not block.common,
            RIG: warned and block.common,
        }
        for kind, hit in hits.items():
            self._spans[kind] = [*self._spans[kind], span][-rule.blocks :] if hit else []
        for kind in (FAILURE, WARNING, RIG):
            if len(self._spans[kind]) == rule.blocks and kind not in self._said:
                self._said.add(kind)
                return [self._finding(kind, self._spans[kind], block)]
        return []

    def healthy(self, block: BlockFeature) -> bool:
        """Whether the block may become part of a baseline."""
        return block.loss < SOUND_SHARE * self._rule.warning_loss

    def _finding(self, kind: str, spans: list[Span], block: BlockFeature) -> Finding:
        rule = self._rule
        limit = 1.0 - (rule.failure_loss if kind == FAILURE else rule.warning_loss)
        blame = f"{self._component}: {self._feature}" if kind != RIG else f"a sensor of the {self._feature}"
        text = (
            f"{blame} {block.share.value:.1%} of its baseline, limit {limit:.1%}, in {len(spans)} blocks in a row; "
            f"second feature {block.second:.1%}, the strut's other property {block.other:.1%}"
        )
        return Finding(
            component=RIG if kind == RIG else self._component,
            severity=FAILURE if kind == FAILURE else WARNING,
            mode="sensor_scale" if kind == RIG else rule.mode,
            distance_km=spans[0].first_km,
            sample=spans[0].first_sample,
            feature=self._feature,
            value=block.share.value,
            limit=limit,
            evidence=Evidence(spans[0].first_sample, spans[-1].last_sample),
            detected_km=spans[-1].last_km,
            text=text,
        )

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        spans = {
            kind: [[s.first_sample, s.last_sample, s.first_km, s.last_km] for s in spans]
            for kind, spans in self._spans.items()
        }
        return {"spans": spans, "said": sorted(self._said)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._spans = {kind: [Span(*span) for span in spans] for kind, spans in state["spans"].items()}
        self._said = set(state["said"])
