"""The checks before a run, judged: what the moves showed against what the rig file allows. No bus, no clock, no files.

Every comparison is written so that NaN, a sample or an answer that is missing fails.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from drivers.frames import DeviceIdentity, DeviceStatus
from rig.config import Axis, AxisCheck, ChannelCheck, Checks, Rig
from rig.record.checks import CheckMove, CheckResult
from rig.rt.check_answers import NO_ANSWER, Answer, noise, opening, regress
from rig.rt.check_moves import Moves

FloatArray = NDArray[np.float64]

DEVICE = "servo controller"
LEAST_FIT = 0.9
"""An answer that the move explains less well than this is none: stick and slip, a loose cable."""
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen while the moves were played; less than planned where they were broken off.

    Attributes:
        setpoints: float64[samples, axes], as the loop had them; NaN where a sample was not played.
        codes: int16[samples, channels], `CODE_NAN` where there is no feedback.
        identity: what the device says that it is.
        ready: its status when it was ready to move.
        statuses: some while it moved.
    """

    setpoints: FloatArray
    codes: NDArray[np.int16]
    identity: DeviceIdentity | None = None
    ready: DeviceStatus | None = None
    statuses: tuple[DeviceStatus, ...] = ()


def judge_checks(rig: Rig, checks: Checks, moves: Moves, seen: Seen) -> tuple[CheckResult, ...]:
    """Every check of a rig file, in the order in which a person would look."""
    view = _View(rig, moves, seen)
    results = [*_device(rig, seen), *_supply(checks, seen)]
    for one in checks.axes:
        results += _axis(view, one)
    for channel in checks.channels:
        results += _channel(view, channel)
    return tuple(results)


def moves_of(rig: Rig, checks: Checks, moves: Moves, seen: Seen) -> tuple[CheckMove, ...]:
    """What was played and measured of each move, for the record."""
    view = _View(rig, moves, seen)
    found = []
    for index, part in moves.of_axis.items():
        axis = rig.axes[index].name
        followers = [one.channel for one in checks.channels if one.follows is not None and one.follows.axis == axis]
        names = dict.fromkeys((axis, *followers))
        feedback = {name: _plain(view.values(name)[part]) for name in names}
        at, valve = view.valve(index, part)
        valves = list(zip(at.tolist(), _rounded(valve), strict=True))
        setpoint = _rounded(np.nan_to_num(view.seen.setpoints[part, index], nan=rig.axes[index].neutral))
        found.append(CheckMove(axis, part.start, setpoint, feedback, valves))
    return tuple(found)


class _View:
    """What was seen, in units."""

    def __init__(self, rig: Rig, moves: Moves, seen: Seen) -> None:
        self.rig, self.moves, self.seen = rig, moves, seen
        self.axes = [axis.name for axis in rig.axes]
        self._channels = [channel.name for channel in rig.channels]

    def values(self, name: str) -> FloatArray:
        """The feedback of a channel, float64[samples], NaN where it is missing."""
        index = self._channels.index(name)
        codes, channel = self.seen.codes[:, index], self.rig.channels[index]
        return np.where(codes == CODE_NAN, np.nan, channel.offset + channel.scale * codes.astype(np.float64))

    def unit(self, name: str) -> str:
        """The unit of a channel."""
        return self.rig.channels[self._channels.index(name)].unit

    def answer(self, axis: str, channel: str) -> Answer:
        """How a channel answers an axis' move."""
        part = self.moves.of_axis.get(self.axes.index(axis))
        if part is None:
            return NO_ANSWER
        setpoint = self.seen.setpoints[part, self.axes.index(axis)]
        return regress(setpoint, self.values(channel)[part], self.rig.sample_rate_hz)

    def valve(self, axis: int, part: slice) -> tuple[NDArray[np.int64], FloatArray]:
        """An axis' valve within some samples: at which of them it was looked at, and its opening in %."""
        inside = [one for one in self.seen.statuses if part.start < one.samples_played <= part.stop]
        at = np.array([one.samples_played - 1 for one in inside], np.int64)
        return at, np.array([one.valve[axis] / 100.0 for one in inside], np.float64)


def _device(rig: Rig, seen: Seen) -> Iterator[CheckResult]:
    identity = seen.identity
    watchdog = math.nan if identity is None else float(identity.watchdog_ms)
    hint = "set the device's own watchdog as the rig file says: it protects where this program fails"
    yield result(DEVICE, "watchdog", watchdog, 1.0, float(rig.watchdog_ms), "ms", hint)
    capacity = math.nan if identity is None else float(identity.fifo_capacity)
    hint = "the device can't hold the lead of the rig file"
    yield result(DEVICE, "FIFO", capacity, float(rig.lead_samples), None, "samples", hint)


def _supply(checks: Checks, seen: Seen) -> Iterator[CheckResult]:
    if (allowed := checks.oil_pressure) is not None:
        bar = math.nan if seen.ready is None else seen.ready.oil_pressure_bar
        hint = "look at the pump, the accumulators and the pressure stage of the manifold"
        yield result("oil", "pressure", bar, allowed.lowest_bar, allowed.highest_bar, "bar", hint)


def _axis(view: _View, check: AxisCheck) -> Iterator[CheckResult]:
    name, rest = check.axis, view.moves.rest
    axis = view.rig.axes[view.axes.index(name)]
    answer = view.answer(name, name)
    off = float(view.values(name)[rest].mean()) - axis.neutral
    hint = "adjust the sensor's zero, or its offset in the rig file"
    yield result(name, "zero", off, -check.zero, check.zero, axis.unit, hint)
    yield result(name, "gain", answer.gain, check.lowest_gain, check.highest_gain, "", _why(answer, check.lowest_gain))
    period_ms, hint = 1000.0 / view.rig.sample_rate_hz, "look at the valve, the pressure and filters in the feedback"
    yield result(name, "delay", 1000.0 * answer.delay_s, -period_ms, check.most_delay_ms, "ms", hint)
    yield _fit(name, answer)
    if check.valve is not None:
        yield from _valve(view, check, axis)


def _valve(view: _View, check: AxisCheck, axis: Axis) -> Iterator[CheckResult]:
    index, allowed = view.axes.index(check.axis), check.valve
    assert allowed is not None
    _, at_rest = view.valve(index, view.moves.rest)
    most = float(np.abs(at_rest).max()) if len(at_rest) else math.nan
    hint = "the valve's zero has drifted, or something pushes the axis"
    yield result(axis.name, "valve at rest", most, 0.0, allowed.most_at_rest_percent, "%", hint)
    part = view.moves.of_axis[index]
    at, valve = view.valve(index, part)
    rate = np.gradient(view.seen.setpoints[part, index])[at - part.start]
    moving = opening(valve, rate) if len(at) and np.isfinite(rate).all() else math.nan
    hint = "the valve does not open to the side of the motion: look at its cable, its polarity and the pressure"
    yield result(axis.name, "valve moving", moving, allowed.least_moving_percent, 100.0, "%", hint)


def _channel(view: _View, check: ChannelCheck) -> Iterator[CheckResult]:
    name, values = check.channel, view.values(check.channel)[view.moves.rest]
    unit, found = view.unit(name), noise(values)
    dead = found < check.least_noise
    hint = "a live sensor has more: is it connected?" if dead else "look at its shield, its earth and its plugs"
    yield result(name, "noise", found, check.least_noise, check.most_noise, unit, hint)
    if check.lowest_at_rest is not None:
        hint, mean = "adjust the sensor's zero, or its offset in the rig file", float(values.mean())
        yield result(name, "at rest", mean, check.lowest_at_rest, check.highest_at_rest, unit, hint)
    if (follows := check.follows) is not None:
        answer, axis = view.answer(follows.axis, name), view.rig.axes[view.axes.index(follows.axis)]
        each = "" if unit == axis.unit else f"{unit}/{axis.unit}"
        hint = _why(answer, follows.lowest_gain)
        what = f"gain on {follows.axis}"
        yield result(name, what, answer.gain, follows.lowest_gain, follows.highest_gain, each, hint)
        yield _fit(name, answer)


def _fit(name: str, answer: Answer) -> CheckResult:
    hint = "it answers the move with something else as well: stick and slip, play, a loose cable, a lot of noise"
    return result(name, "fit", answer.fit, LEAST_FIT, 1.0, "", hint)


def _why(answer: Answer, lowest: float) -> str:
    """What a wrong gain means."""
    if not abs(answer.gain) >= 0.1 * abs(lowest):
        return "it does not answer the move: no pressure, a shut valve, or a sensor that sees nothing"
    if answer.gain * lowest < 0.0:
        return "it goes the wrong way: look at the polarity of the sensor and of the valve"
    return "look at the sensor's span, at its scale in the rig file, and at the controller's gains"


def result(
    subject: str, what: str, measured: float, lowest: float, highest: float | None, unit: str, hint: str
) -> CheckResult:
    """A check of a number against its bounds (``highest`` None: no bound); ``hint`` says what to look at."""
    passed = lowest <= measured <= (math.inf if highest is None else highest)
    number = measured if math.isfinite(measured) else None
    words = ""
    if not passed:
        found = "nothing was measured" if number is None else f"{number:.4g} {unit}".strip()
        allowed = f"at least {lowest:.4g}" if highest is None else f"{lowest:.4g} to {highest:.4g}"
        hint = "is its sensor there, were the moves played to their end?" if number is None else hint
        words = f"{subject} {what}: {found}, allowed {allowed} {unit}".strip() + f": {hint}"
    return CheckResult(subject, what, number, lowest, highest, unit, passed, words=words)


def _rounded(values: FloatArray) -> list[float]:
    return [float(f"{value:.{_DIGITS}g}") for value in values.tolist()]


def _plain(values: FloatArray) -> list[float | None]:
    return [None if math.isnan(value) else value for value in _rounded(values)]
