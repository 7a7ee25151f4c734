"""The small tables: runs, events, segments, specimens, failures, trends; a row each, as Arrow."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from rig import failures
from rig.ledger import LIVE, Entry
from rig.life.verdict import Outcome
from rig.record.files import to_json
from rig.runs import Run

Row = dict[str, Any]

_TEXT, _NUMBER, _WHOLE = pa.string(), pa.float64(), pa.int64()


@dataclass(frozen=True, slots=True)
class OneRun:
    """One of the runs that are asked about: ``key`` is its name in every table; ``run`` is None where unreadable."""

    key: str
    entry: Entry
    run: Run | None


_RUNS = {
    "run": _TEXT,
    "path": _TEXT,
    "state": _TEXT,
    "created_utc": _TEXT,
    "course": _TEXT,
    "rig": _TEXT,
    "vehicle": _TEXT,
    "style": _TEXT,
    "pace": _TEXT,
    "recording": _TEXT,
    "grade": _TEXT,
    "seed": _WHOLE,
    "sample_rate_hz": _WHOLE,
    "outcome": _TEXT,
    "exit_code": _WHOLE,
    "distance_km": _NUMBER,
    "target_km": _NUMBER,
    "duration_s": _NUMBER,
    "samples": _WHOLE,
    "reason": _TEXT,
    "version": _TEXT,
    "versions": _TEXT,
}
_EVENTS = {
    "run": _TEXT,
    "number": _WHOLE,
    "time_s": _NUMBER,
    "kind": _TEXT,
    "text": _TEXT,
    "sample": _WHOLE,
    "distance_km": _NUMBER,
    "data": _TEXT,
}
_SEGMENTS = {
    "run": _TEXT,
    "segment": _WHOLE,
    "label": _TEXT,
    "surface": _TEXT,
    "start_km": _NUMBER,
    "end_km": _NUMBER,
}
_SPECIMENS = {
    "run": _TEXT,
    "component": _TEXT,
    "serial": _TEXT,
    "batch": _TEXT,
    "variant": _TEXT,
    "outcome": _TEXT,
    "distance_km": _NUMBER,
    "mode": _TEXT,
    "damage": _NUMBER,
    "reason": _TEXT,
}
_FAILURES = {
    **dict.fromkeys(("run", "created_utc", "course", "rig", "component", "serial", "batch", "variant"), _TEXT),
    "outcome": _TEXT,
    "distance_km": _NUMBER,
    **dict.fromkeys(("mode", "mechanism", "severity", "means"), _TEXT),
    **dict.fromkeys(("value", "limit"), _NUMBER),
    "text": _TEXT,
    **dict.fromkeys(("detected_km", "lead_km"), _NUMBER),
    **dict.fromkeys(("first_sample", "last_sample"), _WHOLE),
    **dict.fromkeys(("damage", "cycles"), _NUMBER),
    **dict.fromkeys(("reason", "cause", "action", "disposition"), _TEXT),
    "notes": pa.list_(_TEXT),
}
_TRENDS = {
    **dict.fromkeys(("run", "component", "serial", "feature"), _TEXT),
    **dict.fromkeys(("first_sample", "last_sample"), _WHOLE),
    **dict.fromkeys(("first_km", "last_km"), _NUMBER),
    "blocks": _WHOLE,
    **dict.fromkeys(("mean", "lowest", "highest", "cusum", "warning", "failure"), _NUMBER),
}


def tables(runs: list[OneRun]) -> dict[str, pa.Table]:
    """All small tables by their names. What is not known, or empty, is null."""
    made: dict[str, tuple[dict[str, pa.DataType], Callable[[OneRun], Iterator[Row]]]] = {
        "runs": (_RUNS, _run),
        "events": (_EVENTS, _events),
        "segments": (_SEGMENTS, _segments),
        "specimens": (_SPECIMENS, _specimens),
        "failures": (_FAILURES, _failures),
        "trends": (_TRENDS, _trends),
    }
    return {name: _table(columns, rows, runs) for name, (columns, rows) in made.items()}


def _table(columns: dict[str, pa.DataType], rows: Callable[[OneRun], Iterator[Row]], runs: list[OneRun]) -> pa.Table:
    found = [{"run": one.key} | row for one in runs for row in rows(one)]
    known = [{name: None if row.get(name) == "" else row.get(name) for name in columns} for row in found]
    return pa.Table.from_pylist(known, pa.schema(list(columns.items())))


def _run(one: OneRun) -> Iterator[Row]:
    row = msgspec.structs.asdict(one.entry)
    if one.run is not None:
        said, verdict = one.run.manifest, one.run.verdict
        row |= {"vehicle": said.vehicle, "style": said.style, "seed": said.seed, "sample_rate_hz": said.sample_rate_hz}
        row |= {"recording": said.recording}
        row |= {"version": said.versions.get("erg-rig", ""), "versions": to_json(said.versions).decode()}
        row |= {"exit_code": verdict.exit_code if verdict else None}
        row |= {"samples": verdict.samples if verdict else one.run.count()}
    yield row


def _events(one: OneRun) -> Iterator[Row]:
    for event in one.run.events.events if one.run else ():
        yield msgspec.structs.asdict(event) | {"data": to_json(event.data).decode()}


def _segments(one: OneRun) -> Iterator[Row]:
    for segment in one.run.manifest.segments if one.run else ():
        place = {"start_km": segment.start_m / 1000.0, "end_km": segment.end_m / 1000.0}
        yield {"segment": segment.index, "label": segment.label, "surface": segment.surface, **place}


def _specimens(one: OneRun) -> Iterator[Row]:
    """Every specimen; that of a live run has no outcome yet."""
    if one.run is not None and one.entry.state == LIVE:
        yield from (msgspec.structs.asdict(specimen) for specimen in one.run.manifest.specimens)
        return
    yield from _tested(one)


def _trends(one: OneRun) -> Iterator[Row]:
    """How each property went, in the points that the verdict keeps; none of a live run."""
    verdict = one.run.verdict if one.run else None
    serials = {part.component: part.serial for part in one.run.manifest.specimens} if one.run else {}
    for trend in verdict.trends if verdict else ():
        about = {"component": trend.component, "serial": serials.get(trend.component), "feature": trend.feature}
        limits = {"warning": trend.warning, "failure": trend.failure}
        yield from (about | msgspec.structs.asdict(point) | limits for point in trend.points)


def _failures(one: OneRun) -> Iterator[Row]:
    """What ``rig failures`` lists: failures and suspensions, none of a live run."""
    if one.entry.state != LIVE:
        yield from (row for row in _tested(one) if row["outcome"] != Outcome.SURVIVED)


def _tested(one: OneRun) -> Iterator[Row]:
    for entry in failures.entries(one.run) if one.run else ():
        yield msgspec.structs.asdict(entry) | {"run": one.key}
