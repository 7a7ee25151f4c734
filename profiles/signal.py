"""The two carriers of every series before and after the rig: `Signal` over time, `Road` over distance."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class SignalError(ValueError):
    """A series that cannot be carried: wrong shape, not finite, or not continuous with its neighbour."""


def _checked(names: tuple[str, ...], data: FloatArray, what: str) -> FloatArray:
    array = np.array(data, dtype=np.float64, order="C")  # a copy: its maker may go on with his own
    if array.ndim != 2 or array.shape[0] != len(names):
        raise SignalError(f"{what}: data has shape {array.shape}, wanted ({len(names)}, samples) for {names}")
    if not np.isfinite(array).all():
        channel, sample = np.argwhere(~np.isfinite(array))[0]
        raise SignalError(f"{what}: {names[channel]} is not finite at index {sample}")
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True)
class Signal:
    """Channels over time, equally spaced.

    Attributes:
        names: one per channel, each with its unit as suffix (``strut_force_n``).
        rate_hz: samples a second.
        start_s: time of the first sample, from the start of the whole series.
        data: float64[channels, samples], read-only and finite.

    Raises:
        SignalError: the shape does not fit the names, or a value is not finite.
    """

    names: tuple[str, ...]
    rate_hz: float
    start_s: float
    data: FloatArray

    def __post_init__(self) -> None:
        if not self.rate_hz > 0:
            raise SignalError(f"signal: rate_hz is {self.rate_hz}, wanted more than 0")
        object.__setattr__(self, "data", _checked(self.names, self.data, "signal"))

    def __getitem__(self, name: str) -> FloatArray:
        """The samples of one channel, float64[samples]; KeyError names the channels there are."""
        return np.asarray(self.data[_index(self.names, name)])

    @property
    def samples(self) -> int:
        """The number of samples in this block."""
        return int(self.data.shape[1])

    @property
    def end_s(self) -> float:
        """The time at which the next block starts."""
        return self.start_s + self.samples / self.rate_hz


@dataclass(frozen=True, slots=True)
class Road:
    """A road over distance, equally spaced: heights under both wheels, grade, and which segment it belongs to.

    Attributes:
        step_m: distance between stations.
        first_station: index of the first station, from the start of the whole road.
        data: float64[3, stations] of ``left_m``, ``right_m`` (height) and ``grade`` (rise over run).
        segment: int32[stations], the index of the stretch that each station belongs to.
        soil: int8[stations], the ground there, as an index of `profiles.road.soil.SOILS`.

    Raises:
        SignalError: the shapes do not fit each other, or a value is not finite.
    """

    step_m: float
    first_station: int
    data: FloatArray
    segment: NDArray[np.int32]
    soil: NDArray[np.int8]

    NAMES = ("left_m", "right_m", "grade")

    def __post_init__(self) -> None:
        if not self.step_m > 0:
            raise SignalError(f"road: step_m is {self.step_m}, wanted more than 0")
        object.__setattr__(self, "data", _checked(self.NAMES, self.data, "road"))
        for name, dtype in (("segment", np.int32), ("soil", np.int8)):
            values = getattr(self, name)
            if values.shape != (self.data.shape[1],):
                raise SignalError(f"road: {name} has shape {values.shape}, wanted ({self.data.shape[1]},)")
            own = np.array(values, dtype=dtype)
            own.flags.writeable = False
            object.__setattr__(self, name, own)

    def __getitem__(self, name: str) -> FloatArray:
        """The stations of one channel, float64[stations]; KeyError names the channels there are."""
        return np.asarray(self.data[_index(self.NAMES, name)])

    @property
    def stations(self) -> int:
        """The number of stations in this block."""
        return int(self.data.shape[1])

    @property
    def start_m(self) -> float:
        """The distance of the first station."""
        return self.first_station * self.step_m


def _index(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise KeyError(f"no channel {name!r}; there are {', '.join(names)}")
    return names.index(name)


def join(blocks: Sequence[Signal]) -> Signal:
    """One signal from consecutive blocks.

    Raises:
        SignalError: there are none, or two neighbours differ in names or rate, or leave a gap.
    """
    if not blocks:
        raise SignalError("join: no blocks")
    first = blocks[0]
    for before, after in itertools.pairwise(blocks):
        if (after.names, after.rate_hz) != (before.names, before.rate_hz):
            raise SignalError("join: neighbours differ in names or rate")
        if abs(after.start_s - before.end_s) > 0.5 / first.rate_hz:
            raise SignalError(f"join: a block starts at {after.start_s} s, wanted {before.end_s} s")
    return Signal(first.names, first.rate_hz, first.start_s, np.concatenate([b.data for b in blocks], axis=1))


def join_roads(blocks: Iterator[Road] | Sequence[Road]) -> Road:
    """One road from consecutive blocks.

    Raises:
        SignalError: there are none, or two neighbours differ in step, or leave a gap.
    """
    parts = list(blocks)
    if not parts:
        raise SignalError("join_roads: no blocks")
    for before, after in itertools.pairwise(parts):
        if after.step_m != before.step_m or after.first_station != before.first_station + before.stations:
            raise SignalError(f"join_roads: a block starts at station {after.first_station}, not where the last ended")
    data = np.concatenate([part.data for part in parts], axis=1)
    segment, soil = (np.concatenate([getattr(part, name) for part in parts]) for name in ("segment", "soil"))
    return Road(parts[0].step_m, parts[0].first_station, data, segment, soil)
