"""Thinning: of a closed segment only the rows near events stay, and of each second lowest, highest and mean.

For runs that are recorded as a summary. A segment is written, sealed and judged whole like any other, and thinned
when nothing can need it any more: the judge's checkpoint is a whole segment beyond its end. So a run can be gone on
with at any time, and its last one to three minutes are always whole.
"""

from collections import deque
from collections.abc import Iterable
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from profiles.schema import InputError
from rig.record import events, seconds, segments
from rig.record.checkpoint import Checkpoint
from rig.record.columns import Columns, as_array, plain
from rig.record.events import Event
from rig.record.files import make_folders
from rig.record.seals import Sealer

BEFORE_S = 10
AFTER_S = 5

Windows = list[tuple[int, int]]


class _Shown(msgspec.Struct):
    """Of an event's data: the samples that show it, first and last."""

    evidence: tuple[int, int] | None = None


def windows_of(told: Iterable[Event], rate_hz: int) -> Windows:
    """Sample numbers, both inclusive, that are kept: around each event, and what a finding names as its evidence."""
    found = []
    for event in told:
        if event.sample is not None:
            found.append((event.sample - BEFORE_S * rate_hz, event.sample + AFTER_S * rate_hz))
            shown = msgspec.convert(event.data, _Shown).evidence
            found += [shown] if shown else []
    return found


def kept(sample: NDArray[np.int64], windows: Windows, rate_hz: int) -> NDArray[np.bool_]:
    """Which samples stay: whole seconds, so that a second is there with all of its samples or with none."""
    second, first, last = sample // rate_hz, int(sample[0]), int(sample[-1])
    stays = np.zeros(len(sample), dtype=np.bool_)
    for begins, ends in windows:
        if begins <= last and ends >= first - rate_hz:
            stays |= (second >= begins // rate_hz) & (second <= ends // rate_hz)
    return stays


class Thinner:
    """Thins the segments of a run, the oldest first. It belongs to the process that writes the samples.

    Raises:
        OSError: the disk refuses.
    """

    def __init__(self, run_dir: Path, columns: Columns, sealer: Sealer, rate_hz: int) -> None:
        self._run_dir, self._folder = run_dir, run_dir / segments.FOLDER
        self._columns, self._sealer, self._rate_hz = columns, sealer, rate_hz
        self._seen = -1
        self._waiting: deque[tuple[int, int]] = deque()
        make_folders(self._folder / segments.SECONDS)

    def turn(self, rows: int) -> None:
        """Thin one segment, where one is due; ``rows``: how many samples the run has now.

        Raises:
            OSError: the disk refuses; the segment is whole then, or thinned.
        """
        self._find()
        if not self._waiting:
            return
        number, end = self._waiting[0]
        needed = end + segments.SEGMENT_S * self._rate_hz
        if rows > needed and self._judged() > needed:
            self._waiting.popleft()
            self._thin(number, end - number)

    def _find(self) -> None:
        """Segments that were closed since the last call and are whole."""
        for number in segments.numbers(self._folder):
            if number > self._seen:
                self._seen = number
                metadata = pyarrow.parquet.read_metadata(segments.path_of(self._folder, number))
                if not segments.is_thinned(metadata):
                    self._waiting.append((number, number + metadata.num_rows))

    def _judged(self) -> int:
        """The sample that the run's checkpoint stands for; -1 where there is none."""
        try:
            saved = Checkpoint(self._run_dir).read() or {}
        except InputError:
            return -1
        sample = saved.get("sample", -1)
        return sample if isinstance(sample, int) else -1

    def _thin(self, number: int, rows: int) -> None:
        told = events.read_events(self._run_dir / events.FILE_NAME)
        path = segments.path_of(self._folder, number)
        # What is not as it was sealed must not get a new seal; and a broken chain tells of no event behind the break.
        if told.broken or not self._sealer.knows(path):
            return
        table = segments.read(path)
        stays = kept(plain(table["sample"]).astype(np.int64), windows_of(told.events, self._rate_hz), self._rate_hz)
        if not stays.all():
            self._write_seconds(number, table)
            left = table.take(as_array(np.flatnonzero(stays)))  # a mask would be made by way of pandas
            self._replace(path, left, number, rows)

    def _write_seconds(self, number: int, table: pa.Table) -> None:
        path, summary = seconds.path_of(self._folder, number), seconds.seconds_of(self._columns, table, self._rate_hz)
        segments.write_segment(path, summary)
        self._sealer.seal(path, number, summary.num_rows)

    def _replace(self, path: Path, left: pa.Table, number: int, rows: int) -> None:
        beside = segments.write_beside(path, segments.as_thinned(left, rows))
        self._sealer.seal(path, number, rows, beside)  # first: whatever of the two is there then has a seal
        segments.put(beside, path)
