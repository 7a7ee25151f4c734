"""Parts of a run's samples: which channels, from which kilometre to which, how many of them; as Arrow, in units."""

import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from profiles.schema import Fault, InputError
from rig.record.columns import PLAIN, Columns
from rig.runs import Run

PLACE = ("sample", "distance_km")
"""What stands beside every selection."""
_M_PER_KM = 1000.0


@dataclass(frozen=True, slots=True)
class Selection:
    """What is wanted of a run.

    Attributes:
        channels: names of columns, ``feedback.strut_force_n``; what was measured may go without its ``feedback.``.
        from_km, to_km: of the stage's distance, both included.
        every: one sample of so many, as it is: nothing is filtered.
    """

    channels: tuple[str, ...]
    from_km: float = 0.0
    to_km: float = math.inf
    every: int = 1


def full_names(run: Run, channels: Sequence[str]) -> list[str]:
    """The columns that are meant.

    Raises:
        InputError: the run has no such column; it says which there are, or which may be meant.
    """
    known, short = run.columns, {name.removeprefix("feedback."): name for name in run.columns}
    wrong = [name for name in channels if name not in known and name not in short]
    if wrong:
        raise InputError([Fault(str(run.path), 0, "channels", repr(name), _allowed(name, short)) for name in wrong])
    return [name if name in known else short[name] for name in channels]


def _allowed(name: str, short: dict[str, str]) -> str:
    near = difflib.get_close_matches(name, short, n=1)
    there = ", ".join(short)
    return f"one of the run's columns (did you mean {near[0]!r}?)" if near else there


def units(run: Run, names: Sequence[str]) -> dict[str, str]:
    """The unit of each column; empty where it has none."""
    schema = Columns(run.manifest).schema
    return {name: (schema.field(name).metadata or {}).get(b"unit", b"").decode() for name in names}


def tables(run: Run, wanted: Selection) -> Iterator[pa.Table]:
    """The selection, a table a segment: sample, distance_km, then the channels as float64 with their unit.

    Raises:
        InputError: a channel that the run has not, a range or a step that is none, or a segment that can't be read.
    """
    names = full_names(run, wanted.channels)
    if not wanted.from_km <= wanted.to_km:
        found, allowed = f"{wanted.from_km:g} to {wanted.to_km:g} km", "from a kilometre to a later one"
        raise InputError([Fault(str(run.path), 0, "--from-km, --to-km", found, allowed)])
    if not wanted.every >= 1:
        raise InputError([Fault(str(run.path), 0, "--every", str(wanted.every), "a whole number from 1")])
    schema = _schema(run, names)
    low_m, high_m = wanted.from_km * _M_PER_KM, wanted.to_km * _M_PER_KM
    for block in run.blocks(dict.fromkeys(("sample", "distance_m", *names)), between_m=(low_m, high_m)):
        inside = (block["distance_m"] >= low_m) & (block["distance_m"] <= high_m)
        inside &= block["sample"] % wanted.every == 0
        if inside.any():
            columns = [block["sample"].astype(np.int64), block["distance_m"] / _M_PER_KM, *(block[n] for n in names)]
            yield pa.table([pa.array(column[inside]) for column in columns], schema=schema)


def _schema(run: Run, names: Sequence[str]) -> pa.Schema:
    fields = [pa.field("sample", pa.int64()), pa.field("distance_km", pa.float64(), metadata={"unit": "km"})]
    unit_of = units(run, names)
    return pa.schema([*fields, *(pa.field(name, pa.float64(), metadata={"unit": unit_of[name]}) for name in names)])


def table(run: Run, wanted: Selection) -> pa.Table:
    """All of a selection; ``.to_pandas()`` gives pandas where that is installed.

    Raises:
        InputError: as `tables`.
    """
    found = list(tables(run, wanted))
    return pa.concat_tables(found) if found else _schema(run, full_names(run, wanted.channels)).empty_table()


def write_csv(run: Run, wanted: Selection, file: Path) -> int:
    """The selection as CSV, a segment at a time; the head names the columns with their units. Returns the rows.

    Raises:
        InputError: as `tables`.
        OSError: the disk refuses.
    """
    rows = 0
    schema = _schema(run, full_names(run, wanted.channels))
    named = pa.schema([pa.field(_with_unit(field), field.type) for field in schema])
    with pyarrow.csv.CSVWriter(file, named) as writer:
        for part in tables(run, wanted):
            writer.write_table(part.rename_columns(named.names))
            rows += part.num_rows
    return rows


def _with_unit(field: pa.Field) -> str:
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return f"{field.name} [{unit}]" if unit and field.name != "distance_km" else field.name


def write_parquet(run: Run, wanted: Selection, file: Path) -> int:
    """The selection as Parquet, values in their units, the units in the fields' metadata. Returns the rows.

    Raises:
        InputError: as `tables`.
        OSError: the disk refuses.
    """
    rows = 0
    with pyarrow.parquet.ParquetWriter(file, _schema(run, full_names(run, wanted.channels)), compression="zstd") as to:
        for part in tables(run, wanted):
            to.write_table(part)
            rows += part.num_rows
    return rows


def measured(run: Run) -> tuple[str, ...]:
    """What a person sees first: the feedback of each channel, by its short name."""
    return tuple(name.removeprefix("feedback.") for name in run.columns if name not in PLAIN and "feedback." in name)
