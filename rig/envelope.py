"""Any stretch of a run in about so many points, lowest and highest of each: what a screen needs to draw it.

From the pyramid beside the samples (`rig.record.pyramid`) where that is fine enough and whole, else from the samples.
The result is the same.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.query import Selection, bounds_m, full_names, units, with_unit
from rig.record import journal, pyramid, segments
from rig.record.columns import Columns, plain
from rig.record.files import replacing
from rig.record.reading import M_PER_KM
from rig.runs import FloatArray, Run, whole_samples

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Buckets of samples, in their order; arrays of one length. A bucket that no sample lies in is not there.

    Attributes:
        bucket: sample numbers a bucket; one that begins with a multiple of it.
        first_sample, last_sample: of each bucket, as far as recorded.
        from_km, to_km: the distance there.
        lowest, highest: of each channel by its full name, in its unit; NaN where no sample has a value.
        missing: of each channel, how many samples of the bucket have none.
    """

    bucket: int
    first_sample: IntArray
    last_sample: IntArray
    from_km: FloatArray
    to_km: FloatArray
    lowest: dict[str, FloatArray]
    highest: dict[str, FloatArray]
    missing: dict[str, IntArray]

    def table(self, run: Run) -> pa.Table:
        """As one table: ``first_sample``, ``last_sample``, ``from_km``, ``to_km``, then three columns a channel."""
        columns: dict[str, NDArray[np.generic]] = {
            name: getattr(self, name) for name in ("first_sample", "last_sample", "from_km", "to_km")
        }
        unit_of = dict.fromkeys(columns, "")
        for name, unit in units(run, list(self.lowest)).items():
            columns |= {f"{name} lowest": self.lowest[name], f"{name} highest": self.highest[name]}
            unit_of |= {f"{name} lowest": unit, f"{name} highest": unit, f"{name} missing": ""}
            columns[f"{name} missing"] = self.missing[name]
        fields = [pa.field(n, pa.from_numpy_dtype(c.dtype), metadata={"unit": unit_of[n]}) for n, c in columns.items()]
        return pa.table([pa.array(column) for column in columns.values()], schema=pa.schema(fields))


def envelope(run: Run, wanted: Selection, points: int) -> Envelope:
    """The buckets that a stretch touches: at least `points` where it has as many samples, and about twice that at most.

    All of a bucket counts, also what lies beyond the stretch's ends.

    Args:
        run: also one that goes on, or died.
        wanted: channels and stretch; `Selection.every` must be 1.
        points: at least 1.

    Raises:
        InputError: no such channel, or one that is no measure; a stretch or number that is none; damaged samples.
    """
    names = _measures(run, wanted, points)
    with whole_samples(run.path):
        view = _View(run)
        stretch = view.stretch(*bounds_m(run, wanted))
        size = max(1, (stretch[1] - stretch[0] + 1) // points)
        level = max((level for level in pyramid.LEVELS if level <= size), default=1)
        size -= size % level
        first, last = stretch[0] // size * size, (stretch[1] // size + 1) * size - 1
        return _joined(names, list(view.parts(names, level, first, last)), size)


def write(found: pa.Table, file: Path) -> None:
    """An envelope's table as CSV or Parquet, by the file's name; whole or not at all.

    Raises:
        OSError: the disk refuses.
    """
    with replacing(file) as temporary:
        if file.suffix == ".parquet":
            pyarrow.parquet.write_table(found, temporary, compression="zstd")
        else:
            pyarrow.csv.write_csv(found.rename_columns([with_unit(field) for field in found.schema]), temporary)


def _measures(run: Run, wanted: Selection, points: int) -> list[str]:
    names = list(dict.fromkeys(full_names(run, wanted.channels)))
    known = {*Columns(run.manifest).quantities, *pyramid.REALS}
    faults = [
        Fault(str(run.path), 0, "channels", repr(n), "a measured or commanded channel, speed_mps or span")
        for n in names
        if n not in known
    ]
    if points < 1:
        faults.append(Fault(str(run.path), 0, "--envelope", str(points), "a whole number from 1"))
    if wanted.every != 1:
        faults.append(
            Fault(str(run.path), 0, "--every", str(wanted.every), "nothing beside --envelope, which counts all")
        )
    if faults:
        raise InputError(faults)
    return names


@dataclass(frozen=True, slots=True)
class _Part:
    """Buckets of one segment: sample numbers and metres of their ends; then float64 or int64[channels, buckets]."""

    first: IntArray
    last: IntArray
    first_m: FloatArray
    last_m: FloatArray
    low: FloatArray
    high: FloatArray
    missing: IntArray


@dataclass(frozen=True, slots=True)
class _Segment:
    """Where a segment, or the journal, begins and ends; `table` is the journal's."""

    number: int
    first: int
    last: int
    first_m: float
    last_m: float
    table: pa.Table | None = None


class _View:
    """The segments of a run, and the pyramid beside them."""

    def __init__(self, run: Run) -> None:
        self._folder, self._columns = run.path / segments.FOLDER, Columns(run.manifest)
        self._coarse = self._level(pyramid.LEVELS[-1]).blocks()
        self._segments = list(self._find())

    def _level(self, level: int) -> pyramid.Level:
        return pyramid.Level(self._folder, self._columns, level)

    def _find(self) -> Iterator[_Segment]:
        waiting, done = journal.journals(self._folder.parent), 0
        for number in segments.numbers(self._folder):
            block = self._coarse.get(number)
            rows, segment = _by_footer(self._folder, number) if block is None else _by_block(block)
            done = segment.number + rows
            yield segment
        for table in journal.beyond(done, waiting):
            sample, distance_m = plain(table["sample"]), plain(table["distance_m"])
            yield _Segment(done, int(sample[0]), int(sample[-1]), float(distance_m[0]), float(distance_m[-1]), table)
            done += table.num_rows

    def stretch(self, from_m: float, to_m: float) -> tuple[int, int]:
        """The first and the last sample between two distances; 0 and -1 where there is none."""
        there = [one for one in self._segments if one.last_m >= from_m and one.first_m <= to_m]
        if not there:
            return 0, -1
        first, last = there[0].first, there[-1].last
        if there[0].first_m < from_m:
            sample, distance_m = self._places(there[0])
            first = int(sample[np.searchsorted(distance_m, from_m, "left")])
        if there[-1].last_m > to_m:
            sample, distance_m = self._places(there[-1])
            last = int(sample[np.searchsorted(distance_m, to_m, "right") - 1])
        return (first, last) if first <= last else (0, -1)

    def _read(self, segment: _Segment, names: list[str]) -> pa.Table:
        if segment.table is not None:
            return segment.table.select(names)
        return segments.read(segments.path_of(self._folder, segment.number), names)

    def _places(self, segment: _Segment) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        table = self._read(segment, ["sample", "distance_m"])
        return plain(table["sample"]), plain(table["distance_m"])

    def parts(self, names: list[str], level: int, first: int, last: int) -> Iterator[_Part]:
        """Buckets of `level` sample numbers with all their samples; `first` begins one and `last` ends one."""
        there = [one for one in self._segments if one.last >= first and one.first <= last]
        blocks = self._coarse if level == pyramid.LEVELS[-1] else {}
        if there and level != 1 and level != pyramid.LEVELS[-1]:
            blocks = self._level(level).blocks(there[0].number, there[-1].number)
        for has_block, group in itertools.groupby(there, lambda one: one.number in blocks):
            if has_block:
                data = b"".join(blocks[segment.number].tobytes() for segment in group)
                block = np.frombuffer(data, pyramid.record_dtype(self._columns))  # np.concatenate looks at each field
                inside = (block["first"] >= first) & (block["last"] <= last)
                yield _of_block(self._columns, names, block[inside])
                continue
            for segment in group:
                table = self._read(segment, list(dict.fromkeys(("sample", "distance_m", *names))))
                sample = plain(table["sample"])
                yield _of_samples(self._columns, names, table.filter((sample >= first) & (sample <= last)), level)


def _by_block(block: pyramid.Records) -> tuple[int, _Segment]:
    head, tail = block[0], block[-1]
    ends = int(head["first"]), int(tail["last"]), float(head["first_m"]), float(tail["last_m"])
    return int(block["rows"].sum()), _Segment(int(head["segment"]), *ends)


def _by_footer(folder: Path, number: int) -> tuple[int, _Segment]:
    path = segments.path_of(folder, number)
    metadata = pyarrow.parquet.read_metadata(path)
    ends = [end for name in ("sample", "distance_m") for end in segments.bounds_of(metadata, name)]
    if not np.isfinite(ends).all():
        raise ValueError(f"{path.name} does not say where it begins and ends")
    return metadata.num_rows, _Segment(number, int(ends[0]), int(ends[1]), *ends[2:])


def _of_block(columns: Columns, names: list[str], block: pyramid.Records) -> _Part:
    codes, low, high, missing = list(columns.quantities), [], [], []
    for name in names:
        prefix, k = ("real_", pyramid.REALS.index(name)) if name in pyramid.REALS else ("", codes.index(name))
        low.append(columns.values(name, block[f"{prefix}low"][:, k]))
        high.append(columns.values(name, block[f"{prefix}high"][:, k]))
        missing.append(block[f"{prefix}missing"][:, k].astype(np.int64))
    first, last = block["first"].astype(np.int64), block["last"].astype(np.int64)
    return _Part(first, last, block["first_m"], block["last_m"], np.stack(low), np.stack(high), np.stack(missing))


def _of_samples(columns: Columns, names: list[str], table: pa.Table, level: int) -> _Part:
    sample, distance_m = plain(table["sample"]).astype(np.int64), plain(table["distance_m"])
    values = np.stack([columns.values(name, plain(table[name])) for name in names])
    missing = np.isnan(values).astype(np.int64)
    return _merged(_Part(sample, sample, distance_m, distance_m, values, values, missing), level)


def _merged(part: _Part, size: int) -> _Part:
    """Neighbours that lie in the same bucket of `size` sample numbers as one."""
    starts = pyramid.starts_of(part.first // size)
    ends = np.append(starts[1:], len(part.first)) - 1
    if not len(starts):
        return part
    return _Part(
        part.first[starts],
        part.last[ends],
        part.first_m[starts],
        part.last_m[ends],
        np.fmin.reduceat(part.low, starts, axis=1),
        np.fmax.reduceat(part.high, starts, axis=1),
        np.add.reduceat(part.missing, starts, axis=1),
    )


def _joined(names: list[str], parts: list[_Part], size: int) -> Envelope:
    empty, none = np.empty(0), np.empty((len(names), 0))
    start = _Part(empty.astype(np.int64), empty.astype(np.int64), empty, empty, none, none, none.astype(np.int64))
    columns = [[getattr(part, name) for part in (start, *parts)] for name in _Part.__slots__]
    all_ = _merged(_Part(*(np.concatenate(column, axis=-1) for column in columns)), size)
    low, high, missing = (dict(zip(names, rows, strict=True)) for rows in (all_.low, all_.high, all_.missing))
    km = all_.first_m / M_PER_KM, all_.last_m / M_PER_KM
    return Envelope(size, all_.first, all_.last, *km, low, high, missing)
