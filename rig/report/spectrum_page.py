"""Spectra as a page: damage by exponent and shock response over frequency, a curve for each source."""

from html import escape
from pathlib import Path

import numpy as np

from rig.record.files import write_asked_for
from rig.report.document import Plots, document, section
from rig.report.panels import Panel, plain
from rig.report.tables import table
from rig.spectra import Spectrum

ROLES = ("feedback", "warm", "second", "third", "fourth")
"""Colours of the sources; there are no more of them on a page."""


def write_spectra(path: Path, found: list[Spectrum]) -> None:
    """Write the page of one source, or of several side by side.

    Raises:
        InputError: the file can't be written.
    """
    write_asked_for(path, _page(found), "--out")


def _page(found: list[Spectrum]) -> str:
    plots, first = Plots(), found[0]
    unit = f" {first.answer_unit}" if first.answer_unit else ""
    panels = [_panel(found, f"Damage, exponent {b}", f"({first.answer_unit or '1'})^{b}", b) for b in first.damage]
    shock = _panel(found, "Shock response: the largest answer", first.answer_unit, None)
    counted = f"{first.response.replace('_', ' ')} of oscillators with Q = {first.quality:g} on a base that moves so"
    names = ", ".join(dict.fromkeys(one.channel for one in found))
    body = "".join(
        (
            f"<header><h1>Spectra of {escape(names)}</h1><p>{escape(counted)}</p></header>",
            section("Fatigue damage spectrum", plots.boxes(panels)),
            section("Shock response spectrum", plots.boxes([shock])),
            section("What was counted", _facts(found, unit)),
        )
    )
    data = {"x": {}, "panels": plots.panels, "stretches": [], "surfaces": [], "marks": []}
    return document(f"spectra of {names}", body, data)


def _panel(found: list[Spectrum], title: str, unit: str, exponent: str | None) -> Panel:
    series = []
    for one, role in zip(found, ROLES, strict=False):
        values = np.array(one.shock if exponent is None else one.damage[exponent])
        shown = np.where(values > 0.0, values, np.nan)
        label = f"{Path(one.source).name} {one.channel}" if len(found) > 1 else one.channel
        series.append({"label": label, "unit": unit, "role": role, "scale": "y", "values": plain(shown)})
    return {
        "title": title, "y": unit, "log": True, "logy": True, "x_label": "natural frequency, Hz",
        "own_x": plain(np.array(found[0].frequencies_hz)), "series": series,
    }  # fmt: skip


def _facts(found: list[Spectrum], unit: str) -> str:
    heads = ("source", "channel", "samples", "time", "samples a second")
    rows = (
        (escape(one.source), escape(one.channel), f"{one.samples:,}", f"{one.seconds:,.6g} s", f"{one.rate_hz:g}")
        for one in found
    )
    told = (
        f"Damage is pseudo-damage: rainflow cycles times their amplitude{escape(unit)} to a power. The stress in a part"
        " is not known, so only ratios of two spectra mean something."
    )
    return table(heads, rows) + f'<p class="note">{told}</p>'
