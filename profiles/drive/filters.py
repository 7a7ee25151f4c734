"""Zero-phase filters that stream: each gives the same bits however its input is cut into blocks.

A stage takes blocks by ``feed(x, last)`` and returns what it can say already; with the last block, all the rest.
It starts and ends as if the first and the last value had lasted for ever.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numba import njit

from profiles.signal import FloatArray

STOP_BAND_DB = 60.0
RELATIVE_WIDTH = 0.4
NARROWEST_WIDTH_HZ = 8.0


class Stage(Protocol):
    """One step of a chain of filters."""

    def feed(self, x: FloatArray, last: bool, /) -> FloatArray:
        """What can be said after one more block, float64[any]."""
        ...


def through(stages: Sequence[Stage], x: FloatArray, last: bool) -> FloatArray:
    """One block fed through a chain."""
    for stage in stages:
        x = stage.feed(x, last)
    return x


def low_pass(rate_hz: float, edge_hz: float) -> FloatArray:
    """Taps of a symmetric low-pass: half the amplitude at the edge, 60 dB down at `stop_hz`.

    A sinc under a Kaiser window (Kaiser 1974), whose length follows from the width of the transition.
    """
    width = 2.0 * math.pi * 2.0 * (stop_hz(edge_hz) - edge_hz) / rate_hz
    half = math.ceil((STOP_BAND_DB - 7.95) / (2.285 * width) / 2.0)
    k = np.arange(-half, half + 1)
    taps = np.sinc(2.0 * edge_hz / rate_hz * k) * np.kaiser(2 * half + 1, 0.1102 * (STOP_BAND_DB - 8.7))
    return np.asarray(taps / taps.sum())


def stop_hz(edge_hz: float) -> float:
    """The frequency above which `low_pass` leaves nothing."""
    return edge_hz + 0.5 * max(RELATIVE_WIDTH * edge_hz, NARROWEST_WIDTH_HZ)


class _Kept:
    """What a filter still needs of its input, with the first and the last value repeated at the ends."""

    def __init__(self, half: int) -> None:
        self._half = half
        self._data: FloatArray | None = None

    def with_block(self, x: FloatArray, last: bool) -> FloatArray:
        """What was kept, and the new block after it; nothing before the first value."""
        if self._data is None:
            if not len(x):
                return x
            self._data = np.full(self._half, x[0])
        data = np.concatenate((self._data, x))
        return np.concatenate((data, np.full(self._half, data[-1]))) if last else data

    def keep(self, data: FloatArray) -> None:
        """Remember this for the next block."""
        self._data = data if len(data) else None


@njit(cache=True, nogil=True)
def _convolve(taps, phases, y):  # type: ignore[no-untyped-def]
    """y[i] = sum of taps[k] x[factor i + k] for symmetric taps, with x[factor j + p] in phases[p, j].

    The terms of each output are added in one order, outermost taps first, whatever the number of outputs. Outputs are
    the inner loop, in pieces that stay in the cache: so the compiler can take several at once without changing a sum.
    """
    factor, last = phases.shape[0], taps.size - 1
    for start in range(0, y.size, 1024):
        out = y[start : start + 1024]
        for k in range(taps.size // 2):
            tap, j = taps[k], last - k
            one = phases[k % factor, start + k // factor :]
            other = phases[j % factor, start + j // factor :]
            for i in range(out.size):
                out[i] += tap * (one[i] + other[i])
        middle = taps.size // 2
        centre = phases[middle % factor, start + middle // factor :]
        for i in range(out.size):
            out[i] += taps[middle] * centre[i]


@njit(cache=True, nogil=True)
def _convolve_any(taps, x, y):  # type: ignore[no-untyped-def]
    """y[i] = sum of taps[k] x[i + k], in the order of the taps."""
    for start in range(0, y.size, 1024):
        out = y[start : start + 1024]
        for k in range(taps.size):
            tap, part = taps[k], x[start + k :]
            for i in range(out.size):
                out[i] += tap * part[i]


class Fir:
    """y[i] = sum of taps[k] x[factor i + k - centre], with the centre in the middle of an odd number of taps.

    The terms of each output are added in one order, which is why blocks do not matter. Taps that are not symmetric
    can't skip inputs.
    """

    def __init__(self, taps: FloatArray, factor: int = 1) -> None:
        if len(taps) % 2 == 0 or len(taps) <= 2 * factor:
            raise ValueError(f"{len(taps)} taps, wanted an odd number of more than {2 * factor}")
        self._symmetric = bool((taps == taps[::-1]).all())
        if factor > 1 and not self._symmetric:
            raise ValueError("taps that are not symmetric, wanted a factor of 1 for them")
        self._taps = np.ascontiguousarray(taps)
        self._factor = factor
        self._kept = _Kept(len(taps) // 2)

    def feed(self, x: FloatArray, last: bool) -> FloatArray:
        """One output for each `factor` inputs, as far as both sides of it are known."""
        data = self._kept.with_block(x, last)
        count = max(0, (len(data) - len(self._taps)) // self._factor + 1)
        y = np.zeros(count)
        if count and self._symmetric:
            whole = np.concatenate((data, np.zeros(-len(data) % self._factor)))
            _convolve(self._taps, np.ascontiguousarray(whole.reshape(-1, self._factor).T), y)
        elif count:
            _convolve_any(self._taps, data, y)
        self._kept.keep(data[count * self._factor :])
        return y


class MovingAverage:
    """The mean over an odd number of samples around each; a running sum, so that its cost is that of one addition."""

    def __init__(self, length: int) -> None:
        if length % 2 == 0:
            raise ValueError(f"a length of {length}, wanted an odd number")
        self._length = length
        self._kept = _Kept(length // 2)
        self._sum: float | None = None

    def feed(self, x: FloatArray, last: bool) -> FloatArray:
        """One output for each input, as far as both sides of it are known."""
        data = self._kept.with_block(x, last)
        if len(data) < self._length:
            self._kept.keep(data)
            return np.zeros(0)
        return self._averages(data)

    def _averages(self, data: FloatArray) -> FloatArray:
        started = self._sum is not None
        carry = self._sum if self._sum is not None else float(np.cumsum(data[: self._length])[-1])
        steps = data[self._length :] - data[: -self._length]
        sums = np.cumsum(np.concatenate(([carry], steps)))
        self._sum = float(sums[-1])
        self._kept.keep(data[len(data) - self._length :])
        return (sums[1:] if started else sums) / self._length


class HighPass:
    """x less its three-fold moving average: zero phase, 3 dB down at the edge, under 1 % of ripple above twice it.

    Three equal averages pass sinc³(f M / rate); 1 - sinc³ = 1/√2 where f M / rate = 0.478.
    """

    def __init__(self, rate_hz: float, edge_hz: float) -> None:
        length = 2 * round(0.5 * 0.478 * rate_hz / edge_hz) + 1
        self._averages = tuple(MovingAverage(length) for _ in range(3))
        self._waiting = np.zeros(0)

    def feed(self, x: FloatArray, last: bool) -> FloatArray:
        """One output for each input, as far as both sides of it are known."""
        slow = through(self._averages, x, last)
        waiting = np.concatenate((self._waiting, x))
        self._waiting = waiting[len(slow) :]
        return waiting[: len(slow)] - slow


class Fade:
    """Half a cosine from 0 at the first sample, and to 0 at the last one.

    The same to 0 and back around ``pauses``, sample numbers; up to ``still`` samples from one it is 0.
    """

    def __init__(self, samples: int, fade_samples: int, pauses: tuple[int, ...] = (), still: int = 0) -> None:
        self._samples = samples
        self._fade_samples = fade_samples
        self._pauses, self._still = pauses, still
        self._next = 0

    def feed(self, x: FloatArray, _last: bool) -> FloatArray:
        """The same number of samples, faded."""
        number = np.arange(self._next, self._next + len(x))
        self._next += len(x)
        from_the_end = np.minimum(number, self._samples - 1 - number)
        for pause in self._pauses:
            from_the_end = np.minimum(from_the_end, np.maximum(np.abs(number - pause) - self._still, 0))
        share = np.clip(from_the_end / self._fade_samples, 0.0, 1.0)
        return np.asarray(x * (0.5 - 0.5 * np.cos(np.pi * share)))


def inverse_actuator(
    rate_hz: float, stop_at_hz: float, natural_frequency_hz: float, damping_ratio: float, delay_s: float
) -> FloatArray:
    """Taps that turn what an actuator should do into what it must be told, for use with `Fir`.

    u(t) = r(t+τ) + (2ζ/ω) r'(t+τ) + r''(t+τ)/ω², and the device's straight lines between samples (sinc²(f/rate))
    undone: the exact inverse up to ``stop_at_hz``, fading to nothing above it.
    """
    points, half = 4096, 96
    f = np.fft.rfftfreq(points, 1.0 / rate_hz)
    ratio = f / natural_frequency_hz
    inverse = (1.0 + 2j * damping_ratio * ratio - ratio**2) * np.exp(2j * np.pi * f * delay_s)
    nothing_hz = min(4.0 * stop_at_hz, 0.49 * rate_hz)
    taper = 0.5 + 0.5 * np.cos(np.pi * np.clip((f - stop_at_hz) / (nothing_hz - stop_at_hz), 0.0, 1.0))
    response = np.fft.irfft(np.conj(inverse * taper / np.sinc(f / rate_hz) ** 2), points)
    outer = np.clip(2.0 * np.abs(np.arange(-half, half + 1)) / half - 1.0, 0.0, 1.0)
    taps = np.concatenate((response[-half:], response[: half + 1])) * (0.5 + 0.5 * np.cos(np.pi * outer))
    return np.asarray(taps / taps.sum())
