"""Limits: the judgement of each feedback sample, as soon as it is there.

Every comparison is written so that NaN fails. Shares no code with the control law, the clamp or the progress check.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN
from rig.config import Limit, Rig

KINDS = ("upper", "lower", "following_error", "underpeak", "rate", "end_of_count", "saturated", "stuck", "nan")
UPPER, LOWER, FOLLOWING, UNDERPEAK, RATE, END_OF_COUNT, SATURATED, STUCK, NAN = range(len(KINDS))
ACTIONS = ("indicate", "hold", "stop", "trip")
INDICATE, HOLD, STOP, TRIP = range(len(ACTIONS))
MOST_TOLD = 64
"""Breaches that one call can tell of; what each sample asks for is complete in any case."""

LIMIT = np.dtype(
    [(name, "<i8") for name in ("channel", "kind", "action", "persistence", "cycles", "bad", "breached", "turns")]
    + [(name, "<f8") for name in ("value", "peak", "peak_wanted", "extreme")]
    + [("rising", "<i8")]
)
"""One limit, and how far it is on its way to a breach: ``bad`` samples in a row, ``breached`` 1 while a breach stands
(it is told once), largest feedback and set point of an underpeak window, ``turns`` counted of ``cycles``."""

CHANNEL = np.dtype([("scale", "<f8"), ("offset", "<f8"), ("axis", "<i8"), ("previous", "<i8")])
"""One channel: its scale, the index of its axis (-1 for none) and its last code."""


@dataclass(slots=True)
class LimitTable:
    """The rig file's per-sample limits as records, in their order; ``stale`` is the monitor's, which counts cycles."""

    limits: tuple[Limit, ...]
    rows: NDArray[np.void]
    channels: NDArray[np.void]


def limit_table(rig: Rig) -> LimitTable:
    """The limits of a rig file that are judged sample by sample."""
    names = [channel.name for channel in rig.channels]
    axes = [axis.name for axis in rig.axes]
    limits = tuple(limit for limit in rig.limits if limit.kind != "stale")
    rows, channels = np.zeros(len(limits), LIMIT), np.zeros(len(names), CHANNEL)
    for row, limit in zip(rows, limits, strict=True):
        row["channel"], row["kind"] = names.index(limit.channel), KINDS.index(limit.kind)
        row["action"], row["persistence"] = ACTIONS.index(limit.action), limit.persistence_samples
        row["value"], row["cycles"] = np.nan if limit.value is None else limit.value, limit.cycles or 0
        row["extreme"] = np.nan
    for row, channel in zip(channels, rig.channels, strict=True):
        row["scale"], row["offset"], row["previous"] = channel.scale, channel.offset, CODE_NAN
        row["axis"] = axes.index(channel.name) if channel.name in axes else -1
    return LimitTable(limits, rows, channels)


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that a sample broke: which (index into the table), at which sample, with which value."""

    limit: int
    sample: int
    value: float


class LimitJudge:
    """Judges samples against a table; keeps its memory between blocks."""

    def __init__(self, table: LimitTable, rate_hz: float) -> None:
        self.table = table
        self._rate_hz = float(rate_hz)
        self._found = np.zeros((MOST_TOLD, 3))

    def judge(
        self,
        first: int,
        count: int,
        feedback: NDArray[np.int16],
        expected: NDArray[np.float64],
        requests: NDArray[np.int64],
    ) -> tuple[int, list[Breach]]:
        """Judge ``count`` samples from number ``first`` on.

        Args:
            first, count: which.
            feedback: int16[window, channels], by sample number modulo the window.
            expected: float64[window, axes], the set points, likewise.
            requests: int64[window], likewise: takes the strongest action that each sample asks for, -1 for none.

        Returns:
            the strongest action of all, and the limits that were broken just now.
        """
        t = self.table
        strongest, told = _judge(
            first, count, feedback, expected, t.rows, t.channels, self._rate_hz, requests, self._found
        )
        return strongest, [
            Breach(int(row[0]), int(row[1]), float(row[2])) for row in self._found[:told]
        ] if told else []


@njit(cache=True)
def _look(limit, code, before, measured, setpoint, scale, rate_hz):  # type: ignore[no-untyped-def]
    """What a limit looks at, and whether this sample is bad; ``measured`` is NaN where the sensor is not there."""
    kind, value, missing = limit.kind, measured, code == CODE_NAN
    if kind == UPPER:
        bad = not measured <= limit.value
    elif kind == LOWER:
        bad = not measured >= limit.value
    elif kind == FOLLOWING:
        value = setpoint - measured
        bad = not abs(value) <= limit.value
    elif kind == RATE:
        value = 0.0 if before == CODE_NAN else scale * (float(code) - float(before)) * rate_hz
        bad = missing or not abs(value) <= limit.value
    elif kind == SATURATED:
        bad = code >= CODE_MAX or code <= CODE_MIN
    elif kind == STUCK:
        bad = code == before
    else:
        bad = missing
    return value, bad


@njit(cache=True)
def _look_at_window(limit, measured, setpoint):  # type: ignore[no-untyped-def]
    """Underpeak: gather the peaks of feedback and set point, and judge them when the window is full."""
    if not np.isnan(measured):
        limit.peak = max(limit.peak, abs(measured))
    limit.peak_wanted = max(limit.peak_wanted, abs(setpoint))
    limit.bad += 1
    if limit.bad < limit.persistence:
        return 0.0, False
    value, bad = limit.peak, not limit.peak >= limit.value * limit.peak_wanted
    limit.peak = limit.peak_wanted = 0.0
    limit.bad = limit.bad if bad else 0
    return value, bad


@njit(cache=True)
def _count(limit, measured):  # type: ignore[no-untyped-def]
    """End of count: a cycle is a fall and a rise of at least the limit's value each; a missing sensor counts nothing.

    At its end the count begins anew, so that a hold comes again after as many cycles.
    """
    if np.isnan(limit.extreme):
        limit.extreme, limit.rising = measured, 1
    elif limit.rising == 1:
        limit.extreme = max(limit.extreme, measured)
        if measured <= limit.extreme - limit.value:
            limit.rising, limit.extreme = 0, measured
    else:
        limit.extreme = min(limit.extreme, measured)
        if measured >= limit.extreme + limit.value:
            limit.rising, limit.extreme = 1, measured
            limit.turns += 1
    ended = limit.turns >= limit.cycles or np.isnan(measured)
    turns = np.nan if np.isnan(measured) else float(limit.turns)
    limit.turns = 0 if ended else limit.turns
    limit.bad = 1 if ended else 0
    return turns, ended


@njit(cache=True)
def _judge(first, count, feedback, expected, limits, channels, rate_hz, requests, found):  # type: ignore[no-untyped-def]
    told, strongest, size = 0, -1, feedback.shape[0]
    for sample in range(first, first + count):
        at, request = sample % size, -1
        for index in range(limits.shape[0]):
            limit = limits[index]
            channel = channels[limit.channel]
            code = feedback[at, limit.channel]
            measured = np.nan if code == CODE_NAN else channel.offset + channel.scale * code
            setpoint = expected[at, channel.axis] if channel.axis >= 0 else np.nan
            if limit.kind == UNDERPEAK:
                value, bad = _look_at_window(limit, measured, setpoint)
            elif limit.kind == END_OF_COUNT:
                value, bad = _count(limit, measured)
            else:
                value, bad = _look(limit, code, channel.previous, measured, setpoint, channel.scale, rate_hz)
                limit.bad = limit.bad + 1 if bad else 0
            if bad and limit.bad >= limit.persistence:
                request = max(request, limit.action)
                if limit.breached == 0 and told < found.shape[0]:
                    limit.breached = 1
                    found[told, 0], found[told, 1], found[told, 2] = index, sample, value
                    told += 1
                if limit.kind == UNDERPEAK:
                    limit.bad = 0
            elif limit.bad == 0:
                limit.breached = 0
        for index in range(channels.shape[0]):
            channels[index].previous = feedback[at, index]
        requests[at] = request
        strongest = max(strongest, request)
    return strongest, told
