"""Charts as plain SVG: scales, grids, lines, bands and marks; colours are the page's (`static/survival.css`)."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 600.0, 62.0, 14.0, 12.0, 40.0
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis: its name, the values at its ends, its ticks as value and label; ``of`` makes values evenly spaced."""

    name: str
    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    of: Callable[[float], float] = float

    def share(self, value: float) -> float:
        """Where a value lies, 0 to 1 from end to end."""
        low, high = self.of(self.low), self.of(self.high)
        return (self.of(value) - low) / (high - low)


def linear(name: str, low: float, high: float) -> Scale:
    """An even scale with some five round ticks."""
    raw = (high - low) / 5.0
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * m for m in (1.0, 2.0, 5.0, 10.0) if unit * m >= raw)
    ticks = [k * step for k in range(math.ceil(low / step), math.floor(high / step + 1e-9) + 1)]
    return Scale(name, low, high, [(tick, label(tick)) for tick in ticks])


def logarithmic(name: str, low: float, high: float) -> Scale:
    """A logarithmic scale with ticks at 1, 2, 5 of each decade; only whole decades from three and a half on."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1.0, 2.0, 5.0) if high / low < 3e3 else (1.0,)
    ticks = [m * 10.0**d for d in decades for m in steps if low <= m * 10.0**d <= high]
    return Scale(name, low, high, [(tick, label(tick)) for tick in ticks], math.log10)


def label(value: float) -> str:
    """A tick's text."""
    if value == 0.0 or 1e-3 <= abs(value) < 1e7:
        return f"{value:,.10g}"
    return f"{value:.0e}"


@dataclass(slots=True)
class Chart:
    """One chart, drawn from back to front."""

    x: Scale
    y: Scale
    height: float = 360.0
    parts: list[str] = field(default_factory=list)

    def _at(self, x: float, y: float) -> Point:
        across, up = WIDTH - LEFT - RIGHT, self.height - TOP - BOTTOM
        return LEFT + across * self.x.share(x), TOP + up * (1.0 - self.y.share(y))

    def _path(self, points: Iterable[Point]) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (self._at(*point) for point in points))

    def line(self, points: Iterable[Point], css: str) -> None:
        """A line through points."""
        self.parts.append(f'<polyline class="{css}" points="{self._path(points)}"/>')

    def band(self, lower: Sequence[Point], upper: Sequence[Point], css: str) -> None:
        """What lies between two lines."""
        self.parts.append(f'<polygon class="band {css}" points="{self._path([*lower, *reversed(upper)])}"/>')

    def dot(self, x: float, y: float, css: str, title: str) -> None:
        """A failure; the title is shown under the mouse."""
        left, top = self._at(x, y)
        self.parts.append(
            f'<circle class="dot {css}" cx="{left:.1f}" cy="{top:.1f}" r="4"><title>{escape(title)}</title></circle>'
        )

    def onward(self, x: float, y: float, css: str, title: str) -> None:
        """A suspension: an open arrow head, as it would have gone on."""
        left, top = self._at(x, y)
        shape = f"{left - 3:.1f},{top - 4:.1f} {left + 4:.1f},{top:.1f} {left - 3:.1f},{top + 4:.1f}"
        self.parts.append(f'<polygon class="open {css}" points="{shape}"><title>{escape(title)}</title></polygon>')

    def render(self, words: str) -> str:
        """The SVG; ``words`` say what it shows to those who can't see it."""
        right, bottom = WIDTH - RIGHT, self.height - BOTTOM
        box = f'x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{bottom - TOP}"'
        # Each chart clips to a view box of its own: an id would have to be unique on the page.
        inner = f'<svg {box} viewBox="{LEFT} {TOP} {right - LEFT} {bottom - TOP}">{"".join(self.parts)}</svg>'
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH:g} {self.height:g}" role="img" aria-label="{escape(words)}">'
            f'{self._grid(right, bottom)}{inner}<rect class="frame" {box}/></svg>'
        )

    def _grid(self, right: float, bottom: float) -> str:
        drawn = []
        for value, text in self.x.ticks:
            at = self._at(value, self.y.low)[0]
            drawn.append(f'<line class="gridline" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{bottom}"/>')
            drawn.append(f'<text x="{at:.1f}" y="{bottom + 15}" text-anchor="middle">{escape(text)}</text>')
        for value, text in self.y.ticks:
            at = self._at(self.x.low, value)[1]
            drawn.append(f'<line class="gridline" x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
            drawn.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{escape(text)}</text>')
        middle = f'x="{(LEFT + right) / 2}" y="{bottom + 33}" text-anchor="middle"'
        side = f'transform="translate(12 {(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle"'
        drawn += [f"<text {middle}>{escape(self.x.name)}</text>", f"<text {side}>{escape(self.y.name)}</text>"]
        return "".join(drawn)
