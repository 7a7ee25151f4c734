"""Whole channels of a run, or a stretch of them, as arrays in their units: segments in threads, each decoded in place.

For what fits into memory. `rig.record.journal.iter_tables` is for what may not.
"""

import difflib
import importlib
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.record import journal, segments
from rig.record.columns import PLAIN, Columns, plain

FloatArray = NDArray[np.float64]
Bounds = tuple[float, float]

M_PER_KM = 1000.0
_FEEDBACK = "feedback."
_EVERYWHERE = (-math.inf, math.inf)


def measured(columns: Columns) -> tuple[str, ...]:
    """What a person sees first: the feedback of each channel, by its short name."""
    return tuple(name.removeprefix(_FEEDBACK) for name in columns.names if name not in PLAIN and _FEEDBACK in name)


def full_names(columns: Columns, run_dir: Path, channels: Sequence[str]) -> list[str]:
    """The columns that are meant: as they are recorded, or what was measured without its ``feedback.``.

    Raises:
        InputError: the run has no such column; it says which there are, or which may be meant.
    """
    known, short = columns.names, {name.removeprefix(_FEEDBACK): name for name in columns.names}
    wrong = [name for name in channels if name not in known and name not in short]
    if wrong:
        raise InputError([Fault(str(run_dir), 0, "channels", repr(name), _allowed(name, short)) for name in wrong])
    return [name if name in known else short[name] for name in channels]


def _allowed(name: str, short: dict[str, str]) -> str:
    near = difflib.get_close_matches(name, short, n=1)
    there = ", ".join(short)
    return f"one of the run's columns (did you mean {near[0]!r}?)" if near else there


def bounds_m(run_dir: Path, from_km: float, to_km: float, every: int) -> Bounds:
    """A stretch in metres.

    Raises:
        InputError: a range or a step that is none.
    """
    if not from_km <= to_km:
        found, allowed = f"{from_km:g} to {to_km:g} km", "from a kilometre to a later one"
        raise InputError([Fault(str(run_dir), 0, "--from-km, --to-km", found, allowed)])
    if not every >= 1:
        raise InputError([Fault(str(run_dir), 0, "--every", str(every), "a whole number from 1")])
    return from_km * M_PER_KM, to_km * M_PER_KM


def inside(sample: NDArray[Any], distance_m: FloatArray, every: int, between_m: Bounds) -> NDArray[np.bool_]:
    """Which samples a stretch and a step take."""
    there = (distance_m >= between_m[0]) & (distance_m <= between_m[1])
    return np.asarray(there & (sample % every == 0))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A closed segment or what a journal holds, and which of its rows are wanted: all where `inside` is None."""

    source: Path | pa.Table
    rows: int
    metadata: pyarrow.parquet.FileMetaData | None = None
    inside: NDArray[np.bool_] | None = None

    @property
    def wanted(self) -> int:
        return self.rows if self.inside is None else int(np.count_nonzero(self.inside))

    def read(self, names: list[str]) -> pa.Table:
        """Columns of all its rows.

        Raises:
            ValueError: it has not as many as was thought.
        """
        if isinstance(self.source, pa.Table):
            return self.source.select(names)
        # Buffering ahead reads what lies between the columns as well.
        options = {"page_checksum_verification": True, "pre_buffer": False}
        with pyarrow.parquet.ParquetFile(self.source, metadata=self.metadata, **options) as segment:
            table = segment.read(columns=names, use_threads=False)
        if table.num_rows != self.rows:
            raise ValueError(f"{self.source.name} has {table.num_rows} rows; by the names of the files {self.rows}")
        return table


def read(
    run_dir: Path, columns: Columns, names: Sequence[str], between_m: Bounds = _EVERYWHERE, every: int = 1
) -> dict[str, FloatArray]:
    """Columns in their units, float64[samples]: those between two distances, both included, one sample of so many.

    Raises:
        OSError, ValueError, LookupError: segments that are damaged, or foreign.
    """
    waiting, closed = journal.journals(run_dir), segments.closed(run_dir)
    left = list(journal.beyond(segments.rows_closed(closed), waiting))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        all_of_it = (between_m, every) == (_EVERYWHERE, 1) and not segments.thinned_until(run_dir)
        pieces = _by_names(closed, left) if all_of_it else []
        pieces = pieces or list(threads.map(lambda source: _piece(source, between_m, every), [*closed, *left]))
        ends = np.cumsum([piece.wanted for piece in pieces], dtype=np.int64)
        found = {name: np.empty(ends[-1] if len(ends) else 0) for name in names}
        for _ in threads.map(lambda piece, end: _fill(piece, columns, found, end), pieces, ends.tolist()):
            pass
    return found


def _by_names(closed: list[Path], left: list[pa.Table]) -> list[_Piece]:
    """All rows, without a look at the segments' heads, which is half of the work: their names count the rows.

    Nothing where the names go up by steps that differ, as where a segment is missing.
    """
    first = np.array([int(path.stem) for path in closed], dtype=np.int64)
    rows = np.diff(first, append=segments.rows_closed(closed))
    if len(first) < 3 or (rows[:-1] != rows[0]).any():
        return []
    return [
        *(_Piece(path, count) for path, count in zip(closed, rows.tolist(), strict=True)),
        *(_Piece(table, table.num_rows) for table in left),
    ]


def _piece(source: Path | pa.Table, between_m: Bounds, every: int) -> _Piece:
    """What of a source is wanted; where its statistics say so, without a look at its rows."""
    if isinstance(source, pa.Table):
        return _cut(_Piece(source, source.num_rows), between_m, every)
    metadata = pyarrow.parquet.read_metadata(source)
    if not segments.may_hold(metadata, "distance_m", *between_m):
        return _Piece(source, 0, metadata)
    whole = _Piece(source, metadata.num_rows, metadata)
    all_of_it = every == 1 and (between_m == _EVERYWHERE or segments.lies_within(metadata, "distance_m", *between_m))
    return whole if all_of_it else _cut(whole, between_m, every)


def _cut(piece: _Piece, between_m: Bounds, every: int) -> _Piece:
    place = piece.read(["sample", "distance_m"])
    mask = inside(plain(place["sample"]), plain(place["distance_m"]), every, between_m)
    return _Piece(piece.source, piece.rows, piece.metadata, mask)


def _fill(piece: _Piece, columns: Columns, found: dict[str, FloatArray], end: int) -> None:
    if not piece.wanted:
        return
    table = piece.read(list(found))
    for name, values in found.items():
        column = plain(table.column(name))
        kept = column if piece.inside is None else column[piece.inside]
        columns.decode(name, kept, values[end - len(kept) : end])


def to_arrow(values: dict[str, FloatArray], units: dict[str, str]) -> pa.Table:
    """Arrays as a table with the unit of each in its field's metadata; no copy is made of them."""
    fields = [pa.field(name, pa.float64(), metadata={"unit": units[name]}) for name in values]
    return pa.table([pa.array(array) for array in values.values()], schema=pa.schema(fields))


def to_pandas(values: dict[str, FloatArray], units: dict[str, str]) -> Any:
    """Arrays as a DataFrame, their units in its ``attrs["units"]``.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        pandas = importlib.import_module("pandas")
    except ImportError:
        raise ImportError("pandas is not installed; it comes with erg-rig[pandas]") from None
    frame = pandas.DataFrame(values, copy=False)
    frame.attrs["units"] = {name: units[name] for name in values}
    return frame
