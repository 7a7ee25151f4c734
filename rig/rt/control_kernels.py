"""The control law, sample by sample, compiled. All state lies in records that are changed in place.

Every kernel that `control` calls stands in this file: the compiler's cache looks at one file only.
"""

import math

import numpy as np
from numba import njit

from rig.rt.limits import HOLD, STOP

WINDOW = 64
"""Samples that are kept by number modulo this; more than any lead plus any block."""

LAW = np.dtype(
    [(name, "<f8") for name in ("span", "span_wanted", "span_step", "target_m", "dt_s")]
    + [(name, "<i8") for name in ("mode", "drive_index", "done_at", "target_reached", "lead")]
    + [("place", "<f8", (3,))]
)
"""One record. ``span`` 0 to 1 and where it is going; ``mode`` a `rig.rt.control.Mode`; ``drive_index`` drive rows used;
``done_at`` the first sample after the motion, -1 while it lasts; ``place`` distance (m), speed (m/s), segment."""

AXIS = np.dtype(
    [(name, "<f8") for name in ("neutral", "scale", "offset", "lowest", "highest")]
    + [(name, "<f8") for name in ("proportional", "integral_per_s", "trim_limit", "integral")]
    + [(name, "<f8") for name in ("gain", "gain_wanted", "gain_step", "gain_lowest", "gain_highest")]
    + [(name, "<f8") for name in ("shift", "shift_wanted", "shift_step", "shift_limit")]
    + [(name, "<f8") for name in ("least_square", "sum_gain", "sum_shift")]
    + [("sums", "<f8", (9,)), ("channel", "<i8"), ("window", "<i8"), ("counted", "<i8")]
)
"""One record an axis. ``integral`` trim; ``gain`` and ``shift`` (samples) of the drive with where they are going, how
fast and how far; ``window`` samples of adaptation, 0 for none, and what has been summed in the present one."""

_RUN, _HOLD, _STOP, _DONE = range(4)
_MISSING = -32768
_S, _D, _Y, _SS, _SD, _DD, _SY, _DY, _YY = range(9)
_LEAST_DETERMINATION = 0.9
"""A window whose regression explains less of the feedback than this says nothing of gain and delay."""


@njit(cache=True)
def _ramped(value, wanted, step):  # type: ignore[no-untyped-def]
    return min(wanted, value + step) if value < wanted else max(wanted, value - step)


@njit(cache=True)
def _progress(law, request, drive_ends_at, distance_m):  # type: ignore[no-untyped-def]
    """Mode, span and place in the drive for the next sample.

    ``distance_m`` is that of the row at hand. The drive's end and the target distance are both "the road is done"; at
    its end the drive stands still, so that a stop or a hold that is under way there ends as a ramp too.

    Returns:
        whether a row is played.
    """
    if request == HOLD and law.mode == _RUN:
        law.mode = _HOLD
    elif request == STOP and (law.mode == _RUN or law.mode == _HOLD):
        law.mode = _STOP
    ended = 0 <= drive_ends_at <= law.drive_index
    if ended and (law.mode == _RUN or drive_ends_at == 0):
        law.target_reached = 1 if law.mode == _RUN else law.target_reached
        law.mode = _DONE
    moving = law.mode == _RUN or ((law.mode == _HOLD or law.mode == _STOP) and law.span > 0.0)
    if law.mode == _RUN and distance_m >= law.target_m:
        law.mode, law.target_reached = _STOP, 1
    law.span = _ramped(law.span, law.span_wanted if law.mode == _RUN else 0.0, law.span_step)
    if law.mode == _STOP and law.span == 0.0:
        law.mode = _DONE
    if moving and not ended:
        law.drive_index += 1
    return moving


@njit(cache=True)
def _played(drive, row, last, column, shift):  # type: ignore[no-untyped-def]
    """The drive ``shift`` samples after a row, by Lagrange's cubic; the very row where the shift is 0."""
    if shift == 0.0:
        return drive[row % drive.shape[0], column]
    whole = math.floor(shift)
    f, at = shift - whole, row + int(whole)
    value = 0.0
    for k in range(4):
        number = min(max(at + k - 1, 0), last) % drive.shape[0]
        if k == 0:
            weight = -f * (f - 1.0) * (f - 2.0) / 6.0
        elif k == 1:
            weight = (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0
        elif k == 2:
            weight = -(f + 1.0) * f * (f - 2.0) / 2.0
        else:
            weight = (f + 1.0) * f * (f - 1.0) / 6.0
        value += weight * drive[number, column]
    return value


@njit(cache=True)
def _trim(axis, error, dt_s, span, wanted):  # type: ignore[no-untyped-def]
    """PI with anti-windup: the trim that goes on top of ``wanted``, within its limit and the axis' range.

    A drive that is itself beyond the range gets none: the clamp must see it, and not what a trim made of it.
    """
    if not axis.lowest <= wanted <= axis.highest:
        return 0.0
    change = axis.integral_per_s * error * dt_s
    trim = axis.proportional * error + axis.integral + change
    low = max(-axis.trim_limit, axis.lowest - wanted)
    high = min(axis.trim_limit, axis.highest - wanted)
    # no wind-up: not at span 0, where the trim moves nothing, and at a bound only away from it
    if span > 0.0 and (trim <= high or error < 0.0) and (trim >= low or error > 0.0):
        axis.integral += change
    return min(max(trim, low), high)


@njit(cache=True)
def _gather(axis, before, setpoint, after, measured):  # type: ignore[no-untyped-def]
    """Add a sample to the present window: the feedback against set point and set point rate (per sample)."""
    s, d, y = setpoint - axis.neutral, 0.5 * (after - before), measured - axis.neutral
    sums = axis.sums
    sums[_S] += s
    sums[_D] += d
    sums[_Y] += y
    sums[_SS] += s * s
    sums[_SD] += s * d
    sums[_DD] += d * d
    sums[_SY] += s * y
    sums[_DY] += d * y
    sums[_YY] += y * y
    axis.counted += 1
    axis.sum_gain += axis.gain
    axis.sum_shift += axis.shift


@njit(cache=True)
def _conclude(axis):  # type: ignore[no-untyped-def]
    """From a full window: feedback = a s + c ds, so the axis has gain a and delay -c/a; what makes up for them.

    They are measured about the window's mean gain and shift, which moved while it was gathered.
    """
    n, m = float(axis.counted), axis.sums
    ss, sd, dd = m[_SS] - m[_S] * m[_S] / n, m[_SD] - m[_S] * m[_D] / n, m[_DD] - m[_D] * m[_D] / n
    sy, dy, yy = m[_SY] - m[_S] * m[_Y] / n, m[_DY] - m[_D] * m[_Y] / n, m[_YY] - m[_Y] * m[_Y] / n
    determinant = ss * dd - sd * sd
    if ss >= n * axis.least_square and determinant > 0.0:
        a, c = (sy * dd - dy * sd) / determinant, (dy * ss - sy * sd) / determinant
        if a > 0.0 and a * sy + c * dy >= _LEAST_DETERMINATION * yy:
            gain, shift = axis.sum_gain / n / a, axis.sum_shift / n - c / a
            axis.gain_wanted = min(max(gain, axis.gain_lowest), axis.gain_highest)
            axis.shift_wanted = min(max(shift, -axis.shift_limit), axis.shift_limit)


@njit(cache=True)
def _adapt(axis, number, feedback, expected, index):  # type: ignore[no-untyped-def]
    """Adaptation by one judged sample: looks at the one before it, whose neighbours are both known.

    A window with a missing sensor in it says nothing: the limits decide what becomes of that.
    """
    size = expected.shape[0]
    if number >= 2:
        code = feedback[(number - 1) % size, axis.channel]
        if code != _MISSING:
            before, after = expected[(number - 2) % size, index], expected[number % size, index]
            _gather(axis, before, expected[(number - 1) % size, index], after, axis.offset + axis.scale * code)
        if number % axis.window == 0:
            if axis.counted == axis.window:
                _conclude(axis)
            axis.counted, axis.sum_gain, axis.sum_shift = 0, 0.0, 0.0
            axis.sums[:] = 0.0
    axis.gain = _ramped(axis.gain, axis.gain_wanted, axis.gain_step)
    axis.shift = _ramped(axis.shift, axis.shift_wanted, axis.shift_step)


@njit(cache=True)
def control(first, count, feedback, requests, drive, drive_ends_at, laws, axes, expected, out):  # type: ignore[no-untyped-def]
    """Commands for samples ``first`` to ``first + count``; see `rig.rt.control.ControlLaw.command`."""
    law, size, count_axes = laws[0], expected.shape[0], axes.shape[0]
    for k in range(count):
        sample, o = first + k, out[k]
        judged = sample - law.lead
        request = requests[judged % size] if judged >= 0 else -1
        last = drive_ends_at - 1 if drive_ends_at >= 0 else law.drive_index + size
        row = last if 0 <= drive_ends_at <= law.drive_index else law.drive_index
        moving = _progress(law, request, drive_ends_at, drive[row % drive.shape[0], 2 * count_axes])
        if moving:
            for item in range(3):
                law.place[item] = drive[row % drive.shape[0], 2 * count_axes + item]
        if law.mode == _DONE and law.done_at < 0:
            law.done_at = sample
        for index in range(count_axes):
            axis = axes[index]
            wanted, setpoint = axis.neutral, axis.neutral
            if moving and law.mode != _DONE:
                played = _played(drive, row, last, index, axis.shift)
                wanted = axis.neutral + law.span * (axis.gain * (played - axis.neutral))
                aim = drive[row % drive.shape[0], count_axes + index]
                setpoint = axis.neutral + law.span * (aim - axis.neutral)
                if not abs(setpoint) < np.inf:
                    wanted = np.nan  # what can't be judged must not be played: the clamp refuses it
            error = 0.0
            if judged >= 0:
                code = feedback[judged % size, axis.channel]
                # a missing sensor must not get into the integral; the limits decide what becomes of the run
                if code != _MISSING:
                    error = expected[judged % size, index] - (axis.offset + axis.scale * code)
                if axis.window > 0:
                    _adapt(axis, judged, feedback, expected, index)
            trim = _trim(axis, error, law.dt_s, law.span, wanted)
            o.commands[index] = wanted + law.span * trim
            o.setpoints[index] = setpoint
            expected[sample % size, index] = setpoint
        o.span, o.mode = law.span, law.mode
        for item in range(3):
            o.place[item] = law.place[item]
