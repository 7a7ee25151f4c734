"""What is looked at before a run, as the rig file says it: small moves of the axes, sensors at rest, the supply."""

import math
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import Field

from profiles.schema import Misfit, Strict
from rig.config.limits import Limit
from rig.config.quantities import Axis, Name, Positive, Quantity, listed

Where = tuple[str | int, ...]


class ValveCheck(Strict):
    """A servo valve: nearly shut at rest, open to the side of the motion while its axis moves; % of full opening."""

    most_at_rest_percent: Annotated[float, Field(gt=0, le=100)]
    least_moving_percent: Annotated[float, Field(gt=0, le=100)]


class AxisCheck(Strict):
    """The small move of one axis: from neutral to ``amplitude``, past neutral to the other side, and back.

    Attributes:
        move_s: time from neutral to a side, half a cosine; hold_s: how long it stays there.
        zero: the most by which the mean feedback at rest may differ from neutral; unit of the axis, as the amplitude.
        lowest_gain, highest_gain: of feedback over set point: the span, and by its sign the polarity.
        most_delay_ms: by which the feedback comes after the set point.
    """

    axis: Name
    amplitude: Positive
    move_s: Annotated[float, Field(ge=0.05, le=5)] = 0.2
    hold_s: Annotated[float, Field(ge=0.05, le=5)] = 0.1
    zero: Positive
    lowest_gain: Positive = 0.8
    highest_gain: Positive = 1.2
    most_delay_ms: Annotated[float, Field(gt=0, le=500)]
    valve: ValveCheck | None = None


class Follows(Strict):
    """A channel that must follow an axis' small move: by how much, in its unit for one of the axis' unit."""

    axis: Name
    lowest_gain: float
    highest_gain: float


class ChannelCheck(Strict):
    """A channel at rest: its noise (RMS about its trend; less than the least is no live sensor) and its mean."""

    channel: Name
    least_noise: Positive
    most_noise: Positive
    lowest_at_rest: float | None = None
    highest_at_rest: float | None = None
    follows: Follows | None = None


class Pressure(Strict):
    """The oil pressure that a rig which is ready to move must have."""

    lowest_bar: Annotated[float, Field(ge=0)]
    highest_bar: Positive


class Checks(Strict):
    """The checks before a run. ``rest_s``: how long the rig stands still first, for zeros and noise."""

    rest_s: Annotated[float, Field(ge=0.2, le=30)] = 1.0
    oil_pressure: Pressure | None = None
    axes: Annotated[tuple[AxisCheck, ...], Field(min_length=1)]
    channels: tuple[ChannelCheck, ...] = ()


def checks_misfits(
    checks: Checks, axes: tuple[Axis, ...], channels: tuple[Quantity, ...], limits: tuple[Limit, ...]
) -> Iterator[Misfit]:
    """Names that nothing has, bounds the wrong way round, a move that the actuator can't make or a limit forbids."""
    yield from _doubles("axes", "axis", [one.axis for one in checks.axes])
    yield from _doubles("channels", "channel", [one.channel for one in checks.channels])
    if (oil := checks.oil_pressure) is not None:
        yield from _ordered(("checks", "oil_pressure", "lowest_bar"), oil.lowest_bar, "highest_bar", oil.highest_bar)
    for index, move in enumerate(checks.axes):
        where: Where = ("checks", "axes", index)
        axis = next((axis for axis in axes if axis.name == move.axis), None)
        yield from _ordered((*where, "lowest_gain"), move.lowest_gain, "highest_gain", move.highest_gain)
        if axis is None:
            yield Misfit((*where, "axis"), f"an axis of this rig; {listed(axes)}")
        else:
            yield from _move_misfits((*where, "amplitude"), move, axis, limits)
    for index, one in enumerate(checks.channels):
        yield from _channel_misfits(("checks", "channels", index), one, checks, channels)


def _doubles(part: str, key: str, names: Sequence[str]) -> Iterator[Misfit]:
    for index, name in enumerate(names):
        if name in names[:index]:
            first = f"checks.{part}.{names.index(name)} has it already"
            yield Misfit(("checks", part, index, key), f"each {key} once; {first}")


def _ordered(where: Where, low: float, key: str, high: float) -> Iterator[Misfit]:
    if not low < high:
        yield Misfit(where, f"less than {key}, {high:g}")


def _move_misfits(where: Where, move: AxisCheck, axis: Axis, limits: tuple[Limit, ...]) -> Iterator[Misfit]:
    """Both sides of neutral within range and limits; the steepest and the sharpest place within what it can do."""
    judged = [limit for limit in limits if limit.channel == axis.name and limit.action != "indicate"]
    low = max([axis.actuator.lowest, *(one.value for one in judged if one.kind == "lower" and one.value is not None)])
    high = min([axis.actuator.highest, *(one.value for one in judged if one.kind == "upper" and one.value is not None)])
    room = min(axis.neutral - low, high - axis.neutral)
    if not move.amplitude < room:
        yield Misfit(where, f"less than {room:g}, which is left on both sides of neutral within range and limits")
    rate = move.amplitude * math.pi / (2.0 * move.move_s)
    if not rate <= axis.actuator.rate_per_s:
        yield Misfit(where, f"a move within {axis.actuator.rate_per_s:g} {axis.unit}/s; this one needs {rate:.4g}")
    acceleration = move.amplitude * math.pi**2 / (2.0 * move.move_s**2)
    most = axis.actuator.acceleration_per_s2
    if most is not None and not acceleration <= most:
        yield Misfit(where, f"a move within {most:g} {axis.unit}/s²; this one needs {acceleration:.4g}")


def _channel_misfits(
    where: Where, one: ChannelCheck, checks: Checks, channels: tuple[Quantity, ...]
) -> Iterator[Misfit]:
    if one.channel not in [channel.name for channel in channels]:
        yield Misfit((*where, "channel"), f"a channel of this rig; {listed(channels)}")
    yield from _ordered((*where, "least_noise"), one.least_noise, "most_noise", one.most_noise)
    low, high = one.lowest_at_rest, one.highest_at_rest
    if (low is None) != (high is None):
        yield Misfit((*where, "highest_at_rest" if high is None else "lowest_at_rest"), "both ends, or neither")
    if low is not None and high is not None:
        yield from _ordered((*where, "lowest_at_rest"), low, "highest_at_rest", high)
    if one.follows is not None:
        follows, moved = one.follows, [move.axis for move in checks.axes]
        yield from _ordered(
            (*where, "follows", "lowest_gain"), follows.lowest_gain, "highest_gain", follows.highest_gain
        )
        if follows.axis not in moved:
            yield Misfit((*where, "follows", "axis"), f"an axis that checks.axes moves: {', '.join(moved)}")
