"""What the controller knows of a component: the law of its damage, and what to watch on the measured signals.

It is knowledge about the family, never about the specimen on the rig: how long that one lasts, the test finds out.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from profiles.catalogue import find
from profiles.schema import Fault, InputError, Misfit, Strict, load
from rig.config import LIBRARY, Name, Positive
from rig.life.laws.schema import BasquinLaw, Confidence, EnergyLaw, Law, SlidingLaw, Sourced
from rig.life.specimens import Specimen, SpecimenFile
from rig.life.variants import Variant, changed, variant_misfits

__all__ = ["BasquinLaw", "Component", "Confidence", "EnergyLaw", "Law", "SlidingLaw", "Sourced"]

FOLDER = LIBRARY / "components"

Share = Annotated[float, Field(gt=0, lt=1)]


class FailureMode(Sourced):
    """How a part fails: ``mode`` is what is seen, ``mechanism`` what physically goes on (FRACAS, IEC 60300-3-1)."""

    mode: Name
    mechanism: Annotated[str, Field(min_length=3)]


class Gradual(FailureMode):
    """Slow change, block by block: shares of the reference lost, in ``blocks`` blocks one after the other.

    A failure also needs the second feature beyond ``corroborating_loss`` in each of them.
    """

    warning_loss: Share
    failure_loss: Share
    corroborating_loss: Share
    blocks: Annotated[int, Field(ge=1, le=100)] = 3

    @model_validator(mode="after")
    def _ordered(self) -> "Gradual":
        if not self.warning_loss <= self.failure_loss:
            raise ValueError("warning_loss of at most failure_loss")
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
    ``corroborating_ratio`` is of the largest missing torque, which grows as the gap's root.
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

    @model_validator(mode="after")
    def _ordered(self) -> "BacklashWatch":
        if not self.warning_ratio <= self.failure_ratio:
            raise ValueError("warning_ratio of at most failure_ratio")
        return self

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are watched."""
        return (self.channel,)


class NoWatch(Strict):
    """Nothing on this rig shows how the part is: its damage is counted, and at the end a person must look at it."""

    watch: Literal["none"]
    why: Annotated[str, Field(min_length=20)]
    channels: ClassVar[tuple[str, ...]] = ()


Watch = Annotated[
    StiffnessWatch | DampingWatch | MountWatch | TransferWatch | BacklashWatch | NoWatch, Field(discriminator="watch")
]


class Component(Strict):
    """A component file.

    ``weibull_shape`` is the scatter of the family's life; ``damage_warning`` the Miner sum that is worth a warning.
    The component's damage is that of its worst law. ``variants`` says in which values a variant differs from the file's
    own; a component without any takes every variant of a specimen for a label.
    """

    kind: Literal["component"]
    name: Name
    description: str
    weibull_shape: Annotated[float, Field(gt=0.3, le=20)]
    weibull_source: Annotated[str, Field(min_length=3)]
    damage_warning: Annotated[float, Field(gt=0, le=10)]
    damage: Annotated[tuple[Law, ...], Field(min_length=1)]
    watch: Watch
    variants: dict[Name, Variant] = Field(default_factory=dict)

    @property
    def watched(self) -> bool:
        """Whether anything on the rig shows how the part is."""
        return not isinstance(self.watch, NoWatch)

    def misfits(self) -> Iterator[Misfit]:
        """Values of variants that the component does not have, or that it can't have."""
        for name, variant in self.variants.items():
            yield from variant_misfits(self, name, variant)

    def mechanism_of(self, mode: str) -> str | None:
        """What goes on physically where a failure mode is seen; None for one that the file does not name."""
        watch = self.watch
        if isinstance(watch, NoWatch):
            return None
        modes: tuple[FailureMode, ...] = (
            (watch,) if isinstance(watch, TransferWatch | BacklashWatch) else (watch.gradual,)
        )
        if isinstance(watch, StiffnessWatch | DampingWatch):
            modes = (*modes, watch.sudden)
        return next((each.mechanism for each in modes if each.mode == mode), None)


def load_component(what: str) -> Component:
    """A component file by its path, or by its name in the library.

    Raises:
        InputError: there is no such file, or its content is wrong.
    """
    path = find(what, FOLDER, "component")
    component = load(path, Component)
    check_name(path, component)
    return component


def variant_of(component: Component, variant: str | None) -> Component:
    """A component with the values of one of its variants; its own where the specimen names none.

    Raises:
        InputError: the component has variants, and not this one.
    """
    if variant is None or not component.variants:
        return component
    if variant not in component.variants:
        known = ", ".join(component.variants)
        raise InputError([Fault("(argument)", 0, "variant", repr(variant), f"a variant of {component.name}: {known}")])
    return Component.model_validate(changed(component.model_dump(), component.variants[variant]))


def check_name(path: Path, component: Component) -> None:
    """Check that a component has the name of its file, by which specimens name it.

    Raises:
        InputError: it has not.
    """
    if path.stem != component.name:
        raise InputError([Fault(str(path), 1, "name", repr(component.name), f"{path.stem!r}, the name of the file")])


def components_of(specimens: SpecimenFile) -> tuple[Component, ...]:
    """The component of each specimen as its variant has it, in the order of the file.

    Raises:
        InputError: a component is not in the library, its file is wrong, or it has no such variant.
    """
    return tuple(_of(part) for part in specimens.specimens)


def _of(part: Specimen) -> Component:
    component = load_component(part.component)
    try:
        return variant_of(component, part.variant)
    except InputError as error:
        whose = f"(specimen {part.component} {part.serial})"
        raise InputError([replace(fault, file=whose) for fault in error.faults]) from None


def check_components(path: Path, specimens: SpecimenFile) -> None:
    """Check that the library has the component of each specimen, in its variant.

    Raises:
        InputError: with those that it has not, or whose files are wrong.
    """
    faults = []
    for index, part in enumerate(specimens.specimens):
        try:
            variant_of(load_component(part.component), part.variant)
        except InputError as error:
            faults += [_named_by(path, index, fault) for fault in error.faults]
    if faults:
        raise InputError(faults)


def _named_by(path: Path, index: int, fault: Fault) -> Fault:
    if fault.file != "(argument)":
        return fault
    return Fault(str(path), 0, f"specimens.{index}.{fault.key}", fault.found, fault.allowed)
