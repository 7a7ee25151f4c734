"""Whether a run directory is what the run left: hashes, chains, counters, continuity, in words.

The hash of the event that ended the run stands for everything: it vouches for the events before it, by their chain, and
through what it says for manifest, segments, readings and verdict. Report and JUnit print that hash; whoever has it from
there need not trust the directory.
"""

import hashlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec
import numpy as np

from profiles.schema import InputError
from rig.record import checkpoint, events, journal, manifest, pyramid, seals, segments
from rig.record.checks import FILE_NAME as CHECKS_NAME
from rig.record.columns import Columns
from rig.record.files import in_words, sha256_of, to_json
from rig.runs import SLOW_NAME, VERDICT_NAME, Run, open_run, verdict_sha256


class Mark(StrEnum):
    """How grave a finding is: ``bad`` is what a run never leaves by itself, ``note`` what a death or a person does."""

    GOOD = "good"
    NOTE = "note"
    BAD = "bad"


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at: which part of the record, and what was found, in words."""

    mark: Mark
    part: str
    text: str


class Verification(msgspec.Struct, frozen=True):
    """What was found.

    ``whole``: nothing bad. ``head``: the hash that stands for all, up to the end of the run; empty where it has none.
    """

    run: str
    whole: bool
    head: str
    findings: tuple[Finding, ...]


def verify(run_dir: Path) -> Verification:
    """Look at all of a run directory; changes nothing, and raises for nothing that it finds there.

    Raises:
        InputError: there is no run in it at all.
    """
    if not (run_dir / manifest.FILE_NAME).exists() and not (run_dir / events.FILE_NAME).exists():
        manifest.read(run_dir)  # says what a run directory is
    told = events.read_events(run_dir / events.FILE_NAME)
    ended = _end_of(told.events)
    found = [*_events(run_dir, told, ended)]
    try:
        run = open_run(run_dir)
    except InputError as error:
        found.append(Finding(Mark.BAD, "run", str(error)))
        return Verification(str(run_dir), False, "", tuple(found))
    found += [
        *_manifest(run),
        *_files(run, ended),
        *_verdict(run, ended),
        *_segments(run, ended),
        *_samples(run, ended),
        *_pyramid(run),
    ]
    whole = all(one.mark is not Mark.BAD for one in found)
    return Verification(str(run_dir), whole, _head_of(run_dir, ended), tuple(found))


def _end_of(told: tuple[events.Event, ...]) -> events.Event | None:
    """The event that ended the run; None where it goes on, died, or was gone on with after it had ended."""
    last = next((one for one in reversed(told) if one.kind in ("run_ended", "run_recovered")), None)
    return last if last is not None and last.kind == "run_ended" else None


def _head_of(run_dir: Path, ended: events.Event | None) -> str:
    """The hash of the line that ended the run."""
    if ended is None:
        return ""
    lines = (run_dir / events.FILE_NAME).read_bytes().split(b"\n")
    return hashlib.sha256(lines[ended.number]).hexdigest()


def _events(run_dir: Path, told: events.EventRecord, ended: events.Event | None) -> Iterator[Finding]:
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


def _manifest(run: Run) -> Iterator[Finding]:
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


def _files(run: Run, ended: events.Event | None) -> Iterator[Finding]:
    for name, wanted in (ended.data.get("files", {}) if ended else {}).items():
        try:
            good = sha256_of(run.path / name) == wanted
        except OSError as error:
            yield Finding(Mark.BAD, name, in_words(error, "it can't be read"))
            continue
        yield Finding(*((Mark.GOOD, name, "as the run's end says") if good else (Mark.BAD, name, "another hash")))


def _verdict(run: Run, ended: events.Event | None) -> Iterator[Finding]:
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
    if verdict.events_head != _head_of(run.path, ended):
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


def _segments(run: Run, ended: events.Event | None) -> Iterator[Finding]:
    folder, part = run.path / segments.FOLDER, f"{segments.FOLDER}/{seals.FILE_NAME}"
    vouched = ended is not None and "seals_head" in ended.data
    if ended is not None and not vouched:
        yield Finding(Mark.NOTE, part, "the run's end says nothing of segments: the recorder had died, or it is older")
    record = seals.read_seals(folder / seals.FILE_NAME)
    if record.broken:
        yield Finding(Mark.BAD, part, record.broken)
    if record.torn:
        yield Finding(Mark.BAD if vouched else Mark.NOTE, part, "its last line is torn: its writer died")
    if ended is not None and ended.data.get("seals_head", record.head) != record.head:
        yield Finding(Mark.BAD, part, "the hash of its last line is not the one that the run's end says")
    broken = [one for one in record.seals if not _as_sealed(one, folder)]
    for one in broken:
        yield Finding(Mark.BAD, f"{segments.FOLDER}/{one.file}", "not the file that was sealed, or it is not there")
    if not broken:
        yield Finding(Mark.GOOD, part, f"{len(record.seals)} segments, each as it was sealed")
    unsealed = {path.name for path in folder.glob("*.parquet")} - {one.file for one in record.seals}
    for name in sorted(unsealed):
        mark = Mark.BAD if vouched else Mark.NOTE
        yield Finding(mark, f"{segments.FOLDER}/{name}", "without a seal: the recorder died, or it was put there")
    left = sorted(path.name for path in folder.glob("*.arrows"))
    for name in left:
        words = "a journal that was never closed; its whole batches count"
        yield Finding(Mark.NOTE, f"{segments.FOLDER}/{name}", words)


def _as_sealed(seal: seals.Seal, folder: Path) -> bool:
    try:
        return seals.fits(seal, folder)
    except OSError:
        return False


def _samples(run: Run, ended: events.Event | None) -> Iterator[Finding]:
    """Counters without a gap, distance that never goes back, and the hash over all of them."""
    part = segments.FOLDER
    try:
        count, gap = _continuity(run)
        sha256 = run.samples_sha256()
    except InputError as error:
        yield Finding(Mark.BAD, part, str(error))
        return
    if gap:
        yield Finding(Mark.BAD, part, gap)
    else:
        yield Finding(Mark.GOOD, part, f"{count} samples, numbered without a gap; distance and time never go back")
    if ended is None or "samples_sha256" not in ended.data:
        return
    if (count, sha256) != (ended.data["samples"], ended.data["samples_sha256"]):
        words = f"{count} samples with the hash {sha256[:12]}…, the run's end says {ended.data['samples']}"
        yield Finding(Mark.BAD, part, f"{words} with {str(ended.data['samples_sha256'])[:12]}…")
    else:
        yield Finding(Mark.GOOD, part, f"their hash is {sha256[:12]}…, as the run's end says")


def _pyramid(run: Run) -> Iterator[Finding]:
    """Whether lowest and highest of the buckets are those of the samples; where there is none, nothing is lost."""
    part, without, wrong, good = f"{segments.FOLDER}/pyramid", 0, [], 0
    for number, same in pyramid.compare(run.path / segments.FOLDER, Columns(run.manifest)):
        without += same is None
        wrong += [f"{number:012d}"] if same is False else []
        good += same is True
    if wrong:
        yield Finding(Mark.BAD, part, f"it says other values than the samples of segment {', '.join(wrong)}")
    if without:
        yield Finding(Mark.NOTE, part, f"not whole for {without} segments: they are drawn from their samples")
    if good:
        yield Finding(Mark.GOOD, part, f"lowest and highest of {good} segments are those of their samples")


def _continuity(run: Run) -> tuple[int, str]:
    """How many samples there are, and where they first do not go on, in words; empty where they do."""
    count, distance_m, mono_ns, lost = 0, -np.inf, -np.inf, run.verdict.rows_lost if run.verdict else 0
    for block in run.blocks(("sample", "distance_m", "mono_ns")):
        number = block["sample"]
        wanted = np.arange(len(number)) + (count if not lost else number[0])
        if not lost and (off := np.flatnonzero(number != wanted)).size:
            return count, f"after {count + off[0]} samples comes number {number[off[0]]:.0f}"
        for name, before in (("distance_m", distance_m), ("mono_ns", mono_ns)):
            if not (np.diff(block[name], prepend=before) >= 0.0).all():  # NaN is no order either
                return count, f"{name} goes back within the segment that begins with sample {number[0]:.0f}"
        count, distance_m, mono_ns = count + len(number), block["distance_m"][-1], block["mono_ns"][-1]
    return count, ""
