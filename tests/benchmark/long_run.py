"""A run of ten hours with 64 channels, made without a rig: three invented minutes over and over, numbered on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet
from scipy.signal import lfilter
from synthetic_run import AXES, Recipe, make_manifest

from rig.record import manifest
from rig.record.columns import Columns
from rig.record.manifest import Quantity
from rig.record.segments import FOLDER, SEGMENT_S

RATE_HZ, HOURS, CHANNELS = 500, 10, 64
SEGMENT_ROWS = SEGMENT_S * RATE_HZ
SPEED_MPS = 15.0
NAMES = tuple(f"strain_{number:02d}_um" for number in range(CHANNELS - len(AXES)))


def make_long_run(folder: Path, hours: float = HOURS) -> Path:
    """The run directory; its segments are encoded as `rig.record.segments.write_segment` does, but not fsynced."""
    strains = tuple(Quantity(name, "µm/m", 0.1) for name in NAMES)
    described = msgspec.structs.replace(make_manifest(Recipe()), channels=(*AXES, *strains))
    (folder / FOLDER).mkdir(parents=True)
    manifest.write(folder, described)
    columns = Columns(described)
    minutes = [_minute(columns, seed) for seed in range(3)]
    with ThreadPoolExecutor() as threads:
        numbers = range(round(hours * 3600 / SEGMENT_S))
        list(threads.map(lambda k: _write(folder / FOLDER, columns, minutes[k % 3], k * SEGMENT_ROWS), numbers))
    return folder


def _minute(columns: Columns, seed: int) -> pa.Table:
    """Noise through a low pass, so that the differences of its codes are as small as those of a slow signal."""
    rows = np.zeros(SEGMENT_ROWS, columns.dtype)
    for field in ("feedback", "setpoint", "command"):
        noise = np.random.default_rng(seed).normal(0.0, 20.0, rows[field].shape)
        rows[field] = np.clip(np.rint(lfilter([1.0], [1.0, -1.9, 0.91], noise, axis=0)), -32767, 32767)
    rows["speed_mps"], rows["span"], rows["state"] = SPEED_MPS, 1.0, 3
    return pa.Table.from_batches([columns.batch(rows)])


def _write(folder: Path, columns: Columns, minute: pa.Table, first: int) -> None:
    sample = np.arange(first, first + SEGMENT_ROWS, dtype=np.uint64)
    place = {"sample": sample, "mono_ns": (sample * 2_000_000).astype(np.int64), "distance_m": sample * 0.03}
    for name, values in place.items():
        at = minute.schema.get_field_index(name)
        minute = minute.set_column(at, minute.schema.field(at), pa.array(values))
    whole = {field.name for field in minute.schema if pa.types.is_integer(field.type)}
    encodings = {name: "DELTA_BINARY_PACKED" if name in whole else "BYTE_STREAM_SPLIT" for name in columns.names}
    pyarrow.parquet.write_table(
        minute,
        folder / f"{first:012d}.parquet",
        compression="zstd",
        use_dictionary=False,
        column_encoding=encodings,
        write_page_checksum=True,
    )
