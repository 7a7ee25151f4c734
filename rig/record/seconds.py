"""Seconds: lowest, highest and mean of each channel, a row a second. What a summary keeps of every second of a run.

``samples/seconds/<number>.parquet`` belongs to the segment of that number, and stands beside what is left of it (see
`rig.record.thinning`). A second is so many sample numbers, from a multiple of the rate on, however long it took; one
that lies across two segments has a row in both.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.record import journal, segments
from rig.record.columns import Columns, as_array, plain
from rig.record.pyramid import REALS, of_codes, starts_of
from rig.state import RigState

LOWEST, HIGHEST, MEAN, MISSING = ".lowest", ".highest", ".mean", ".missing"
_COUNTS = {
    "second": np.int64,
    "first_sample": np.int64,
    "last_sample": np.int64,
    "rows": np.uint32,
    "running": np.uint32,
    "first_m": np.float64,
    "last_m": np.float64,
    "first_ns": np.int64,
    "last_ns": np.int64,
    "first_segment": np.int16,
    "last_segment": np.int16,
}
"""``second``: its number; ``rows``: how many samples it has, ``running``: in how many of them the rig was RUNNING;
``first_…``, ``last_…``: number, distance (m), time (ns) and segment of the course of its first and its last sample."""


def path_of(folder: Path, number: int) -> Path:
    """The seconds of a segment, in a folder of samples."""
    return segments.path_of(folder / segments.SECONDS, number)


def schema_of(columns: Columns) -> pa.Schema:
    """`_COUNTS`, then of `REALS` and of each quantity lowest, highest, mean, and how many samples have no value.

    Lowest and highest are codes, as of the samples; a mean is in codes too, as a real number: so scale and offset in
    the field's metadata hold for all three.
    """
    fields = [pa.field(name, pa.from_numpy_dtype(kind)) for name, kind in _COUNTS.items()]
    for name in REALS:
        metadata = {"unit": columns.units[name]}
        fields += [pa.field(name + what, pa.float32(), metadata=metadata) for what in (LOWEST, HIGHEST, MEAN)]
        fields.append(_missing(name))
    for name in columns.quantities:
        # Not its description, which is in the samples' files: sixty rows would be a small part of their own file.
        metadata = {key: value for key, value in columns.schema.field(name).metadata.items() if key != b"description"}
        kinds = {LOWEST: pa.int16(), HIGHEST: pa.int16(), MEAN: pa.float32()}
        fields += [pa.field(name + what, kind, metadata=metadata) for what, kind in kinds.items()]
        fields.append(_missing(name))
    return pa.schema([field.with_nullable(False) for field in fields], metadata=columns.schema.metadata)


def _missing(name: str) -> pa.Field:
    return pa.field(name + MISSING, pa.uint32())


def seconds_of(columns: Columns, table: pa.Table, rate_hz: int) -> pa.Table:
    """The seconds of samples, in their order; `table` has all the columns of a run's samples."""
    schema = schema_of(columns)
    if not table.num_rows:
        return schema.empty_table()
    sample = plain(table["sample"]).astype(np.int64)
    starts = starts_of(sample // rate_hz)
    ends = np.append(starts[1:], len(sample)) - 1
    found = _counts(table, sample, starts, ends, rate_hz)
    for name in REALS:
        found |= _of_reals(name, plain(table[name]), starts)
    for name in columns.quantities:
        found |= _of_quantity(name, plain(table[name]), starts, found["rows"])
    arrays = [as_array(found[field.name].astype(field.type.to_pandas_dtype())) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _counts(
    table: pa.Table,
    sample: NDArray[np.int64],
    starts: NDArray[np.intp],
    ends: NDArray[np.intp],
    rate_hz: int,
) -> dict[str, NDArray[np.generic]]:
    found: dict[str, NDArray[np.generic]] = {"second": sample[starts] // rate_hz, "rows": ends - starts + 1}
    found["running"] = np.add.reduceat(plain(table["state"]) == RigState.RUNNING, starts, dtype=np.int64)
    places = {"sample": sample}
    places |= {short: plain(table[name]) for short, name in (("m", "distance_m"), ("ns", "mono_ns"))}
    places["segment"] = plain(table["segment"])
    for short, values in places.items():
        found |= {f"first_{short}": values[starts], f"last_{short}": values[ends]}
    return found


def _of_reals(name: str, values: NDArray[np.float32], starts: NDArray[np.intp]) -> dict[str, NDArray[np.generic]]:
    there = ~np.isnan(values)
    total = np.add.reduceat(np.where(there, values, 0.0), starts, dtype=np.float64)
    count = np.add.reduceat(there, starts, dtype=np.int64)
    return {
        name + LOWEST: np.fmin.reduceat(values, starts),
        name + HIGHEST: np.fmax.reduceat(values, starts),
        name + MEAN: _mean(total, count),
        name + MISSING: np.diff(starts, append=len(values)) - count,
    }


def _of_quantity(
    name: str, codes: NDArray[np.int16], starts: NDArray[np.intp], rows: NDArray[np.generic]
) -> dict[str, NDArray[np.generic]]:
    low, high, missing = of_codes(codes, starts)
    total = np.add.reduceat(np.where(codes == CODE_NAN, 0, codes), starts, dtype=np.int64)
    mean = _mean(total, rows.astype(np.int64) - missing)
    return {name + LOWEST: low, name + HIGHEST: high, name + MEAN: mean, name + MISSING: missing}


def _mean(total: NDArray[np.number], count: NDArray[np.integer]) -> NDArray[np.float64]:
    mean = np.full(len(total), np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean


def iter_both(run_dir: Path, names: list[str] | None = None) -> Iterator[tuple[pa.Table, pa.Table | None]]:
    """The samples that are there, these columns of them, a table a segment; with its seconds where it was thinned.

    Raises:
        OSError, ValueError, LookupError: segments or seconds that are damaged, or not there.
    """
    waiting, done = journal.journals(run_dir), 0
    for path in segments.closed(run_dir):
        metadata, number = pyarrow.parquet.read_metadata(path), int(path.stem)
        done = number + segments.rows_of(metadata)
        thinned = segments.is_thinned(metadata)
        yield segments.read(path, names), segments.read(path_of(path.parent, number)) if thinned else None
    for table in journal.beyond(done, waiting):
        yield table.select(names) if names is not None else table, None


def iter_seconds(run_dir: Path, columns: Columns, rate_hz: int) -> Iterator[pa.Table]:
    """All seconds of a run, a table a segment; made from the samples where all of those are there.

    Raises:
        OSError, ValueError, LookupError: as `iter_both`.
    """
    for rows, left in iter_both(run_dir):
        yield seconds_of(columns, rows, rate_hz) if left is None else left


def places_of(table: pa.Table) -> dict[str, NDArray[np.generic]]:
    """The number of each sample that seconds stand for, and distances and times at both ends of each second."""
    first, last = plain(table["first_sample"]), plain(table["last_sample"])
    counts = last - first + 1
    sample = np.repeat(first - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
    ends = {
        name: np.stack([plain(table[f"{end}_{short}"]) for end in ("first", "last")], axis=1).ravel()
        for name, short in (("distance_m", "m"), ("mono_ns", "ns"))
    }
    return {"sample": sample, **ends}
