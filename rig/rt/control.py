"""The control law, sample by sample: the command for sample i + lead from feedback up to sample i.

``command = span x drive + trim``. However samples are batched into cycles, the result is the same bit for bit.
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.config import Rig
from rig.rt.limits import HOLD, STOP

WINDOW = 64
"""Samples that are kept by number modulo this; more than any lead plus any block."""


class Mode(IntEnum):
    """What the law is doing."""

    RUN = 0
    HOLD = 1
    STOP = 2
    DONE = 3


@dataclass(slots=True)
class LawState:
    """Everything that the law remembers; what a checkpoint must hold.

    ``span``: 0 to 1. ``mode``: a `Mode`. ``drive_index``: drive rows used. ``done_at``: first sample after the
    motion (-1 while it lasts). ``target_reached``: 1 once the drive or the target distance is done.
    ``integral`` float64[axes]. ``expected`` float64[WINDOW, axes]: what feedback should be, by sample number.
    """

    span: float = 1.0
    mode: int = int(Mode.RUN)
    drive_index: int = 0
    done_at: int = -1
    target_reached: int = 0
    integral: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    expected: NDArray[np.float64] = field(default_factory=lambda: np.zeros((WINDOW, 0)))
    place: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))  # distance, speed, segment


@dataclass(slots=True)
class Outcome:
    """What one block of commands says about each of its samples; arrays of ``capacity`` rows, reused."""

    commands: NDArray[np.float64]
    setpoints: NDArray[np.float64]
    span: NDArray[np.float64]
    mode: NDArray[np.int64]
    place: NDArray[np.float64]

    @classmethod
    def of(cls, capacity: int, axes: int) -> "Outcome":
        """Room for ``capacity`` samples."""
        shape = (capacity, axes)
        return cls(
            np.zeros(shape), np.zeros(shape), np.zeros(capacity), np.zeros(capacity, np.int64), np.zeros((capacity, 3))
        )


class ControlLaw:
    """The law for one rig. Keeps its state; `command` computes the next samples."""

    def __init__(self, rig: Rig, target_m: float) -> None:
        axes = rig.axes
        names = [channel.name for channel in rig.channels]
        self.lead = rig.lead_samples
        self.state = LawState(
            integral=np.zeros(len(axes)), expected=np.tile(np.array([a.neutral for a in axes]), (WINDOW, 1))
        )
        self._target_m = target_m
        self._dt = 1.0 / rig.sample_rate_hz
        self._span_step = 1.0 / max(1.0, rig.ramp_s * rig.sample_rate_hz)
        self._channel = np.array([names.index(axis.name) for axis in axes], np.int64)
        self._scale = np.array([rig.channels[index].scale for index in self._channel])
        self._offset = np.array([rig.channels[index].offset for index in self._channel])
        self._law = np.array(
            [
                (
                    a.neutral,
                    a.control.proportional,
                    a.control.integral_per_s,
                    a.control.trim_limit,
                    a.actuator.lowest,
                    a.actuator.highest,
                )
                for a in axes
            ]
        )

    def ask(self, mode: Mode) -> bool:
        """Ask for HOLD, RUN (resume) or STOP; True where that changes something. Every change is a ramp."""
        allowed = {Mode.HOLD: (Mode.RUN,), Mode.RUN: (Mode.HOLD,), Mode.STOP: (Mode.RUN, Mode.HOLD)}
        if self.state.mode not in allowed.get(mode, ()):
            return False
        self.state.mode = int(mode)
        return True

    def command(
        self,
        first: int,
        codes: NDArray[np.int16],
        requests: NDArray[np.int64],
        drive: NDArray[np.float64],
        drive_ends_at: int,
        out: Outcome,
        count: int,
    ) -> None:
        """Commands for samples ``first`` to ``first + count``, into ``out``.

        Args:
            first: the number of the first sample to command.
            codes: int16[count, channels], the feedback of sample ``first - lead`` and on (unused before sample 0).
            requests: int64[count], what the limits ask for at each of those (-1: nothing).
            drive: float64[capacity, 2 x axes + 3], the drive queue, by row number modulo its capacity.
            drive_ends_at: the number of drive rows in all; -1 while that is not known.
            out: takes the results.
            count: number of samples, at most the lead.
        """
        s = self.state
        scalars = np.array([s.span, s.mode, s.drive_index, s.done_at, s.target_reached], np.float64)
        _control(
            first,
            count,
            self.lead,
            codes,
            requests,
            drive,
            drive_ends_at,
            self._target_m,
            self._dt,
            self._span_step,
            self._channel,
            self._scale,
            self._offset,
            self._law,
            scalars,
            s.integral,
            s.expected,
            s.place,
            out.commands,
            out.setpoints,
            out.span,
            out.mode,
            out.place,
        )
        s.span, s.mode, s.drive_index = float(scalars[0]), int(scalars[1]), int(scalars[2])
        s.done_at, s.target_reached = int(scalars[3]), int(scalars[4])


_RUN, _HOLD, _STOP, _DONE = (int(mode) for mode in Mode)


@njit(cache=True)
def _progress(span, mode, drive_index, request, drive_ends_at, distance_m, target_m, span_step):  # type: ignore[no-untyped-def]
    """Mode, span and place in the drive for the next sample.

    ``distance_m`` is that of the row at hand. The drive's end and the target distance are both "the road is done"; at
    its end the drive stands still, so that a stop or a hold that is under way there ends as a ramp too.

    Returns:
        span, mode, whether a row is played, whether the drive has ended, whether the road was done just now.
    """
    if request == HOLD and mode == _RUN:
        mode = _HOLD
    elif request == STOP and (mode in (_RUN, _HOLD)):
        mode = _STOP
    ended, reached = 0 <= drive_ends_at <= drive_index, False
    if ended and (mode == _RUN or drive_ends_at == 0):
        mode, reached = _DONE, mode == _RUN
    moving = mode == _RUN or (mode in (_HOLD, _STOP) and span > 0.0)
    if mode == _RUN and distance_m >= target_m:
        mode, reached = _STOP, True
    span = min(1.0, span + span_step) if mode == _RUN else max(0.0, span - span_step)
    if mode == _STOP and span == 0.0:
        mode = _DONE
    return span, mode, moving, ended, reached


@njit(cache=True)
def _trim(error, integral, dt, span, wanted, law):  # type: ignore[no-untyped-def]
    """PI with anti-windup: the trim that goes on top of ``wanted``, within its limit and the axis' range.

    Returns:
        the trim, and the new integral.
    """
    proportional, integral_per_s, trim_limit, lowest, highest = law[1], law[2], law[3], law[4], law[5]
    trim = proportional * error + integral + integral_per_s * error * dt
    low = max(-trim_limit, lowest - wanted)
    high = min(trim_limit, highest - wanted)
    # no wind-up: not at span 0, where the trim moves nothing, and at a bound only away from it
    if span > 0.0 and (trim <= high or error < 0.0) and (trim >= low or error > 0.0):
        integral += integral_per_s * error * dt
    if not low <= high:
        trim = 0.0
    elif trim > high:
        trim = high
    elif trim < low:
        trim = low
    return trim, integral


@njit(cache=True)
def _control(  # type: ignore[no-untyped-def]
    first,
    count,
    lead,
    codes,
    requests,
    drive,
    drive_ends_at,
    target_m,
    dt,
    span_step,
    channel,
    scale,
    offset,
    law,
    scalars,
    integral,
    expected,
    place,
    commands,
    setpoints,
    spans,
    modes,
    places,
):
    axes = law.shape[0]
    span, mode, drive_index = scalars[0], int(scalars[1]), int(scalars[2])
    done_at, target_reached = int(scalars[3]), int(scalars[4])
    for k in range(count):
        sample = first + k
        judged = sample - lead
        request = requests[k] if judged >= 0 else -1
        row = (drive_ends_at - 1 if 0 <= drive_ends_at <= drive_index else drive_index) % drive.shape[0]
        span, mode, moving, ended, reached = _progress(
            span, mode, drive_index, request, drive_ends_at, drive[row, 2 * axes], target_m, span_step
        )
        target_reached = 1 if reached else target_reached
        if moving:
            for item in range(3):
                place[item] = drive[row, 2 * axes + item]
            drive_index += 0 if ended else 1
        if mode == _DONE and done_at < 0:
            done_at = sample
        for axis in range(axes):
            neutral = law[axis, 0]
            wanted, setpoint = neutral, neutral
            if moving and mode != _DONE:
                wanted = neutral + span * (drive[row, axis] - neutral)
                setpoint = neutral + span * (drive[row, axes + axis] - neutral)
                if not abs(setpoint) < np.inf:
                    wanted = np.nan  # what can't be judged must not be played: the clamp refuses it
            error = 0.0
            if judged >= 0:
                code = codes[k, channel[axis]]
                # a missing sensor must not get into the integral; the limits decide what becomes of the run
                if code != -32768:
                    error = expected[judged % expected.shape[0], axis] - (offset[axis] + scale[axis] * code)
            trim, integral[axis] = _trim(error, integral[axis], dt, span, wanted, law[axis])
            commands[k, axis] = wanted + span * trim
            setpoints[k, axis] = setpoint
            expected[sample % expected.shape[0], axis] = setpoint
        spans[k], modes[k] = span, mode
        for item in range(3):
            places[k, item] = place[item]
    scalars[0], scalars[1], scalars[2], scalars[3], scalars[4] = span, mode, drive_index, done_at, target_reached
