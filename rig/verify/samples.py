"""The samples of a run: seals, numbers, distances, hashes, and what is left of those that were thinned."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray

from profiles.schema import InputError
from rig.record import events, pyramid, seals, seconds, segments
from rig.record.columns import Columns, plain
from rig.runs import Run, whole_samples
from rig.verify.findings import Finding, Mark


def look_at_segments(run: Run, ended: events.Event | None) -> Iterator[Finding]:
    """Each segment byte for byte against its seal, the chain of the seals against the end of the run."""
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
    names = list(dict.fromkeys(one.file for one in record.seals))
    broken = [name for name in names if not _as_sealed(record.seals, folder, name)]
    for name in broken:
        yield Finding(Mark.BAD, f"{segments.FOLDER}/{name}", "not the file that was sealed, or it is not there")
    if not broken:
        yield Finding(Mark.GOOD, part, f"{len(names)} segments, each as it was sealed")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    unsealed = there - set(names)
    for name in sorted(unsealed):
        mark = Mark.BAD if vouched else Mark.NOTE
        yield Finding(mark, f"{segments.FOLDER}/{name}", "without a seal: the recorder died, or it was put there")
    left = sorted(path.name for path in folder.glob("*.arrows"))
    for name in left:
        words = "a journal that was never closed; its whole batches count"
        yield Finding(Mark.NOTE, f"{segments.FOLDER}/{name}", words)


def _as_sealed(sealed: tuple[seals.Seal, ...], folder: Path, name: str) -> bool:
    """A segment that was to be thinned has two seals, and is one of the two files."""
    try:
        return seals.is_sealed(sealed, folder, name)
    except OSError:
        return False


def look_at_samples(run: Run, ended: events.Event | None) -> Iterator[Finding]:
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
    if count == ended.data["samples"] and not sha256:
        words = "as many as the run's end says; no hash can be made of them, as only a summary is left of some"
        yield Finding(Mark.GOOD, part, words)
    elif (count, sha256) != (ended.data["samples"], ended.data["samples_sha256"]):
        words = f"{count} samples with the hash {sha256[:12]}…, the run's end says {ended.data['samples']}"
        yield Finding(Mark.BAD, part, f"{words} with {str(ended.data['samples_sha256'])[:12]}…")
    else:
        yield Finding(Mark.GOOD, part, f"their hash is {sha256[:12]}…, as the run's end says")


def look_at_summary(run: Run) -> Iterator[Finding]:
    """Whether the seconds of thinned segments are all there, and say what the samples say that are left."""
    part, wrong, good, left, rows = f"{segments.FOLDER}/{segments.SECONDS}", [], 0, 0, 0
    columns, rate_hz = Columns(run.manifest), run.manifest.sample_rate_hz
    for path in segments.closed(run.path):
        try:
            metadata = pyarrow.parquet.read_metadata(path)
            if not segments.is_thinned(metadata):
                continue
            same = _says_the_same(path, columns, rate_hz)
        except (OSError, ValueError, LookupError) as error:
            yield Finding(Mark.BAD, part, f"{path.stem}: {' '.join(str(error).split())}")
            continue
        wrong += [] if same else [path.stem]
        good, left, rows = good + same, left + metadata.num_rows, rows + segments.rows_of(metadata)
    if good + len(wrong) and run.manifest.recording == "full":
        yield Finding(Mark.BAD, part, "samples were left out of a run that is recorded in full")
    if wrong:
        yield Finding(Mark.BAD, part, f"it says other than the samples that are left of segment {', '.join(wrong)}")
    if good:
        yield Finding(
            Mark.GOOD, part, f"{left} of {rows} samples are left of {good} segments; their seconds say the same"
        )


def _says_the_same(path: Path, columns: Columns, rate_hz: int) -> bool:
    told, left = segments.read(seconds.path_of(path.parent, int(path.stem))), segments.read(path)
    again = seconds.seconds_of(columns, left, rate_hz)
    both = told.filter(np.isin(plain(told["second"]), plain(again["second"])))
    rows = int(plain(told["rows"]).sum())
    same = all(plain(both[name]).tobytes() == plain(again[name]).tobytes() for name in again.column_names)
    return same and rows == segments.rows_of(pyarrow.parquet.read_metadata(path))


def look_at_pyramid(run: Run) -> Iterator[Finding]:
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


def _places(run: Run) -> Iterator[dict[str, NDArray[Any]]]:
    """Numbers, distances and times of all samples; of a thinned segment at both ends of each second."""
    names = ["sample", "distance_m", "mono_ns"]
    with whole_samples(run.path):
        for rows, left in seconds.iter_both(run.path, names):
            yield {name: plain(rows[name]) for name in names} if left is None else seconds.places_of(left)


def _continuity(run: Run) -> tuple[int, str]:
    """How many samples there are, and where they first do not go on, in words; empty where they do."""
    count, distance_m, mono_ns, lost = 0, -np.inf, -np.inf, run.verdict.rows_lost if run.verdict else 0
    for block in _places(run):
        number = block["sample"]
        wanted = np.arange(len(number)) + (count if not lost else number[0])
        if not lost and (off := np.flatnonzero(number != wanted)).size:
            return count, f"after {count + off[0]} samples comes number {number[off[0]]:.0f}"
        for name, before in (("distance_m", distance_m), ("mono_ns", mono_ns)):
            if not (np.diff(block[name], prepend=before) >= 0.0).all():  # NaN is no order either
                return count, f"{name} goes back within the segment that begins with sample {number[0]:.0f}"
        count, distance_m, mono_ns = count + len(number), block["distance_m"][-1], block["mono_ns"][-1]
    return count, ""
