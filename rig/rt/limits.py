"""Limits: the judgement of each feedback sample, and the clamp that is the last step before the wire.

Every comparison is written so that NaN fails. The two kernels share no code with each other or with the control law.
"""

from dataclasses import dataclass, field

import numpy as np
from numba import njit
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN, Channel
from rig.config import Limit, Rig

KINDS = ("upper", "lower", "following_error", "underpeak", "rate", "saturated", "stuck", "nan")
UPPER, LOWER, FOLLOWING, UNDERPEAK, RATE, SATURATED, STUCK, NAN = range(len(KINDS))
ACTIONS = ("indicate", "hold", "stop", "trip")
INDICATE, HOLD, STOP, TRIP = range(len(ACTIONS))


@dataclass(slots=True)
class LimitTable:
    """The rig file's per-sample limits as arrays, and how far each is on its way to a breach.

    ``counts``: samples in a row that were bad. ``breached``: 1 while a breach stands (an event is told once).
    ``peaks``: largest feedback and set point of the underpeak window. ``previous``: the last codes.
    """

    limits: tuple[Limit, ...]
    channel: NDArray[np.int64]
    kind: NDArray[np.int64]
    action: NDArray[np.int64]
    persistence: NDArray[np.int64]
    value: NDArray[np.float64]
    axis_of_channel: NDArray[np.int64]
    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    counts: NDArray[np.int64] = field(init=False)
    breached: NDArray[np.int64] = field(init=False)
    peaks: NDArray[np.float64] = field(init=False)
    previous: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        self.counts = np.zeros(len(self.limits), np.int64)
        self.breached = np.zeros(len(self.limits), np.int64)
        self.peaks = np.zeros((len(self.limits), 2))
        self.previous = np.full(len(self.scale), CODE_NAN, np.int16)


def limit_table(rig: Rig) -> LimitTable:
    """The limits of a rig file that are judged sample by sample; ``stale`` is the loop's, which counts cycles."""
    names = [channel.name for channel in rig.channels]
    axes = [axis.name for axis in rig.axes]
    limits = tuple(limit for limit in rig.limits if limit.kind != "stale")
    return LimitTable(
        limits,
        np.array([names.index(limit.channel) for limit in limits], np.int64),
        np.array([KINDS.index(limit.kind) for limit in limits], np.int64),
        np.array([ACTIONS.index(limit.action) for limit in limits], np.int64),
        np.array([limit.persistence_samples for limit in limits], np.int64),
        np.array([np.nan if limit.value is None else limit.value for limit in limits], np.float64),
        np.array([axes.index(name) if name in axes else -1 for name in names], np.int64),
        np.array([channel.scale for channel in rig.channels], np.float64),
        np.array([channel.offset for channel in rig.channels], np.float64),
    )


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
        self._rate_hz = rate_hz
        self._found = np.zeros((64, 3))

    def judge(
        self, first: int, codes: NDArray[np.int16], expected: NDArray[np.float64], requests: NDArray[np.int64]
    ) -> list[Breach]:
        """Judge samples ``first...``; codes int16[samples, channels], expected float64[samples, axes].

        Writes the strongest action that each sample asks for into ``requests`` (int64[samples]).
        """
        t = self.table
        arguments = (t.channel, t.kind, t.action, t.persistence, t.value, t.axis_of_channel, t.scale, t.offset)
        memory = (t.counts, t.breached, t.peaks, t.previous)
        found = _judge(codes, expected, *arguments, self._rate_hz, *memory, requests, self._found)
        return [Breach(int(row[0]), first + int(row[1]), float(row[2])) for row in self._found[:found]]


@njit(cache=True)
def _look(kind, code, before, measured, setpoint, limit, scale, rate_hz):  # type: ignore[no-untyped-def]
    """What a limit looks at, and whether this sample is bad; ``measured`` is NaN where the sensor is not there."""
    value, missing = measured, code == CODE_NAN
    if kind == UPPER:
        bad = not measured <= limit
    elif kind == LOWER:
        bad = not measured >= limit
    elif kind == FOLLOWING:
        value = setpoint - measured
        bad = not abs(value) <= limit
    elif kind == RATE:
        value = 0.0 if before == CODE_NAN else scale * (float(code) - float(before)) * rate_hz
        bad = missing or not abs(value) <= limit
    elif kind == SATURATED:
        bad = code >= CODE_MAX or code <= CODE_MIN
    elif kind == STUCK:
        bad = code == before
    else:
        bad = missing
    return value, bad


@njit(cache=True)
def _look_at_window(measured, setpoint, limit, samples, count, peaks):  # type: ignore[no-untyped-def]
    """Underpeak: gather peaks (float64[2]: feedback, set point) and judge them when the window is full."""
    if not np.isnan(measured):
        peaks[0] = max(peaks[0], abs(measured))
    peaks[1] = max(peaks[1], abs(setpoint))
    count += 1
    if count < samples:
        return 0.0, False, count
    value, bad = peaks[0], not peaks[0] >= limit * peaks[1]
    peaks[:] = 0.0
    return value, bad, count if bad else 0


@njit(cache=True)
def _judge(  # type: ignore[no-untyped-def]
    codes,
    expected,
    channel_of,
    kind_of,
    action_of,
    persistence_of,
    value_of,
    axis_of_channel,
    scale,
    offset,
    rate_hz,
    counts,
    breached,
    peaks,
    previous,
    requests,
    found,
):
    told = 0
    for sample in range(codes.shape[0]):
        requests[sample] = -1
        for index in range(channel_of.shape[0]):
            channel, kind, limit = channel_of[index], kind_of[index], value_of[index]
            code, axis = codes[sample, channel], axis_of_channel[channel]
            measured = np.nan if code == CODE_NAN else offset[channel] + scale[channel] * code
            setpoint = expected[sample, axis] if axis >= 0 else np.nan
            window = kind == UNDERPEAK
            if window:
                value, bad, counts[index] = _look_at_window(
                    measured, setpoint, limit, persistence_of[index], counts[index], peaks[index]
                )
            else:
                value, bad = _look(kind, code, previous[channel], measured, setpoint, limit, scale[channel], rate_hz)
                counts[index] = counts[index] + 1 if bad else 0
            if bad and counts[index] >= persistence_of[index]:
                if action_of[index] > requests[sample]:
                    requests[sample] = action_of[index]
                if breached[index] == 0 and told < found.shape[0]:
                    breached[index] = 1
                    found[told, 0], found[told, 1], found[told, 2] = index, sample, value
                    told += 1
                if window:
                    counts[index] = 0
            elif counts[index] == 0:
                breached[index] = 0
        for channel in range(previous.shape[0]):
            previous[channel] = codes[sample, channel]
    return told


@dataclass(frozen=True, slots=True)
class Clamp:
    """The last step before the wire: values to codes, refusing what is outside an axis' range or not a number."""

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]

    def encode(self, commands: NDArray[np.float64], codes: NDArray[np.int16]) -> int:
        """Codes of commands, float64[samples, axes], into ``codes``, int16[samples, axes].

        Returns:
            -1 when all passed, else the index of the first sample that did not. From that sample on ``codes``
            repeats the last good one (code 0 where there is none): nothing beyond the range is ever encoded.
        """
        return int(_clamp(commands, self.scale, self.offset, self.lowest, self.highest, codes))


def clamp_of(rig: Rig) -> Clamp:
    """The clamp of a rig file's axes: the actuator's range, or the code's where that is smaller."""
    channels = [Channel(axis.name, axis.unit, axis.scale, axis.offset) for axis in rig.axes]
    return Clamp(
        np.array([axis.scale for axis in rig.axes]),
        np.array([axis.offset for axis in rig.axes]),
        np.array([max(axis.actuator.lowest, c.lowest) for axis, c in zip(rig.axes, channels, strict=True)]),
        np.array([min(axis.actuator.highest, c.highest) for axis, c in zip(rig.axes, channels, strict=True)]),
    )


@njit(cache=True)
def _clamp(commands, scale, offset, lowest, highest, codes):  # type: ignore[no-untyped-def]
    for sample in range(commands.shape[0]):
        for axis in range(commands.shape[1]):
            value = commands[sample, axis]
            if not lowest[axis] <= value <= highest[axis]:
                for later in range(sample, commands.shape[0]):
                    for other in range(commands.shape[1]):
                        codes[later, other] = codes[sample - 1, other] if sample > 0 else 0
                return sample
        for axis in range(commands.shape[1]):
            codes[sample, axis] = np.int16(np.rint((commands[sample, axis] - offset[axis]) / scale[axis]))
    return -1
