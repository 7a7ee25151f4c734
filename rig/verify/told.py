"""The chain of a run's events, and what it says of manifest, readings and verdict."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from rig.record import checkpoint, events, journal, manifest
from rig.record.checks import FILE_NAME as CHECKS_NAME
from rig.record.files import in_words, sha256_of, to_json
from rig.runs import SLOW_NAME, VERDICT_NAME, Run, verdict_sha256
from rig.verify.findings import Finding, Mark


def end_of(told: tuple[events.Event, ...]) -> events.Event | None:
    """The event that ended the run; None where it goes on, died, or was gone on with after it had ended."""
    last = next((one for one in reversed(told) if one.kind in ("run_ended", "run_recovered")), None)
    return last if last is not None and last.kind == "run_ended" else None


def head_of(run_dir: Path, ended: events.Event | None) -> str:
    """The hash of the line that ended the run."""
    if ended is None:
        return ""
    lines = (run_dir / events.FILE_NAME).read_bytes().split(b"\n")
    return hashlib.sha256(lines[ended.number]).hexdigest()


def look_at_events(run_dir: Path, told: events.EventRecord, ended: events.Event | None) -> Iterator[Finding]:
    """Whether the chain holds from the start of the run to its end."""
    count, part = len(told.events), events.FILE_NAME
    if told.broken:
        yield Finding(Mark.BAD, part, f"the chain breaks: {told.broken}")
    else:
        yield Finding(Mark.GOOD, part, f"{count} events, each with the hash of the one before")
    if told.torn:
        yield Finding(Mark.NOTE, part, told.torn)  # the head vouches for nothing that comes after the end
    if not count and not _anything_happened(run_dir):
        yield Finding(Mark.NOTE, part, "the run died before its first event")
    elif not count or told.events[0].kind != "run_started":
        yield Finding(Mark.BAD, part, "it does not begin with the start of a run")
    if ended is None:
        yield Finding(Mark.NOTE, part, "the run never came to its end: nothing vouches for the last event")
    elif ended.number < count - 1:
        later = count - 1 - ended.number
        yield Finding(Mark.NOTE, part, f"{later} events after the end of the run; the head vouches for none of them")


def _anything_happened(run_dir: Path) -> bool:
    """Whether there is something that a run leaves only after its first event."""
    files = any((run_dir / name).exists() for name in (checkpoint.FILE_NAME, CHECKS_NAME, SLOW_NAME, VERDICT_NAME))
    try:
        return files or journal.count_rows(run_dir) > 0
    except (OSError, ValueError):
        return True


def look_at_manifest(run: Run) -> Iterator[Finding]:
    """Whether it is the one that the first event names, and each input in it what its hash says."""
    part, path = manifest.FILE_NAME, run.path / manifest.FILE_NAME
    wanted = run.events.events[0].data.get("manifest_sha256") if run.events.events else None
    if wanted is None:
        yield Finding(Mark.NOTE, part, "the run's first event says no hash of it")
    elif sha256_of(path) != wanted:
        yield Finding(Mark.BAD, part, f"its hash is not that of the run's first event, {str(wanted)[:12]}…")
    else:
        yield Finding(Mark.GOOD, part, "as the run's first event says")
    for one in run.manifest.inputs:
        if one.text and hashlib.sha256(one.text.encode()).hexdigest() != one.sha256:
            yield Finding(
                Mark.BAD, part, f"the text of {one.name} ({one.role}) has another hash than the one beside it"
            )


def look_at_files(run: Run, ended: events.Event | None) -> Iterator[Finding]:
    """Whether readings and checks are what the end of the run says."""
    for name, wanted in (ended.data.get("files", {}) if ended else {}).items():
        try:
            good = sha256_of(run.path / name) == wanted
        except OSError as error:
            yield Finding(Mark.BAD, name, in_words(error, "it can't be read"))
            continue
        yield Finding(*((Mark.GOOD, name, "as the run's end says") if good else (Mark.BAD, name, "another hash")))


def look_at_verdict(run: Run, ended: events.Event | None) -> Iterator[Finding]:
    """Whether there is a verdict where the run has ended, and it is the one that it ended with."""
    verdict, part = run.verdict, VERDICT_NAME
    if verdict is None:
        mark = Mark.NOTE if ended is None else Mark.BAD
        yield Finding(mark, part, "there is none: the run died before it, or it was taken away")
        return
    if ended is None:
        before = any(one.kind == "run_ended" for one in run.events.events)
        words = "it is of before the run was gone on with" if before else "there is one, but no event that ends the run"
        yield Finding(Mark.NOTE if before else Mark.BAD, part, words)
        return
    if verdict.events_head != head_of(run.path, ended):
        yield Finding(Mark.BAD, part, "the head of the events in it is not that of the event that ended the run")
    wanted = ended.data.get("verdict_sha256")
    if (run.path / part).read_bytes() != to_json(verdict, indent=1):
        yield Finding(Mark.BAD, part, "it is not written as this program writes it")
    elif wanted is None:
        yield Finding(Mark.NOTE, part, "the run's end says no hash of it")
    elif verdict_sha256(verdict) != wanted:
        yield Finding(Mark.BAD, part, "it is not the one that the run ended with")
    else:
        yield Finding(Mark.GOOD, part, f"{verdict.outcome}, as the run's end says")
