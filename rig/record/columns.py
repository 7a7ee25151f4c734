"""Rows as columns: the schema of the files, and what each column's codes mean."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.record.manifest import Manifest, Quantity
from rig.record.ring import Rows
from rig.record.rows import row_dtype

Block = NDArray[np.generic]

PLAIN = ("sample", "mono_ns", "distance_m", "speed_mps", "span", "segment", "state")
"""Fields that are one column each; the others are one column an axis or channel, ``feedback.strut_force_n``."""

_UNITS = {"mono_ns": "ns", "distance_m": "m", "speed_mps": "m/s", "span": "1"}
_WORDS = {
    "setpoint": "what the feedback should be",
    "command": "what was sent",
    "feedback": "what was measured",
}


def plain(column: pa.ChunkedArray | pa.Array) -> NDArray[Any]:
    """The numbers of a column, as an array of their own type.

    Not by Arrow's `to_numpy`, which imports pandas where there is one: half a second in each process.

    Raises:
        ValueError: a value is missing, they are no numbers, or part of them is not there.
    """
    if column.null_count:
        raise ValueError(f"{column.null_count} values are missing")
    kind = np.dtype(column.type.to_pandas_dtype())
    chunks = column.chunks if isinstance(column, pa.ChunkedArray) else [column]
    pieces = [_piece(one, kind) for one in chunks if len(one)]
    return pieces[0] if len(pieces) == 1 else np.concatenate([np.zeros(0, kind), *pieces])


def _piece(array: pa.Array, kind: np.dtype[Any]) -> NDArray[Any]:
    buffer = array.buffers()[1]
    if buffer is None:
        raise ValueError("a column without its values")
    return np.frombuffer(buffer, kind, len(array), array.offset * kind.itemsize)


class Columns:
    """The columns of one run, by its manifest: from rows to Arrow and back, and from codes to values."""

    def __init__(self, manifest: Manifest) -> None:
        self.dtype = row_dtype(len(manifest.axes), len(manifest.channels))
        self._vectors = {
            "setpoint": manifest.axes,
            "command": manifest.axes,
            "feedback": manifest.channels,
        }
        self.quantities = {
            f"{field}.{quantity.name}": quantity for field, members in self._vectors.items() for quantity in members
        }
        self.schema = pa.schema(list(self._fields()), metadata={"run": manifest.name})

    @property
    def names(self) -> tuple[str, ...]:
        """The columns in the order of the files."""
        return (*PLAIN, *self.quantities)

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column; empty where it has none."""
        return {field.name: field.metadata[b"unit"].decode() for field in self.schema}

    def blocks(self, rows: Rows) -> list[Block]:
        """Rows of the run's dtype column by column: of each field one block, [columns, rows], in the files' order."""
        return [np.ascontiguousarray(rows[name]).reshape(1, -1) for name in PLAIN] + [
            np.ascontiguousarray(rows[field].T) for field in self._vectors
        ]

    def batch(self, rows: Rows) -> pa.RecordBatch:
        """Rows of the run's dtype as one record batch."""
        return self.as_batch(self.blocks(rows))

    def as_batch(self, blocks: Sequence[Block]) -> pa.RecordBatch:
        """Blocks as one record batch that shares their memory: an array made for each column would cost ten times."""
        arrays = [array for block in blocks for array in _arrays(block)]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)

    def rows(self, table: pa.Table | pa.RecordBatch) -> Rows:
        """The rows that a table with all columns was made of."""
        rows = np.zeros(table.num_rows, dtype=self.dtype)
        for name in PLAIN:
            rows[name] = plain(table.column(name))
        for field, members in self._vectors.items():
            for k, quantity in enumerate(members):
                rows[field][:, k] = plain(table.column(f"{field}.{quantity.name}"))
        return rows

    def values(self, name: str, column: NDArray[np.generic]) -> NDArray[np.float64]:
        """A column's values in its unit; a code that stands for NaN becomes NaN."""
        values = np.empty(len(column))
        self.decode(name, column, values)
        return values

    def decode(self, name: str, column: NDArray[np.generic], into: NDArray[np.float64]) -> None:
        """As `values`, into an array that is there: no more memory is touched than that of the result."""
        quantity = self.quantities.get(name)
        if quantity is None:
            into[:] = column
            return
        np.multiply(column, quantity.scale, out=into)
        into += quantity.offset
        into[column == CODE_NAN] = np.nan

    def _fields(self) -> Iterator[pa.Field]:
        for name in PLAIN:
            kind = pa.from_numpy_dtype(self.dtype[name])
            yield pa.field(name, kind, nullable=False, metadata={"unit": _UNITS.get(name, "")})
        for field, members in self._vectors.items():
            for quantity in members:
                metadata = _metadata(quantity, _WORDS[field])
                yield pa.field(f"{field}.{quantity.name}", pa.int16(), nullable=False, metadata=metadata)


def as_array(values: NDArray[Any]) -> pa.Array:
    """Numbers as an Arrow array that shares their memory."""
    values = np.ascontiguousarray(values)
    # Not `pa.array`: it looks for pandas first, and half a second of import is more than a minute's recording.
    buffers = [None, pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), values.size, buffers)


def _arrays(block: Block) -> Iterator[pa.Array]:
    whole, count = as_array(block), block.shape[1]
    for k in range(len(block)):
        yield whole.slice(k * count, count)


def _metadata(quantity: Quantity, words: str) -> dict[str, str]:
    return {
        "unit": quantity.unit,
        "scale": repr(quantity.scale),
        "offset": repr(quantity.offset),
        "nan_code": str(CODE_NAN),
        "description": f"{quantity.description}; {words}; value = offset + scale * code",
    }
