"""Samples on the disk: an Arrow IPC journal while they come, closed into Parquet segments.

``samples/000000000000.parquet`` is named after the number of its first row. The rows after the last segment are in
``samples/<number>.arrows``, a stream of record batches, of which every whole one counts: after ``kill -9`` or a loss
of power its tail may be torn. A segment is renamed into place and sealed before its journal goes, so for a moment both
may hold the same rows; a reader passes over the journal's then.
"""

import contextlib
import io
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet

from rig.record import pyramid, segments
from rig.record.columns import Block, Columns, plain
from rig.record.files import make_folders, refuse_gone, sync_folder, write_fully
from rig.record.ring import Rows
from rig.record.seals import Sealer
from rig.record.segments import FOLDER, write_segment


class SampleWriter:
    """Appends rows to the samples of a run directory, from sample ``first`` on: see `rig.record.takeup.take_up`.

    ``sealer``: of its segments; ``rows``: the number of the next row.

    Raises:
        OSError: the disk refuses; whole batches written before stay readable. After one, only `abandon` is allowed.
    """

    def __init__(self, run_dir: Path, columns: Columns, rows_per_segment: int, first: int = 0) -> None:
        self._folder = run_dir / FOLDER
        make_folders(self._folder)
        self._columns = columns
        self.sealer = Sealer(self._folder)
        pyramid.bring_up(self._folder, columns)
        self._rows_per_segment = rows_per_segment
        # The rows of a whole segment as columns, and as Arrow over the same memory: one batch is a slice of it.
        self._memory = columns.blocks(np.zeros(rows_per_segment, columns.dtype))
        self._segment = columns.as_batch(self._memory)
        self._first = self.rows = first
        self._file = -1
        self._open_journal()

    def append(self, rows: Rows) -> None:
        """Write rows to the journal: they survive this process, and the disk's cache until `sync`."""
        while len(rows):
            room = self._first + self._rows_per_segment - self.rows
            self._write_batch(rows[:room])
            rows = rows[room:]
            if self.rows == self._first + self._rows_per_segment:
                self._close_segment()
                self._open_journal()

    def _write_batch(self, rows: Rows) -> None:
        blocks, at = self._columns.blocks(rows), self.rows - self._first
        for memory, block in zip(self._memory, blocks, strict=True):
            memory[:, at : at + len(rows)] = block
        checksum = {"crc32": str(_checksum(blocks))}
        self._stream.write_batch(self._segment.slice(at, len(rows)), custom_metadata=checksum)
        self._write_out()
        self.rows += len(rows)

    def sync(self) -> None:
        """Bring the journal to the disk: it survives a loss of power.

        Raises:
            OSError: the disk refuses; or a file of the samples was deleted, moved or replaced. What a journal held
                that is gone is in a segment then, if one can still be written.
        """
        os.fdatasync(self._file)
        try:
            refuse_gone(self._file, self._journal)
        except OSError:
            with contextlib.suppress(OSError):  # its rows are still in memory
                self._write_segment()
            raise
        self.sealer.check()

    def close(self) -> None:
        """Close what is in the journal into a last segment."""
        self._close_segment()
        self.sealer.close()

    def abandon(self) -> None:
        """Let go of the files as they are, after an error; whole batches stay. Idempotent."""
        self._let_go()
        self.sealer.close()

    def _let_go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open_journal(self) -> None:
        self._first = self.rows
        self._journal = self._folder / f"{self._first:012d}.arrows"
        self._file = os.open(self._journal, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644)
        self._good_bytes = 0
        # Through memory: Arrow would take a short write, as a disk makes that runs full, for a whole one.
        self._outbox = io.BytesIO()
        self._stream = pa.ipc.new_stream(self._outbox, self._columns.schema)
        # Arrow holds the head back until the first batch; it must be safe before any row is, as it has no checksum.
        self._write_batch(np.empty(0, self._columns.dtype))
        os.fsync(self._file)
        sync_folder(self._folder)

    def _write_out(self) -> None:
        data = self._outbox.getvalue()
        self._outbox.seek(0)
        self._outbox.truncate()
        try:
            write_fully(self._file, data)
        except OSError as error:
            # Part of a batch helps nobody; on a full disk its space may.
            os.ftruncate(self._file, self._good_bytes)
            error.filename = str(self._journal)
            raise
        self._good_bytes += len(data)

    def _close_segment(self) -> None:
        self._write_segment()
        self._let_go()
        self._journal.unlink()
        sync_folder(self._folder)

    def _write_segment(self) -> None:
        if self.rows == self._first:
            return
        path = self._journal.with_suffix(".parquet")
        table = pa.Table.from_batches([self._segment.slice(0, self.rows - self._first)])
        write_segment(path, table)
        self.sealer.seal(path, self._first, self.rows - self._first)
        pyramid.append(self._folder, self._columns, self._first, table)


def iter_tables(
    run_dir: Path,
    names: list[str] | None = None,
    first: int = 0,
    last: float = np.inf,
    between_m: tuple[float, float] = (-np.inf, np.inf),
) -> Iterator[pa.Table]:
    """The samples of a run as recorded, a table a segment, each row once; the journal's whole batches last.

    Args:
        run_dir: the run directory.
        names: the columns wanted; all where None.
        first: sample number; segments that end before it are not read.
        last: sample number; segments that start after it are not read.
        between_m: distances; segments that end before the first or start after the last are not read.
    """
    waiting, done = journals(run_dir), 0
    for path in segments.closed(run_dir):
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
            done = int(path.stem) + segments.rows_of(file.metadata)
            wanted = {"sample": (first, last), "distance_m": between_m}
            if all(segments.may_hold(file.metadata, name, *bounds) for name, bounds in wanted.items()):
                yield file.read(columns=names)
    for table in beyond(done, waiting):
        yield table.select(names) if names is not None else table


def journals(run_dir: Path) -> list[tuple[int, pa.Table]]:
    """What lies in a run's journals, each with the number of its first row.

    They are looked at before the segments: one that is closed meanwhile is among those then.
    """
    found = []
    for path in sorted((run_dir / FOLDER).glob("*.arrows")):
        with contextlib.suppress(FileNotFoundError):
            found.append((int(path.stem), read_journal(path)))
    return [(first, table) for first, table in found if table is not None]


def beyond(done: int, waiting: list[tuple[int, pa.Table]]) -> Iterator[pa.Table]:
    """What of the journals is not among the rows of closed segments, of which there are so many."""
    for first, table in waiting:
        if first >= done:
            done = first + table.num_rows
            yield table


def read_journal(path: Path) -> pa.Table | None:
    """All whole batches of a journal, each known by its checksum; None where there is no row in any."""
    data = path.read_bytes()
    batches, schema = [], None
    # A torn tail ends in any of these, by where it is torn; what came before it is whole.
    with contextlib.suppress(pa.ArrowException, OSError, ValueError, StopIteration):
        stream = pa.ipc.open_stream(data)
        schema = stream.schema
        while True:
            batch, metadata = stream.read_next_batch_with_custom_metadata()
            if not metadata or metadata.get("crc32") != str(_checksum(plain(c) for c in batch.columns)).encode():
                break
            if batch.num_rows:
                batches.append(batch)
    return pa.Table.from_batches(batches, schema) if batches else None


def _checksum(blocks: Iterable[Block]) -> int:
    """CRC-32 over the values, column by column: Arrow itself would not see a body that a lost write left as zeros."""
    checksum = 0
    for block in blocks:
        checksum = zlib.crc32(block.data, checksum)
    return checksum


def count_rows(run_dir: Path) -> int:
    """How many rows a run has recorded, from the heads of its segments and its journal."""
    waiting = journals(run_dir)
    done = segments.rows_closed(segments.closed(run_dir))
    return done + sum(int(table.num_rows) for table in beyond(done, waiting))
