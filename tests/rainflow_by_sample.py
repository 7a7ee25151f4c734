"""The four-point method as it is told: one sample after the other, one list. What the compiled counter must equal."""

from dataclasses import dataclass, field

Cycle = tuple[float, float, int, float]
"""Range, mean, tag, weight."""


@dataclass
class BySample:
    """As `rig.life.rainflow.RainflowCounter` was before its kernel had two passes; to the same bits."""

    gate: float = 0.0
    capacity: int = 1024
    points: list[float] = field(default_factory=list)
    tags: list[int] = field(default_factory=list)
    forced: int = 0

    def count(self, values: list[float], tags: list[int]) -> list[Cycle]:
        """The cycles that these samples close, in the order in which they close."""
        return [cycle for value, tag in zip(values, tags, strict=True) for cycle in self._take(value, tag)]

    def _take(self, value: float, tag: int) -> list[Cycle]:
        points, found = self.points, []
        step = value - points[-1] if points else 0.0
        if points and step == 0.0:
            return []
        onward = len(points) >= 2 and (step > 0.0) == (points[-1] > points[-2])
        if points and not onward and abs(step) < self.gate:
            return []
        if onward:
            points[-1], self.tags[-1] = value, tag
        else:
            if len(points) == self.capacity:
                found.append(self._cycle(0, 0.5))
                del points[0], self.tags[0]
                self.forced += 1
            points.append(value)
            self.tags.append(tag)
        return found + self._close()

    def _close(self) -> list[Cycle]:
        points, found = self.points, []
        while len(points) >= 4:
            before, inner, after = (abs(points[k + 1] - points[k]) for k in (-4, -3, -2))
            if inner > before or inner > after:
                break
            found.append(self._cycle(len(points) - 3, 1.0))
            del points[-3:-1], self.tags[-3:-1]
        return found

    def _cycle(self, at: int, weight: float) -> Cycle:
        first, second = self.points[at], self.points[at + 1]
        return abs(second - first), 0.5 * (second + first), self.tags[at + 1], weight
