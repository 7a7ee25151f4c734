"""What can be watched of a part on the measured signals, how it fails, and where the limits are."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from profiles.schema import Strict
from rig.config import Name, Positive, Reading
from rig.life.laws.schema import Sourced

Share = Annotated[float, Field(gt=0, lt=1)]


class FailureMode(Sourced):
    """How a part fails: ``mode`` is what is seen, ``mechanism`` what physically goes on (FRACAS, IEC 60300-3-1)."""

    mode: Name
    mechanism: Annotated[str, Field(min_length=3)]


class CusumRule(Sourced):
    """A warning by the sum of small losses; see `rig.life.cusum`.

    ``allowance`` is the share that a block may lose without adding to the sum, ``interval`` the sum that warns.
    """

    allowance: Share
    interval: Share


class Gradual(FailureMode):
    """Slow change, block by block: shares of the reference lost, in ``blocks`` blocks one after the other.

    A failure also needs the second feature beyond ``corroborating_loss`` in each of them. A warning comes by the sum of
    smaller losses too, where ``cusum`` says how.
    """

    warning_loss: Share
    failure_loss: Share
    corroborating_loss: Share
    blocks: Annotated[int, Field(ge=1, le=100)] = 3
    cusum: CusumRule | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Gradual":
        if not self.warning_loss <= self.failure_loss:
            raise ValueError("warning_loss of at most failure_loss")
        if self.cusum is not None and not self.cusum.allowance < self.warning_loss:
            raise ValueError("a cusum allowance below warning_loss: what is beyond that warns anyway")
        return self


class Sudden(FailureMode):
    """A break: a share of the property lost from one window to the next and in ``windows`` windows in a row.

    Where less than ``fracture_remaining`` is left the mode is ``mode``; where more is left it is the gradual mode.
    """

    loss: Share = 0.4
    fracture_remaining: Share = 0.15
    windows: Annotated[int, Field(ge=2, le=20)] = 2


class StiffnessWatch(Sourced):
    """The spring's stiffness, regressed from strut force on strut travel."""

    watch: Literal["stiffness"]
    force_channel: Name
    travel_channel: Name
    stiffness_n_per_m: Positive
    nominal_tolerance: Share
    gradual: Gradual
    sudden: Sudden

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return self.force_channel, self.travel_channel


class DampingWatch(Sourced):
    """The damper's force in both directions, regressed from strut force on strut velocity, at 20 °C."""

    watch: Literal["damping"]
    force_channel: Name
    travel_channel: Name
    temperature_channel: Name
    compression_ns_per_m: Positive
    compression_fast_ns_per_m: Positive
    rebound_ns_per_m: Positive
    rebound_fast_ns_per_m: Positive
    knee_mps: Positive
    fade_per_k: Annotated[float, Field(ge=0, le=0.05)]
    nominal_tolerance: Share
    gradual: Gradual
    sudden: Sudden

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return self.force_channel, self.travel_channel, self.temperature_channel


class MountWatch(Sourced):
    """The stiffness of a mount in series: force over (outer displacement - inner displacement)."""

    watch: Literal["mount"]
    force_channel: Name
    outer_channel: Name
    inner_channel: Name
    gradual: Gradual

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return self.force_channel, self.outer_channel, self.inner_channel


class TransferWatch(FailureMode):
    """A torque path: measured torque against its set point. Lost where it stays under a ratio while it is asked for."""

    watch: Literal["transfer"]
    channel: Name
    lost_ratio: Share
    setpoint_nm: Positive
    persistence_s: Annotated[float, Field(gt=0, le=10)]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return (self.channel,)


class BacklashWatch(FailureMode):
    """The gap of a torque path: the torque that is missing while the set point passes through zero.

    Passes from -``band_nm`` to ``band_nm`` in at most ``longest_s``; the torque has caught up where less than
    ``caught_nm`` is missing. Blocks of so many ``crossings``, against the baseline of the first ones;
    ``corroborating_ratio`` is of the largest missing torque, which grows as the gap's root. What ``cusum`` sums up is
    1 - 1 / ratio.
    """

    watch: Literal["backlash"]
    channel: Name
    band_nm: Positive
    longest_s: Annotated[float, Field(gt=0, le=0.2)]
    caught_nm: Positive
    crossings: Annotated[int, Field(ge=5, le=1000)]
    warning_ratio: Annotated[float, Field(gt=1, le=20)]
    failure_ratio: Annotated[float, Field(gt=1, le=20)]
    corroborating_ratio: Annotated[float, Field(gt=1, le=20)]
    blocks: Annotated[int, Field(ge=1, le=100)] = 3
    cusum: CusumRule | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "BacklashWatch":
        if not self.warning_ratio <= self.failure_ratio:
            raise ValueError("warning_ratio of at most failure_ratio")
        if self.cusum is not None and not self.cusum.allowance < 1.0 - 1.0 / self.warning_ratio:
            raise ValueError("a cusum allowance below 1 - 1 / warning_ratio: what is beyond that warns anyway")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return (self.channel,)


class HotRunning(FailureMode):
    """Running hot: the friction that the temperatures tell, in so many times that of a healthy part.

    In ``blocks`` blocks of ``block_s`` one after the other. A failure also needs ``corroborating_k`` above the model in
    each: friction is normalised by speed, and kelvin alone say little of a wheel that hardly turns. What ``cusum`` sums
    up is ratio - 1.
    """

    warning_ratio: Annotated[float, Field(gt=1, lt=20)]
    failure_ratio: Annotated[float, Field(gt=1, lt=20)]
    corroborating_k: Positive
    block_s: Annotated[float, Field(ge=10, le=3600)]
    blocks: Annotated[int, Field(ge=1, le=100)] = 3
    cusum: CusumRule | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "HotRunning":
        if not self.warning_ratio <= self.failure_ratio:
            raise ValueError("warning_ratio of at most failure_ratio")
        if self.cusum is not None and not self.cusum.allowance < self.warning_ratio - 1.0:
            raise ValueError("a cusum allowance below warning_ratio - 1: what is beyond that warns anyway")
        return self


class TemperatureWatch(Sourced):
    """A bearing's or a joint's temperature against its heat balance; see `rig.life.friction_heat`.

    ``reading`` and ``ambient_reading`` are names of the data-acquisition unit's temperatures. Healthy friction makes
    drag_nm · |speed|, and loss_ratio of the power through the part where there is a torque channel.
    """

    watch: Literal["temperature"]
    reading: Reading
    ambient_reading: Reading
    speed_channel: Name
    torque_channel: Name | None = None
    drag_nm: Annotated[float, Field(ge=0)] = 0.0
    loss_ratio: Annotated[float, Field(ge=0, lt=1)] = 0.0
    heat_j_per_k: Positive
    air_w_per_k: Positive
    hot_running: HotRunning

    @model_validator(mode="after")
    def _makes_heat(self) -> "TemperatureWatch":
        if not self.drag_nm > 0.0 and not (self.torque_channel and self.loss_ratio > 0.0):
            raise ValueError("a drag_nm above 0, or a torque_channel with a loss_ratio above 0")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return (self.speed_channel, *([self.torque_channel] if self.torque_channel else []))


class NoWatch(Strict):
    """Nothing on this rig shows how the part is: its damage is counted, and at the end a person must look at it."""

    watch: Literal["none"]
    why: Annotated[str, Field(min_length=20)]
    channels: ClassVar[tuple[str, ...]] = ()


Watch = Annotated[
    StiffnessWatch | DampingWatch | MountWatch | TransferWatch | BacklashWatch | TemperatureWatch | NoWatch,
    Field(discriminator="watch"),
]


def modes_of(watch: Strict) -> list[FailureMode]:
    """The ways to fail that a watch can see, the gradual one first."""
    if isinstance(watch, TransferWatch | BacklashWatch):
        return [watch]
    if isinstance(watch, TemperatureWatch):
        return [watch.hot_running]
    if isinstance(watch, StiffnessWatch | DampingWatch):
        return [watch.gradual, watch.sudden]
    return [watch.gradual] if isinstance(watch, MountWatch) else []
