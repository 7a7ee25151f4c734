"""Closed segments: Parquet files in ``samples/``, each named after the number of its first row.

A segment of a run that is recorded as a summary may have been thinned: of its rows only those near events are left
then, and it says how many it stands for (`rows_of`); the rest is in `rig.record.seconds`.
"""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from rig.record.columns import PLAIN
from rig.record.files import sync_folder

FOLDER = "samples"
SECONDS = "seconds"
"""The folder in it of what is left of thinned segments, see `rig.record.seconds`."""
SEGMENT_S = 60

_SUFFIX = ".parquet"
_COVERS = b"covers"


def write_segment(path: Path, table: pa.Table) -> None:
    """A table as a Parquet file, there whole or not at all; on the disk when this returns.

    Raises:
        OSError: the disk refuses; a file that was there is still there.
    """
    put(write_beside(path, table), path)


def write_beside(path: Path, table: pa.Table) -> Path:
    """As `write_segment`, but for its name: the file that `put` brings to its place; its bytes are on the disk.

    Raises:
        OSError: the disk refuses.
    """
    temporary = path.with_suffix(".tmp")
    whole = {field.name for field in table.schema if pa.types.is_integer(field.type)}
    encodings = {name: "DELTA_BINARY_PACKED" if name in whole else "BYTE_STREAM_SPLIT" for name in table.column_names}
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
    return temporary


def put(temporary: Path, path: Path) -> None:
    """Bring a file to its place, instead of what is there; on the disk when this returns.

    Raises:
        OSError: the disk refuses.
    """
    temporary.replace(path)
    sync_folder(path.parent)


def closed(run_dir: Path) -> list[Path]:
    """The closed segments of a run, in order."""
    return sorted((run_dir / FOLDER).glob(f"*{_SUFFIX}"))


def numbers(folder: Path) -> list[int]:
    """The numbers of the closed segments in a folder of samples, in order; none where the recorder never began."""
    names = os.listdir(folder) if folder.is_dir() else ()
    return sorted(int(name.removesuffix(_SUFFIX)) for name in names if name.endswith(_SUFFIX))


def path_of(folder: Path, number: int) -> Path:
    """The file of a closed segment."""
    return folder / f"{number:012d}{_SUFFIX}"


def read(path: Path, names: list[str] | None = None) -> pa.Table:
    """The rows that a segment still holds; these columns of them, or all.

    Raises:
        OSError: it can't be read, or a page has another checksum.
    """
    with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
        return file.read(columns=names)


def rows_of(metadata: pyarrow.parquet.FileMetaData) -> int:
    """How many rows a segment stands for: more than it holds where it has been thinned."""
    return int((metadata.metadata or {}).get(_COVERS, metadata.num_rows))


def is_thinned(metadata: pyarrow.parquet.FileMetaData) -> bool:
    """Whether rows of a segment were left out, see `rig.record.seconds`."""
    return _COVERS in (metadata.metadata or {})


def thinned_until(run_dir: Path) -> int:
    """The number of the sample before which samples of a run were left out; 0 where all are there.

    Raises:
        OSError: a segment can't be read.
    """
    if not (run_dir / FOLDER / SECONDS).is_dir():
        return 0
    for path in reversed(closed(run_dir)):
        metadata = pyarrow.parquet.read_metadata(path)
        if is_thinned(metadata):
            return int(path.stem) + rows_of(metadata)
    return 0


def as_thinned(kept: pa.Table, rows: int) -> pa.Table:
    """A table of what is left of a segment of so many rows, saying so."""
    return kept.replace_schema_metadata({**(kept.schema.metadata or {}), _COVERS: str(rows).encode()})


def may_hold(metadata: pyarrow.parquet.FileMetaData, name: str, first: float, last: float) -> bool:
    """Whether a column of a segment has values from `first` to `last`, by its statistics."""
    return any(one is None or (one.max >= first and one.min <= last) for one in _statistics(metadata, name))


def lies_within(metadata: pyarrow.parquet.FileMetaData, name: str, first: float, last: float) -> bool:
    """Whether all values of a column of a segment are from `first` to `last`, by its statistics."""
    return all(one is not None and first <= one.min and one.max <= last for one in _statistics(metadata, name))


def bounds_of(metadata: pyarrow.parquet.FileMetaData, name: str) -> tuple[float, float]:
    """The lowest and the highest value of a segment's column, by its statistics; infinite where it has none."""
    groups = _statistics(metadata, name)
    if not groups or any(one is None for one in groups):
        return -np.inf, np.inf
    return min(one.min for one in groups if one), max(one.max for one in groups if one)


def _statistics(metadata: pyarrow.parquet.FileMetaData, name: str) -> list[pyarrow.parquet.Statistics | None]:
    at = metadata.schema.names.index(name)
    groups = (metadata.row_group(k) for k in range(metadata.num_row_groups))
    return [group.column(at).statistics for group in groups if group.num_rows]


def rows_closed(closed: list[Path]) -> int:
    """How many rows closed segments stand for: by the name and the head of the last of them."""
    return int(closed[-1].stem) + rows_of(pyarrow.parquet.read_metadata(closed[-1])) if closed else 0
