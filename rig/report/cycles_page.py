"""Rainflow as a picture: cycles by range and mean, alone (SVG) or as a page with the range-pair curve."""

import math
from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np

from rig.cycles import CycleCount
from rig.record.files import write_asked_for
from rig.report.document import Plots, document, section
from rig.report.panels import Panel, plain
from rig.report.tables import table
from rig.report.words import number

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 760, 520, 78, 52, 14, 96
"""Of the picture and of the margins around its plot, px."""
_TICKS = 6
_FAINTEST = 0.16
_STYLE = """
.rainflow { --ink: #1b2330; --faint: #5b6675; --rule: #dfe3e9; --cell: #1d5fd1; --paper: #ffffff; }
@media (prefers-color-scheme: dark) {
  .rainflow { --ink: #e4e8ee; --faint: #98a3b3; --rule: #2d3642; --cell: #6ea8ff; --paper: #1a2029; }
}
.rainflow { font: 12px system-ui, sans-serif; max-width: 100%; height: auto; }
.rainflow text { fill: var(--faint); } .rainflow .name { fill: var(--ink); }
.rainflow line { stroke: var(--rule); } .rainflow .paper { fill: var(--paper); } .rainflow .cell { fill: var(--cell); }
"""


def write_cycles(path: Path, found: CycleCount) -> None:
    """Write the plot: a picture where the name ends with .svg, else a page.

    Raises:
        InputError: the file can't be written.
    """
    text = picture(found) if path.suffix == ".svg" else _page(found)
    write_asked_for(path, text, "--out")


def picture(found: CycleCount) -> str:
    """The range-mean matrix as an SVG of its own: means to the right, ranges upwards, the colour the count (log)."""
    title = f"Rainflow of {found.channel}: cycles by mean and range"
    parts = [*_axes(found), *_cells(found), *_scale(_decades(found))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="rainflow" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f'<rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>{"".join(parts)}</svg>'
    )


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def _decades(found: CycleCount) -> tuple[float, float]:
    """The powers of ten between which the counts of the classes lie, at least one apart."""
    counts = [count for row in found.matrix for count in row if count > 0.0]
    if not counts:
        return 0.0, 1.0
    low, high = math.floor(math.log10(min(counts))), math.ceil(math.log10(max(counts)))
    return float(low), float(max(high, low + 1))


def _opacity(count: float, decades: tuple[float, float]) -> float:
    share = (math.log10(count) - decades[0]) / (decades[1] - decades[0])
    return _FAINTEST + (1.0 - _FAINTEST) * share


def _cells(found: CycleCount) -> Iterator[str]:
    decades, size = _decades(found), len(found.matrix)
    width, height = _x(1.0 / size) - _x(0.0), _y(0.0) - _y(1.0 / size)
    unit = f" {found.unit}" if found.unit else ""
    for row, counts in enumerate(found.matrix):
        for column, count in enumerate(counts):
            if count > 0.0:
                ranges = _between(found.range_edges[row : row + 2])
                told = f"range {ranges}, mean {_between(found.mean_edges[column : column + 2])}{unit}: {count:,.10g}"
                yield (
                    f'<rect class="cell" x="{_x(column / size):.2f}" y="{_y((row + 1) / size):.2f}" '
                    f'width="{width:.2f}" height="{height:.2f}" fill-opacity="{_opacity(count, decades):.3f}">'
                    f"<title>{escape(told)}</title></rect>"
                )


def _between(edges: list[float]) -> str:
    return f"{edges[0]:.4g} to {edges[1]:.4g}"


def _axes(found: CycleCount) -> Iterator[str]:
    unit = f", {found.unit}" if found.unit else ""
    for at, share in _ticks(found.mean_edges):
        yield f'<line x1="{_x(share):.1f}" x2="{_x(share):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>'
        yield f'<text x="{_x(share):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{at:,.6g}</text>'
    for at, share in _ticks(found.range_edges):
        yield f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        yield f'<text x="{LEFT - 7}" y="{_y(share) + 4:.1f}" text-anchor="end">{at:,.6g}</text>'
    below, beside = escape(f"mean of {found.channel}{unit}"), escape(f"range{unit}")
    yield f'<text class="name" x="{_x(0.5)}" y="{HEIGHT - 12}" text-anchor="middle">{below}</text>'
    turned = f"translate(16 {_y(0.5)}) rotate(-90)"
    yield f'<text class="name" transform="{turned}" text-anchor="middle">{beside}</text>'


def _ticks(edges: list[float]) -> Iterator[tuple[float, float]]:
    """Round numbers on an axis, and where on it they lie."""
    low, high = edges[0], edges[-1]
    step = 10.0 ** math.floor(math.log10((high - low) / _TICKS))
    step *= next(factor for factor in (1, 2, 5, 10) if (high - low) / (factor * step) <= _TICKS)
    for k in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1):
        yield k * step, (k * step - low) / (high - low)


def _scale(decades: tuple[float, float]) -> Iterator[str]:
    left = WIDTH - RIGHT + 22
    yield f'<text class="name" x="{left}" y="{TOP + 10}">cycles</text>'
    steps = int(decades[1] - decades[0])
    for k in range(steps + 1):
        y, count = TOP + 22 + 20 * (steps - k), 10.0 ** (decades[0] + k)
        size = f'width="16" height="16" fill-opacity="{_opacity(count, decades):.3f}"'
        yield f'<rect class="cell" x="{left}" y="{y}" {size}/>'
        yield f'<text x="{left + 22}" y="{y + 12}">{count:,.6g}</text>'


def _page(found: CycleCount) -> str:
    plots = Plots()
    body = "".join(
        (
            f"<header><h1>Rainflow of {escape(found.channel)}</h1><p>{escape(found.source)}</p></header>",
            section("Cycles by range and mean", picture(found)),
            section("Range pairs", plots.boxes([_curve(found)])),
            section("The biggest cycles", _biggest(found)),
            section("What was counted", _facts(found)),
        )
    )
    data = {"x": {}, "panels": plots.panels, "stretches": [], "surfaces": [], "marks": []}
    return document(f"rainflow of {found.channel}", body, data)


def _curve(found: CycleCount) -> Panel:
    by_range = np.array([sum(row) for row in found.matrix])
    beyond = np.cumsum(by_range[::-1])[::-1]
    unit = f"range, {found.unit}" if found.unit else "range"
    series = {"label": "cycles", "unit": "", "role": "feedback", "scale": "y"}
    return {
        "title": "Cycles of at least a range", "y": "cycles", "logy": True, "x_label": unit,
        "own_x": plain(np.array(found.range_edges[:-1])),
        "series": [{**series, "values": plain(np.where(beyond > 0.0, beyond, np.nan))}],
    }  # fmt: skip


def _biggest(found: CycleCount) -> str:
    unit = f", {found.unit}" if found.unit else ""
    heads = (f"range{unit}", f"mean{unit}", "cycles", "at")
    rows = (
        (number(one.range, 5), number(one.mean, 5), f"{one.cycles:g}", _place(one.km, one.sample))
        for one in found.biggest
    )
    return table(heads, rows)


def _place(km: float | None, sample: int | None) -> str:
    return f"sample {sample:,}" if km is None else f"km {km:,.3f}"


def _facts(found: CycleCount) -> str:
    unit = f" {found.unit}" if found.unit else ""
    facts = {
        "samples": f"{found.samples:,}" + (f", and {found.missing:,} missing, left out" if found.missing else ""),
        "from lowest to highest": f"{found.lowest:.6g} to {found.highest:.6g}{unit}",
        "cycles": f"{found.cycles:,.10g}, {found.residue_cycles:g} of them from the residue ({found.residue})",
        "smallest reversal that counts": f"{found.gate:g}{unit}",
        **{f"sum of cycles times range^{k}": f"{value:.6g}" for k, value in found.pseudo_damage.items()},
    }
    told = (f"<div><dt>{escape(key)}</dt><dd>{escape(value)}</dd></div>" for key, value in facts.items())
    return f"<dl>{''.join(told)}</dl>"
