"""The answer as a page: the headline, equivalent kilometres on one axis, and the tables behind them."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from rig.equivalence.answer import DAMAGE, Answer, LawEquivalent
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
    return f'<p class="note key">{told}; dashed: what was played, and the whole target</p>'


def _chart(found: Answer) -> str:
    """Each law on one logarithmic axis; the least on top."""
    told = sorted((law for law in found.laws if law.equivalent_km), key=lambda law: law.equivalent_km or 0.0)
    if not told:
        return ""
    ends = [found.run_km, found.target_km, *(law.equivalent_km or 0.0 for law in told)]
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
    for row, law in enumerate(told):
        parts.append(_dot(law, x(law.equivalent_km or 0.0), TOP + ROW * (row + 0.5)))
    name = f"equivalent km of {found.target}"
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{height - 6}" text-anchor="middle">{escape(name)}</text>')
    return (
        f'<svg class="worth" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(name)}">'
        f"{''.join(parts)}</svg>"
    )


def _dot(law: LawEquivalent, x: float, y: float) -> str:
    css = "damage" if law.scales_with == DAMAGE else "distance"
    words = f"{spoken(law.component)} {law.serial}, {spoken(law.law)}"
    return (
        f'<text class="name" x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(words)}</text>'
        f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
        f'<text class="name" x="{x + 12:.1f}" y="{y + 4:.1f}">{km(law.equivalent_km)}</text>'
    )


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
            km(law.equivalent_km),
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
        rows.append((escape(name), *sizes, escape(mine[0].basis), *(km(one.equivalent_km) for one in mine)))
    return table(heads, rows)


def _surfaces(found: Answer) -> str:
    names = dict.fromkeys((*found.target_km_by_surface, *found.run_km_by_surface))
    rows = (
        (escape(spoken(name)), km(found.run_km_by_surface.get(name)), km(found.target_km_by_surface.get(name)))
        for name in names
    )
    return table(("surface", "played", "in the target"), rows)
