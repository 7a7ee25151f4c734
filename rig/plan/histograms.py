"""Counts that stream: spectra (Welch), level crossings and range histograms of one channel."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

LEVELS = 128
POINTS = 2048


class Spectrum:
    """One-sided power spectral density by Welch's method: Hann windows of `POINTS` samples, half overlapped.

    Attributes:
        rate_hz: samples a second, or stations a metre.
        windows: how many have been averaged.
    """

    def __init__(self, rate_hz: float) -> None:
        self.rate_hz = rate_hz
        self._window = np.hanning(POINTS + 1)[:-1]
        self._kept: FloatArray = np.zeros(0)
        self._sum: FloatArray = np.zeros(POINTS // 2 + 1)
        self.windows = 0

    def consume(self, values: FloatArray) -> None:
        """Take in the next samples, float64[any]."""
        kept = np.concatenate((self._kept, values))
        count = max(0, (len(kept) - POINTS // 2) // (POINTS // 2))
        if count:
            frames = np.lib.stride_tricks.sliding_window_view(kept, POINTS)[:: POINTS // 2][:count]
            self._sum += (np.abs(np.fft.rfft(frames * self._window, axis=1)) ** 2).sum(axis=0)
            self.windows += count
        self._kept = kept[count * (POINTS // 2) :]

    def add(self, other: "Spectrum") -> None:
        """Take in the windows of another part of the same channel."""
        self._sum += other._sum  # noqa: SLF001 - of the same class
        self.windows += other.windows

    @property
    def frequencies_hz(self) -> FloatArray:
        """float64[POINTS / 2 + 1]."""
        return np.asarray(np.fft.rfftfreq(POINTS, 1.0 / self.rate_hz), dtype=np.float64)

    @property
    def density(self) -> FloatArray:
        """Unit of the channel squared per Hz, float64[POINTS / 2 + 1]; zeros as long as no window is full."""
        scale = 2.0 / (self.rate_hz * float(self._window @ self._window))
        return self._sum * (scale / max(1, self.windows))


class Crossings:
    """How often a channel crosses each of `LEVELS` levels upwards."""

    def __init__(self, scale: float) -> None:
        self._step = 2.0 * scale / LEVELS
        self._steps = np.zeros(LEVELS + 2, dtype=np.int64)  # the difference of the counts from level to level
        self._last: int | None = None

    def consume(self, values: FloatArray) -> None:
        """Take in the next samples, float64[any]."""
        above = np.clip(np.floor(values / self._step).astype(np.int64) + LEVELS // 2, -1, LEVELS - 1) + 1
        if self._last is not None:
            above = np.concatenate(([self._last], above))
        rising = np.flatnonzero(above[1:] > above[:-1])
        self._steps += np.bincount(above[rising], minlength=LEVELS + 2)
        self._steps -= np.bincount(above[rising + 1], minlength=LEVELS + 2)
        self._last = int(above[-1])

    def add(self, other: "Crossings") -> None:
        """Take in another part of the same channel."""
        self._steps += other._steps  # noqa: SLF001 - of the same class

    @property
    def levels(self) -> FloatArray:
        """The levels, float64[LEVELS], in the channel's unit."""
        return np.asarray((np.arange(LEVELS) - LEVELS // 2) * self._step, dtype=np.float64)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Upward crossings of each level, int64[LEVELS]."""
        return np.asarray(np.cumsum(self._steps)[:LEVELS], dtype=np.int64)


class Ranges:
    """Cycles by their range, in `LEVELS` classes of equal width; what is larger than the last falls into it."""

    def __init__(self, highest: float) -> None:
        self.edges: FloatArray = np.linspace(0.0, highest, LEVELS + 1)
        self.cycles: FloatArray = np.zeros(LEVELS)

    def consume(self, ranges: FloatArray, weights: FloatArray) -> None:
        """Take in cycles, float64[any] each."""
        place = np.clip((ranges / self.edges[1]).astype(np.int64), 0, LEVELS - 1)
        self.cycles += np.bincount(place, weights=weights, minlength=LEVELS)

    def add(self, other: "Ranges") -> None:
        """Take in another part of the same channel."""
        self.cycles += other.cycles

    @property
    def exceeding(self) -> FloatArray:
        """How many cycles have at least the lower edge of each class, float64[LEVELS]: the range-pair curve."""
        return np.asarray(np.cumsum(self.cycles[::-1])[::-1])
