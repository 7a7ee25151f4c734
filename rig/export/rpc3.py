"""RPC III time histories (``.rsp``), as servo-hydraulic rigs read them; our reader is `profiles.measured.rpc3`.

A header of 512-byte blocks holds records of 32 bytes of key and 96 of value. Behind it stand groups: of each channel in
turn so many points (demultiplexed), the last one filled up. A value is its int16 times SCALE.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.query import Selection, codes, full_names, refuse_gaps, units, values
from rig.record.columns import Columns
from rig.record.files import replacing
from rig.runs import Run

BLOCK_BYTES, RECORD_BYTES, KEY_BYTES = 512, 128, 32
MOST_CHANNELS = 256
POINTS_PER_FRAME, FRAMES_PER_GROUP = 256, 8
POINTS_PER_GROUP = POINTS_PER_FRAME * FRAMES_PER_GROUP
INT_FULL_SCALE = 32767
"""How far the integers go; no factor."""
SAMPLES_KEY = "ERG.SAMPLES"
"""How many samples the run has there; frames are whole, so the last one repeats the last sample until it is full."""


@dataclass(frozen=True, slots=True)
class _Channel:
    name: str
    unit: str
    scale: float


@dataclass(slots=True)
class _Body:
    """The groups as they are written, and how far each channel went."""

    file: BinaryIO
    dtype: np.dtype[np.generic]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    samples: int = 0
    _waiting: list[NDArray[np.generic]] = field(default_factory=list)
    _count: int = 0

    def add(self, block: NDArray[np.generic]) -> None:
        """Samples, [samples, channels]."""
        if not len(block):
            return
        self.lowest = np.minimum(self.lowest, block.min(axis=0))
        self.highest = np.maximum(self.highest, block.max(axis=0))
        self.samples += len(block)
        self._waiting.append(block)
        self._count += len(block)
        if self._count >= POINTS_PER_GROUP:
            whole = np.concatenate(self._waiting)
            end = len(whole) - len(whole) % POINTS_PER_GROUP
            self._write(whole[:end])
            self._waiting, self._count = [whole[end:]], len(whole) - end

    def fill_up(self) -> None:
        """Write what is left, filled up with its last sample."""
        if self._count:
            rest = np.concatenate(self._waiting)
            filler = np.repeat(rest[-1:], POINTS_PER_GROUP - len(rest), axis=0)
            self._write(np.concatenate([rest, filler]))
            self._waiting, self._count = [], 0

    def _write(self, whole: NDArray[np.generic]) -> None:
        groups = whole.reshape(-1, POINTS_PER_GROUP, whole.shape[1]).transpose(0, 2, 1)
        self.file.write(np.ascontiguousarray(groups, self.dtype).tobytes())


def write_rpc3(run: Run, wanted: Selection, file: Path) -> int:
    """A selection as RPC III: int16 codes where all channels are codes without an offset, else floating point.

    The file is there whole or not at all. Returns the samples of the run in it; the file has whole frames, the last
    one filled up with the last sample.

    Raises:
        InputError: a channel that the run has not, too many of them, none, no sample there, or one that is missing,
            in a channel or in all: RPC III has no word for that.
        OSError: the disk refuses.
    """
    names = full_names(run, wanted.channels)
    _check_count(run, names)
    refuse_gaps(run, wanted, "a format that says which there are")
    channels, integers = _channels(run, names)
    with replacing(file) as temporary, temporary.open("wb") as out:
        body = _written(run, wanted, out, integers, len(names))
        out.seek(0)
        out.write(_header(run, wanted, channels, body))
    return body.samples


def _check_count(run: Run, names: Sequence[str]) -> None:
    if not 1 <= len(names) <= MOST_CHANNELS:
        found, allowed = f"{len(names)} channels", f"1 to {MOST_CHANNELS} in an RPC III file"
        raise InputError([Fault(str(run.path), 0, "channels", found, allowed)])


def _channels(run: Run, names: Sequence[str]) -> tuple[list[_Channel], bool]:
    """What the header says of each, and whether all of them can stand as their codes."""
    quantities, unit_of = Columns(run.manifest).quantities, units(run, names)
    integers = all(name in quantities and quantities[name].offset == 0.0 for name in names)
    scales = [quantities[name].scale if integers else 1.0 for name in names]
    return [_Channel(name, unit_of[name], scale) for name, scale in zip(names, scales, strict=True)], integers


def _written(run: Run, wanted: Selection, out: BinaryIO, integers: bool, count: int) -> _Body:
    dtype = np.dtype("<i2" if integers else "<f4")
    body = _Body(out, dtype, np.full(count, np.inf), np.full(count, -np.inf))
    out.seek(_header_blocks(count) * BLOCK_BYTES)
    for block in codes(run, wanted) if integers else values(run, wanted):
        body.add(block)
    if not body.samples:
        raise InputError([Fault(str(run.path), 0, "--from-km, --to-km", "no sample there", "a stretch with samples")])
    body.fill_up()
    return body


def _header_blocks(channels: int) -> int:
    return math.ceil((_FIXED_RECORDS + _RECORDS_PER_CHANNEL * channels) * RECORD_BYTES / BLOCK_BYTES)


_FIXED_RECORDS, _RECORDS_PER_CHANNEL = 18, 7


def _header(run: Run, wanted: Selection, channels: Sequence[_Channel], body: _Body) -> bytes:
    records = [*_fixed(run, wanted, channels, body), *_of_channels(channels, body)]
    assert len(records) == _FIXED_RECORDS + _RECORDS_PER_CHANNEL * len(channels)
    data = b"".join(_record(key, str(value)) for key, value in records)
    return data.ljust(_header_blocks(len(channels)) * BLOCK_BYTES, b"\0")


def _fixed(run: Run, wanted: Selection, channels: Sequence[_Channel], body: _Body) -> Iterator[tuple[str, str | int]]:
    yield "FORMAT", "BINARY_IEEE_LITTLE_END"
    yield "NUM_HEADER_BLOCKS", _header_blocks(len(channels))
    yield "NUM_PARAMS", _FIXED_RECORDS + _RECORDS_PER_CHANNEL * len(channels)
    yield "FILE_TYPE", "TIME_HISTORY"
    yield "TIME_TYPE", "DRIVE" if all(one.name.startswith("command.") for one in channels) else "RESPONSE"
    yield "DATA_TYPE", "SHORT_INTEGER" if body.dtype.kind == "i" else "FLOATING_POINT"
    yield "DATE", run.manifest.created_utc
    yield "DESCRIPTION", f"{run.manifest.name} on {run.manifest.rig}, run {run.path.name}"
    yield "CHANNELS", len(channels)
    yield "DELTA_T", f"{wanted.every / run.manifest.sample_rate_hz:.9e}"
    yield "PTS_PER_FRAME", POINTS_PER_FRAME
    yield "PTS_PER_GROUP", POINTS_PER_GROUP
    yield "FRAMES", math.ceil(body.samples / POINTS_PER_FRAME)
    yield "INT_FULL_SCALE", INT_FULL_SCALE
    yield "REPEATS", 1
    yield "HALF_FRAMES", 0
    yield "PARTITIONS", 1
    yield SAMPLES_KEY, body.samples


def _of_channels(channels: Sequence[_Channel], body: _Body) -> Iterator[tuple[str, str | int]]:
    for k, channel in enumerate(channels):
        name = f"CHAN_{k + 1}"
        yield f"DESC.{name}", channel.name.removeprefix("feedback.")
        yield f"UNITS.{name}", channel.unit
        yield f"SCALE.{name}", f"{channel.scale:.17g}"
        yield f"LOWER_LIMIT.{name}", f"{channel.scale * float(body.lowest[k]):.9g}"
        yield f"UPPER_LIMIT.{name}", f"{channel.scale * float(body.highest[k]):.9g}"
        yield f"MAP.{name}", k + 1
        yield f"PART.{name}", 1


def _record(key: str, value: str) -> bytes:
    """A key and its value, each with a NUL at its end; a value of more than 95 Latin-1 letters loses its end."""
    text = value.encode("latin-1", "replace")[: RECORD_BYTES - KEY_BYTES - 1]
    return key.encode("ascii").ljust(KEY_BYTES, b"\0") + text.ljust(RECORD_BYTES - KEY_BYTES, b"\0")
