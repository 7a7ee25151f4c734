"""The control law: the command for sample i + lead from feedback up to sample i.

``command = span x gain x drive(shifted) + trim``. However samples are batched into cycles, the result is the same bit
for bit. Gain and shift of a device-closed axis adapt slowly; a host-closed axis has PI on top of its feed-forward.
"""

import math
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from rig.config import Axis, Rig
from rig.rt import control_kernels as kernels
from rig.rt.beginning import LEARNED, START, Beginning
from rig.rt.control_kernels import WINDOW

__all__ = ["WINDOW", "ControlLaw", "Mode", "Outcome", "outcome_of", "places"]

Outcome = NDArray[np.void]
"""What one block of commands says about each of its samples: see `outcome_of`."""


class Mode(IntEnum):
    """What the law is doing."""

    RUN = 0
    HOLD = 1
    STOP = 2
    DONE = 3


_MODES = tuple(Mode)
_ALLOWED = {Mode.HOLD: (Mode.RUN,), Mode.RUN: (Mode.HOLD,), Mode.STOP: (Mode.RUN, Mode.HOLD)}


def places(first: int, count: int) -> slice | NDArray[np.int64]:
    """Rows of a window that hold samples ``first`` to ``first + count``, by sample number modulo `WINDOW`.

    A slice where they lie in one piece, which costs less than indices; int64[count] where they go round the end.
    """
    at = first % WINDOW
    return slice(at, at + count) if at + count <= WINDOW else np.arange(first, first + count) % WINDOW


def outcome_of(capacity: int, axes: int) -> Outcome:
    """Room for the outcome of ``capacity`` samples, reused from block to block.

    Fields: ``commands`` and ``setpoints`` float64[axes], ``span``, ``mode``, ``place`` float64[3] (distance in m, speed
    in m/s, segment).
    """
    row = [("commands", "<f8", (axes,)), ("setpoints", "<f8", (axes,)), ("span", "<f8"), ("mode", "<i8")]
    return np.zeros(capacity, np.dtype([*row, ("place", "<f8", (3,))]))


class ControlLaw:
    """The law for one rig. `command` computes the next samples; what it remembers is plain records.

    Attributes:
        law: one record of `kernels.LAW`.
        axes: a record of `kernels.AXIS` for each axis.
        expected: float64[WINDOW, axes], what feedback should be, by sample number modulo `WINDOW`.
        rows_ahead: drive rows beyond the present one that a command may look at.

    Raises:
        ValueError: the law is to begin with what it can't have been or learned.
    """

    def __init__(self, rig: Rig, target_m: float, beginning: Beginning = START) -> None:
        self.law = np.zeros(1, kernels.LAW)
        self.axes = np.zeros(len(rig.axes), kernels.AXIS)
        self.expected: NDArray[np.float64] = np.tile(np.array([axis.neutral for axis in rig.axes]), (WINDOW, 1))
        # What the loop looks at in each cycle, as arrays of one: an item of a record takes several times as long.
        self._mode, self._span, self._done_at = self.law["mode"], self.law["span"], self.law["done_at"]
        self._drive_index = self.law["drive_index"]
        if not 0.0 < beginning.wanted_span <= 1.0:
            raise ValueError(f"a span of {beginning.wanted_span} is not more than 0 and at most 1")
        state = self._state
        state["span"], state["span_wanted"] = 0.0 if beginning.run_up else 1.0, beginning.wanted_span
        state["span_step"] = 1.0 / max(1.0, rig.ramp_s * rig.sample_rate_hz)
        state["target_m"], state["dt_s"] = target_m, 1.0 / rig.sample_rate_hz
        state["lead"], state["done_at"] = rig.lead_samples, -1
        names = [channel.name for channel in rig.channels]
        for record, axis in zip(self.axes, rig.axes, strict=True):
            channel = names.index(axis.name)
            record["channel"] = channel
            record["scale"], record["offset"] = rig.channels[channel].scale, rig.channels[channel].offset
            _fill(record, axis, rig.sample_rate_hz)
        if beginning.learned:
            _take_up(self.axes, beginning.learned)
        self._learned = [self.axes[name] for name in LEARNED]
        self.rows_ahead = 2 + math.ceil(float(self.axes["shift_limit"].max()))

    @property
    def _state(self) -> np.void:
        record: np.void = self.law[0]
        return record

    @property
    def mode(self) -> Mode:
        """What the law is doing."""
        return _MODES[int(self._mode.item())]

    @property
    def span(self) -> float:
        """The present span, 0 to 1."""
        return float(self._span.item())

    def learned(self, into: NDArray[np.float64]) -> None:
        """What has been learned of each axis, into float64[axes, len(LEARNED)]; see `rig.rt.beginning`."""
        for column, values in enumerate(self._learned):
            into[:, column] = values

    @property
    def drive_index(self) -> int:
        """Drive rows used."""
        return int(self._drive_index.item())

    @property
    def done_at(self) -> int:
        """The first sample after the motion; -1 while it lasts."""
        return int(self._done_at.item())

    @property
    def target_reached(self) -> bool:
        """Whether the drive or the target distance is done."""
        return bool(self._state["target_reached"])

    def ask(self, mode: Mode) -> bool:
        """Ask for HOLD, RUN (resume) or STOP; True where that changes something. Every change is a ramp."""
        if self.mode not in _ALLOWED.get(mode, ()):
            return False
        self._state["mode"] = int(mode)
        return True

    def want_span(self, span: float) -> bool:
        """Ramp to another span, more than 0 to 1, now or after a hold; True where the law still plays.

        Raises:
            ValueError: the span is not within its bounds.
        """
        if not 0.0 < span <= 1.0:
            raise ValueError(f"a span of {span} is not more than 0 and at most 1")
        if self.mode not in (Mode.RUN, Mode.HOLD):
            return False
        self._state["span_wanted"] = span
        return True

    def command(
        self,
        first: int,
        feedback: NDArray[np.int16],
        requests: NDArray[np.int64],
        drive: NDArray[np.float64],
        drive_ends_at: int,
        out: Outcome,
        count: int,
    ) -> None:
        """Commands for samples ``first`` to ``first + count``, into the first rows of ``out``.

        Args:
            first: the number of the first sample to command.
            feedback: int16[WINDOW, channels], by sample number modulo `WINDOW`, up to sample ``first + count - lead``.
            requests: int64[WINDOW], by sample number modulo `WINDOW`: what the limits ask for (-1: nothing).
            drive: float64[capacity, 2 x axes + 3], drive rows by number modulo the capacity.
            drive_ends_at: the number of drive rows in all; -1 while that is not known.
            out: takes the results, see `outcome_of`.
            count: number of samples, at most the lead.
        """
        kernels.control(first, count, feedback, requests, drive, drive_ends_at, self.law, self.axes, self.expected, out)


def _take_up(axes: NDArray[np.void], learned: tuple[tuple[float, ...], ...]) -> None:
    """Begin with what was learned of each axis; written so that NaN is refused."""
    for record, values in zip(axes, learned, strict=True):
        gain, gain_wanted, shift, shift_wanted, integral = values
        adapts = record["window"] > 0
        lowest, highest = (record["gain_lowest"], record["gain_highest"]) if adapts else (1.0, 1.0)
        good = all(lowest <= each <= highest for each in (gain, gain_wanted))
        good &= all(abs(each) <= record["shift_limit"] for each in (shift, shift_wanted))
        if not (good and abs(integral) <= record["trim_limit"]):
            raise ValueError(f"{values} can't have been learned of an axis: gains, shifts in samples, trim")
        for name, value in zip(LEARNED, values, strict=True):
            record[name] = value


def _fill(record: np.void, axis: Axis, rate_hz: int) -> None:
    control, actuator = axis.control, axis.actuator
    record["neutral"], record["lowest"], record["highest"] = axis.neutral, actuator.lowest, actuator.highest
    record["proportional"], record["integral_per_s"] = control.proportional, control.integral_per_s
    record["trim_limit"] = control.trim_limit
    record["gain"] = record["gain_wanted"] = 1.0
    if (adapt := control.adapt) is not None:
        record["window"], record["least_square"] = round(adapt.window_s * rate_hz), adapt.least_rms**2
        record["gain_step"], record["shift_step"] = adapt.gain_per_s / rate_hz, adapt.delay_s_per_s
        record["gain_lowest"], record["gain_highest"] = adapt.lowest_gain, adapt.highest_gain
        record["shift_limit"] = adapt.delay_limit_s * rate_hz
