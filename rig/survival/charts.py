"""The four charts of life data: Weibull plot, survival curves, lives on the distance axis, damage."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np

from rig.survival.answer import OfMode, Section
from rig.survival.curve import Step, kaplan_meier, plotting_positions
from rig.survival.fit import Family, Fit, quantiles
from rig.survival.lives import Lives
from rig.survival.shape import Shape
from rig.survival.specimens import Specimen, lives_of
from rig.survival.svg import Chart, Point, Scale, linear, logarithmic
from rig.survival.words import km

COLOURS = 8
_SHARES = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.632, 0.9, 0.99, 0.999)
_CURVE_POINTS = 25
_FEW = 3
"""So many survival curves are shown with their intervals; more would hide each other."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One curve of the charts: a group, or one mode of a group with all other failures suspended.

    ``specimens``: of a group all, of a mode those that failed by it; ``suspended``, of the first mode, those beside.
    """

    name: str
    colour: int
    lives: Lives
    curve: list[Step]
    weibull: Fit | None
    failure_rate: Shape | None
    specimens: tuple[Specimen, ...]
    of_mode: bool = False
    suspended: tuple[Specimen, ...] = ()

    @property
    def css(self) -> str:
        """The class of its colour."""
        return f"c{self.colour % COLOURS}"


def of_groups(sections: Sequence[Section]) -> list[Series]:
    """A series for each group."""
    return [
        Series(
            name=section.group or "all",
            colour=k,
            lives=lives_of(section.specimens),
            curve=section.kaplan_meier,
            weibull=section.weibull,
            failure_rate=section.failure_rate,
            specimens=section.specimens,
        )
        for k, section in enumerate(sections)
    ]


def of_modes(section: Section, confidence: float) -> list[Series]:
    """A series for each mode of a section."""
    return [_of_mode(section, one, k, confidence) for k, one in enumerate(section.modes)]


def _of_mode(section: Section, one: OfMode, colour: int, confidence: float) -> Series:
    lives = lives_of(section.specimens, one.mode)
    return Series(
        name=one.mode,
        colour=colour,
        lives=lives,
        curve=kaplan_meier(lives, confidence),
        weibull=one.weibull,
        failure_rate=one.failure_rate,
        specimens=tuple(each for each in section.specimens if each.mode == one.mode),
        of_mode=True,
        suspended=() if colour else tuple(each for each in section.specimens if not each.failed),
    )


def weibull_chart(series: Sequence[Series], confidence: float) -> str:
    """Failures on Weibull paper, with each fit and the bounds of its quantiles."""
    lowest = min((float(plotting_positions(one.curve)[0]) for one in series if one.curve), default=0.01)
    low = max((share for share in _SHARES if share < 0.7 * lowest), default=_SHARES[0])
    shares = [(share, f"{100 * share:g} %") for share in _SHARES if low <= share <= 0.99]
    all_km = np.concatenate([one.lives.distance_km for one in series])
    chart = Chart(
        logarithmic("distance, km", 0.7 * float(all_km.min()), 1.4 * float(all_km.max())),
        Scale("failed", low, 0.99, shares, _weibull_paper),
    )
    for one in series:
        _fitted(chart, one, low, confidence)
    for one in series:
        for step, share in zip(one.curve, plotting_positions(one.curve), strict=True):
            chart.dot(step.distance_km, float(share), one.css, f"{one.name}: {km(step.distance_km)}")
    return chart.render("Weibull plot of the failures")


def _weibull_paper(share: float) -> float:
    return math.log(-math.log1p(-min(max(share, 1e-9), 1.0 - 1e-9)))


def _fitted(chart: Chart, one: Series, low: float, confidence: float) -> None:
    if one.weibull is None:
        return
    steps = np.linspace(_weibull_paper(low), _weibull_paper(0.99), _CURVE_POINTS)
    shares = [float(-math.expm1(-math.exp(step))) for step in steps]
    found = quantiles(one.lives, Family.WEIBULL, shares, confidence)
    lower = [(_within(chart, bound.profile[0]), share) for bound, share in zip(found, shares, strict=True)]
    upper = [(_within(chart, bound.profile[1]), share) for bound, share in zip(found, shares, strict=True)]
    chart.band(lower, upper, one.css)
    chart.line([(_within(chart, bound.value), share) for bound, share in zip(found, shares, strict=True)], _line(one))


def _within(chart: Chart, distance_km: float) -> float:
    """A distance that a logarithmic scale can show, off the chart where it is far away."""
    return min(max(distance_km, chart.x.low / 1e3), chart.x.high * 1e3)


def _line(one: Series) -> str:
    return f"line {one.css}"


def survival_chart(series: Sequence[Series]) -> str:
    """Kaplan-Meier curves with their intervals, and each Weibull fit as a dashed line."""
    longest_km = max(float(one.lives.distance_km.max()) for one in series)
    percents = [(share, f"{100 * share:g} %") for share in (0.0, 0.2, 0.4, 0.5, 0.6, 0.8, 0.9, 1.0)]
    chart = Chart(linear("distance, km", 0.0, 1.05 * longest_km), Scale("survive", 0.0, 1.02, percents))
    for one in series:
        end_km = float(one.lives.distance_km.max())
        if len(series) <= _FEW:
            chart.band(
                _stairs([(s.distance_km, s.lower) for s in one.curve], end_km),
                _stairs([(s.distance_km, s.upper) for s in one.curve], end_km),
                one.css,
            )
        if one.weibull is not None:
            at_km = np.linspace(0.0, 1.05 * longest_km, 80)
            chart.line(zip(at_km, 1.0 - one.weibull.unreliability(at_km), strict=True), f"thin {one.css}")
        chart.line(_stairs([(step.distance_km, step.survival) for step in one.curve], end_km), _line(one))
    return chart.render("survival over distance")


def _stairs(steps: Sequence[tuple[float, float | None]], end_km: float) -> list[Point]:
    """A curve that falls at each step; where a bound is not defined it stays."""
    points, level = [(0.0, 1.0)], 1.0
    for distance_km, share in steps:
        points.append((distance_km, level))
        level = level if share is None else share
        points.append((distance_km, level))
    return [*points, (end_km, level)]


def lives_chart(series: Sequence[Series]) -> str:
    """Each specimen on the distance axis, a row for each series: failures filled, suspensions open."""
    longest_km = max(float(one.lives.distance_km.max()) for one in series)
    chart = _rows(linear("distance, km", -0.02 * longest_km, 1.05 * longest_km), [one.name for one in series])
    for row, one in enumerate(series):
        for k, (distance_km, failed) in enumerate(zip(one.lives.distance_km, one.lives.failed, strict=True)):
            mark = chart.dot if failed else chart.onward
            said = f"{one.name}: {'failed' if failed else 'suspended'} at {km(float(distance_km))}"
            mark(float(distance_km), _height(row, k), one.css, said)
    return chart.render("lives on the distance axis")


def damage_chart(series: Sequence[Series]) -> str:
    """Miner's sum of each specimen, a row for each series, one for what no mode ended; empty where none is known."""
    rows = [(one.name, one.css, one.specimens) for one in series]
    rows += [("suspended", f"c{len(series) % COLOURS}", one.suspended) for one in series if one.suspended]
    damages = [one.damage for _, _, specimens in rows for one in specimens if one.damage]
    if not damages:
        return ""
    x = logarithmic("damage, Miner's sum", 0.7 * min(1.0, *damages), 1.4 * max(1.0, *damages))
    chart = _rows(x, [name for name, _, _ in rows])
    chart.line([(1.0, -0.5), (1.0, len(rows) - 0.5)], "thin")
    for row, (_, css, specimens) in enumerate(rows):
        for k, one in enumerate(specimens):
            if one.damage:
                how, mark = ("failed", chart.dot) if one.failed else ("suspended", chart.onward)
                mark(one.damage, _height(row, k), css, f"{one.serial}: {how} at a damage of {one.damage:.3g}")
    return chart.render("damage at the end")


def _rows(x: Scale, names: Sequence[str]) -> Chart:
    shown = [(float(row), name if len(name) <= 9 else f"{name[:8]}…") for row, name in enumerate(names)]
    return Chart(x, Scale("", len(names) - 0.5, -0.5, shown), 70.0 + 60.0 * len(names))


def _height(row: int, k: int) -> float:
    """Marks in a row stand at five heights, so that neighbours don't hide each other."""
    return row + 0.14 * (k % 5 - 2)
