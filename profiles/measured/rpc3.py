"""Time histories in the RPC III format of servo-hydraulic rigs (``.rsp``, ``.drv``, ``.tim``).

A header of 512-byte blocks holds records of 32 bytes of key and 96 of value. Behind it stand groups: of each channel in
turn so many points (demultiplexed); the last group is filled up. After the summary of MTS's description in the
``rpc3-file`` project. A value is its int16 times SCALE: INT_FULL_SCALE says how far the integers go, and is no factor.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from profiles.signal import FloatArray
from profiles.yaml_nodes import shown

RECORD_BYTES, KEY_BYTES, BLOCK_BYTES = 128, 32, 512
MOST_BLOCKS, MOST_CHANNELS = 1024, 256
BYTE_ORDERS = {"BINARY": "<", "BINARY_IEEE_LITTLE_END": "<", "BINARY_IEEE_BIG_END": ">"}
DATA_TYPES = {"SHORT_INTEGER": "i2", "FLOATING_POINT": "f4"}
FIRST_KEYS = ("FORMAT", "NUM_HEADER_BLOCKS", "NUM_PARAMS")
CALMER = 16.0
"""A channel that wanders so many times less with its bytes swapped has been written with them swapped."""
FEWEST_VALUES = 32
"""Different ones, to tell by."""
SAMPLES_LOOKED_AT = 1 << 16

_KEY = re.compile(r"[A-Za-z0-9_.]+", re.ASCII)
_Raw = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Rpc3Channel:
    """One channel; its samples stay in the file until somebody asks for them.

    Attributes:
        name: by its place, ``CHAN_1`` first.
        unit, description: as in the file.
        scale: what a stored value is multiplied by.
    """

    name: str
    unit: str
    description: str
    scale: float
    _stored: _Raw
    _count: int

    @property
    def samples(self) -> FloatArray:
        """The samples in the channel's unit, float64[samples], read from the file anew each time."""
        return np.asarray(self._stored.reshape(-1)[: self._count].astype(np.float64) * self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class Rpc3:
    """A time history: samples a second, and its channels in the order of the file."""

    rate_hz: float
    channels: tuple[Rpc3Channel, ...]

    def named(self, what: str) -> list[Rpc3Channel]:
        """The channels of a description or a name."""
        return [channel for channel in self.channels if what in (channel.description, channel.name)]


def read_rpc3(path: str) -> Rpc3:
    """A time history; the samples of even the largest file stay on disk until they are asked for.

    Raises:
        InputError: the file cannot be read, is no RPC III or no time history, is cut off, has half frames, a key
            that is missing or makes no sense, samples that are not finite or in the wrong byte order.
    """
    try:
        return _read(path)
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise InputError([Fault(path, 0, "(the whole file)", found, "a file that can be read")]) from None


def _read(path: str) -> Rpc3:
    header = _Header(path)
    header.read()
    layout = _layout_of(header)
    channels = [_channel_of(header, number) for number in range(1, layout.channels + 1)]
    header.refuse()
    size, wanted = Path(path).stat().st_size, header.length + layout.length
    if not wanted <= size < wanted + BLOCK_BYTES:
        header.fail("(data)", f"{size} bytes", f"{wanted} bytes, by what the header says")
    shape = (layout.groups, layout.channels, layout.per_group)
    stored = np.memmap(path, dtype=layout.dtype, mode="r", offset=header.length, shape=shape)
    _check_order(header, stored, layout)
    _check_finite(header, stored, layout)
    found = (
        Rpc3Channel(name, unit, text, scale, stored[:, column], layout.samples)
        for column, (name, unit, text, scale) in enumerate(channels)
    )
    return Rpc3(1.0 / layout.delta_s, tuple(found))


def _text_of(part: bytes) -> str:
    """What stands before the first NUL, without the quotation marks that descriptions may have."""
    return part.split(b"\0")[0].decode("latin-1").strip().strip('"').strip()


@dataclass(slots=True)
class _Header:
    """Keys with their values as they are written; what is wrong with them is collected."""

    path: str
    length: int = 0
    values: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read(self) -> None:
        """All records."""
        with open(self.path, "rb") as file:
            start = file.read(len(FIRST_KEYS) * RECORD_BYTES)
            for place, key in enumerate(FIRST_KEYS):
                found, value = self._record(start, place)
                if found != key:
                    self.fail(key, shown(found), "a whole RPC III file, which starts with FORMAT")
                self.values[key] = value
            blocks = self.whole("NUM_HEADER_BLOCKS", 1, MOST_BLOCKS)
            count = self.whole("NUM_PARAMS", len(FIRST_KEYS), blocks * BLOCK_BYTES // RECORD_BYTES)
            self.refuse()
            self.length = blocks * BLOCK_BYTES
            file.seek(0)
            data = file.read(self.length)
        if len(data) < self.length:
            self.fail("(header)", f"{len(data)} bytes", f"{self.length} bytes, as NUM_HEADER_BLOCKS says")
        for place in range(len(FIRST_KEYS), count):
            self._add(place, *self._record(data, place))

    @staticmethod
    def _record(data: bytes, place: int) -> tuple[str, str]:
        record = data[place * RECORD_BYTES : (place + 1) * RECORD_BYTES]
        return _text_of(record[:KEY_BYTES]), _text_of(record[KEY_BYTES:])

    def _add(self, place: int, key: str, value: str) -> None:
        if not key and not value:
            return  # filled up to whole blocks
        if not _KEY.fullmatch(key):
            self.fault(f"(header record {place + 1})", shown(key), "a key of letters, digits, points and underscores")
        elif key in self.values:
            self.fault(key, "a second value", "each key once")
        else:
            self.values[key] = value

    def fault(self, key: str, found: str, allowed: str) -> None:
        self.faults.append(Fault(self.path, 0, key, found, allowed))

    def fail(self, key: str, found: str, allowed: str) -> None:
        self.fault(key, found, allowed)
        self.refuse()

    def refuse(self) -> None:
        """End here if there are faults."""
        if self.faults:
            raise InputError(self.faults)

    def text(self, key: str, default: str | None = None) -> str:
        """A value; a fault where it is missing and nothing stands for it."""
        if key not in self.values and default is None:
            self.fault(key, "nothing", f"the key {key} must be there")
        return self.values.get(key, default or "")

    def one_of(self, key: str, allowed: dict[str, str], default: str | None = None) -> str:
        """What a value means."""
        value = self.text(key, default)
        if value not in allowed and (key in self.values or default is not None):
            self.fault(key, shown(value), " or ".join(allowed))
        return allowed.get(value, next(iter(allowed.values())))

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number."""
        text = self.text(key, None if default is None else str(default))
        if re.fullmatch(r"[-+]?\d{1,18}", text, re.ASCII) and low <= int(text) <= high:
            return int(text)
        if text or key in self.values:
            self.fault(key, shown(text), f"a whole number from {low} to {high}")
        return low

    def number(self, key: str, low: float, high: float) -> float:
        """A number that is not zero."""
        text = self.text(key)
        try:
            value = float(text)
        except ValueError:
            value = np.nan
        if low <= value <= high and value != 0.0:
            return value
        if text or key in self.values:
            self.fault(key, shown(text), f"a number from {low:g} to {high:g}, not 0")
        return 1.0


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the data lie in the file."""

    dtype: np.dtype[np.generic]
    channels: int
    per_group: int
    samples: int
    delta_s: float

    @property
    def groups(self) -> int:
        return -(-self.samples // self.per_group)

    @property
    def length(self) -> int:
        return self.groups * self.channels * self.per_group * self.dtype.itemsize


def _layout_of(header: _Header) -> _Layout:
    order = header.one_of("FORMAT", BYTE_ORDERS)
    kind = header.one_of("DATA_TYPE", DATA_TYPES, "SHORT_INTEGER")
    header.one_of("FILE_TYPE", {"TIME_HISTORY": ""}, "TIME_HISTORY")
    channels = header.whole("CHANNELS", 1, MOST_CHANNELS)
    per_frame = header.whole("PTS_PER_FRAME", 1, 1 << 30)
    per_group = header.whole("PTS_PER_GROUP", 1, 1 << 30)
    frames = header.whole("FRAMES", 1, 1 << 40)
    delta_s = header.number("DELTA_T", 1e-7, 10.0)
    header.whole("PARTITIONS", 1, MOST_CHANNELS, 1)  # of matrices made from it; the samples lie the same
    if header.text("HALF_FRAMES", "0") != "0":
        allowed = "0: a file without the half frames that some processing puts on at both ends"
        header.fault("HALF_FRAMES", shown(header.text("HALF_FRAMES")), allowed)
    if not header.faults and per_group % per_frame:
        header.fault("PTS_PER_GROUP", str(per_group), f"a multiple of PTS_PER_FRAME, which is {per_frame}")
    return _Layout(np.dtype(order + kind), channels, per_group, frames * per_frame, delta_s)


def _channel_of(header: _Header, number: int) -> tuple[str, str, str, float]:
    """Name, unit, description and scale; what is stored as floating point is in its unit already."""
    name = f"CHAN_{number}"
    integer = header.text("DATA_TYPE", "SHORT_INTEGER") == "SHORT_INTEGER"
    scale = header.number(f"SCALE.{name}", -1e30, 1e30) if integer else 1.0
    return name, header.text(f"UNITS.{name}"), header.text(f"DESC.{name}"), scale


def _check_order(header: _Header, stored: _Raw, layout: _Layout) -> None:
    """Refuse a file whose channels make by far more sense with their bytes swapped."""
    groups = max(1, SAMPLES_LOOKED_AT // layout.per_group)
    looks_swapped = _wanders_less if layout.dtype.kind == "i" else _is_saner
    votes = 0
    for column in range(layout.channels):
        start = stored[:groups, column].reshape(-1)[: min(layout.samples, SAMPLES_LOOKED_AT)]
        here, swapped = (
            start.astype(start.dtype.newbyteorder("=")),
            start.byteswap().astype(start.dtype.newbyteorder("=")),
        )
        votes += int(looks_swapped(swapped, here)) - int(looks_swapped(here, swapped))
    if votes > 0:
        found = f"samples that make sense with their bytes swapped only, as {header.values['FORMAT']}"
        header.fail("FORMAT", found, "the byte order that the data have: BINARY_IEEE_LITTLE_END or BINARY_IEEE_BIG_END")


def _wanders_less(one: _Raw, other: _Raw) -> bool:
    """Whether integers wander less from sample to sample: the upper byte of a signal moves slowly, its lower one fast.

    A few values say nothing (a square wave has two), nor does a byte that never changes (samples of eight bits).
    """
    steps, others = (np.abs(np.diff(values.astype(np.float64))).sum() for values in (one, other))
    telling = len(np.unique(one)) >= FEWEST_VALUES and all(np.ptp(one.view(np.uint8)[byte::2]) for byte in (0, 1))
    return bool(telling and CALMER * steps < others)


def _is_saner(one: _Raw, other: _Raw) -> bool:
    """Whether floats are of sizes that are measured, and the other ones are not: far too large or small, or none.

    A few values say nothing: a channel may be zero but for the last digits of its filter.
    """
    share, others = (_insane(values) for values in (one, other))
    return len(np.unique(other)) >= FEWEST_VALUES and others > 0.25 and CALMER * share < others


def _insane(values: _Raw) -> float:
    """The share of values that nobody measures."""
    size = np.abs(values)
    return float(np.mean(~((size == 0.0) | ((size > 1e-15) & (size < 1e15)))))


def _check_finite(header: _Header, stored: _Raw, layout: _Layout) -> None:
    """Refuse samples that are NaN or infinite; what fills up the last group may be anything."""
    if layout.dtype.kind == "i":
        return
    at_once = max(1, (1 << 20) // (layout.channels * layout.per_group))
    for first in range(0, layout.groups, at_once):
        bad = np.argwhere(~np.isfinite(stored[first : first + at_once].astype(np.float64)))
        for group, column, point in bad.tolist():
            sample = (first + group) * layout.per_group + point
            if sample < layout.samples:
                found = f"no finite number at {sample * layout.delta_s:g} s"
                header.fail(f"CHAN_{column + 1}", found, "finite samples")
