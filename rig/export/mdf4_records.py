"""The samples of an MDF4 file: records behind a head that asammdf has written, one data block, piece by piece.

asammdf's own way (``extend``) packs every piece, puts it aside and unpacks it again when it saves; that is most of what
an export would cost, and twice the room.
"""

import os
import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN

if TYPE_CHECKING:
    from asammdf.blocks.mdf_v4 import Group
    from asammdf.blocks.v4_blocks import Channel

_HEAD = struct.Struct("<4sIQQ")
"""Of a block: its kind, nothing, its length, its links."""
_ALIGNMENT = 8
_INVALIDATION_PRESENT = 2

Columns = Mapping[str, NDArray[Any]]


def add_records(target: BinaryIO, group: "Group", blocks: Iterable[Columns]) -> int:
    """Append samples to a file that has a head and none; returns how many.

    Args:
        target: what ``MDF.save`` has written; its head is told afterwards where the samples are, and how many.
        group: the only channel group, as saved.
        blocks: a column for each channel of the group, by name, of the channel's type.

    Raises:
        OSError: the disk refuses.
    """
    start = -(-target.seek(0, os.SEEK_END) // _ALIGNMENT) * _ALIGNMENT
    target.seek(start + _HEAD.size)
    rows = 0
    for columns in blocks:
        records = _records(group, columns)
        target.write(records.data)
        rows += len(records)
    size = target.tell() - start
    target.seek(start)
    target.write(_HEAD.pack(b"##DT", 0, size, 0))
    group.data_group.data_block_addr = start
    group.channel_group.cycles_nr = rows
    for block in (group.data_group, group.channel_group):
        target.seek(block.address)
        target.write(bytes(block))
    return rows


def _records(group: "Group", columns: Columns) -> NDArray[np.uint8]:
    """As they stand in the file, uint8[samples, bytes]: the columns, then a bit for each that may be missing."""
    width = group.channel_group.samples_byte_nr
    rows = len(next(iter(columns.values())))
    records = np.zeros((rows, width + group.channel_group.invalidation_bytes_nr), np.uint8)
    for channel in group.channels:
        column, at = columns[channel.name], channel.byte_offset
        field = np.dtype({"names": ["f"], "formats": [column.dtype], "offsets": [at], "itemsize": records.shape[1]})
        records.view(field)["f"][:, 0] = column
        if channel.flags & _INVALIDATION_PRESENT:
            _mark_missing(records[:, width:], channel, column == CODE_NAN)
    return records


def _mark_missing(bits: NDArray[np.uint8], channel: "Channel", missing: NDArray[np.bool_]) -> None:
    if missing.any():
        byte, bit = divmod(channel.pos_invalidation_bit, 8)
        bits[:, byte] |= missing.astype(np.uint8) << bit
