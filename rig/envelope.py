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
from rig.query import Selection, bounds_m, measures, units, with_unit
from rig.record import journal, pyramid, seconds, segments
from rig.record.buckets import Buckets, concatenated, merged, of_block, of_samples, of_seconds
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
    names, faults = measures(run, wanted.channels)
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
class _Segment:
    """Where a segment, or the journal, begins and ends.

    `table` is the journal's; `seconds` what is left of the samples of a segment that has been thinned.
    """

    number: int
    first: int
    last: int
    first_m: float
    last_m: float
    table: pa.Table | None = None
    seconds: pa.Table | None = None


class _View:
    """The segments of a run, and the pyramid beside them."""

    def __init__(self, run: Run) -> None:
        self._folder, self._columns = run.path / segments.FOLDER, Columns(run.manifest)
        self._coarse = self._level(pyramid.LEVELS[-1]).blocks()
        self._rate_hz = run.manifest.sample_rate_hz
        self._segments = list(self._find())

    def _level(self, level: int) -> pyramid.Level:
        return pyramid.Level(self._folder, self._columns, level)

    def _find(self) -> Iterator[_Segment]:
        waiting, done = journal.journals(self._folder.parent), 0
        thinned = set(segments.numbers(self._folder / segments.SECONDS))
        for number in segments.numbers(self._folder):
            block = self._coarse.get(number)
            if number in thinned and (left := self._seconds(number)):
                rows, segment = _by_seconds(number, left)
            else:
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

    def _seconds(self, number: int) -> pa.Table | None:
        """The seconds of a segment that has been thinned; None where it still is whole."""
        if not segments.is_thinned(pyarrow.parquet.read_metadata(segments.path_of(self._folder, number))):
            return None
        return segments.read(seconds.path_of(self._folder, number))

    def _read(self, segment: _Segment, names: list[str]) -> pa.Table:
        if segment.table is not None:
            return segment.table.select(names)
        return segments.read(segments.path_of(self._folder, segment.number), names)

    def _places(self, segment: _Segment) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        if segment.seconds is not None:
            ends = [[segment.seconds[f"{end}_{what}"] for end in ("first", "last")] for what in ("sample", "m")]
            sample, distance_m = (np.stack([plain(column) for column in pair], axis=1).ravel() for pair in ends)
            return sample, distance_m
        table = self._read(segment, ["sample", "distance_m"])
        return plain(table["sample"]), plain(table["distance_m"])

    def parts(self, names: list[str], level: int, first: int, last: int) -> Iterator[Buckets]:
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
                yield of_block(self._columns, names, block[inside])
                continue
            for segment in group:
                if segment.seconds is None:
                    yield self._of_rows(segment, names, level, first, last)
                else:
                    yield self._of_thinned(segment, segment.seconds, names, level, first, last)

    def _of_rows(self, segment: _Segment, names: list[str], level: int, first: int, last: int) -> Buckets:
        table = self._read(segment, list(dict.fromkeys(("sample", "distance_m", *names))))
        sample = plain(table["sample"])
        return of_samples(self._columns, names, table.filter((sample >= first) & (sample <= last)), level)

    def _of_thinned(
        self, segment: _Segment, left: pa.Table, names: list[str], level: int, first: int, last: int
    ) -> Buckets:
        """Seconds; but for the closest look the samples that are there, and seconds between them."""
        touched = (plain(left["last_sample"]) >= first) & (plain(left["first_sample"]) <= last)
        if level != 1:
            return of_seconds(self._columns, names, left.filter(touched))
        rows = self._of_rows(segment, names, level, first, last)
        between = touched & ~np.isin(plain(left["second"]), rows.first // self._rate_hz)
        return concatenated(names, [of_seconds(self._columns, names, left.filter(between)), rows]).in_order()


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


def _by_seconds(number: int, left: pa.Table) -> tuple[int, _Segment]:
    first, last = (int(left[name][at].as_py()) for name, at in (("first_sample", 0), ("last_sample", -1)))
    first_m, last_m = (float(left[name][at].as_py()) for name, at in (("first_m", 0), ("last_m", -1)))
    return int(plain(left["rows"]).sum()), _Segment(number, first, last, first_m, last_m, None, left)


def _joined(names: list[str], parts: list[Buckets], size: int) -> Envelope:
    all_ = merged(concatenated(names, parts), size)
    low, high, missing = (dict(zip(names, rows, strict=True)) for rows in (all_.low, all_.high, all_.missing))
    km = all_.first_m / M_PER_KM, all_.last_m / M_PER_KM
    return Envelope(size, all_.first, all_.last, *km, low, high, missing)
