"""A property over the whole run, block after block, in bounded memory: what the trend plot of the report shows."""

from collections.abc import Sequence
from typing import Any

import msgspec

from rig.life.spans import Span

MOST_POINTS = 240
"""So many points are kept, a plot's width; beyond it neighbours become one (design value)."""


class TrendPoint(msgspec.Struct, frozen=True, array_like=True):
    """Some blocks one after the other: their places, how many they are, and what they showed.

    Attributes:
        first_sample, last_sample, first_km, last_km: where they lie.
        blocks: how many.
        mean, lowest, highest: of the property.
        cusum: the sum of small losses after the last of them, None where none is kept.
    """

    first_sample: int
    last_sample: int
    first_km: float
    last_km: float
    blocks: int
    mean: float
    lowest: float
    highest: float
    cusum: float | None

    def then(self, other: "TrendPoint") -> "TrendPoint":
        """Both as one."""
        blocks = self.blocks + other.blocks
        return TrendPoint(
            self.first_sample,
            other.last_sample,
            self.first_km,
            other.last_km,
            blocks,
            (self.mean * self.blocks + other.mean * other.blocks) / blocks,
            min(self.lowest, other.lowest),
            max(self.highest, other.highest),
            other.cusum,
        )


class TrendSeries(msgspec.Struct, frozen=True):
    """A property of one component over a run.

    Attributes:
        component, feature: whose, and which.
        warning, failure: the limits of a single block, in the property's unit.
        baseline: what the property is where nothing has changed.
        cusum_interval: where the sum of small losses warns; None where none is kept.
        points: in the order of the run.
    """

    component: str
    feature: str
    warning: float
    failure: float
    baseline: float
    cusum_interval: float | None
    points: tuple[TrendPoint, ...]


class Trend:
    """Keeps the blocks of one property; the same blocks give the same points."""

    def __init__(self, most: int = MOST_POINTS) -> None:
        self._most = most
        self._points: list[TrendPoint] = []
        self._each = 1

    @property
    def points(self) -> tuple[TrendPoint, ...]:
        """What is kept, in the order of the run."""
        return tuple(self._points)

    def add(self, span: Span, value: float, cusum: float | None = None) -> None:
        """Take in a block."""
        place = span.first_sample, span.last_sample, span.first_km, span.last_km
        point = TrendPoint(*place, 1, value, value, value, cusum)
        if self._points and self._points[-1].blocks < self._each:
            self._points[-1] = self._points[-1].then(point)
            return
        if len(self._points) == self._most:
            self._points = pairs(self._points)
            self._each *= 2
        self._points.append(point)

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"each": self._each, "points": msgspec.to_builtins(self._points)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        self._each = int(state["each"])
        self._points = msgspec.convert(state["points"], list[TrendPoint])


def pairs(points: Sequence[TrendPoint]) -> list[TrendPoint]:
    """Neighbours as one; of an odd number the last stays alone."""
    found = [a.then(b) for a, b in zip(points[::2], points[1::2], strict=False)]
    return found + list(points[2 * len(found) :])
