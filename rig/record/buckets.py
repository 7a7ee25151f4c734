"""Buckets: lowest and highest of neighbouring samples, from the pyramid, from the samples, or from a summary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rig.record import pyramid
from rig.record.columns import Columns, plain
from rig.record.seconds import HIGHEST, LOWEST, MISSING

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Some buckets: sample numbers and metres of their ends; then float64 or int64[channels, buckets]."""

    first: IntArray
    last: IntArray
    first_m: FloatArray
    last_m: FloatArray
    low: FloatArray
    high: FloatArray
    missing: IntArray

    def in_order(self) -> "Buckets":
        """Sorted by their first samples."""
        order = np.argsort(self.first, kind="stable")
        return Buckets(*(getattr(self, name)[..., order] for name in self.__slots__))


def of_block(columns: Columns, names: list[str], block: pyramid.Records) -> Buckets:
    """Those of blocks of a pyramid."""
    codes, low, high, missing = list(columns.quantities), [], [], []
    for name in names:
        prefix, k = ("real_", pyramid.REALS.index(name)) if name in pyramid.REALS else ("", codes.index(name))
        low.append(columns.values(name, block[f"{prefix}low"][:, k]))
        high.append(columns.values(name, block[f"{prefix}high"][:, k]))
        missing.append(block[f"{prefix}missing"][:, k].astype(np.int64))
    first, last = block["first"].astype(np.int64), block["last"].astype(np.int64)
    return Buckets(first, last, block["first_m"], block["last_m"], np.stack(low), np.stack(high), np.stack(missing))


def of_samples(columns: Columns, names: list[str], table: pa.Table, level: int) -> Buckets:
    """Those of samples, `level` sample numbers each."""
    sample, distance_m = plain(table["sample"]).astype(np.int64), plain(table["distance_m"])
    values = np.stack([columns.values(name, plain(table[name])) for name in names])
    missing = np.isnan(values).astype(np.int64)
    return merged(Buckets(sample, sample, distance_m, distance_m, values, values, missing), level)


def of_seconds(columns: Columns, names: list[str], table: pa.Table) -> Buckets:
    """Those of a summary: a second each, see `rig.record.seconds`."""
    low, high = (
        np.stack([columns.values(name, plain(table[name + what])) for name in names]) for what in (LOWEST, HIGHEST)
    )
    missing = np.stack([plain(table[name + MISSING]).astype(np.int64) for name in names])
    first, last, first_m, last_m = (plain(table[name]) for name in ("first_sample", "last_sample", "first_m", "last_m"))
    return Buckets(first, last, first_m, last_m, low, high, missing)


def merged(part: Buckets, size: int) -> Buckets:
    """Neighbours that lie in the same bucket of `size` sample numbers as one."""
    starts = pyramid.starts_of(part.first // size)
    ends = np.append(starts[1:], len(part.first)) - 1
    if not len(starts):
        return part
    return Buckets(
        part.first[starts],
        part.last[ends],
        part.first_m[starts],
        part.last_m[ends],
        np.fmin.reduceat(part.low, starts, axis=1),
        np.fmax.reduceat(part.high, starts, axis=1),
        np.add.reduceat(part.missing, starts, axis=1),
    )


def concatenated(names: Sequence[str], parts: Sequence[Buckets]) -> Buckets:
    """One after the other; none where there are no parts."""
    empty, none = np.empty(0), np.empty((len(names), 0))
    whole = empty.astype(np.int64)
    start = Buckets(whole, whole, empty, empty, none, none, none.astype(np.int64))
    columns = [[getattr(part, name) for part in (start, *parts)] for name in Buckets.__slots__]
    return Buckets(*(np.concatenate(column, axis=-1) for column in columns))
