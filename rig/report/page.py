"""The page: tables and panels put together into one HTML file that asks no server for anything."""

import json
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

from rig.record.files import write_atomically
from rig.report import tables
from rig.report.evidence import evidence_panels, failures
from rig.report.overview import Overview, overview
from rig.report.panels import Panel, close_ups, event_marks, histograms, plain, run_panels, stretches, surfaces_of
from rig.report.words import kilometres, moment, number, spoken
from rig.runs import REPORT_NAME, Run, open_run

MARKED = ("component_warning", "component_failed", "limit_breached", "device_fault", "bus_fault", "operator_trip")


def build(run_dir: Path) -> Path:
    """Write the report of a run and return its path; a run without a verdict, or without samples, has one too.

    Raises:
        InputError: the folder is no run directory, or damaged beyond reading.
        OSError: the report can't be written.
    """
    run = open_run(run_dir)
    seen = overview(run)
    path = run_dir / REPORT_NAME
    write_atomically(path, _page(run, seen).encode())
    return path


class Plots:
    """Collects panels under ids; the page holds an empty box for each, and their data once."""

    def __init__(self) -> None:
        self.panels: dict[str, Panel] = {}

    def boxes(self, panels: list[Panel], css: str = "") -> str:
        """The HTML for some panels."""
        return "".join(self._box(panel, css) for panel in panels)

    def _box(self, panel: Panel, css: str) -> str:
        name = f"plot-{len(self.panels)}"
        self.panels[name] = panel
        note = f'<p class="note">{escape(panel["note"])}</p>' if panel.get("note") else ""
        return f'<figure class="plot {css}" id="{name}"><h3>{escape(panel["title"])}</h3>{note}</figure>'


def _page(run: Run, seen: Overview) -> str:
    plots = Plots()
    body = "".join(
        (
            _head(run),
            tables.notices(run, seen),
            _section("Verdict", tables.verdict_table(run)),
            _evidence(run, plots),
            _section("The run", tables.facts(run, seen)),
            _over_the_run(run, seen, plots),
            _section("Damage by surface", tables.damage_bars(run, seen) if seen.samples else ""),
            _timing(run, plots),
            _section("Events", tables.events_table(run.events.events)),
            _section("Files it was made from", tables.inputs(run)),
        )
    )
    return _shell(run, body, _data(run, seen, plots))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>" if body else ""


def _head(run: Run) -> str:
    outcome = run.verdict.outcome if run.verdict else "NO VERDICT"
    about = run.manifest
    reason = f"<p>{escape(run.verdict.reason)}</p>" if run.verdict and run.verdict.reason else ""
    line = f"{about.terrain or about.name} on {about.rig}, {moment(about.created_utc)}"
    return f"<header>{tables.badge(outcome)}<h1>{escape(about.name)}</h1><p>{escape(line)}</p>{reason}</header>"


def _evidence(run: Run, plots: Plots) -> str:
    found = []
    for finding in failures(run):
        text = escape(str(finding.get("text", "")))
        head = f"{finding.get('component')}: {finding.get('mode')} at {kilometres(finding.get('distance_km'))}"
        numbers = (
            f"{finding.get('feature')} {number(finding.get('value'))}, "
            f"limit {number(finding.get('limit'))}, sample {number(finding.get('sample'), 12)}"
        )
        boxes = plots.boxes(evidence_panels(run, finding), "half")
        told = f"<p>{text}</p><p class='note'>{escape(numbers)}; the shaded span is the window of the decision</p>"
        found.append(f'<div class="failure"><h3>{escape(head)}</h3>{told}<div class="grid">{boxes}</div></div>')
    return _section("Evidence", "".join(found))


def _over_the_run(run: Run, seen: Overview, plots: Plots) -> str:
    if not seen.samples:
        return _section("Over the run", '<p class="note">No samples were recorded.</p>')
    switch = (
        '<div class="toolbar" role="group" aria-label="horizontal axis">'
        '<button data-x="distance_km" aria-pressed="true">distance</button>'
        '<button data-x="time_s" aria-pressed="false">time</button>'
        "<button data-reset>whole run</button>"
        "<span>drag to zoom, double click to see all again</span></div>"
    )
    kept = "every sample" if seen.bucket == 1 else f"smallest and largest of every {seen.bucket:,} samples"
    legend = "".join(
        f'<span><i class="surface-{k % 8}"></i>{escape(spoken(surface))}</span>'
        for k, surface in enumerate(surfaces_of(run))
    )
    note = f'<p class="note">Shown: {kept}. The shading is the surface.</p><div class="legend">{legend}</div>'
    whole = plots.boxes(run_panels(run, seen))
    near = plots.boxes(close_ups(run, seen), "half")
    return _section("Over the run", switch + note + whole) + _section(
        "Following, at full rate", f'<div class="grid">{near}</div>' if near else ""
    )


def _timing(run: Run, plots: Plots) -> str:
    timing = run.verdict.timing if run.verdict else {}
    if not timing:
        return ""
    boxes = plots.boxes(histograms(timing), "half")
    return _section("Timing of the loop", tables.timing_table(timing) + f'<div class="grid">{boxes}</div>')


def _data(run: Run, seen: Overview, plots: Plots) -> dict[str, Any]:
    return {
        "x": {"time_s": plain(seen.time_s, 9), "distance_km": plain(seen.distance_km, 9)},
        "panels": plots.panels,
        "stretches": stretches(run, seen),
        "surfaces": surfaces_of(run),
        "marks": event_marks(run, MARKED),
    }


def _shell(run: Run, body: str, data: dict[str, Any]) -> str:
    static = resources.files("rig.report") / "static"
    files = ("uPlot.min.css", "report.css", "uPlot.iife.min.js", "report.js")
    plot_css, css, plot_js, js = ((static / name).read_text(encoding="utf-8") for name in files)
    # "<" can't end the element from within a string: a name is never markup.
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    title = escape(f"{run.verdict.outcome if run.verdict else 'no verdict'}: {run.manifest.name}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">"
        f"<style>{plot_css}{css}</style></head><body><main>{body}</main>"
        f'<script type="application/json" id="data">{text}</script>'
        f"<script>{plot_js}</script><script>{js}</script></body></html>\n"
    )
