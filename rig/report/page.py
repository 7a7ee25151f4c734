"""The page: tables and panels put together into one HTML file that asks no server for anything."""

from html import escape
from pathlib import Path
from typing import Any

from rig.record.files import write_atomically
from rig.report import checks, tables
from rig.report.document import Plots, document, section
from rig.report.evidence import evidence_panels, failures
from rig.report.health import health_section
from rig.report.overview import Overview, overview
from rig.report.panels import close_ups, event_marks, plain, run_panels, stretches, surfaces_of
from rig.report.timing import histograms, timing_table
from rig.report.trends import trend_panels
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


def _page(run: Run, seen: Overview) -> str:
    plots = Plots()
    body = "".join(
        (
            _head(run),
            tables.notices(run, seen),
            checks.notice(run),
            section("Verdict", tables.verdict_table(run)),
            _evidence(run, plots),
            section("The run", tables.facts(run, seen)),
            checks.checks_section(run, plots),
            section("Stages", tables.legs_table(run)),
            health_section(run),
            _over_the_run(run, seen, plots),
            section("How the parts changed", plots.boxes(trend_panels(run))),
            section("Damage by surface", tables.damage_bars(run, seen) if seen.samples else ""),
            _timing(run, plots),
            section("Events", tables.events_table(run.events.events)),
            section("Files it was made from", tables.inputs(run)),
        )
    )
    title = f"{run.verdict.outcome if run.verdict else 'no verdict'}: {run.manifest.name}"
    return document(title, body, _data(run, seen, plots))


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
    return section("Evidence", "".join(found))


def _over_the_run(run: Run, seen: Overview, plots: Plots) -> str:
    if not seen.samples:
        return section("Over the run", '<p class="note">No samples were recorded.</p>')
    switch = (
        '<div class="toolbar" role="group" aria-label="horizontal axis">'
        '<button data-x="distance_km" aria-pressed="true">distance</button>'
        '<button data-x="time_s" aria-pressed="false">time</button>'
        "<button data-reset>whole run</button>"
        "<span>drag to zoom, double click to see all again</span></div>"
    )
    kept = _kept(run, seen)
    legend = "".join(
        f'<span><i class="surface-{k % tables.COLOURS}"></i>{escape(spoken(surface))}</span>'
        for k, surface in enumerate(surfaces_of(run))
    )
    note = f'<p class="note">Shown: {kept}. The shading is the surface.</p><div class="legend">{legend}</div>'
    whole = plots.boxes(run_panels(run, seen))
    near = plots.boxes(close_ups(run, seen), "half")
    return section("Over the run", switch + note + whole) + section(
        "Following, at full rate", f'<div class="grid">{near}</div>' if near else ""
    )


def _kept(run: Run, seen: Overview) -> str:
    if run.manifest.recording == "summary":
        longest = max(seen.bucket / run.manifest.sample_rate_hz, 1.0)
        return f"smallest and largest of at most {longest:,.3g} s each"
    return "every sample" if seen.bucket == 1 else f"smallest and largest of every {seen.bucket:,} samples"


def _timing(run: Run, plots: Plots) -> str:
    timing = run.verdict.timing if run.verdict else {}
    if not timing:
        return ""
    boxes = plots.boxes(histograms(timing), "half")
    return section("Timing of the loop", timing_table(run.manifest, timing) + f'<div class="grid">{boxes}</div>')


def _data(run: Run, seen: Overview, plots: Plots) -> dict[str, Any]:
    return {
        "x": {"time_s": plain(seen.time_s, 9), "distance_km": plain(seen.distance_km, 9)},
        "panels": plots.panels,
        "stretches": stretches(run, seen),
        "surfaces": surfaces_of(run),
        "marks": event_marks(run, MARKED),
    }
