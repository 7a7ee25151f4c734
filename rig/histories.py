"""One channel over time, from a run or from a CSV file, read as often as wanted and a block at a time."""

import dataclasses
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from profiles.yaml_nodes import shown
from rig.query import Selection, bounds_m, full_names, refuse_gaps
from rig.record import reading
from rig.record.columns import plain
from rig.record.reading import inside
from rig.runs import open_run

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Block = tuple[FloatArray, IntArray]

MM_PER_KM, MM_PER_M = 1e6, 1e3
_DISTANCES = {"distance_km": MM_PER_KM, "distance_m": MM_PER_M}
_SEPARATORS = (",", ";", "\t")
_MISSING = ["", "nan", "NaN", "NAN"]
_BLOCK_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class History:
    """A channel's samples.

    Attributes:
        source: the run directory or file.
        unit: of the channel; empty where the file does not tell it.
        rate_hz: samples a second; None where the file does not tell it.
        with_distance: places are millimetres of the stage; else they are samples, counted from 0.
        blocks: gives the samples anew each time, values float64[any] (NaN: missing) with their places int64[any].
    """

    source: str
    channel: str
    unit: str
    rate_hz: float | None
    with_distance: bool
    blocks: Callable[[], Iterator[Block]]


def open_history(path: Path, channel: str, from_km: float = 0.0, to_km: float = math.inf) -> History:
    """A channel of a run directory, or a column of a CSV file whose first line names the columns.

    Where a file has ``distance_km`` or ``distance_m``, as those of ``rig data`` have, places are taken from it.

    Raises:
        InputError: no such run, file, channel or stretch, a stretch of a file without distances, or a run with samples
            that are not there. The blocks raise it for what can't be read.
    """
    stretch = Selection((channel,), from_km, to_km)
    return _of_run(path, channel, stretch) if path.is_dir() else _cut(path, _of_file(path, channel), stretch)


def _of_run(path: Path, channel: str, stretch: Selection) -> History:
    run = open_run(path)
    (name,) = full_names(run, [channel])
    refuse_gaps(run, stretch, "a run that is recorded in full")
    between_m = bounds_m(run, stretch)

    def blocks() -> Iterator[Block]:
        for part in run.blocks(dict.fromkeys((name, "distance_m", "sample")), between_m=between_m):
            there = inside(part["sample"], part["distance_m"], 1, between_m)
            yield part[name][there], _places(part["distance_m"][there] * MM_PER_M)

    return History(str(path), channel, run.units[name], run.manifest.sample_rate_hz, True, blocks)


def _cut(path: Path, whole: History, stretch: Selection) -> History:
    """The stretch of a file, by its distances."""
    low_mm, high_mm = (at_m * MM_PER_M for at_m in reading.bounds_m(path, stretch.from_km, stretch.to_km, 1))
    if (low_mm, high_mm) == (0.0, math.inf):
        return whole
    if not whole.with_distance:
        found, allowed = "a file without distances", f"a column {' or '.join(_DISTANCES)}, or no stretch"
        raise InputError([Fault(str(path), 1, "--from-km, --to-km", found, allowed)])

    def blocks() -> Iterator[Block]:
        for values, places in whole.blocks():
            there = (places >= low_mm) & (places <= high_mm)
            yield values[there], places[there]

    return dataclasses.replace(whole, blocks=blocks)


def _places(distance_mm: FloatArray) -> IntArray:
    return np.asarray(np.rint(distance_mm), np.int64)


def _values(part: pa.RecordBatch, name: str) -> FloatArray:
    return np.asarray(plain(part[name].fill_null(np.nan)), np.float64)


def _of_file(path: Path, channel: str) -> History:
    separator, names = _header(path)
    if names.count(channel) != 1:
        found = "nothing" if channel not in names else f"{names.count(channel)} columns of that name"
        raise InputError([Fault(str(path), 1, channel, found, f"one of the columns: {shown(', '.join(names))}")])
    distance = next((name for name in _DISTANCES if names.count(name) == 1), None)

    def blocks() -> Iterator[Block]:
        first = 0
        for part in _parts(path, separator, list(dict.fromkeys([channel, distance or channel]))):
            values = _values(part, channel)
            _refuse(path, channel, values, np.isinf(values), first)
            places = np.arange(first, first + len(values))
            if distance is not None:
                at = _values(part, distance)
                _refuse(path, distance, at, ~np.isfinite(at), first)
                places = _places(at * _DISTANCES[distance])
            yield values, places
            first += len(values)

    return History(str(path), channel, "", None, distance is not None, blocks)


def _header(path: Path) -> tuple[str, list[str]]:
    """The separator and the names of the columns."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            line = file.readline(1 << 16).rstrip("\r\n")
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise InputError([Fault(str(path), 0, "RUN or FILE", found, "a run directory or a CSV file")]) from None
    except UnicodeDecodeError:
        raise InputError([Fault(str(path), 1, "(the columns)", "no UTF-8 text", "a CSV file as UTF-8 text")]) from None
    if not line.strip():
        raise InputError([Fault(str(path), 1, "(the columns)", "nothing", "a first line with the names of columns")])
    separator = max(_SEPARATORS, key=line.count)
    return separator, [name.strip().strip('"') for name in line.split(separator)]


def _parts(path: Path, separator: str, names: list[str]) -> Iterator[pa.RecordBatch]:
    types = dict.fromkeys(names, pa.float64())
    try:
        with pyarrow.csv.open_csv(
            path,
            pyarrow.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES),
            pyarrow.csv.ParseOptions(delimiter=separator, ignore_empty_lines=False),
            pyarrow.csv.ConvertOptions(column_types=types, include_columns=names, null_values=_MISSING),
        ) as reader:
            yield from reader
    except pa.ArrowInvalid as error:
        raise InputError([_fault(path, str(error), names[0])]) from None


def _fault(path: Path, words: str, channel: str) -> Fault:
    """Arrow's words as a fault with its line: it counts rows from 1, the line with the names included."""
    row, value = re.search(r"Row #(\d+)", words), re.search(r"invalid value '(.*)'", words)
    line = int(row[1]) if row else 0
    if value:
        return Fault(
            str(path), line, channel, repr(value[1]), "a number with a decimal point, or nothing where it misses"
        )
    fields = re.search(r"Expected (\d+) columns, got (\d+)", words)
    if fields:
        return Fault(str(path), line, "(the row)", f"{fields[2]} fields", f"{fields[1]}, as in the line of the columns")
    return Fault(str(path), line, "(the file)", " ".join(words.split()), "a CSV file with a line of names")


def _refuse(path: Path, name: str, values: FloatArray, wrong: NDArray[np.bool_], first: int) -> None:
    """The first row that is wrong, by its line; ``first`` is the number of the block's first row."""
    if wrong.any():
        at = int(np.argmax(wrong))
        found = "nothing" if np.isnan(values[at]) else str(values[at])
        raise InputError([Fault(str(path), first + at + 2, name, found, "a finite number")])
