"""Life data as a page: figures, Weibull plot with bounds, survival curves, lives and damages, what it all assumes."""

from collections.abc import Sequence
from html import escape
from importlib import resources
from itertools import groupby
from pathlib import Path

from rig.record.files import write_asked_for
from rig.report.document import NOTHING_PLOTTED, document, section
from rig.report.tables import table
from rig.report.words import number
from rig.survival.answer import Answer, Section
from rig.survival.charts import (
    Series,
    damage_chart,
    lives_chart,
    of_groups,
    of_modes,
    survival_chart,
    weibull_chart,
)
from rig.survival.words import differing, estimate, headline, sentences, used_assumptions


def write_survival_page(path: Path, found: Answer) -> None:
    """Write the page.

    Raises:
        InputError: the file can't be written.
    """
    write_asked_for(path, _page(found), "--html")


def _page(found: Answer) -> str:
    css = (resources.files("rig.survival") / "static" / "survival.css").read_text(encoding="utf-8")
    parts = [f"<style>{css}</style>", _head(found)]
    parts += [f'<p class="notice">{escape(notice)}</p>' for notice in found.notices]
    for component, mine in groupby(found.sections, lambda one: one.component):
        parts.append(_component(component, list(mine), found))
    assumed = "".join(
        f"<div><dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(words)}</dd></div>"
        for name, words in used_assumptions(found).items()
    )
    parts.append(section("What the figures assume", f"<dl>{assumed}</dl>"))
    return document("survival of components", "".join(parts), NOTHING_PLOTTED)


def _head(found: Answer) -> str:
    line = f"{found.source}: {headline(found)}, two-sided, by profile likelihood"
    return f"<header><h1>Survival of components</h1><p>{escape(line)}</p></header>"


def _component(component: str, sections: list[Section], found: Answer) -> str:
    """Its groups side by side, or where there is one its modes; then the modes of each of several groups."""
    groups, name = of_groups(sections), component or "All specimens"
    said = "".join(f"<li>{escape(words)}</li>" for words in _said(sections, found))
    said = f'<ul class="said">{said}</ul>'
    modes = [of_modes(one, found.settings.confidence) for one in sections]
    if len(sections) == 1 and modes[0]:
        return _part(name, [*groups, *modes[0]], _charts(modes[0], found), said)
    parts = [_part(name, groups, _charts(groups, found), said)]
    for one, mine in zip(sections, modes, strict=True):
        parts += [_part(f"{one.title}: modes", mine, _charts(mine, found), "")] if mine else []
    return "".join(parts)


def _said(sections: Sequence[Section], found: Answer) -> list[str]:
    between, several = found.differences.get(sections[0].component), len(sections) > 1
    said = [differing(sections[0].component, between, found.settings.confidence)] if between else []
    for one in sections:
        said += [f"{one.group}: {words}" if several else words for words in sentences(one, found.settings)]
    return said


def _part(title: str, rows: Sequence[Series], charts: str, said: str) -> str:
    return section(title, f'{_glance(rows)}<div class="grid">{charts}</div>{said}')


def _charts(series: Sequence[Series], found: Answer) -> str:
    paper = weibull_chart(series, found.settings.confidence) if any(one.curve for one in series) else ""
    bend = "band: bounds of the quantiles; points that bend away from their line are no single Weibull"
    onward = "● failed, ▷ suspended: it would have gone on"
    if any(one.of_mode for one in series):
        onward += "; failures of other modes are suspensions here"
    law = f"Miner's sum at failure ● or suspension ▷; 1 is the characteristic life by the law{_undrawn(series)}"
    drawn = [
        ("Weibull plot", bend, paper),
        ("Survival", "steps: Kaplan-Meier with its interval; dashed: Weibull", survival_chart(series)),
        ("Lives on the distance axis", onward, lives_chart(series)),
        ("Damage", law, damage_chart(series)),
    ]
    return "".join(
        f'<figure class="plot"><h3>{name}</h3><p class="note">{escape(note)}</p>{svg}</figure>'
        for name, note, svg in drawn
        if svg
    )


def _undrawn(series: Sequence[Series]) -> str:
    count = sum(not one.damage for each in series for one in each.specimens)
    return f"; {count} without a damage above 0 are not in it" if count else ""


def _glance(series: Sequence[Series]) -> str:
    """The figures of each series in a row, with its colour and what kind of failure it is."""
    heads = ("", "specimens", "failed", "suspended", "failure rate", "β", "η, km", "B10, km")
    several_modes = any(one.of_mode for one in series)
    rows = []
    for one in series:
        drawn = one.of_mode or not several_modes
        swatch = f'<i class="swatch {one.css}"></i>' if drawn else ""
        figures = ["–", "–", "–"]
        if one.weibull:
            wanted = (one.weibull.shape, one.weibull.scale_km, one.weibull.b_lives_km["B10"])
            figures = [estimate(each) for each in wanted]
        badge = f'<span class="badge {one.failure_rate}">{escape(one.failure_rate)}</span>' if one.failure_rate else "–"
        counts = [number(count) for count in (len(one.lives.failed), one.lives.failures, one.lives.suspensions)]
        rows.append((f'<span class="legend">{swatch}{escape(one.name)}</span>', *counts, badge, *figures))
    return table(heads, rows, "glance")
