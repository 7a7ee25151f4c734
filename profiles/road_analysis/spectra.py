"""Spectra of both tracks by Welch's method, from blocks, with windows as long as the road allows."""

import numpy as np
from numpy.typing import NDArray

from profiles.signal import FloatArray

ComplexArray = NDArray[np.complex128]

WINDOWS = (8192, 4096, 2048, 1024, 512, 256, 128)
"""Lengths in stations: 409.6 m at 0.05 m, and halves of it down to 6.4 m."""
ENOUGH = 3
"""Half-overlapped windows of a length before it is used: twice its length of road without a break."""
_HANN_OVERLAP = 1.0 / 36.0  # squared correlation of neighbouring half-overlapped Hann windows (Welch 1967)
_HANN_NEXT, _HANN_NEXT_BUT_ONE = 4.0 / 9.0, 1.0 / 36.0  # squared correlation of neighbouring lines of a Hann window


class Spectrum:
    """One-sided spectra of both tracks, averaged over half-overlapped Hann windows, each about its own straight line.

    Attributes:
        stations: of a window; ``step_m`` between them.
        windows: how many have been averaged.
    """

    def __init__(self, stations: int, step_m: float) -> None:
        self.stations, self.step_m, self.windows = stations, step_m, 0
        self._taper = np.hanning(stations + 1)[:-1]
        x = np.arange(stations) - 0.5 * (stations - 1)
        self._line = x / np.sqrt(x @ x)
        self._kept: FloatArray = np.zeros((2, 0))
        self._own: FloatArray = np.zeros((2, stations // 2 + 1))
        self._both: ComplexArray = np.zeros(stations // 2 + 1, dtype=np.complex128)

    def consume(self, tracks_m: FloatArray) -> None:
        """Take in the next stations, float64[2, any]."""
        kept, half = np.concatenate((self._kept, tracks_m), axis=1), self.stations // 2
        count = max(0, kept.shape[1] // half - 1)
        for at in range(0, count * half, half):
            self._add(kept[:, at : at + self.stations])
        self._kept = kept[:, count * half :]

    def interrupt(self) -> None:
        """The road breaks off here: no window reaches over this place."""
        self._kept = np.zeros((2, 0))

    def _add(self, frame: FloatArray) -> None:
        level = frame - frame.mean(axis=1, keepdims=True)
        level -= np.outer(level @ self._line, self._line)
        left, right = np.fft.rfft(level * self._taper, axis=1)
        self._own[0] += np.abs(left) ** 2
        self._own[1] += np.abs(right) ** 2
        self._both += np.conj(left) * right
        self.windows += 1

    @property
    def line_per_m(self) -> float:
        """The distance between lines, cycles per metre."""
        return 1.0 / (self.stations * self.step_m)

    @property
    def per_m(self) -> FloatArray:
        """The lines, float64[stations / 2 + 1], cycles per metre."""
        return np.asarray(np.fft.rfftfreq(self.stations, self.step_m), dtype=np.float64)

    @property
    def psd_m3(self) -> FloatArray:
        """Displacement PSD of the left and the right track, float64[2, lines]; zeros without a window."""
        return self._own * self._scale

    @property
    def cross_m3(self) -> ComplexArray:
        """The tracks' cross spectral density, complex128[lines]."""
        return self._both * self._scale

    @property
    def _scale(self) -> float:
        return 2.0 * self.step_m / (float(self._taper @ self._taper) * max(1, self.windows))

    def averages(self, width_per_m: FloatArray) -> FloatArray:
        """How many independent values a mean over a band of some width holds, at least the windows' own.

        Of a band of L lines they are L^2 over the sum of all pairs' squared correlation, for L of 2 and more.
        """
        count = max(1, self.windows)
        independent = count / (1.0 + 2.0 * _HANN_OVERLAP * (count - 1) / count)
        lines = np.maximum(1.0, width_per_m / self.line_per_m)
        pairs = lines + 2.0 * _HANN_NEXT * (lines - 1.0) + 2.0 * _HANN_NEXT_BUT_ONE * np.maximum(0.0, lines - 2.0)
        return np.asarray(independent * lines**2 / pairs)


class Ladder:
    """Spectra of the same ground with windows of all `WINDOWS`, of which the longest that has enough is used.

    Shorter windows are no longer filled once a longer one has `ENOUGH`: memory and work stay those of a few windows.
    """

    def __init__(self, step_m: float) -> None:
        self._levels = [Spectrum(stations, step_m) for stations in WINDOWS]

    def consume(self, tracks_m: FloatArray, longest: int | None = None) -> None:
        """Take in the next stations, float64[2, any].

        Args:
            tracks_m: left and right.
            longest: stations that a window may have here: those of a lap that repeats; None where nothing does.
        """
        for level in self._levels:
            if longest is None or level.stations <= longest:
                level.consume(tracks_m)
            if level.windows >= ENOUGH:
                return

    def interrupt(self) -> None:
        """The road breaks off here: no window reaches over this place."""
        for level in self._levels:
            level.interrupt()

    @property
    def best(self) -> Spectrum | None:
        """The longest windows of which there are `ENOUGH`, else the longest of which there is one, else None."""
        for least in (ENOUGH, 1):
            for level in self._levels:
                if level.windows >= least:
                    return level
        return None
