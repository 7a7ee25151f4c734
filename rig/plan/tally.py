"""What a plan counts while the drive passes by: per ground, per segment, per bin of distance; spectra and cycles."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from profiles.drive.prepare import FELT, DriveBlock
from profiles.road.route import Route
from rig.life.rainflow import Cycles, RainflowCounter
from rig.plan.histograms import Crossings, Ranges, Spectrum

FloatArray = NDArray[np.float64]

EXPONENTS = (3, 5, 8)
"""Of the pseudo-damage, the sum of ranges to this power: welds and forgings, steel parts, springs."""
WIDE_M, NARROW_M, SHORT_M = 100.0, 10.0, 20_000.0
"""Bins over the distance are so wide; narrow over a route shorter than the last."""
STRUT, POWER, TEMPERATURE, BODY = (
    FELT.index(name)
    for name in ("strut_force_n", "damper_power_w", "damper_temperature_degc", "body_acceleration_mps2")
)
LOAD = "strut_force_n"
GATE_SHARE = 0.002
"""A range is counted from this share of the axis' or the strut's full scale."""
STRUT_SCALE_N = 100_000.0


@dataclass(slots=True)
class Ground:
    """What the drive holds on one kind of ground: a label and its surface.

    Attributes:
        length_m, duration_s, top_mps: how far, how long, how fast.
        squares, peak: of each axis' set point: the sum of squares over samples, the largest size.
        samples: the number of samples.
        body_squares: of the body's acceleration.
        power_ws: energy that one damper takes up.
        hottest_degc: of the damper.
        damage: by load name and exponent, the sum of range^exponent over the cycles closed here.
    """

    label: str
    surface: str
    length_m: float = 0.0
    duration_s: float = 0.0
    top_mps: float = 0.0
    samples: int = 0
    squares: dict[str, float] = field(default_factory=dict)
    peak: dict[str, float] = field(default_factory=dict)
    body_squares: float = 0.0
    power_ws: float = 0.0
    strut_peak_n: float = 0.0
    hottest_degc: float = -273.15
    damage: dict[str, dict[int, float]] = field(default_factory=dict)

    def add(self, other: "Ground") -> None:
        """Take in what another part of the drive holds on the same ground."""
        self.length_m += other.length_m
        self.duration_s += other.duration_s
        self.samples += other.samples
        self.body_squares += other.body_squares
        self.power_ws += other.power_ws
        self.top_mps = max(self.top_mps, other.top_mps)
        self.strut_peak_n = max(self.strut_peak_n, other.strut_peak_n)
        self.hottest_degc = max(self.hottest_degc, other.hottest_degc)
        for name, value in other.squares.items():
            self.squares[name] = self.squares.get(name, 0.0) + value
        for name, value in other.peak.items():
            self.peak[name] = max(self.peak.get(name, 0.0), value)
        for name, by_exponent in other.damage.items():
            mine = self.damage.setdefault(name, dict.fromkeys(EXPONENTS, 0.0))
            for exponent, value in by_exponent.items():
                mine[exponent] += value

    def rms(self, axis: str) -> float:
        """Root mean square of an axis' set point."""
        return float(np.sqrt(self.squares.get(axis, 0.0) / max(1, self.samples)))


@dataclass(slots=True)
class SegmentTally:
    """How long one segment takes, how fast it is driven, and the largest set point of each axis there."""

    duration_s: float = 0.0
    top_mps: float = 0.0
    peak: dict[str, float] = field(default_factory=dict)


def bin_width_m(length_m: float) -> float:
    """The width of bins over a route of a length."""
    return NARROW_M if length_m < SHORT_M else WIDE_M


@dataclass(slots=True)
class Bins:
    """Over the distance, one value for each ``width_m``: float64[bins].

    ``peak_m`` and ``segment`` say where in it the strut force is largest.
    """

    width_m: float

    duration_s: FloatArray
    strut_peak_n: FloatArray
    travel_peak: FloatArray
    temperature_degc: FloatArray
    peak_m: FloatArray
    segment: NDArray[np.int64]

    @classmethod
    def over(cls, length_m: float) -> "Bins":
        """Empty bins over a length."""
        width_m = bin_width_m(length_m)
        count = int(np.ceil(length_m / width_m)) + 1
        duration, strut, travel, degc, peak = (np.zeros(count) for _ in range(5))
        return cls(width_m, duration, strut, travel, degc, peak, np.zeros(count, dtype=np.int64))


class Tally:
    """Counts a leg's drive, block by block; memory is a few values for each segment and each bin of distance."""

    def __init__(self, route: Route, axes: tuple[str, ...], scales: tuple[float, ...], rate_hz: float) -> None:
        self._route, self.axes, self.rate_hz = route, axes, rate_hz
        kinds = [(stretch.segment.label, stretch.segment.surface) for stretch in route.stretches]
        places = {kind: place for place, kind in enumerate(dict.fromkeys(kinds))}
        self.grounds = [Ground(*kind) for kind in places]
        self._ground_of = np.array([places[kind] for kind in kinds], dtype=np.int64)
        self.segments = [SegmentTally() for _ in route.stretches]
        self.bins = Bins.over(route.length_m)
        self.spectra = {axis: Spectrum(rate_hz) for axis in axes}
        self.crossings = {axis: Crossings(scale) for axis, scale in zip(axes, scales, strict=True)}
        full = {**dict(zip(axes, scales, strict=True)), LOAD: STRUT_SCALE_N}
        self.ranges = {name: Ranges(2.0 * scale) for name, scale in full.items()}
        self._counters = {name: RainflowCounter(gate=GATE_SHARE * scale) for name, scale in full.items()}
        self.samples = 0

    def consume(self, block: DriveBlock) -> None:
        """Count the next block; its segments and distances are those of the leg."""
        self.samples += len(block.distance_m)
        for column, axis in enumerate(self.axes):
            values = block.setpoint[:, column]
            self.spectra[axis].consume(values)
            self.crossings[axis].consume(values)
        self._cycle(block)
        for piece in _pieces(block.segment):
            self._count(block, piece, int(block.segment[piece.start]))
        self._bin(block)

    def finish(self) -> None:
        """Count what no cycle has closed: half a cycle for each range of the residue."""
        for name, counter in self._counters.items():
            self._damage(name, counter.residue_cycles())

    def _cycle(self, block: DriveBlock) -> None:
        """Rainflow of each load; a cycle belongs to the ground of its second turning point."""
        tags = self._ground_of[block.segment]
        for name, counter in self._counters.items():
            values = block.felt[:, STRUT] if name == LOAD else block.setpoint[:, self.axes.index(name)]
            self._damage(name, counter.count(values, tags))

    def _count(self, block: DriveBlock, piece: slice, segment: int) -> None:
        ground, span = self.grounds[self._ground_of[segment]], self.segments[segment]
        count = piece.stop - piece.start
        seconds, top = count / self.rate_hz, float(block.speed_mps[piece].max())
        ground.samples, ground.duration_s = ground.samples + count, ground.duration_s + seconds
        span.duration_s, span.top_mps = span.duration_s + seconds, max(span.top_mps, top)
        ground.length_m += float(block.speed_mps[piece].sum()) / self.rate_hz
        ground.top_mps = max(ground.top_mps, top)
        for column, axis in enumerate(self.axes):
            values = block.setpoint[piece, column]
            peak = float(np.abs(values).max())
            span.peak[axis] = max(span.peak.get(axis, 0.0), peak)
            ground.peak[axis] = max(ground.peak.get(axis, 0.0), peak)
            ground.squares[axis] = ground.squares.get(axis, 0.0) + float(values @ values)
        self._feel(ground, block.felt[piece])

    def _feel(self, ground: Ground, felt: FloatArray) -> None:
        ground.strut_peak_n = max(ground.strut_peak_n, float(np.abs(felt[:, STRUT]).max()))
        ground.hottest_degc = max(ground.hottest_degc, float(felt[:, TEMPERATURE].max()))
        ground.power_ws += float(felt[:, POWER].sum()) / self.rate_hz
        ground.body_squares += float(np.square(felt[:, BODY]).sum())

    def _damage(self, name: str, cycles: Cycles) -> None:
        for exponent in EXPONENTS:
            damage = cycles.weights * cycles.ranges**exponent
            for ground, value in zip(self.grounds, np.bincount(cycles.tags, damage, len(self.grounds)), strict=True):
                ground.damage.setdefault(name, dict.fromkeys(EXPONENTS, 0.0))[exponent] += float(value)
        self.ranges[name].consume(cycles.ranges, cycles.weights)

    def _bin(self, block: DriveBlock) -> None:
        bins = np.minimum((block.distance_m / self.bins.width_m).astype(np.int64), len(self.bins.duration_s) - 1)
        for piece in _pieces(bins):
            here = int(bins[piece.start])
            into = self.bins
            into.duration_s[here] += (piece.stop - piece.start) / self.rate_hz
            worst = piece.start + int(np.argmax(np.abs(block.felt[piece, STRUT])))
            strut_n = abs(float(block.felt[worst, STRUT]))
            if strut_n > into.strut_peak_n[here]:
                into.strut_peak_n[here], into.peak_m[here] = strut_n, block.distance_m[worst]
                into.segment[here] = int(block.segment[worst])
            into.travel_peak[here] = max(into.travel_peak[here], float(np.abs(block.setpoint[piece, 0]).max()))
            into.temperature_degc[here] = float(block.felt[piece.stop - 1, TEMPERATURE])


def _pieces(values: NDArray[np.integer]) -> Iterator[slice]:
    """Where consecutive equal values lie."""
    borders = (0, *(np.flatnonzero(np.diff(values)) + 1).tolist(), len(values))
    return (slice(start, stop) for start, stop in itertools.pairwise(borders) if stop > start)
