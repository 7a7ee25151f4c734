"""A drive without its mild parts: the stretches that are kept, one faded into the next, made ready for the actuators.

Set points are spliced, not commands: what each actuator must be told follows from them anew, through its inverse.
"""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.drive.filters import Fir
from profiles.drive.prepare import BLOCK_SAMPLES, FELT, Bench, DriveBlock, inverse_of
from profiles.driver.speed import SpeedPlan
from profiles.signal import FloatArray

JOIN_S = 0.2
"""One stretch fades into the next over so long (physics notes, section 6)."""
Kept = tuple[tuple[int, int], ...]
"""Samples that are kept, as [first, end) of each stretch: in order, apart, and each of at least two joins' length."""


@dataclass(frozen=True, slots=True)
class DriveEdit:
    """What is kept of the drive that has this hash."""

    kept: Kept
    source_sha256: str


def join_samples(rate_hz: float) -> int:
    """The samples that two neighbouring stretches have in common."""
    return round(JOIN_S * rate_hz)


def kept_fault(kept: Kept, rate_hz: float, samples: int) -> str:
    """Why some stretches can't be kept of a drive of so many samples; empty where they can."""
    least = 2 * join_samples(rate_hz)
    if not kept or kept[0][0] != 0 or kept[-1][1] != samples:
        return f"stretches from sample 0 to the drive's end at {samples}"
    if not all(end - first >= least for first, end in kept):
        return f"stretches of at least {least} samples"
    if not all(before[1] < after[0] for before, after in itertools.pairwise(kept)):
        return "stretches in their order, with something left out between them"
    return ""


def fade_in(count: int) -> FloatArray:
    """The share of the later stretch within a join, float64[count, 1]: half a cosine, so level and slope go along."""
    return np.asarray(0.5 - 0.5 * np.cos(math.pi * (np.arange(count) + 0.5) / count))[:, None]


def splice(blocks: Iterable[FloatArray], kept: Kept, fade: int) -> Iterator[FloatArray]:
    """The kept rows of consecutive blocks, float64[rows, columns] each; the same rows whatever the blocks.

    The last ``fade`` rows of a stretch and the first of the next become one: each row a mean of both.
    """
    share = fade_in(fade)
    held: FloatArray | None = None
    tail: FloatArray | None = None
    at, k = 0, 0
    for block in blocks:
        start, at = at, at + len(block)
        while k < len(kept) and kept[k][0] < at:
            first, end = max(kept[k][0], start) - start, min(kept[k][1], at) - start
            held = block[first:end] if held is None else np.concatenate((held, block[first:end]))
            if tail is not None and len(held) >= fade:
                yield (1.0 - share) * tail + share * held[:fade]
                held, tail = held[fade:], None
            if tail is None and len(held) > fade:
                yield held[:-fade]
                held = held[-fade:]
            if kept[k][1] > at:
                break
            held, tail, k = None, held, k + 1
    if tail is not None:
        yield tail


def cut_drive(blocks: Iterable[DriveBlock], bench: Bench, kept: Kept) -> Iterator[DriveBlock]:
    """A drive's blocks with only some stretches kept; distances are still those of the whole drive.

    Segments and gears change in the middle of a join, all else fades.
    """
    ends: list[tuple[float, float]] = [(0.0, 0.0)]
    rows = splice(_rows(blocks, ends), kept, join_samples(bench.sample_rate_hz))
    axes, first = len(bench.actuators), 0
    inverses = [Fir(inverse_of(actuator, bench)) for actuator in bench.actuators]
    waiting, drives = np.empty((0, 0)), [np.empty(0)] * axes
    for some in _with_last(rows):
        part, last = some
        waiting = np.concatenate((waiting, part)) if waiting.size else part
        made = (inverse.feed(np.ascontiguousarray(part[:, k]), last) for k, inverse in enumerate(inverses))
        drives = [np.concatenate((before, more)) for before, more in zip(drives, made, strict=True)]
        ready = min(len(drive) for drive in drives)
        while ready >= BLOCK_SAMPLES or (last and ready):
            count = min(ready, BLOCK_SAMPLES)
            yield _block(first, waiting[:count], np.stack([drive[:count] for drive in drives], axis=1), ends[0])
            waiting, drives = waiting[count:], [drive[count:] for drive in drives]
            first, ready = first + count, ready - count


def _with_last(rows: Iterator[FloatArray]) -> Iterator[tuple[FloatArray, bool]]:
    before = next(rows)
    for some in rows:
        yield before, False
        before = some
    yield before, True


def _rows(blocks: Iterable[DriveBlock], ends: list[tuple[float, float]]) -> Iterator[FloatArray]:
    for block in blocks:
        ends[0] = block.end_degc
        place = (block.distance_m, block.speed_mps, block.segment.astype(np.float64))
        yield np.column_stack((block.setpoint, block.felt, *place))


def _block(first: int, rows: FloatArray, drive: FloatArray, end_degc: tuple[float, float]) -> DriveBlock:
    axes = drive.shape[1]
    felt = np.ascontiguousarray(rows[:, axes : axes + len(FELT)])
    distance_m, speed_mps, segment = rows[:, axes + len(FELT) :].T
    return DriveBlock(
        first_sample=first,
        drive=drive,
        setpoint=np.ascontiguousarray(rows[:, :axes]),
        distance_m=np.ascontiguousarray(distance_m),
        speed_mps=np.ascontiguousarray(speed_mps),
        segment=np.rint(segment).astype(np.int16),
        felt=felt,
        clipped=np.zeros(axes, dtype=np.int64),
        end_degc=end_degc,
    )


@dataclass(frozen=True, slots=True)
class Played:
    """How far the car of an edited drive has really come where the whole drive's would be: knots, between them lines.

    Attributes:
        whole_m, played_m: float64[knots] each, ascending.
    """

    whole_m: FloatArray
    played_m: FloatArray

    @classmethod
    def of(cls, speed: SpeedPlan, kept: Kept, rate_hz: float) -> "Played":
        """The distances of a drive at a speed; a join is as long as the mean of what it joins."""
        fade = join_samples(rate_hz)
        edges = np.array([(first, first + fade, end - fade, end) for first, end in kept]) / rate_hz
        at_m = speed.at(edges.ravel()).distance_m.reshape(-1, 4)
        at_m[-1, 3] = speed.length_m
        way = np.diff(at_m, axis=1)
        joins = 0.5 * (way[:-1, 2] + way[1:, 0])
        knots = [at_m[0, 0], *np.column_stack((at_m[:-1, 2], at_m[1:, 1])).ravel(), at_m[-1, 3]]
        inner = way[:, 1].copy()
        inner[0] += way[0, 0]
        inner[-1] += way[-1, 2]
        steps = np.zeros(2 * len(kept) - 1)
        steps[::2], steps[1::2] = inner, joins
        return cls(np.array(knots), np.concatenate(([0.0], np.cumsum(steps))))

    def at(self, whole_m: FloatArray) -> FloatArray:
        """Played distance where the whole drive is at a distance."""
        return np.asarray(np.interp(whole_m, self.whole_m, self.played_m))

    @property
    def length_m(self) -> float:
        """Of what is played."""
        return float(self.played_m[-1])


def pieces(wanted: NDArray[np.bool_], window: int, samples: int, least: int) -> Kept:
    """Windows that are wanted as stretches: neighbours joined, gaps too short to leave out filled."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], wanted, [False])).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        start, stop = first * window, min(end * window, samples)
        if found and start - found[-1][1] < least:
            start = found.pop()[0]
        found.append((start, stop))
    return tuple(found)


def total(kept: Sequence[tuple[int, int]], fade: int) -> int:
    """Samples of the edited drive."""
    return sum(end - first for first, end in kept) - fade * (len(kept) - 1)
