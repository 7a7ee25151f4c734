"""One hash that stands for all samples of a run."""

import hashlib
from pathlib import Path

import numpy as np

from rig.record.columns import Columns
from rig.record.journal import iter_tables
from rig.record.ring import Rows
from rig.record.segments import thinned_until

_LEFT_OUT = "mono_ns"


class SampleDigest:
    """A running SHA-256 over rows, the same however they are cut into blocks.

    What is hashed: row after row in the order of recording; of each row all fields of `rows.row_dtype` in their
    order except ``mono_ns``, little-endian, without padding: ``sample`` u64, ``distance_m`` f64, ``speed_mps`` f32,
    ``span`` f32, ``segment`` i16, ``state`` u8, then the int16 codes of ``setpoint``, ``command`` and ``feedback``.
    ``mono_ns`` is left out because wall-clock time differs between two runs that are otherwise the same.
    """

    def __init__(self) -> None:
        self._sha = hashlib.sha256()
        self.rows = 0

    def update(self, rows: Rows) -> None:
        """Add the next rows."""
        offset = _offset_of(rows.dtype, _LEFT_OUT)
        raw = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), rows.dtype.itemsize)
        kept = np.delete(raw, np.s_[offset : offset + 8], axis=1)
        self._sha.update(kept.tobytes())
        self.rows += len(rows)

    def hexdigest(self) -> str:
        """The hash of the rows so far."""
        return self._sha.hexdigest()


def digest_of(run_dir: Path, columns: Columns) -> SampleDigest | None:
    """Over all samples that a run has recorded; None where only a summary is left of some.

    Raises:
        OSError, ValueError, LookupError: segments that are damaged, or foreign.
    """
    if thinned_until(run_dir):
        return None
    digest = SampleDigest()
    for table in iter_tables(run_dir):
        digest.update(columns.rows(table))
    return digest


def _offset_of(dtype: np.dtype[np.void], name: str) -> int:
    fields = dtype.fields
    if fields is None or name not in fields:
        raise ValueError(f"rows without a field {name!r}")
    return int(fields[name][1])
