"""The lowest and the highest of buckets of samples, beside them: any stretch of any channel can be drawn at once.

``samples/pyramid-256.bin`` and ``samples/pyramid-4096.bin`` hold a record for each bucket of so many sample numbers
(`LEVELS`), written when a segment is closed: the records of a segment are one block, and a bucket that lies across two
segments has a record in both. All of it is derived: each record has a checksum, a block counts if all of it is whole,
and where none does the same records are made from the samples. So nothing here need be brought to the disk.
"""

import bisect
import contextlib
import os
import sys
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_NAN
from rig.record import segments
from rig.record.columns import Columns, plain
from rig.record.files import write_fully

LEVELS = (256, 4096)
"""Sample numbers a bucket. Finer than 256 a screen is drawn from a few segments as quickly; coarser than 4096 a bucket
would be longer than a segment, and those of 5,000 km are few enough to be read whole."""
REALS = ("speed_mps", "span")
"""The columns beside the codes that have a lowest and a highest too."""

_LAYOUT = 1
_CHECKED_AT = 4

Records = NDArray[np.void]


def path_of(folder: Path, level: int) -> Path:
    """The file of a level in a folder of samples."""
    return folder / f"pyramid-{level}.bin"


def record_dtype(columns: Columns) -> np.dtype[np.void]:
    """The fields of one record, little-endian, without padding.

    ``crc`` is the CRC-32 of all that follows it, begun with the layout's number; ``segment`` the number in the name of
    the segment that it belongs to, ``place`` its place (from 0) among the records ``of`` that segment. ``first`` and
    ``last`` are sample numbers, ``first_m`` and ``last_m`` the distances there, ``rows`` how many samples there are.
    ``low``, ``high`` are codes and ``missing`` counts samples without one, a place for each of `Columns.quantities`;
    where all are missing both are the code for NaN. ``real_…`` are the same for `REALS`, with NaN.
    """
    codes, reals = (len(columns.quantities),), (len(REALS),)
    return np.dtype(
        [
            ("crc", "<u4"),
            ("segment", "<u8"),
            ("place", "<u4"),
            ("of", "<u4"),
            ("first", "<u8"),
            ("last", "<u8"),
            ("first_m", "<f8"),
            ("last_m", "<f8"),
            ("rows", "<u4"),
            ("low", "<i2", codes),
            ("high", "<i2", codes),
            ("missing", "<u2", codes),
            ("real_low", "<f4", reals),
            ("real_high", "<f4", reals),
            ("real_missing", "<u2", reals),
        ]
    )


def records_of(columns: Columns, segment: int, table: pa.Table, level: int) -> Records:
    """The records of one segment, in the order of its samples; `table` has all its columns and at least a row."""
    sample, distance_m = (plain(table.column(name)) for name in ("sample", "distance_m"))
    starts = starts_of(sample // level)
    ends = np.append(starts[1:], len(sample))
    found = np.zeros(len(starts), dtype=record_dtype(columns))
    found["segment"], found["place"], found["of"] = segment, np.arange(len(starts)), len(starts)
    found["first"], found["last"] = sample[starts], sample[ends - 1]
    found["first_m"], found["last_m"] = distance_m[starts], distance_m[ends - 1]
    found["rows"] = ends - starts
    for k, name in enumerate(columns.quantities):
        codes = plain(table.column(name))
        found["low"][:, k], found["high"][:, k], found["missing"][:, k] = of_codes(codes, starts)
    for k, name in enumerate(REALS):
        reals = plain(table.column(name))
        found["real_low"][:, k] = np.fmin.reduceat(reals, starts)
        found["real_high"][:, k] = np.fmax.reduceat(reals, starts)
        found["real_missing"][:, k] = np.add.reduceat(np.isnan(reals), starts, dtype=np.uint16)
    found["crc"] = checksums(found)
    return found


def starts_of(buckets: NDArray[np.integer]) -> NDArray[np.intp]:
    """Where a new bucket begins in a row of bucket numbers."""
    return np.flatnonzero(np.diff(buckets, prepend=buckets[:1] + 1))


def of_codes(codes: NDArray[np.int16], starts: NDArray[np.intp]) -> tuple[NDArray[np.integer], ...]:
    """Lowest and highest code, and how many are missing; the code for NaN is lower than all others."""
    low, high = np.minimum.reduceat(codes, starts), np.maximum.reduceat(codes, starts)
    missing = np.zeros(len(starts), dtype=np.uint16)
    if (low == CODE_NAN).any():
        gone = codes == CODE_NAN
        low = np.minimum.reduceat(np.where(gone, CODE_MAX, codes).astype(np.int16), starts)
        low = np.where(high == CODE_NAN, CODE_NAN, low)
        missing = np.add.reduceat(gone, starts, dtype=np.uint16)
    return low, high, missing


def checksums(records: Records) -> NDArray[np.uint32]:
    """What each record's ``crc`` must be."""
    data, size = np.ascontiguousarray(records).view(np.uint8).data, records.dtype.itemsize
    starts = range(0, len(data), size)
    return np.array([zlib.crc32(data[at + _CHECKED_AT : at + size], _LAYOUT) for at in starts], dtype=np.uint32)


def whole_blocks(records: Records) -> list[Records]:
    """The blocks among records that are all of a segment's, each as it was written."""
    if not len(records):
        return []
    starts = starts_of(records["segment"])
    lengths = np.diff(starts, append=len(records))
    good = records["place"] == np.arange(len(records)) - np.repeat(starts, lengths)
    good &= (records["of"] == np.repeat(lengths, lengths)) & (records["crc"] == checksums(records))
    whole = np.logical_and.reduceat(good, starts)
    return [records[at : at + length] for at, length in zip(starts[whole], lengths[whole], strict=True)]


class Level:
    """One level's file, as it is found: whatever in it is torn or damaged is no block.

    Raises:
        OSError: it is there, but can't be read.
    """

    def __init__(self, folder: Path, columns: Columns, level: int) -> None:
        self._dtype = record_dtype(columns)
        self._path = path_of(folder, level)

    def blocks(self, first: int = 0, last: int = sys.maxsize) -> dict[int, Records]:
        """The whole blocks of the segments with numbers from first to last, by number, in the file's order."""
        if not self._path.exists():
            return {}
        with self._path.open("rb") as file:
            count = os.fstat(file.fileno()).st_size // self._dtype.itemsize
            start = bisect.bisect_left(range(count), first, key=lambda k: self._segment_at(file, k))
            end = bisect.bisect_right(range(count), last, start, key=lambda k: self._segment_at(file, k))
            records = self._read(file, start, end - start)
        return {int(block["segment"][0]): block for block in whole_blocks(records)}

    def iter_blocks(self) -> Iterator[Records]:
        """Block after block from the file's begin, up to the first that is not whole."""
        with self._path.open("rb") as file:
            at, count = 0, os.fstat(file.fileno()).st_size // self._dtype.itemsize
            while at < count:
                block = self._read(file, at, min(count - at, int(self._read(file, at, 1)["of"][0])))
                if [len(one) for one in whole_blocks(block)] != [len(block)]:
                    return
                yield block
                at += len(block)

    def _read(self, file: BinaryIO, first: int, count: int) -> Records:
        """So many records, or as many as there are."""
        data = os.pread(file.fileno(), count * self._dtype.itemsize, first * self._dtype.itemsize)
        return np.frombuffer(data[: len(data) // self._dtype.itemsize * self._dtype.itemsize], self._dtype)

    def _segment_at(self, file: BinaryIO, at: int) -> int:
        return int(self._read(file, at, 1)["segment"][0])


def append(folder: Path, columns: Columns, segment: int, table: pa.Table, levels: Iterable[int] = LEVELS) -> None:
    """Add the blocks of one segment behind those that are there; not brought to the disk.

    Where the disk refuses, no half of a block is left: the samples are what counts, and a reader then takes those.
    """
    for level in levels:
        with contextlib.suppress(OSError):
            _append(path_of(folder, level), records_of(columns, segment, table, level))


def _append(path: Path, records: Records) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        size = os.lseek(file, 0, os.SEEK_END) // records.dtype.itemsize * records.dtype.itemsize
        os.ftruncate(file, os.lseek(file, size, os.SEEK_SET))
        try:
            write_fully(file, records.tobytes())
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)


def bring_up(folder: Path, columns: Columns) -> None:
    """Make the pyramid that of the segments which lie there: what is whole stays, the rest is made from the samples.

    For a recorder that goes on with a run. A segment that can't be read, or has been thinned, is passed over.

    Raises:
        OSError: the disk refuses to shorten what is there.
    """
    numbers = segments.numbers(folder)
    wanted = {level: _keep(folder, columns, level, numbers) for level in LEVELS}
    for number in sorted(set().union(*wanted.values())):
        with contextlib.suppress(OSError, ValueError, LookupError):
            if table := _whole(folder, number):
                append(folder, columns, number, table, [level for level in LEVELS if number in wanted[level]])


def _keep(folder: Path, columns: Columns, level: int, numbers: list[int]) -> set[int]:
    """Cut a file behind the whole blocks of the first of these segments; returns the other segments."""
    path, kept, size = path_of(folder, level), 0, 0
    if not path.exists():
        return set(numbers)
    for block, number in zip(Level(folder, columns, level).iter_blocks(), numbers, strict=False):
        if int(block["segment"][0]) != number:
            break
        kept, size = kept + 1, size + block.nbytes
    if size != path.stat().st_size:
        os.truncate(path, size)
    return set(numbers[kept:])


def compare(folder: Path, columns: Columns) -> Iterator[tuple[int, bool | None]]:
    """Of each segment that can be read its number, and whether its blocks say what its samples do; None without one.

    Thinned segments are passed over.
    """
    for number in segments.numbers(folder):
        with contextlib.suppress(OSError, ValueError, LookupError):
            if table := _whole(folder, number):
                yield number, _same(folder, columns, number, table)


def _whole(folder: Path, number: int) -> pa.Table | None:
    """The samples of a segment; None where it has been thinned."""
    path = segments.path_of(folder, number)
    return None if segments.is_thinned(pyarrow.parquet.read_metadata(path)) else segments.read(path)


def _same(folder: Path, columns: Columns, number: int, table: pa.Table) -> bool | None:
    blocks = {level: Level(folder, columns, level).blocks(number, number).get(number) for level in LEVELS}
    told = [(level, block) for level, block in blocks.items() if block is not None]
    if any(block.tobytes() != records_of(columns, number, table, level).tobytes() for level, block in told):
        return False
    return True if len(told) == len(LEVELS) else None
