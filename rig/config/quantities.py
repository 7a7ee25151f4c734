"""What travels on the wire, as the rig file says it: channels, axes, their actuators and control laws."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from drivers.channel import Channel
from profiles.schema import Misfit, Strict

Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class ActuatorModel(Strict):
    """What the actuator can do, and how it answers a set point: second order with a dead time."""

    natural_frequency_hz: Positive
    damping_ratio: Positive
    delay_s: Annotated[float, Field(ge=0, le=0.1)]
    lowest: float
    highest: float
    rate_per_s: Positive
    acceleration_per_s2: Positive | None = None
    force_n: Positive | None = None
    source: str


class Adaptation(Strict):
    """Slow adaptation of a device-closed axis: every window, gain and delay of the axis are found anew by regressing
    its feedback on set point and set point rate; gain and shift of the drive then slew towards what makes up for them.

    ``least_rms``: a window in which the set point's RMS about its mean is less says nothing (unit of the axis).
    Rates and clamps are those of the physics notes, section 4.2.
    """

    window_s: Annotated[float, Field(ge=0.5, le=60)] = 5.0
    least_rms: Positive
    gain_per_s: Annotated[float, Field(gt=0, le=0.1)] = 0.005
    lowest_gain: Annotated[float, Field(gt=0, le=1)] = 0.85
    highest_gain: Annotated[float, Field(ge=1, le=2)] = 1.15
    delay_s_per_s: Annotated[float, Field(gt=0, le=0.01)] = 0.0002
    delay_limit_s: Annotated[float, Field(gt=0, le=0.02)] = 0.005


class ControlLaw(Strict):
    """How the host helps an axis: slow trims of mean, gain and delay (device), or PI on feed-forward (host)."""

    closed_by: Literal["device", "host"]
    proportional: Annotated[float, Field(ge=0, le=2)] = 0.0
    integral_per_s: Annotated[float, Field(ge=0, le=50)] = 0.0
    trim_limit: Annotated[float, Field(ge=0)] = 0.0
    adapt: Adaptation | None = None


class Progress(Strict):
    """What should move is moving as expected: judged each window, by regressing the feedback on the set point.

    Where the set point's RMS about its mean is at least ``least_rms``, the gain must be within its bounds (a flipped
    sign or an axis that stands still is not); where it is less, its RMS must be at most ``most_rms_at_rest``.
    """

    window_s: Annotated[float, Field(ge=0.05, le=60)] = 1.0
    least_rms: Positive
    lowest_gain: float = 0.5
    highest_gain: Positive = 1.5
    most_rms_at_rest: Positive


class Quantity(Strict):
    """A channel on the wire: value = offset + scale x code (int16)."""

    name: Name
    unit: str
    scale: Positive
    offset: float = 0.0
    description: str


class Axis(Quantity):
    """An axis that is commanded. Its feedback is the channel of the same name."""

    neutral: float = 0.0
    actuator: ActuatorModel
    control: ControlLaw
    progress: Progress | None = None


def axis_misfits(where: tuple[str | int, ...], axis: Axis, channels: tuple[Quantity, ...]) -> Iterator[Misfit]:
    """Ranges the wrong way round, or beyond the wire's; no feedback channel of the same name and unit."""
    model, wire = axis.actuator, wire_of(axis)
    if not model.lowest < model.highest:
        yield Misfit((*where, "actuator", "lowest"), f"less than highest, {model.highest:g}")
    elif not model.lowest <= axis.neutral <= model.highest:
        yield Misfit((*where, "neutral"), f"within the actuator's {model.lowest:g} to {model.highest:g}")
    if not wire.lowest <= model.lowest <= model.highest <= wire.highest and model.lowest < model.highest:
        reach = f"{wire.lowest:g} to {wire.highest:g}"
        yield Misfit((*where, "scale"), f"a scale that reaches the actuator's range on the wire; this one: {reach}")
    feedback = [channel for channel in channels if channel.name == axis.name]
    if not feedback:
        yield Misfit((*where, "name"), f"one with a feedback channel of its name; {listed(channels)}")
    elif feedback[0].unit != axis.unit:
        yield Misfit((*where, "unit"), f"the unit of its feedback channel, {feedback[0].unit!r}")
    if axis.control.adapt is not None and axis.control.closed_by != "device":
        yield Misfit((*where, "control", "adapt"), "adaptation only for an axis closed by the device")
    if (progress := axis.progress) is not None:
        if not progress.lowest_gain < progress.highest_gain:
            yield Misfit((*where, "progress", "lowest_gain"), f"less than highest_gain, {progress.highest_gain:g}")
        least = progress.least_rms * progress.highest_gain
        if not progress.most_rms_at_rest > least:
            allowed = f"more than least_rms x highest_gain, {least:g}: a set point that just rests may move so much"
            yield Misfit((*where, "progress", "most_rms_at_rest"), allowed)


def wire_of(quantity: Quantity) -> Channel:
    """The channel of the wire that carries a quantity."""
    return Channel(quantity.name, quantity.unit, quantity.scale, quantity.offset)


def listed(quantities: Sequence[Quantity]) -> str:
    """The names that there are, for a message."""
    return "there are " + ", ".join(quantity.name for quantity in quantities)
