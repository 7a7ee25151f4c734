"""What runs there are: one entry for each run directory of a folder, whatever state it is in."""

from pathlib import Path

import msgspec

from profiles.schema import InputError
from rig.operator.folder import FolderError, folders_of, live_runs
from rig.record import manifest
from rig.runs import Run, open_run

ENDED, LIVE, DIED, UNREADABLE = "ended", "live", "died", "unreadable"


class Entry(msgspec.Struct, frozen=True):
    """One run.

    Attributes:
        name, path: of its directory.
        state: ``ended``; ``live``: it goes on; ``died``: it never came to its end; ``unreadable``.
        created_utc, course, rig, pace, grade: as its manifest says; empty where that can't be read.
        outcome: its verdict, or empty where it has none.
        distance_km, target_km, duration_s: how far, of how much, and how long; of one without a verdict by what is
            recorded.
        failed: the components that failed.
        reason: why it ended, or why it can't be read.
    """

    name: str
    path: str
    state: str
    created_utc: str = ""
    course: str = ""
    rig: str = ""
    pace: str = ""
    grade: str = ""
    outcome: str = ""
    distance_km: float | None = None
    target_km: float | None = None
    duration_s: float | None = None
    failed: tuple[str, ...] = ()
    reason: str = ""


def entries(folder: Path) -> list[Entry]:
    """All runs of a folder, oldest first; never raises for what is in it.

    Raises:
        OSError: the folder can't be read.
    """
    live = live_in(folder)
    found = [path for path in sorted(folder.iterdir()) if (path / manifest.FILE_NAME).exists()]
    return [_entry(path, path.resolve() in live) for path in found]


def live_in(folder: Path) -> set[Path]:
    """The directories of runs that go on, of whoever owns a folder.

    Raises:
        OSError: the folder can't be read.
    """
    owner = folder.stat().st_uid
    try:
        return {one.run for one in live_runs(folders_of(owner), owner)}
    except FolderError:
        return set()


def _entry(path: Path, is_live: bool) -> Entry:
    try:
        return entry_of(open_run(path), is_live)
    except InputError as error:
        return unreadable(path, error)


def entry_of(run: Run, is_live: bool) -> Entry:
    """The entry of a run that is open.

    Raises:
        InputError: it has no verdict, and its samples can't be read.
    """
    return _ended(run) if run.verdict is not None else _without_verdict(run, is_live)


def unreadable(path: Path, error: InputError) -> Entry:
    """The entry of a run that can't be read."""
    return Entry(path.name, str(path), UNREADABLE, reason=" ".join(str(error).split()))


def _ended(run: Run) -> Entry:
    verdict = run.verdict
    assert verdict is not None
    return msgspec.structs.replace(
        _head(run, ENDED),
        outcome=verdict.outcome,
        distance_km=verdict.distance_km,
        target_km=verdict.target_km,
        duration_s=verdict.duration_s,
        failed=tuple(str(one["component"]) for one in verdict.verdicts if one.get("outcome") == "FAILED"),
        reason=verdict.reason,
    )


def _without_verdict(run: Run, is_live: bool) -> Entry:
    return msgspec.structs.replace(
        _head(run, LIVE if is_live else DIED),
        distance_km=run.last_distance_km(),
        target_km=run.manifest.target_km,
        duration_s=run.count() / run.manifest.sample_rate_hz,
        reason="it goes on" if is_live else "it never came to its end; rig recover goes on with it",
    )


def _head(run: Run, state: str) -> Entry:
    said, place = run.manifest, (run.path.name, str(run.path), state)
    return Entry(*place, said.created_utc, said.name, said.rig, said.pace, said.timing_grade)
