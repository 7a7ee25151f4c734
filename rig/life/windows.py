"""Rows into windows of fixed length, aligned by sample number, with what is fit to be judged told from what is not."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_MIN
from rig.config import Rig
from rig.record.rows import row_dtype
from rig.state import RigState

FloatArray = NDArray[np.float64]
CodeArray = NDArray[np.int16]
Rows = NDArray[np.void]

STUCK_SAMPLES = 50
"""A live sensor's noise does not give the same code so many times in a row (0.1 s at 500 Hz; design value)."""


def trustworthy(codes: CodeArray) -> NDArray[np.bool_]:
    """Where a code is a measurement: neither NaN nor at an end of the range."""
    return np.asarray((codes > CODE_MIN) & (codes < CODE_MAX))


def longest_run(codes: CodeArray) -> int:
    """The most equal codes one after the other."""
    if len(codes) == 0:
        return 0
    changes = np.flatnonzero(np.diff(codes)) + 1
    edges = np.concatenate([[0], changes, [len(codes)]])
    return int(np.diff(edges).max())


class Decoder:
    """Rows to values in SI units, by the names of the rig's axes and channels."""

    def __init__(self, rig: Rig) -> None:
        self.dtype = row_dtype(len(rig.axes), len(rig.channels))
        self._channels = {channel.name: (index, channel) for index, channel in enumerate(rig.channels)}
        self._axes = {axis.name: (index, axis) for index, axis in enumerate(rig.axes)}

    def codes(self, rows: Rows, channel: str) -> CodeArray:
        """int16[rows], the feedback codes of a channel."""
        return np.asarray(rows["feedback"][:, self._channels[channel][0]])

    def feedback(self, rows: Rows, channel: str) -> FloatArray:
        """float64[rows], what was measured; codes that are no measurement decode to nonsense: see `trustworthy`."""
        quantity = self._channels[channel][1]
        return quantity.offset + quantity.scale * self.codes(rows, channel).astype(np.float64)

    def setpoint(self, rows: Rows, axis: str) -> FloatArray:
        """float64[rows], what the feedback of an axis should have been."""
        index, quantity = self._axes[axis]
        return quantity.offset + quantity.scale * rows["setpoint"][:, index].astype(np.float64)

    def live(self, rows: Rows, channel: str) -> bool:
        """Whether a fast channel can be judged: every code a measurement, and none repeated as a dead sensor does."""
        codes = self.codes(rows, channel)
        return bool(trustworthy(codes).all()) and longest_run(codes) < STUCK_SAMPLES

    def present(self, rows: Rows, channel: str) -> bool:
        """Whether a slow channel can be used: every code a measurement."""
        return bool(trustworthy(self.codes(rows, channel)).all())


def in_motion(rows: Rows) -> NDArray[np.bool_]:
    """Where the rig plays the road in full: RUNNING at span 1."""
    return np.asarray((rows["state"] == int(RigState.RUNNING)) & (rows["span"] == 1.0))


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive rows, the first at a multiple of the window's length.

    ``moving`` says that the rig played the road in full for the whole of it; ``surface`` is the index of the surface
    under most of it, -1 where less than four fifths have the same.
    """

    first_sample: int
    rows: Rows
    moving: bool
    surface: int

    @property
    def last_sample(self) -> int:
        """The last sample of the window."""
        return self.first_sample + len(self.rows) - 1


class WindowAssembler:
    """Cuts the stream of rows into windows. Where rows are missing the window is left out, never filled in."""

    def __init__(self, decoder: Decoder, samples: int, surface_of_segment: NDArray[np.int64]) -> None:
        self._dtype, self._samples, self._surfaces = decoder.dtype, samples, surface_of_segment
        self._pending: Rows = np.empty(0, decoder.dtype)

    def push(self, rows: Rows) -> Iterator[Window]:
        """The windows that these rows complete."""
        rows = np.concatenate([self._pending, rows]) if len(self._pending) else rows
        if len(rows) == 0:
            return
        numbers = rows["sample"].astype(np.int64)
        cuts = np.flatnonzero(np.diff(numbers // self._samples)) + 1
        parts = np.split(rows, cuts)
        self._pending = parts[-1].copy() if not self._complete(parts[-1]) else np.empty(0, self._dtype)
        for part in parts if len(self._pending) == 0 else parts[:-1]:
            if self._complete(part):
                yield self._window(part)

    def _complete(self, rows: Rows) -> bool:
        first = int(rows["sample"][0])
        expected = np.arange(first, first + self._samples, dtype=np.uint64)
        return first % self._samples == 0 and np.array_equal(rows["sample"], expected)

    def _window(self, rows: Rows) -> Window:
        counts = np.bincount(surface_index(rows, self._surfaces), minlength=1)
        most = int(counts.argmax())
        surface = most if counts[most] >= 0.8 * len(rows) else -1
        return Window(int(rows["sample"][0]), rows, bool(in_motion(rows).all()), surface)

    def state(self) -> dict[str, Any]:
        """The rows of the window that is not complete, as JSON values."""
        return {"pending": base64.b64encode(self._pending.tobytes()).decode("ascii")}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._pending = rows_of(state["pending"], self._dtype)


def rows_of(text: str, dtype: np.dtype[np.void]) -> Rows:
    """Rows from base64 text."""
    return np.frombuffer(base64.b64decode(text), dtype).copy()


def surface_index(rows: Rows, surface_of_segment: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[rows], the surface under each row; the last index of all stands for rows that lie in no segment."""
    return surface_under(rows["segment"], surface_of_segment)


def surface_under(segment: NDArray[np.integer], surface_of_segment: NDArray[np.int64]) -> NDArray[np.int64]:
    """As `surface_index`, of segments alone."""
    segment = segment.astype(np.int64)
    nowhere = len(surface_of_segment) - 1
    known = (segment >= 0) & (segment < nowhere)
    return np.asarray(surface_of_segment[np.where(known, segment, nowhere)])
