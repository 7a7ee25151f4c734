"""What a component's file says of its damage: laws, loads and mean stress, each with its source."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from profiles.schema import Strict
from rig.config import Name, Positive

Confidence = Literal["high", "medium", "low", "design"]
"""How sure a value is; ``design`` is a choice of this project, to be replaced by data."""
Degc = Annotated[float, Field(ge=-40, le=200)]
Exponent = Annotated[float, Field(ge=1, le=20)]
Gate = Annotated[float, Field(ge=0)]


class Sourced(Strict):
    """A group of values with where they come from."""

    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence


class Load(Sourced):
    """What acts on the part by what is measured: factor · channel + static, in the part's own unit.

    ``static`` is what the channel does not show because it is measured above it, such as the car's weight.
    """

    factor: Positive
    static: float


class SmithWatsonTopper(Strict):
    """Range at mean 0 of the same damage: 2 √(highest · amplitude); pressure alone does none."""

    method: Literal["smith_watson_topper"]


class Goodman(Sourced):
    """Range at mean 0 of the same damage: range / (1 - mean / ultimate); ``ultimate`` is the load that breaks the part.

    A mean under pressure brings nothing (the conservative reading of the line).
    """

    method: Literal["goodman"]
    ultimate: Positive


MeanStress = Annotated[SmithWatsonTopper | Goodman, Field(discriminator="method")]


class PowerLaw(Sourced):
    """What laws have in common by which damage grows with a power of the load.

    ``exponent_range`` is what the source allows the exponent to be, lowest and highest; None where it gives no range.
    """

    exponent: float
    exponent_range: tuple[Exponent, Exponent] | None = None

    @model_validator(mode="after")
    def _within_its_range(self) -> Self:
        if self.exponent_range and not self.exponent_range[0] <= self.exponent <= self.exponent_range[1]:
            raise ValueError("an exponent_range, lowest first, that holds the exponent")
        return self


class _CycleLaw(PowerLaw):
    """What laws of rainflow cycles have in common.

    Reversals of the channel smaller than ``gate`` (its unit) are not counted. ``critical_damage`` is the Miner sum at
    which such parts fail in service (relative Miner): the damage that is told is the sum over it.
    """

    name: Name
    channel: Name
    load: Load | None = None
    reference_cycles: Positive
    gate: Gate
    critical_damage: Annotated[float, Field(gt=0, le=3)] = 1.0


class BasquinLaw(_CycleLaw):
    """Cycles to failure N = reference_cycles (range / reference_range)^-exponent, ranges in the load's unit.

    Below the range at ``knee_cycles`` the slope is 2 exponent - 1 (Haibach 1970); without a knee one slope holds.
    Without a ``load`` the channel itself is the load.
    """

    law: Literal["basquin"]
    exponent: Exponent
    reference_range: Positive
    knee_cycles: Positive | None = None
    mean_stress: MeanStress | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the law needs."""
        return (self.channel,)

    @model_validator(mode="after")
    def _knows_the_mean(self) -> Self:
        if self.mean_stress is not None and self.load is None:
            raise ValueError("a load with its static part (0 where the channel has it) beside mean_stress")
        return self


class Warmth(Strict):
    """Twice the damage for each ``doubling_k`` above ``reference_degc``."""

    channel: Name
    reference_degc: Degc
    doubling_k: Positive


class EnergyLaw(_CycleLaw):
    """Elastomers: N = reference_cycles (w / reference_energy_j)^-exponent, w = range² / (2 stiffness).

    w is the strain energy of a load from 0 to the cycle's range. The warmth is that at the turning point which closes
    the cycle's range; without it the rubber is taken to be as warm as where its values were found.
    """

    law: Literal["energy"]
    exponent: Annotated[float, Field(ge=0.5, le=10)]
    stiffness_n_per_m: Positive
    reference_energy_j: Positive
    warmth: Warmth | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the law needs."""
        return (self.channel,) if self.warmth is None else (self.channel, self.warmth.channel)


class SlidingLaw(Sourced):
    """Seal wear: sliding distance over ``life_m`` at ``reference_degc``, twice as fast each ``doubling_k`` above."""

    law: Literal["sliding"]
    name: Name
    travel_channel: Name
    temperature_channel: Name
    life_m: Positive
    reference_degc: Degc
    doubling_k: Positive

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the law needs."""
        return (self.travel_channel, self.temperature_channel)


class JointLaw(PowerLaw):
    """A ball joint: damage = Σ turns (|torque| f / reference_torque_nm)^exponent / reference_revolutions.

    f = 1 + (δ / angle_scale_deg)^angle_exponent; the joint's angle is δ = |static_deg + atan(travel / arm_m)|.
    """

    law: Literal["joint"]
    name: Name
    torque_channel: Name
    speed_channel: Name
    travel_channel: Name
    exponent: Exponent
    reference_torque_nm: Positive
    reference_revolutions: Positive
    static_deg: Annotated[float, Field(ge=-45, le=45)]
    arm_m: Positive
    angle_scale_deg: Positive
    angle_exponent: Annotated[float, Field(gt=0, le=5)]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the law needs."""
        return (self.torque_channel, self.speed_channel, self.travel_channel)


class BearingLaw(PowerLaw):
    """ISO 281:2007: damage = Σ turns (P / C)^exponent / (1e6 a_1 a_iso), P = X F_r + Y F_a with F_a = axial_ratio F_r.

    F_r is the load's amount. ``a_1`` 1 counts lives of 90 % of the bearings; (ln(1/S) / ln(1/0.9))^(1/shape) those of a
    share S. The static ratio C_0 / P_0 at the highest load (ISO 76:2006, P_0 = X_0 F_r + Y_0 F_a) is an indication.
    """

    law: Literal["bearing"]
    name: Name
    force_channel: Name
    speed_channel: Name
    load: Load
    axial_ratio: Gate
    x: Positive
    y: Gate
    x_0: Positive
    y_0: Gate
    dynamic_rating_n: Positive
    static_rating_n: Positive
    exponent: Annotated[float, Field(ge=3, le=4)]
    a_1: Positive
    a_iso: Annotated[float, Field(gt=0, le=50)]

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the law needs."""
        return (self.force_channel, self.speed_channel)


class AgeingLaw(Sourced):
    """Time at temperature over ``life_h`` at ``reference_degc``, as Arrhenius: rate exp(E_a/R (1/T_ref - 1/T))."""

    law: Literal["ageing"]
    name: Name
    temperature_channel: Name
    life_h: Positive
    reference_degc: Degc
    activation_kj_per_mol: Positive

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that the law needs."""
        return (self.temperature_channel,)


Law = Annotated[BasquinLaw | EnergyLaw | SlidingLaw | JointLaw | BearingLaw | AgeingLaw, Field(discriminator="law")]
