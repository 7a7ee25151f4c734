"""Counting durations without keeping them: a logarithmic histogram, and what is said of a loop's timing."""

from dataclasses import dataclass, field
from math import log2

import numpy as np
from numpy.typing import NDArray

BINS_PER_OCTAVE = 32
_LOWEST_NS, _OCTAVES = 500.0, 22
_BINS = _OCTAVES * BINS_PER_OCTAVE
_LOWEST_POSITION = BINS_PER_OCTAVE * log2(_LOWEST_NS)


class Histogram:
    """Durations from 0.5 µs to 2 s in bins of 2.2 % width; what lies outside counts in the end bins."""

    __slots__ = ("_counts", "longest_ns")

    def __init__(self) -> None:
        self._counts = [0] * _BINS  # a list: counting in an array of numpy takes three times as long
        self.longest_ns = 0

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many fell into each bin, int64[bins]; a copy."""
        return np.array(self._counts, np.int64)

    def add(self, duration_ns: int) -> None:
        """Count one duration; negative ones (woken early) count as the shortest. Three times in each cycle: cheap."""
        if duration_ns > self.longest_ns:
            self.longest_ns = duration_ns
        if duration_ns > _LOWEST_NS:
            position = int(BINS_PER_OCTAVE * log2(duration_ns) - _LOWEST_POSITION)
            self._counts[position if position < _BINS else -1] += 1
        else:
            self._counts[0] += 1

    def quantile_us(self, share: float) -> float:
        """The upper edge of the bin in which the quantile lies, µs; 0 with nothing counted."""
        up_to = np.cumsum(self.counts)
        if up_to[-1] == 0:
            return 0.0
        position = int(np.searchsorted(up_to, share * up_to[-1]))
        return min(self.edges_us()[position + 1], self.longest_ns * 1e-3)

    def edges_us(self) -> list[float]:
        """The edges of all bins, µs: one more than there are bins."""
        return [_LOWEST_NS * 1e-3 * 2 ** (index / BINS_PER_OCTAVE) for index in range(_BINS + 1)]

    def quantiles_us(self) -> dict[str, float]:
        """What people ask for: p50, p90, p99, p99.9 and the maximum, µs; ``count`` is how many were counted."""
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
        result = {name: round(self.quantile_us(share), 2) for name, share in shares.items()}
        return {**result, "max": round(self.longest_ns * 1e-3, 2), "count": int(self.counts.sum())}

    def as_json(self) -> dict[str, list[float] | list[int]]:
        """Edges and counts of the bins in use, quarter octaves, for a plot."""
        merged = self.counts.reshape(-1, 8).sum(axis=1)
        used = np.flatnonzero(merged)
        if len(used) == 0:
            return {"edges": [], "counts": []}
        first, last = int(used[0]), int(used[-1])
        edges = self.edges_us()[::8][first : last + 2]
        return {"edges": [round(edge, 3) for edge in edges], "counts": [int(c) for c in merged[first : last + 1]]}


@dataclass(slots=True)
class LoopTiming:
    """What the loop measures of itself, each cycle."""

    cycles: int = 0
    late_cycles: int = 0
    wake_up: Histogram = field(default_factory=Histogram)
    round_trip: Histogram = field(default_factory=Histogram)
    work: Histogram = field(default_factory=Histogram)

    def report(self) -> dict[str, object]:
        """As it stands in the record: counts, quantiles and histograms; wake-up only where the loop slept."""
        parts = {"wake_up_us": self.wake_up, "round_trip_us": self.round_trip, "work_us": self.work}
        used = {name: histogram for name, histogram in parts.items() if histogram.counts.any()}
        return {
            "cycles": self.cycles,
            "late_cycles": self.late_cycles,
            **{name: histogram.quantiles_us() for name, histogram in used.items()},
            "histograms": {name: histogram.as_json() for name, histogram in used.items()},
        }
