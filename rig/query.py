"""Parts of a run's samples: which channels, from which kilometre to which, how many of them; as Arrow, in units."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from profiles.schema import Fault, InputError
from rig.record import reading
from rig.record.columns import Columns, plain
from rig.record.files import replacing
from rig.record.pyramid import REALS
from rig.record.reading import M_PER_KM, inside
from rig.runs import Run

PLACE = ("sample", "distance_km")
"""What stands beside every selection."""


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
    return reading.full_names(Columns(run.manifest), run.path, channels)


def measures(run: Run, channels: Sequence[str]) -> tuple[list[str], list[Fault]]:
    """The columns that are meant, each once, and what is wrong with those that have no lowest and highest.

    Raises:
        InputError: as `full_names`.
    """
    names = list(dict.fromkeys(full_names(run, channels)))
    known, allowed = {*Columns(run.manifest).quantities, *REALS}, "a measured or commanded channel, speed_mps or span"
    return names, [Fault(str(run.path), 0, "channels", repr(name), allowed) for name in names if name not in known]


def refuse_gaps(run: Run, wanted: Selection, instead: str) -> None:
    """For what has no word for samples that are not there; ``instead``: what else can be done.

    Raises:
        InputError: samples of the stretch are not there, as only a summary is left of them, or they were lost.
    """
    last = None
    for part in recorded(run, wanted, ["distance_m", "sample"]):
        sample = part["sample"].astype(np.int64) // wanted.every
        steps = np.diff(sample, prepend=sample[:1] - 1 if last is None else last)
        if (off := np.flatnonzero(steps != 1)).size:
            at_km, gap = part["distance_m"][off[0]] / M_PER_KM, int(steps[off[0]]) - 1
            found = f"{gap} samples are not there before km {at_km:.6f}"
            allowed = f"a stretch with all of its samples (--from-km, --to-km), or {instead}"
            raise InputError([Fault(str(run.path), 0, "(the samples)", found, allowed)])
        last = sample[-1:] if len(sample) else last


def units(run: Run, names: Sequence[str]) -> dict[str, str]:
    """The unit of each column; empty where it has none."""
    known = Columns(run.manifest).units
    return {name: known[name] for name in names}


def tables(run: Run, wanted: Selection) -> Iterator[pa.Table]:
    """The selection, a table a segment: sample, distance_km, then the channels as float64 with their unit.

    Raises:
        InputError: a channel that the run has not, a range or a step that is none, or a segment that can't be read.
    """
    names, between_m = full_names(run, wanted.channels), bounds_m(run, wanted)
    schema = _schema(run, names)
    for block in run.blocks(dict.fromkeys(("sample", "distance_m", *names)), between_m=between_m):
        kept = inside(block["sample"], block["distance_m"], wanted.every, between_m)
        if kept.any():
            columns = [block["sample"].astype(np.int64), block["distance_m"] / M_PER_KM, *(block[n] for n in names)]
            yield pa.table([pa.array(column[kept]) for column in columns], schema=schema)


def codes(run: Run, wanted: Selection) -> Iterator[NDArray[np.int16]]:
    """The selection as it is recorded, int16[samples, channels] a segment; for channels that are codes.

    Raises:
        InputError: as `tables`, or where a sensor was not there: the code for that is no value.
    """
    names = full_names(run, wanted.channels)
    for part in recorded(run, wanted, names):
        block = np.stack([part[name] for name in names], axis=1)
        _refuse_missing(run, names, block == CODE_NAN)
        yield block


def recorded(run: Run, wanted: Selection, names: Sequence[str]) -> Iterator[dict[str, NDArray[np.generic]]]:
    """The stretch of a selection, these columns as they are recorded, a segment at a time.

    Raises:
        InputError: as `tables`.
    """
    between_m = bounds_m(run, wanted)
    for part in run.tables(dict.fromkeys(("sample", "distance_m", *names)), between_m=between_m):
        kept = inside(plain(part["sample"]), plain(part["distance_m"]), wanted.every, between_m)
        yield {name: plain(part[name])[kept] for name in names}


def values(run: Run, wanted: Selection) -> Iterator[NDArray[np.float64]]:
    """The selection in its units, float64[samples, channels] a segment.

    Raises:
        InputError: as `codes`.
    """
    names = full_names(run, wanted.channels)
    for part in tables(run, wanted):
        block = np.stack([plain(part[name]) for name in names], axis=1)
        _refuse_missing(run, names, np.isnan(block))
        yield block


def bounds_m(run: Run, wanted: Selection) -> reading.Bounds:
    """The distances between which a selection lies.

    Raises:
        InputError: a range or a step that is none.
    """
    return reading.bounds_m(run.path, wanted.from_km, wanted.to_km, wanted.every)


def _refuse_missing(run: Run, names: Sequence[str], missing: NDArray[np.bool_]) -> None:
    count = missing.sum(axis=0)
    if not count.any():
        return
    allowed = "a value for each sample: leave the channel out, or take a stretch where it is there (--from-km, --to-km)"
    faults = [(name, int(number)) for name, number in zip(names, count, strict=True) if number]
    raise InputError([Fault(str(run.path), 0, name, f"{number} missing samples", allowed) for name, number in faults])


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
    """The selection as CSV, whole or not at all; the head names the columns with their units. Returns the rows.

    Raises:
        InputError: as `tables`.
        OSError: the disk refuses.
    """
    rows = 0
    schema = _schema(run, full_names(run, wanted.channels))
    named = pa.schema([pa.field(with_unit(field), field.type) for field in schema])
    with replacing(file) as temporary, pyarrow.csv.CSVWriter(temporary, named) as writer:
        for part in tables(run, wanted):
            writer.write_table(part.rename_columns(named.names))
            rows += part.num_rows
    return rows


def with_unit(field: pa.Field) -> str:
    """The head of a column of CSV."""
    unit = (field.metadata or {}).get(b"unit", b"").decode()
    return f"{field.name} [{unit}]" if unit and field.name != "distance_km" else field.name


def write_parquet(run: Run, wanted: Selection, file: Path) -> int:
    """The selection as Parquet, whole or not at all; the units in the fields' metadata. Returns the rows.

    Raises:
        InputError: as `tables`.
        OSError: the disk refuses.
    """
    rows, schema = 0, _schema(run, full_names(run, wanted.channels))
    with (
        replacing(file) as temporary,
        pyarrow.parquet.ParquetWriter(temporary, schema, compression="zstd") as to,
    ):
        for part in tables(run, wanted):
            to.write_table(part)
            rows += part.num_rows
    return rows


def measured(run: Run) -> tuple[str, ...]:
    """What a person sees first: the feedback of each channel, by its short name."""
    return reading.measured(Columns(run.manifest))
