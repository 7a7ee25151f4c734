"""What an actuator can do wrong. Each acts on what really moves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from simulators.faults.base import Anatomy, DeviceFault, Refusal

if TYPE_CHECKING:
    from simulators.servo.device import Device


MOST_DELAY_S = 0.09
"""The longest dead time that the plant remembers set points for, at any sample rate."""


class AxisFault(DeviceFault):
    """A fault of one actuator.

    Attributes:
        axis: its name in the rig file.
    """

    axis: str

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """An axis that the device does not have."""
        yield from super().refusals(anatomy)
        if self.axis not in anatomy.axes:
            yield Refusal("axis", repr(self.axis), ", ".join(anatomy.axes))


class ActuatorGain(AxisFault):
    """It goes ``factor`` times as far from neutral as it is told."""

    fault: Literal["actuator_gain"]
    factor: float

    def begin(self, device: "Device") -> None:
        """From the next sample on."""
        device.plant.actuators.set_gain(self.axis, self.factor)

    def end(self, device: "Device") -> None:
        """As it is told."""
        device.plant.actuators.set_gain(self.axis, 1.0)


class ActuatorDelay(AxisFault):
    """It answers ``extra_s`` later than it should."""

    fault: Literal["actuator_delay"]
    extra_s: Annotated[float, Field(gt=0.0)]

    def begin(self, device: "Device") -> None:
        """From the next sample on."""
        device.plant.actuators.set_extra_delay(self.axis, self.extra_s)

    def end(self, device: "Device") -> None:
        """As fast as it was."""
        device.plant.actuators.set_extra_delay(self.axis, 0.0)

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """A dead time that the plant can't have."""
        yield from super().refusals(anatomy)
        most_s = MOST_DELAY_S - anatomy.axes.get(self.axis, 0.0)
        if not self.extra_s <= most_s:
            yield Refusal("extra_s", str(self.extra_s), f"at most {most_s:g} on top of the actuator's own dead time")


class ActuatorFrozen(AxisFault):
    """It does not move, whatever its valve does; neither does it ramp to neutral."""

    fault: Literal["actuator_frozen"]

    def begin(self, device: "Device") -> None:
        """It stays where it is."""
        device.plant.actuators.freeze(self.axis, frozen=True)

    def end(self, device: "Device") -> None:
        """It moves again."""
        device.plant.actuators.freeze(self.axis, frozen=False)
