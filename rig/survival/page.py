"""Life data as a page: figures, Weibull plot with bounds, survival curves, lives and damages, what it all assumes."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path

from profiles.schema import Fault, InputError
from rig.record.files import write_atomically
from rig.report.document import document, section
from rig.report.tables import table
from rig.report.words import number
from rig.survival.answer import Answer, Section
from rig.survival.charts import (
    COLOURS,
    Series,
    damage_chart,
    lives_chart,
    of_groups,
    of_modes,
    survival_chart,
    weibull_chart,
)
from rig.survival.specimens import Specimen
from rig.survival.words import differing, estimate, headline, sentences, used_assumptions

_NOTHING_PLOTTED = {"x": {"distance_km": []}, "panels": {}, "stretches": [], "surfaces": [], "marks": []}


def write_survival_page(path: Path, found: Answer) -> None:
    """Write the page.

    Raises:
        InputError: the file can't be written.
    """
    try:
        write_atomically(path, _page(found).encode())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError([Fault(str(path), 0, "--html", reason, "a file that can be written")]) from None


def _page(found: Answer) -> str:
    css = (resources.files("rig.survival") / "static" / "survival.css").read_text(encoding="utf-8")
    parts = [f"<style>{css}</style>", _head(found)]
    parts += [f'<p class="notice">{escape(notice)}</p>' for notice in found.notices]
    for component, mine in groupby(found.sections, lambda one: one.component):
        parts.append(_component(component, list(mine), found))
    assumed = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(words)}</dd>"
        for name, words in used_assumptions(found).items()
    )
    parts.append(section("What the figures assume", f"<dl>{assumed}</dl>"))
    return document("survival of components", "".join(parts), _NOTHING_PLOTTED)


def _head(found: Answer) -> str:
    line = f"{found.source}: {headline(found)}, two-sided, by profile likelihood"
    return f"<header><h1>Survival of components</h1><p>{escape(line)}</p></header>"


def _component(component: str, sections: list[Section], found: Answer) -> str:
    groups, name = of_groups(sections), component or "All specimens"
    if len(sections) == 1:
        modes = of_modes(sections[0], found.settings.confidence)
        return _part(name, modes or groups, sections, found, groups if modes else [])
    parts = [_part(name, groups, sections, found)]
    for one in sections:
        modes = of_modes(one, found.settings.confidence)
        parts += [_part(f"{one.title}: modes", modes, [one], found)] if modes else []
    return "".join(parts)


def _part(
    title: str, series: list[Series], sections: list[Section], found: Answer, whole: Sequence[Series] = ()
) -> str:
    confidence = found.settings.confidence
    specimens = [specimen for one in sections for specimen in one.specimens]
    rows = [one.name for one in series]
    if any(one.mode not in rows and one.group not in rows for one in specimens):
        rows.append("suspended" if len(sections) == 1 and sections[0].modes else "all")
    damage = damage_chart(specimens, rows if len(rows) > 1 or rows == ["all"] else ["all"])
    charts = [
        (
            "Weibull plot",
            "band: bounds of the quantiles; a line that bends is no single Weibull",
            _paper(series, confidence),
        ),
        ("Survival", "steps: Kaplan-Meier; dashed: Weibull", survival_chart(series)),
        ("Lives on the distance axis", "● failed, ▷ suspended: it would have gone on", lives_chart(series)),
        (
            "Damage",
            f"Miner's sum at failure ● or suspension ▷; 1 is the characteristic life by the law{_undrawn(specimens)}",
            damage,
        ),
    ]
    figures = "".join(
        f'<figure class="plot"><h3>{name}</h3><p class="note">{note}</p>{svg}</figure>'
        for name, note, svg in charts
        if svg
    )
    said = [words for one in sections for words in _said(one, found, named=len(sections) > 1)]
    if len(sections) > 1 and sections[0].component in found.differences:
        said.insert(0, differing(sections[0].component, found.differences[sections[0].component], confidence))
    listed = "".join(f"<li>{escape(words)}</li>" for words in said)
    return section(
        title,
        f'{_glance([*whole, *series], len(whole))}<div class="grid">{figures}</div><ul class="said">{listed}</ul>',
    )


def _undrawn(specimens: Sequence[Specimen]) -> str:
    count = sum(not one.damage for one in specimens)
    return f"; {count} specimens without a damage above 0 are not in it" if count else ""


def _paper(series: Sequence[Series], confidence: float) -> str:
    return weibull_chart(series, confidence) if any(one.curve for one in series) else ""


def _said(one: Section, found: Answer, *, named: bool) -> list[str]:
    return [f"{one.group}: {words}" if named else words for words in sentences(one, found.settings)]


def _glance(series: Sequence[Series], uncoloured: int) -> str:
    """The figures of each series in a row, with its colour and what kind of failure it is."""
    heads = ("", "specimens", "failed", "suspended", "failure rate", "β", "η, km", "B10, km")
    rows = []
    for k, one in enumerate(series):
        swatch = "" if k < uncoloured else f'<i class="swatch c{one.colour % COLOURS}"></i>'
        figures = ["–", "–", "–"]
        if one.weibull:
            figures = [
                estimate(each) for each in (one.weibull.shape, one.weibull.scale_km, one.weibull.b_lives_km["B10"])
            ]
        badge = f'<span class="badge {one.failure_rate}">{escape(one.failure_rate)}</span>' if one.failure_rate else "–"
        counts = [number(count) for count in (len(one.lives.failed), one.lives.failures, one.lives.suspensions)]
        rows.append((f'<span class="legend">{swatch}{escape(one.name)}</span>', *counts, badge, *figures))
    return table(heads, rows)
