"""The failure log (FRACAS), an entry for each specimen of each run: what broke, where, how it was found, its end.

A test that stopped early, and a run that died, is a suspension, never a survival. What nobody knows is None: a root
cause stands here only where an engineer has put it on record (`rig note`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from profiles.schema import InputError
from rig.ledger import live_in
from rig.life.verdict import FAILURE, Outcome
from rig.record import manifest
from rig.runs import Run, open_run

DIED = "the run never came to its end"
_NOTED = ("cause", "action", "disposition")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One specimen's test.

    Attributes:
        run, created_utc, course, rig: which run, when, on what.
        component, serial, batch, variant: the specimen.
        outcome: FAILED, SUSPENDED or SURVIVED.
        distance_km: where it failed, or how far it went without failing.
        mode, mechanism: of the failure: what was seen, and what physically goes on then, by the component's file.
        severity, means, value, limit, text: of the finding that was decisive: which feature crossed which limit.
        detected_km, lead_km: where the first sign was found, and how far before the failure that was.
        first_sample, last_sample: the window to look at.
        damage, cycles: Miner's sum and the load cycles of the component's cycle law, at the end.
        reason: why the test ended.
        cause, action, disposition: as the last engineer has put it on record.
        notes: all that engineers have put on record about it, oldest first.
    """

    run: str
    created_utc: str
    course: str
    rig: str
    component: str
    serial: str
    batch: str
    variant: str
    outcome: str
    distance_km: float
    mode: str | None = None
    mechanism: str | None = None
    severity: str | None = None
    means: str | None = None
    value: float | None = None
    limit: float | None = None
    text: str | None = None
    detected_km: float | None = None
    lead_km: float | None = None
    first_sample: int | None = None
    last_sample: int | None = None
    damage: float | None = None
    cycles: float | None = None
    reason: str | None = None
    cause: str | None = None
    action: str | None = None
    disposition: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted; an empty field takes all. ``outcomes``: FAILED, SUSPENDED, SURVIVED."""

    outcomes: Sequence[str] = (Outcome.FAILED, Outcome.SUSPENDED)
    component: str = ""
    serial: str = ""
    batch: str = ""

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        wanted = ((self.component, entry.component), (self.serial, entry.serial), (self.batch, entry.batch))
        return entry.outcome in self.outcomes and all(one in ("", found) for one, found in wanted)


def failure_log(runs: Iterable[Path], wanted: Filter) -> tuple[list[Entry], list[str]]:
    """The entries of run directories in their order, and what can't be read, in words; a live run has none yet."""
    found: list[Entry] = []
    unreadable: list[str] = []
    for path in runs:
        try:
            run = open_run(path)
            if run.verdict is not None or path.resolve() not in live_in(path.resolve().parent):
                found += [entry for entry in entries(run) if wanted.takes(entry)]
        except InputError as error:
            unreadable.append(" ".join(str(error).split()))
    return found, unreadable


def runs_in(folders: Iterable[Path]) -> list[Path]:
    """The run directories among folders and in them, oldest first by their names.

    Raises:
        OSError: a folder can't be read.
    """
    found: list[Path] = []
    for folder in folders:
        inside = [folder] if _is_run(folder) else [path for path in sorted(folder.iterdir()) if _is_run(path)]
        found += inside
    return found


def _is_run(path: Path) -> bool:
    return (path / manifest.FILE_NAME).exists()


def entries(run: Run) -> Iterator[Entry]:
    """The specimens of one run."""
    noted = _notes(run)
    for specimen in run.manifest.specimens:
        entry = _entry(run, specimen)
        yield msgspec.structs.replace(entry, **noted.get(specimen.component, {}))


def _entry(run: Run, specimen: manifest.SpecimenInfo) -> Entry:
    said = run.manifest
    whose: dict[str, Any] = {"component": specimen.component, "serial": specimen.serial}
    whose |= {"batch": specimen.batch, "variant": specimen.variant}
    where: dict[str, Any] = {
        "run": run.path.resolve().name,
        "created_utc": said.created_utc,
        "course": said.name,
        "rig": said.rig,
    }
    verdict = _verdict_of(run, specimen.component)
    if verdict is None:
        return Entry(**where, **whose, **_by_events(run, specimen.component))
    return Entry(**where, **whose, **_how(verdict), **_decisive(run, verdict))


def _verdict_of(run: Run, component: str) -> dict[str, Any] | None:
    verdicts = run.verdict.verdicts if run.verdict else []
    return next((one for one in verdicts if one["component"] == component), None)


def _by_events(run: Run, component: str) -> dict[str, Any]:
    """Of a run without a verdict: a failure where one is on record, as the run died after it, else a suspension."""
    told = (one for one in run.events.events if one.kind == "component_failed")
    failed = next((one for one in told if one.data.get("component") == component), None)
    if failed is None:
        return {"outcome": Outcome.SUSPENDED, "distance_km": run.last_distance_km(), "reason": DIED}
    km = run.last_distance_km() if failed.distance_km is None else failed.distance_km
    how = {"outcome": Outcome.FAILED, "distance_km": km, "mode": failed.data.get("mode"), "reason": DIED}
    how["mechanism"] = failed.data.get("mechanism")
    return {**how, **_of_finding({**failed.data, "severity": FAILURE, "text": failed.text})}


def _how(verdict: dict[str, Any]) -> dict[str, Any]:
    failed, window = verdict["outcome"] == Outcome.FAILED, verdict.get("evidence") or {}
    detected_km = verdict.get("first_detection_km")
    return {
        "outcome": verdict["outcome"],
        "distance_km": verdict["distance_km"],
        "mode": verdict.get("mode"),
        "mechanism": verdict.get("mechanism"),
        "detected_km": detected_km,
        "lead_km": verdict["distance_km"] - detected_km if failed and detected_km is not None else None,
        "first_sample": window.get("first_sample"),
        "last_sample": window.get("last_sample"),
        "damage": verdict.get("damage"),
        "cycles": verdict.get("cycles"),
        "reason": None if verdict["outcome"] == Outcome.SURVIVED else verdict.get("reason"),
    }


def _decisive(run: Run, verdict: dict[str, Any]) -> dict[str, Any]:
    """What was found of the component: the failure, else the last warning; nothing where nothing was."""
    assert run.verdict is not None
    about = [one for one in run.verdict.findings if one["component"] == verdict["component"]]
    failures = [one for one in about if one["severity"] == FAILURE]
    decisive = failures[0] if failures else about[-1] if about else None
    return {} if decisive is None else _of_finding(decisive)


def _of_finding(finding: dict[str, Any]) -> dict[str, Any]:
    names = {"severity": "severity", "means": "feature", "value": "value", "limit": "limit", "text": "text"}
    return {field: finding.get(key) for field, key in names.items()}


def _notes(run: Run) -> dict[str, dict[str, Any]]:
    """What engineers have put on record, by component: the last word of each kind, and all texts."""
    found: dict[str, dict[str, Any]] = {}
    for event in run.events.events:
        if event.kind != "engineer_note" or "component" not in event.data:
            continue
        about = found.setdefault(event.data["component"], {"notes": ()})
        about["notes"] = (*about["notes"], f"{event.data['user']}: {event.data['note']}")
        about |= {key: event.data[key] for key in _NOTED if key in event.data}
    return found
