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

from rig.record import pyramid
from rig.record.columns import PLAIN, Block, Columns
from rig.record.files import sync_folder, write_fully
from rig.record.ring import Rows
from rig.record.seals import Sealer

FOLDER = "samples"
SEGMENT_S = 60


class SampleWriter:
    """Appends rows to the samples of a run directory.

    Raises:
        OSError: the disk refuses; whole batches written before stay readable. After one, only `abandon` is allowed.
    """

    def __init__(self, run_dir: Path, columns: Columns, rows_per_segment: int) -> None:
        self._folder = run_dir / FOLDER
        self._folder.mkdir(exist_ok=True)
        self._columns = columns
        self._sealer = Sealer(self._folder)
        pyramid.bring_up(self._folder, columns)
        self._rows_per_segment = rows_per_segment
        # The rows of a whole segment as columns, and as Arrow over the same memory: one batch is a slice of it.
        self._memory = columns.blocks(np.zeros(rows_per_segment, columns.dtype))
        self._segment = columns.as_batch(self._memory)
        self._first = 0
        self._file = -1
        self.rows = 0
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
        """Bring the journal to the disk: it survives a loss of power."""
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close what is in the journal into a last segment."""
        self._close_segment()
        self._sealer.close()

    @property
    def seals_head(self) -> str:
        """The hash that stands for all closed segments, see `rig.record.seals`."""
        return self._sealer.head

    def abandon(self) -> None:
        """Let go of the files as they are, after an error; whole batches stay. Idempotent."""
        self._let_go()
        self._sealer.close()

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
        self._write_out()
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
        if self.rows > self._first:
            path = self._journal.with_suffix(".parquet")
            table = pa.Table.from_batches([self._segment.slice(0, self.rows - self._first)])
            write_segment(path, table, self._columns.integers)
            self._sealer.seal(path, self._first, self.rows - self._first)
            pyramid.append(self._folder, self._columns, self._first, table)
        self._let_go()
        self._journal.unlink()
        sync_folder(self._folder)


def write_segment(path: Path, table: pa.Table, integers: list[str]) -> None:
    """A table as a Parquet file, there whole or not at all; on the disk when this returns."""
    temporary = path.with_suffix(".tmp")
    encodings = dict.fromkeys(table.column_names, "BYTE_STREAM_SPLIT")
    encodings |= dict.fromkeys(integers, "DELTA_BINARY_PACKED")
    options = {
        "compression": "zstd",
        "use_dictionary": False,
        "write_statistics": [name for name in PLAIN if name in table.column_names],  # what readers choose segments by
        "column_encoding": encodings,
        "write_page_checksum": True,
    }
    try:
        with temporary.open("wb") as file:
            pyarrow.parquet.write_table(table, file, **options)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        error.filename = str(path)
        raise
    temporary.replace(path)
    sync_folder(path.parent)


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
    folder = run_dir / FOLDER
    done = 0
    for path in sorted(folder.glob("*.parquet")):
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
            done = int(path.stem) + file.metadata.num_rows
            wanted = {"sample": (first, last), "distance_m": between_m}
            if all(_may_hold(file.metadata, name, *bounds) for name, bounds in wanted.items()):
                yield file.read(columns=names)
    for path in sorted(folder.glob("*.arrows")):
        table = read_journal(path)
        if table is not None and int(path.stem) >= done:
            done = int(path.stem) + table.num_rows
            yield table.select(names) if names is not None else table


def _may_hold(metadata: pyarrow.parquet.FileMetaData, name: str, first: float, last: float) -> bool:
    """Whether a column of a segment has values from `first` to `last`, by its statistics."""
    lowest, highest = bounds_of(metadata, name)
    return bool(highest >= first and lowest <= last)


def bounds_of(metadata: pyarrow.parquet.FileMetaData, name: str) -> tuple[float, float]:
    """The lowest and the highest value of a segment's column, by its statistics; infinite where it has none."""
    at = metadata.schema.names.index(name)
    groups = [metadata.row_group(k).column(at).statistics for k in range(metadata.num_row_groups)]
    if not groups or any(group is None for group in groups):
        return -np.inf, np.inf
    return min(group.min for group in groups), max(group.max for group in groups)


def read_journal(path: Path) -> pa.Table | None:
    """All whole batches of a journal, each known by its checksum; None where not even the head is whole."""
    data = path.read_bytes()
    batches, schema = [], None
    # A torn tail ends in any of these, by where it is torn; what came before it is whole.
    with contextlib.suppress(pa.ArrowException, OSError, ValueError, StopIteration):
        stream = pa.ipc.open_stream(data)
        schema = stream.schema
        while True:
            batch, metadata = stream.read_next_batch_with_custom_metadata()
            if not metadata or metadata.get("crc32") != str(_checksum(c.to_numpy() for c in batch.columns)).encode():
                break
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
    folder = run_dir / FOLDER
    done = 0
    for path in sorted(folder.glob("*.parquet")):
        done = int(path.stem) + pyarrow.parquet.read_metadata(path).num_rows
    for path in sorted(folder.glob("*.arrows")):
        table = read_journal(path)
        if table is not None and int(path.stem) >= done:
            done = int(path.stem) + table.num_rows
    return done
