"""The answer as a page: the headline, equivalent kilometres on one axis, and the tables behind them."""

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from rig.equivalence.answer import DAMAGE, Answer, LawEquivalent
from rig.equivalence.confidence import Sureness
from rig.equivalence.sure_words import (
    DIGITS,
    about,
    between,
    chances,
    demonstrations,
    exponents,
    meanings,
    needed,
    range_words,
)
from rig.equivalence.words import assumptions, headline, km, notes, proofs, second_estimate
from rig.record.files import write_asked_for
from rig.report.document import NOTHING_PLOTTED, document, section
from rig.report.tables import badge, table
from rig.report.words import number, spoken
from rig.survival.svg import logarithmic

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 960, 310, 90, 26, 22, 40
_STYLE = """<style>
.worth { width: 100%; height: auto; } .worth text { fill: var(--muted); font: 12px system-ui, sans-serif; }
.worth .name { fill: var(--text); } .worth line { stroke: var(--grid); } .worth .mark { stroke: var(--setpoint); stroke-dasharray: 5 3; }
.worth .damage { fill: var(--feedback); } .worth .distance { fill: var(--warm); }
.worth .reach { stroke: var(--text); stroke-width: 1.5; } .worth .roads { stroke: var(--muted); stroke-width: 5; opacity: 0.5; }
dl.meant { margin-top: 14px; }
.key i { display: inline-block; width: 10px; height: 10px; border-radius: 5px; margin: 0 5px 0 12px; }
.key .damage { background: var(--feedback); } .key .distance { background: var(--warm); }
.said { margin: 10px 0 0; padding-left: 18px; } .said li { margin: 4px 0; overflow-wrap: anywhere; }
</style>"""  # noqa: E501


def write_equivalence_page(path: Path, found: Answer) -> None:
    """Write the page.

    Raises:
        InputError: the file can't be written.
    """
    write_asked_for(path, _page(found), "--html")


def _page(found: Answer) -> str:
    driven = f"target {found.target}, {km(found.target_km)}: {found.vehicle}, {found.style}, on {found.rig}"
    said = "".join(f"<li>{escape(words)}</li>" for words in proofs(found))
    assumed = "".join(f"<div><dt>{escape(way)}</dt><dd>{escape(text)}</dd></div>" for way, text in _assumed(found))
    body = "".join(
        (
            _STYLE,
            f"<header><h1>{escape(headline(found))}</h1><p>{escape(driven)}</p>",
            f"<p>{escape(', '.join(found.runs))}</p></header>",
            section("Equivalent kilometres", f'{_key()}{_chart(found)}<ul class="said">{said}</ul>'),
            section("How sure the kilometres are", _sure(found)),
            section("What the parts show", _shown(found)),
            section("Damage by part and law", _laws(found)),
            section("Pseudo-damage by channel", _channels(found)),
            section("Kilometres by surface", _surfaces(found)),
            section("What the figures assume", f"<dl>{assumed}</dl>"),
        )
    )
    return document(f"equivalence to {found.target}", body, NOTHING_PLOTTED)


def _assumed(found: Answer) -> Iterator[tuple[str, str]]:
    yield from assumptions(found).items()
    for words in notes(found):
        yield "note", words


def _key() -> str:
    scales = (("damage", "scales with damage"), ("distance", "scales with turns, distance or temperature"))
    told = "".join(f'<i class="{css}"></i>{words}' for css, words in scales)
    lines = "dashed: what was played, and the whole target; thick: the roads of the target alone; thin: the whole range"
    return f'<p class="note key">{told}; {lines}</p>'


def _chart(found: Answer) -> str:
    """Each law on one logarithmic axis; the least on top."""
    pairs = [(law, one) for law, one in zip(found.laws, found.sure, strict=True) if law.equivalent_km]
    told = sorted(pairs, key=lambda pair: pair[0].equivalent_km or 0.0)
    if not told:
        return ""
    ends = [found.run_km, found.target_km, *(law.equivalent_km or 0.0 for law, _ in told)]
    ends += [end for _, one in told for end in one.range_km or ()]
    scale = logarithmic("km", 0.5 * min(end for end in ends if end > 0.0), 2.0 * max(ends))
    height = TOP + ROW * len(told) + BOTTOM

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * scale.share(value)

    parts = []
    for value, text in scale.ticks:
        parts.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
        parts.append(f'<text x="{x(value):.1f}" y="{height - BOTTOM + 15}" text-anchor="middle">{text}</text>')
    for value in {found.run_km, found.target_km} - {0.0}:
        parts.append(f'<line class="mark" x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
    for row, (law, one) in enumerate(told):
        parts += _reaches(one, x, TOP + ROW * (row + 0.5))
        words_x = x(max(law.equivalent_km or 0.0, *(one.range_km or (0.0,))))
        parts.append(_dot(law, x(law.equivalent_km or 0.0), words_x, TOP + ROW * (row + 0.5)))
    name = f"equivalent km of {found.target}"
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 6}" text-anchor="middle">{escape(name)}</text>')
    return (
        f'<svg class="worth" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(name)}">'
        f"{''.join(parts)}</svg>"
    )


def _reaches(one: Sureness, x: Callable[[float], float], y: float) -> Iterator[str]:
    for css, pair in (("reach", one.range_km), ("roads", one.target_roads_km)):
        if pair:
            yield f'<line class="{css}" x1="{x(pair[0]):.1f}" x2="{x(pair[1]):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _dot(law: LawEquivalent, x: float, words_x: float, y: float) -> str:
    """The dot at ``x`` with its name before the chart, and its km behind ``words_x``."""
    css = "damage" if law.scales_with == DAMAGE else "distance"
    words = f"{spoken(law.component)} {law.serial}, {spoken(law.law)}"
    return (
        f'<text class="name" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(words)}</text>'
        f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
        f'<text class="name" x="{words_x + 12:.1f}" y="{y + 4:.1f}">{about(law.equivalent_km)}</text>'
    )


def _sure(found: Answer) -> str:
    heads = ("part", "law", "equivalent", "range", "roads of the target", "exponent", "prediction", "such runs")
    rows = (
        (
            escape(f"{spoken(one.component)} {one.serial}"),
            escape(spoken(one.law)),
            about(law.equivalent_km),
            escape(range_words(one)),
            between(one.target_roads_km),
            escape(exponents(one)),
            between(one.prediction_km),
            between(one.run_roads_km),
        )
        for law, one in zip(found.laws, found.sure, strict=True)
    )
    told = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(words)}</dd></div>" for name, words in meanings(found).items()
    )
    return f'{table(heads, rows)}<dl class="meant">{told}</dl>'


def _shown(found: Answer) -> str:
    at = f"{100.0 * found.confidence:g} %"
    heads = ("part", "law", "lives", "β", "R at 50 %", f"R at {at}", f"such parts needed for R 90 % at {at}")
    rows = (
        (
            escape(f"{spoken(one.component)} {', '.join(one.serials)}"),
            escape(spoken(one.law)),
            ", ".join(number(each, DIGITS) for each in one.lives) or "–",
            f"{one.shape:g}",
            chances(one.reliability_50, one.reliability_50_range),
            chances(one.reliability, one.reliability_range),
            needed(one),
        )
        for one in found.shown
    )
    said = "".join(f"<li>{escape(words)}</li>" for words in demonstrations(found))
    return f'{table(heads, rows)}<ul class="said">{said}</ul>'


def _laws(found: Answer) -> str:
    heads = (
        "part",
        "law",
        "scales with",
        "damage of the runs",
        "of the target",
        "equivalent",
        "by surfaces",
        "verdict",
    )
    rows = (
        (
            escape(f"{spoken(law.component)} {law.serial}"),
            escape(spoken(law.law) if law.exponent is None else f"{spoken(law.law)}, exponent {law.exponent:g}"),
            escape(law.scales_with),
            number(law.run_damage),
            number(law.target_damage),
            about(law.equivalent_km),
            escape(second_estimate(law)),
            badge(law.outcome) if law.outcome else "none",
        )
        for law in found.laws
    )
    return table(heads, rows)


def _channels(found: Answer) -> str:
    """A row for each channel: its gate and what it is worth by each exponent; the sums themselves are in the JSON."""
    slopes = dict.fromkeys(f"{one.exponent:g}" for one in found.channels)
    heads = ("channel", "gate", "largest range", "target by", *(f"exponent {slope}" for slope in slopes))
    rows = []
    for name in dict.fromkeys(one.channel for one in found.channels):
        mine = [one for one in found.channels if one.channel == name]
        sizes = (f"{number(size)} {escape(mine[0].unit)}" for size in (mine[0].gate, mine[0].largest_range))
        rows.append((escape(name), *sizes, escape(mine[0].basis), *(about(one.equivalent_km) for one in mine)))
    return table(heads, rows)


def _surfaces(found: Answer) -> str:
    names = dict.fromkeys((*found.target_km_by_surface, *found.run_km_by_surface))
    rows = (
        (escape(spoken(name)), km(found.run_km_by_surface.get(name)), km(found.target_km_by_surface.get(name)))
        for name in names
    )
    return table(("surface", "played", "in the target"), rows)
