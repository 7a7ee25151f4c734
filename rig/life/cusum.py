"""The cumulative sum of small losses: the warning that comes before any single block is beyond a limit.

    S = max(0, S + min(loss - error - allowance, interval / 2)),  a warning where S >= interval

(Page 1954, one-sided, in the tabular form of Montgomery, Introduction to Statistical Quality Control.) One block adds
at most half of the interval: it takes two, whatever happened in one of them. What a block is not sure of is not added.
Where S last left zero is where the change is dated.
"""

from dataclasses import dataclass
from typing import Any

from rig.life.spans import Span
from rig.life.watches import CusumRule


@dataclass(frozen=True, slots=True)
class Excursion:
    """Since S left zero: the first block and the newest, how many blocks, and the sum of their losses."""

    first: Span
    last: Span
    blocks: int
    lost: float

    @property
    def mean_loss(self) -> float:
        """Of the blocks of the excursion."""
        return self.lost / self.blocks


class Cusum:
    """Adds up the losses of one property.

    Attributes:
        rule: the allowance and the interval.
        value: S, in the unit of the losses.
    """

    def __init__(self, rule: CusumRule) -> None:
        self.rule = rule
        self._excursion: Excursion | None = None
        self.value = 0.0

    def add(self, span: Span, loss: float, error: float = 0.0) -> Excursion | None:
        """Take in a block's loss and its standard error; the excursion, where S has come to the interval."""
        step = min(loss - error - self.rule.allowance, 0.5 * self.rule.interval)
        self.value = float(max(0.0, self.value + step))
        if not self.value > 0.0:
            self._excursion = None
            return None
        before = self._excursion
        self._excursion = (
            Excursion(span, span, 1, loss)
            if before is None
            else Excursion(before.first, span, before.blocks + 1, before.lost + loss)
        )
        return self._excursion if self.value >= self.rule.interval else None

    def reset(self) -> None:
        """Begin anew."""
        self._excursion, self.value = None, 0.0

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        now = self._excursion
        saved = None if now is None else [now.first.saved(), now.last.saved(), now.blocks, now.lost]
        return {"value": self.value, "excursion": saved}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self.value, saved = float(state["value"]), state["excursion"]
        self._excursion = saved and Excursion(Span(*saved[0]), Span(*saved[1]), int(saved[2]), float(saved[3]))
