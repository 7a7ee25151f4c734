"""A whole run in a few thousand points: minimum and maximum of every bucket, read block by block."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from rig.record.pyramid import starts_of
from rig.runs import FloatArray, Run
from rig.summary import drawn

MOST_POINTS = 4000
"""Points a series: more than a screen has columns, few enough for a page to open at once."""


@dataclass(slots=True)
class Following:
    """How well an axis' feedback followed its set point, at full span; values in the axis' unit.

    Attributes:
        worst_sample: the sample of the largest error; -1 where there was none at full span.
    """

    samples: int = 0
    error_squares: float = 0.0
    setpoint_squares: float = 0.0
    worst: float = 0.0
    worst_sample: int = -1

    @property
    def error_rms(self) -> float:
        """Root mean square of set point minus feedback."""
        return float(np.sqrt(self.error_squares / self.samples)) if self.samples else float("nan")

    @property
    def setpoint_rms(self) -> float:
        """Root mean square of the set point."""
        return float(np.sqrt(self.setpoint_squares / self.samples)) if self.samples else float("nan")

    def add(self, sample: FloatArray, span: FloatArray, setpoint: FloatArray, feedback: FloatArray) -> None:
        """Add the next samples; those that are ramping or have no feedback are left out."""
        error = np.where((span >= 1.0) & np.isfinite(feedback), setpoint - feedback, 0.0)
        full = (span >= 1.0) & np.isfinite(feedback)
        self.samples += int(full.sum())
        self.error_squares += float(error @ error)
        self.setpoint_squares += float(setpoint[full] @ setpoint[full])
        worst = int(np.argmax(np.abs(error)))
        if abs(error[worst]) > self.worst:
            self.worst, self.worst_sample = float(abs(error[worst])), int(sample[worst])


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one surface, as driven."""

    segment: int
    start_s: float
    end_s: float
    start_km: float
    end_km: float


@dataclass(slots=True)
class Overview:
    """A whole run, decimated.

    Attributes:
        samples: recorded.
        bucket: samples a bucket, a second at least where only a summary is left; 1 means that nothing was left out.
        time_s, distance_km: float64[points], ascending.
        series: of each column float64[points]; two points a bucket, its extremes in the order in which they came.
        stretches: the segments in the order driven.
        following: of each axis.
        segment_km: kilometres driven on each segment.
    """

    samples: int
    bucket: int
    time_s: FloatArray
    distance_km: FloatArray
    series: dict[str, FloatArray]
    stretches: list[Stretch] = field(default_factory=list)
    following: dict[str, Following] = field(default_factory=dict)
    segment_km: dict[int, float] = field(default_factory=dict)


def overview(run: Run) -> Overview:
    """The overview of a run; memory does not grow with its length."""
    total = run.count()
    bucket = 1 if total <= MOST_POINTS else -(-total // (MOST_POINTS // 2))
    axes = [axis.name for axis in run.manifest.axes]
    shown = ["speed_mps", *(f"setpoint.{axis}" for axis in axes)]
    shown += [f"feedback.{channel.name}" for channel in run.manifest.channels]
    parts: dict[str, list[FloatArray]] = {name: [] for name in ("sample", "distance_m", *shown)}
    found = Overview(total, bucket, np.empty(0), np.empty(0), {}, following={axis: Following() for axis in axes})
    carried = {name: np.empty(0) for name in parts}
    for block, there in drawn(run, ["sample", "distance_m", "segment", "span", *shown]):
        _note(found, block, there, run.manifest.sample_rate_hz)
        if block is not there:
            _decimate_seconds(parts, block, bucket)
            continue
        carried = {name: np.concatenate([carried[name], block[name]]) for name in parts}
        whole = len(carried["sample"]) // bucket * bucket
        _decimate(parts, carried, whole, bucket)
        carried = {name: values[whole:] for name, values in carried.items()}
    _decimate(parts, carried, len(carried["sample"]), max(1, len(carried["sample"])))
    joined = {name: np.concatenate(part) if part else np.empty(0) for name, part in parts.items()}
    found.time_s = joined.pop("sample") / run.manifest.sample_rate_hz
    found.distance_km = joined.pop("distance_m") / 1000
    found.series = joined
    return found


def _decimate(parts: dict[str, list[FloatArray]], block: dict[str, FloatArray], count: int, bucket: int) -> None:
    if not count:
        return
    for name, values in block.items():
        if bucket == 1:
            parts[name].append(values[:count])
        elif name in ("sample", "distance_m"):
            parts[name].append(values[:count].reshape(-1, bucket)[:, [0, bucket // 2]].ravel())
        else:
            parts[name].append(extremes(values[:count].reshape(-1, bucket)))


def _decimate_seconds(parts: dict[str, list[FloatArray]], block: dict[str, FloatArray], bucket: int) -> None:
    """Two rows a second are there already; where a bucket is longer, its seconds become two rows."""
    starts = starts_of((block["sample"][::2] // bucket).astype(np.int64))
    ends = np.append(starts[1:], len(block["sample"]) // 2) - 1
    for name, part in parts.items():
        low, high = block[name][::2], block[name][1::2]
        if name in ("sample", "distance_m"):
            pair = low[starts], high[ends]
        else:
            pair = np.fmin.reduceat(low, starts), np.fmax.reduceat(high, starts)
        part.append(np.stack(pair, axis=1).ravel())


def extremes(buckets: FloatArray) -> FloatArray:
    """The smallest and the largest value of each row of float64[buckets, samples], in the order in which they came.

    NaN is passed over; a bucket of nothing but NaN gives two.
    """
    low = np.argmin(np.where(np.isnan(buckets), np.inf, buckets), axis=1)
    high = np.argmax(np.where(np.isnan(buckets), -np.inf, buckets), axis=1)
    first, last = np.minimum(low, high), np.maximum(low, high)
    rows = np.arange(len(buckets))
    return np.stack([buckets[rows, first], buckets[rows, last]], axis=1).ravel()


def _note(found: Overview, block: dict[str, FloatArray], there: dict[str, FloatArray], rate_hz: int) -> None:
    for axis, following in found.following.items() if len(there["sample"]) else ():
        setpoint, feedback = there[f"setpoint.{axis}"], there[f"feedback.{axis}"]
        following.add(there["sample"], there["span"], setpoint, feedback)
    segment = block["segment"].astype(np.int64)
    borders = [0, *(np.flatnonzero(np.diff(segment)) + 1).tolist(), len(segment)]
    for first, last in pairwise(borders):
        _add_stretch(found, block, int(segment[first]), first, last - 1, rate_hz)


def _add_stretch(
    found: Overview, block: dict[str, FloatArray], segment: int, first: int, last: int, rate_hz: int
) -> None:
    start_s, start_km = block["sample"][first] / rate_hz, block["distance_m"][first] / 1000
    end_s, end_km = (block["sample"][last] + 1) / rate_hz, block["distance_m"][last] / 1000
    found.segment_km[segment] = found.segment_km.get(segment, 0.0) + float(end_km - start_km)
    if found.stretches and found.stretches[-1].segment == segment:
        before = found.stretches.pop()
        start_s, start_km = before.start_s, before.start_km
    found.stretches.append(Stretch(segment, float(start_s), float(end_s), float(start_km), float(end_km)))
