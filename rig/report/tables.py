"""The tables of the report, as HTML."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from rig import summary
from rig.record.events import Event
from rig.record.manifest import Manifest
from rig.report.overview import Overview
from rig.report.panels import surfaces_of
from rig.report.words import duration, kilometres, moment, number, spoken
from rig.runs import Run

MOST_EVENTS = 1000
MOST_PLACES = 5
"""Interruptions that are named; the events have all of them."""
COLOURS = 12
"""Of surfaces, in `static/report.css`."""
GRADES = {
    "A": "A: real time, FIFO scheduling, memory locked",
    "B": "B: real time, ordinary scheduling",
    "C": "C: in step with the wire, no wall clock",
}
_BAD_KINDS = (
    "checks_failed",
    "component_failed",
    "limit_breached",
    "device_fault",
    "bus_fault",
    "operator_trip",
    "process_lost",
)
_WARN_KINDS = (
    "component_warning",
    "limit_indicated",
    "instrument_fault",
    "rows_lost",
    "late_cycles",
    "drive_late",
    "disk_low",
)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], css: str = "") -> str:
    """A table; cells are HTML already, a cell that starts with a digit or minus is set as a number."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f'<div class="scroll"><table class="{css}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(text: str) -> str:
    return f'<td class="number">{text}</td>' if text[:1].isdigit() or text[:1] in "-−" else f"<td>{text}</td>"


def badge(outcome: str) -> str:
    """An outcome with its colour."""
    return f'<span class="badge {escape(outcome.lower())}">{escape(outcome)}</span>'


def verdict_table(run: Run) -> str:
    """One row a component; of an interrupted run, the specimens that were on the rig."""
    heads = (
        "component",
        "serial",
        "outcome",
        "distance",
        "failure mode",
        "first detection",
        "damage (Miner)",
        "cycles",
        "why",
    )
    if run.verdict is None:
        parts = run.manifest.specimens
        return table(heads[:3], ((escape(p.component), escape(p.serial), badge("NO VERDICT")) for p in parts))
    return table(heads, (_verdict_row(verdict) for verdict in run.verdict.verdicts), "verdicts")


def _verdict_row(verdict: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        f"<b>{escape(str(verdict.get('component', ''))).replace('_', '_<wbr>')}</b>",
        f"<code>{escape(str(verdict.get('serial', '')))}</code>",
        badge(str(verdict.get("outcome", ""))),
        kilometres(verdict.get("distance_km")),
        "<br>".join(escape(str(part)) for part in (verdict.get("mode"), verdict.get("mechanism")) if part) or "–",
        kilometres(verdict.get("first_detection_km")),
        number(verdict.get("damage")),
        "–" if verdict.get("cycles") is None else f"{verdict['cycles']:,.0f}",
        escape(_why(verdict)),
    )


def _why(verdict: Mapping[str, Any]) -> str:
    ratio, reason = verdict.get("static_ratio"), str(verdict.get("reason") or "–")
    if ratio is None:
        return reason
    dents = " (below 1: its races are dented)" if ratio < 1.0 else ""
    return f"{reason}; C₀/P₀ at its highest load {ratio:.2f}{dents}"


def facts(run: Run, seen: Overview) -> str:
    """What was run, on what, how, and how to know it again."""
    about, verdict = run.manifest, run.verdict
    seconds = verdict.duration_s if verdict else seen.samples / about.sample_rate_hz
    found = {
        "terrain": escape(about.terrain or about.name),
        "vehicle": escape(about.vehicle or "–"),
        "rig": f"{escape(about.rig)}, {len(about.axes)} axes, {about.sample_rate_hz} samples/s",
        "driver": escape(about.style or "–"),
        "to fit the rig": _fitted(about),
        "seed": str(about.seed),
        "pace": escape(about.pace),
        "timing grade": GRADES.get(about.timing_grade, about.timing_grade),
        "started": escape(moment(about.created_utc)),
        "driven": f"{kilometres(verdict.distance_km if verdict else _driven(seen))} of {kilometres(about.target_km)}",
        "duration": duration(seconds),
        "samples": f"{seen.samples:,}" + (f", {verdict.rows_lost:,} lost" if verdict and verdict.rows_lost else ""),
        **_interrupted(run),
        "samples' hash": _hash(verdict.samples_sha256 if verdict else ""),
        "events": _chain(run),
        "program": escape(", ".join(f"{name} {version}" for name, version in about.versions.items())),
    }
    return "<dl>" + "".join(f"<div><dt>{key}</dt><dd>{value}</dd></div>" for key, value in found.items()) + "</dl>"


def _interrupted(run: Run) -> dict[str, str]:
    """Where a run was interrupted and gone on with; nothing where it was not."""
    places = [f"{event.distance_km or 0.0:.3f}" for event in run.events.events if event.kind == "run_recovered"]
    if not places:
        return {}
    shown = ", ".join(places[:MOST_PLACES]) + (", …" if len(places) > MOST_PLACES else "")
    return {"interrupted": f"at {shown} km, and gone on with; times of the loop are of the last part"}


def _fitted(about: Manifest) -> str:
    """How the drive was made to stay within the rig's envelope."""
    cut = ", ".join(
        f"{count:,} samples of {escape(spoken(axis))}" for axis, count in about.clipped_samples.items() if count
    )
    many = "" if about.slowed_zones == 1 else "s"
    slowed = f"the car slowed in {about.slowed_zones:,} place{many}" if about.slowed_zones else ""
    return "; ".join(filter(None, (slowed, f'<b class="bad">clipped: {cut}</b>' if cut else ""))) or "nothing changed"


def legs_table(run: Run) -> str:
    """The legs of a run of several: where they lie, how long the rig rested before each, and the air asked for."""
    heads = ("stage", "day", "from km", "to km", "rest before", "air, °C")
    rows = (
        (
            escape(leg.name), escape(leg.day), f"{leg.start_km:,.3f}", f"{leg.end_km:,.3f}",
            duration(leg.rest_s) if leg.rest_s else "–", f"{leg.ambient_degc:.0f}",
        )
        for leg in run.manifest.legs
    )  # fmt: skip
    return table(heads, rows) if len(run.manifest.legs) > 1 else ""


def _driven(seen: Overview) -> float:
    return float(seen.distance_km[-1]) if seen.samples else 0.0


def _hash(text: str) -> str:
    return f'<code class="hash">{escape(text)}</code>' if text else "–"


def _chain(run: Run) -> str:
    record, verdict = run.events, run.verdict
    count = f"{len(record.events)} events, " + ("the chain is broken" if record.broken else "the chain holds")
    heads = [*(event.prev for event in record.events[1:]), record.head]
    if verdict and verdict.events_head and verdict.events_head not in heads:
        count += '; <b class="bad">the head in the verdict is not in it</b>'
    elif verdict and verdict.events_head and (after := len(heads) - 1 - heads.index(verdict.events_head)):
        count += f", {after} of them after the verdict"
    return f"{count}<br>{_hash(record.head)}"


def notices(run: Run, seen: Overview) -> str:
    """What a reader must know before believing the rest: breaks, tears and losses."""
    found = [text for text in (run.events.broken, run.events.torn) if text]
    if run.slow_torn:
        found.append("slow.jsonl: the last line is torn; its writer died.")
    if run.verdict and run.verdict.rows_lost:
        found.append(f"{run.verdict.rows_lost:,} samples were lost between the loop and the disk.")
    if run.verdict and run.verdict.samples != seen.samples:
        found.append(f"The verdict counts {run.verdict.samples:,} samples, the files hold {seen.samples:,}.")
    if left := summary.in_words(run):
        found.append(f"{left[0].upper()}{left[1:]}. How well the set points were followed is said of these.")
    if any(run.manifest.clipped_samples.values()):
        found.append("The drive was clipped to the rig's envelope: this run is not the whole load of its course.")
    if run.manifest.edit is not None:
        found.append(run.manifest.edit.words)
    if run.verdict is None:
        found.append("This run has no verdict: it was interrupted, or is still going on.")
    return "".join(f'<p class="notice">{escape(text)}</p>' for text in found)


def damage_bars(run: Run, seen: Overview) -> str:
    """Shares of the distance and of each component's damage by surface, as stacked bars with a table of the values."""
    surfaces = surfaces_of(run)
    damage = run.verdict.damage_by_surface if run.verdict else {}
    segment_surface = {segment.index: segment.surface for segment in run.manifest.segments}
    driven = dict.fromkeys(surfaces, 0.0)
    for segment, km in seen.segment_km.items():
        if segment in segment_surface:
            driven[segment_surface[segment]] += km
    surfaces += sorted({surface for shares in damage.values() for surface in shares} - set(surfaces))
    rows = [("distance, km", f"{sum(driven.values()):,.3f}", driven)]
    rows += [(name, number(sum(shares.values())), shares) for name, shares in damage.items()]
    legend = "".join(f'<span><i class="{_swatch(surfaces, s)}"></i>{escape(spoken(s))}</span>' for s in surfaces)
    bars = "".join(_bar(name, total, shares, surfaces) for name, total, shares in rows)
    heads = ("", *(spoken(surface) for surface in surfaces), "all")
    cells = [
        (f"<b>{escape(name)}</b>", *(number(shares.get(surface)) for surface in surfaces), total)
        for name, total, shares in rows
    ]
    return f'<div class="legend">{legend}</div><div class="bars">{bars}</div>{table(heads, cells)}'


def _bar(name: str, total: str, shares: Mapping[str, float], surfaces: list[str]) -> str:
    whole = sum(shares.values())
    parts = ""
    for surface in surfaces:
        share = shares.get(surface, 0.0) / whole if whole > 0 else 0.0
        if share > 0:
            said = f"{spoken(surface)}: {number(shares[surface])} ({share:.1%})"
            text = f"{share:.0%}" if share > 0.06 else ""
            parts += (
                f'<i class="{_swatch(surfaces, surface)}" style="width:{share:.4%}" title="{escape(said)}">{text}</i>'
            )
    label = f'<span class="name" title="{escape(name)}">{escape(name)}</span>'
    return f'<div class="row">{label}<span class="bar">{parts}</span><span class="total">{total}</span></div>'


def _swatch(surfaces: list[str], surface: str) -> str:
    return f"surface-{surfaces.index(surface) % COLOURS}"


def events_table(events: Sequence[Event]) -> str:
    """The events, the first and last of them where there are very many."""
    shown = list(events)
    note = ""
    if len(shown) > MOST_EVENTS:
        half = MOST_EVENTS // 2
        note = f'<p class="note">{len(shown):,} events; the first and the last {half} are shown.</p>'
        shown = shown[:half] + shown[-half:]
    heads = ("time, s", "distance, km", "sample", "event", "")
    return note + table(heads, (_event_row(event) for event in shown), "events")


def _event_row(event: Event) -> tuple[str, ...]:
    colour = "bad" if event.kind in _BAD_KINDS else "warn" if event.kind in _WARN_KINDS else ""
    return (
        f"{event.time_s:,.3f}",
        "–" if event.distance_km is None else f"{event.distance_km:,.4f}",
        "–" if event.sample is None else f"{event.sample:,}",
        f'<span class="kind {colour}">{escape(spoken(event.kind))}</span>',
        f'<span class="text">{escape(event.text)}</span>',
    )


def inputs(run: Run) -> str:
    """Every file that the run was made from, whole, folded up."""
    found = []
    for given in run.manifest.inputs:
        head = f"{escape(given.role)}: <b>{escape(given.name)}</b> {_hash(given.sha256)}"
        body = escape(given.text) if given.text else "(no text; known by its hash)"
        found.append(f"<details><summary>{head}</summary><pre>{body}</pre></details>")
    return "".join(found)
