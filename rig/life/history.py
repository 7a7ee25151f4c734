"""The last few windows of a strut as they were measured, and the sample at which something in them broke."""

from collections import deque
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.packing import pack, pack_single, unpack, unpack_single
from rig.life.strut import EDGE, TRAVEL_LIMIT_M, Strut, parts_of, residual
from rig.life.verdict import Evidence

FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]

_HELD = 16
"""Windows, eight seconds: on slow ground some that say nothing lie between the first bad one and the second."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A window as it was measured, and what it was held against.

    Attributes:
        first_sample: of the window.
        distance_km: float64[samples], where the car was.
        force_n, travel_m: float32[samples].
        degc: the damper's mean temperature.
        reference: float64[6], the healthy strut's coefficients.
        unexplained_n: the RMS of the force that they leave unexplained.
    """

    first_sample: int
    distance_km: FloatArray
    force_n: SingleArray
    travel_m: SingleArray
    degc: float
    reference: FloatArray
    unexplained_n: float

    @property
    def last_sample(self) -> int:
        """The window's last sample."""
        return self.first_sample + len(self.distance_km) - 1


@dataclass(slots=True)
class Streak:
    """Bad windows in a row: how many, and where the first of them and the last good window before it begin."""

    count: int = 0
    first_bad: int = 0
    first_bad_km: float = 0.0
    last_good: int = 0

    def see(self, lost: bool, window: Heard) -> int:
        """Take in a window's judgement; the bad windows in a row so far."""
        if not lost:
            self.count, self.last_good = 0, window.first_sample
            return 0
        if self.count == 0:
            self.first_bad, self.first_bad_km = window.first_sample, float(window.distance_km[0])
        self.count += 1
        return self.count


class History:
    """The last few windows; begins anew where windows do not follow one another."""

    def __init__(self, strut: Strut, windows: int = _HELD) -> None:
        self._strut = strut
        self._windows: deque[Heard] = deque(maxlen=windows)

    def add(self, window: Heard) -> None:
        """Take in the next window."""
        if self._windows and window.first_sample != self._windows[-1].last_sample + 1:
            self._windows.clear()
        self._windows.append(window)

    def clear(self) -> None:
        """Forget: the next window does not follow."""
        self._windows.clear()

    def usual_n(self) -> float:
        """The median of what the windows leave unexplained, N."""
        return float(np.median([window.unexplained_n for window in self._windows]))

    def break_at(self, streak: Streak) -> tuple[int, float]:
        """The sample at which the strut became what it is now, and its distance in km.

        The most likely one, for white residuals: up to it the healthy strut's force explains what was measured, from it
        on that of the newest window's strut. It is looked for from the last good window, which the break may have cut,
        or the oldest that is held, to the first bad one. Where that is not held, or nothing is likelier: the start of
        the first bad window.
        """
        held = [window for window in self._windows if streak.last_good <= window.first_sample <= streak.first_bad]
        if not held or held[-1].first_sample != streak.first_bad:
            return streak.first_bad, streak.first_bad_km
        gain = np.cumsum(self._likelier(held)[::-1])[::-1]
        index = int(gain.argmax())
        if not gain[index] > 0.0:
            return streak.first_bad, streak.first_bad_km
        distance_km = np.concatenate([window.distance_km for window in held])
        return held[0].first_sample + EDGE + index, float(distance_km[EDGE + index])

    def _likelier(self, held: list[Heard]) -> FloatArray:
        """By how much each sample of some windows fits the strut of the newest window better than a healthy one, N²."""
        newest = self.last
        gone, *_ = np.linalg.lstsq(*self._left_and_parts([newest])[::-1], rcond=None)
        left, parts = self._left_and_parts(held)
        return np.asarray(left**2 - (left - parts @ gone) ** 2)

    def _left_and_parts(self, windows: list[Heard]) -> tuple[FloatArray, FloatArray]:
        """The force that a healthy strut leaves, float64[samples], and its parts' forces; 0 near the bump stops."""
        columns, reference = self._columns(windows), self.last.reference
        inside = np.abs(columns[0]) < TRAVEL_LIMIT_M
        return inside * residual(columns, reference), (inside * parts_of(columns, reference)).T

    def _columns(self, windows: list[Heard]) -> FloatArray:
        force = np.concatenate([window.force_n for window in windows]).astype(np.float64)
        travel = np.concatenate([window.travel_m for window in windows]).astype(np.float64)
        return self._strut.columns(force, travel, windows[-1].degc)

    def evidence(self, streak: Streak) -> Evidence:
        """From the last good window, where it is held, or else from the first bad one, to the newest."""
        held = any(window.first_sample == streak.last_good for window in self._windows)
        return Evidence(streak.last_good if held else streak.first_bad, self.last.last_sample)

    @property
    def last(self) -> Heard:
        """The newest window."""
        return self._windows[-1]

    @property
    def last_km(self) -> float:
        """Where the car was at the last sample."""
        return float(self.last.distance_km[-1])

    def state(self) -> list[list[Any]]:
        """Everything needed to go on, as JSON values."""
        return [
            [
                w.first_sample, pack(w.distance_km), pack_single(w.force_n), pack_single(w.travel_m), w.degc,
                pack(w.reference), w.unexplained_n,
            ]
            for w in self._windows
        ]  # fmt: skip

    def restore(self, state: list[list[Any]]) -> None:
        """Go on from a saved state."""
        self._windows.clear()
        self._windows.extend(
            Heard(first, unpack(km), unpack_single(force), unpack_single(travel), degc, unpack(reference), unexplained)
            for first, km, force, travel, degc, reference, unexplained in state
        )
