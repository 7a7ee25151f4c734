"""Slow change: one property of one part, block after block, against its baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rig.life.cusum import Cusum, Excursion
from rig.life.spans import Span
from rig.life.strut import Share
from rig.life.trend import Trend, TrendSeries
from rig.life.verdict import FAILURE, RIG, WARNING, Evidence, Finding
from rig.life.watches import Gradual

COMMON_SHARE = 0.5
"""Where the other property shows more than this share of a loss, a sensor is blamed, not the part (design value)."""
SOUND_SHARE = 1.0 / 3.0
"""A block becomes part of a surface's baseline only below this share of the warning's loss: a surface that is met late
in the life of a part must not take the loss so far for healthy (design value; healthy blocks scatter by a tenth of it).
"""
SURE_ERRORS = 3.0
"""A block that determines a property to no better than a third of the warning's loss says nothing of it, unless what is
lost is more than so many of its errors: a part may go to pieces within a block."""

_LONG = 30
"""Blocks one after the other that say nothing, five minutes of driving: what was seen before them vouches no more for a
part (design value; on healthy struts hardly one says nothing)."""


@dataclass(frozen=True, slots=True)
class BlockFeature:
    """A property in one block: what is left of it, what the second feature and what the strut's other property say.

    ``own`` is whether it is held against a baseline of its own surface, and not of whatever came first.
    """

    share: Share
    second: float
    other: float
    own: bool = True

    @property
    def loss(self) -> float:
        """The share that is lost."""
        return 1.0 - self.share.value

    @property
    def own_loss(self) -> float:
        """The same, but nothing where the other property is lost alike."""
        return 0.0 if self.common else self.loss

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
        self._cusum = Cusum(rule.cusum) if rule.cusum is not None else None
        self._trend = Trend()
        self._judged = self._passed = 0

    @property
    def component(self) -> str:
        """Whose property it is."""
        return self._component

    @property
    def unseen(self) -> bool:
        """Whether nobody can say how the part is: none of its blocks could be judged, or none for a long time."""
        return self._passed >= (_LONG if self._judged else self._rule.blocks)

    def pass_over(self, span: Span) -> None:
        """A block has come that says nothing; one in which the car stands (a night, a service) need not."""
        self._passed += int(span.last_km > span.first_km)

    def judge(self, span: Span, block: BlockFeature) -> list[Finding]:
        """What this block completes: nothing, a warning, a failure, or suspicion of a sensor."""
        rule = self._rule
        unsure = SURE_ERRORS * block.share.error
        if not unsure < rule.warning_loss and not unsure <= block.loss:
            self.pass_over(span)
            return []
        self._judged, self._passed = self._judged + 1, 0
        drifted = None
        if self._cusum is not None and block.own:
            drifted = self._cusum.add(span, block.own_loss, block.share.error)
        self._trend.add(span, self._shown(block.share.value), self._cusum.value if self._cusum is not None else None)
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
        if drifted is not None and self._cusum is not None and not self._said & {WARNING, FAILURE}:
            self._said.add(WARNING)
            return [self._drifted(drifted, self._cusum)]
        return []

    def trend(self) -> TrendSeries:
        """The property block by block, for those who look at the run."""
        rule = self._rule
        limits = self._shown(1.0 - rule.warning_loss), self._shown(1.0 - rule.failure_loss)
        interval = rule.cusum.interval if rule.cusum is not None else None
        return TrendSeries(self._component, self._feature, *limits, 1.0, interval, self._trend.points)

    def _shown(self, share: float) -> float:
        """What people are shown of a share."""
        return share

    def _told(self, share: float) -> str:
        """How people are told of a share, before "its baseline"."""
        return f"{share:.1%} of"

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

    def _drifted(self, excursion: Excursion, cusum: Cusum) -> Finding:
        first, last, lost = excursion.first, excursion.last, excursion.mean_loss
        text = (
            f"{self._component}: {self._feature} {self._told(1.0 - lost)} its baseline on the mean of "
            f"{excursion.blocks} blocks; the sum of losses beyond {cusum.rule.allowance:.1%} a block is "
            f"{cusum.value:.1%}, limit {cusum.rule.interval:.1%}"
        )
        return Finding(
            component=self._component,
            severity=WARNING,
            mode=self._rule.mode,
            distance_km=first.first_km,
            sample=first.first_sample,
            feature=self._feature,
            value=self._shown(1.0 - lost),
            limit=self._shown(1.0 - cusum.rule.allowance),
            evidence=Evidence(first.first_sample, last.last_sample),
            detected_km=last.last_km,
            text=text,
        )

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        spans = {kind: [span.saved() for span in spans] for kind, spans in self._spans.items()}
        cusum = self._cusum.state() if self._cusum is not None else None
        return {
            "spans": spans,
            "said": sorted(self._said),
            "cusum": cusum,
            "trend": self._trend.state(),
            "blocks": [self._judged, self._passed],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._spans = {kind: [Span(*span) for span in spans] for kind, spans in state["spans"].items()}
        self._said = set(state["said"])
        if self._cusum is not None:
            self._cusum.restore(state["cusum"])
        self._trend.restore(state["trend"])
        self._judged, self._passed = (int(each) for each in state["blocks"])
