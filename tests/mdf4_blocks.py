"""MDF 4.10 read by hand, by the format's description alone: what a test of a writer needs, and no more."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADER = 24
HD_AT = 64
_KINDS = {0: "u", 2: "i", 4: "f"}
"""Of cn_data_type, the little-endian ones."""


@dataclass(frozen=True)
class Block:
    """A block: its four letters, its links (addresses) and the bytes behind them."""

    kind: str
    links: tuple[int, ...]
    body: bytes


@dataclass(frozen=True)
class Channel:
    """What one channel says: raw numbers, which of them count, unit, and `offset` and `scale` where it is linear."""

    codes: np.ndarray
    valid: np.ndarray
    unit: str
    offset: float | None
    scale: float | None


@dataclass(frozen=True)
class Mdf4:
    """A file with one data group; `marks` are time (s), name and comment of each event."""

    start_ns: int
    master: str
    channels: dict[str, Channel]
    marks: list[tuple[float, str, str]]


def read(path: Path) -> Mdf4:
    """All of a file."""
    data = path.read_bytes()
    assert data[:8] == b"MDF     "
    assert struct.unpack_from("<H", data, 28)[0] == 410
    header = block(data, HD_AT)
    group = block(data, header.links[0])
    assert group.links[0] == 0  # one data group
    kinds = block(data, group.links[1])
    count, data_bytes, inval_bytes = struct.unpack_from("<8xQ8xII", kinds.body)
    records = np.frombuffer(records_at(data, group.links[2]), np.uint8).reshape(count, data_bytes + inval_bytes)
    channels, masters = {}, []
    for one in chain(data, kinds.links[1]):
        name = text(data, one.links[2])
        channels[name] = channel(data, one, records[:, :data_bytes], records[:, data_bytes:])
        masters += [name] if one.body[:2] == b"\2\1" else []  # a master channel, of time
    marks = [mark(data, one) for one in chain(data, header.links[4])]
    return Mdf4(struct.unpack_from("<Q", header.body)[0], *masters, channels, marks)


def block(data: bytes, at: int) -> Block:
    """The block at an address."""
    assert data[at : at + 2] == b"##"
    length, count = struct.unpack_from("<QQ", data, at + 8)
    links = struct.unpack_from(f"<{count}Q", data, at + HEADER)
    return Block(data[at + 2 : at + 4].decode(), links, data[at + HEADER + 8 * count : at + length])


def chain(data: bytes, at: int) -> Iterator[Block]:
    """A block and those that its first link leads to."""
    while at:
        found = block(data, at)
        yield found
        at = found.links[0]


def text(data: bytes, at: int) -> str:
    """The text at an address; empty where there is none."""
    return block(data, at).body.split(b"\0")[0].decode() if at else ""


def records_at(data: bytes, at: int) -> bytes:
    """The records, from one data block, aligned as the format wants it."""
    assert at % 8 == 0
    found = block(data, at)
    assert found.kind == "DT"
    return found.body


def channel(data: bytes, one: Block, records: np.ndarray, inval: np.ndarray) -> Channel:
    """A channel's column of the records."""
    kind, at, bits, flags, bit = struct.unpack_from("<2xBxIIII", one.body)
    width = bits // 8
    codes = np.ascontiguousarray(records[:, at : at + width]).view(f"<{_KINDS[kind]}{width}")[:, 0]
    invalid = (inval[:, bit >> 3] >> (bit & 7)) & 1 if flags & 2 else np.zeros(len(codes))
    offset = scale = None
    if one.links[4]:
        rule = block(data, one.links[4])
        if rule.body[0] == 1:
            offset, scale = struct.unpack_from("<2d", rule.body, 24)
    return Channel(codes, invalid == 0, text(data, one.links[6]), offset, scale)


def mark(data: bytes, one: Block) -> tuple[float, str, str]:
    """An event's time, name and comment."""
    base, factor = struct.unpack_from("<qd", one.body, 16)
    return base * factor, text(data, one.links[3]), text(data, one.links[4])
