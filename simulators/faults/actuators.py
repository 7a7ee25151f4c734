"""What an actuator can do wrong. Each acts on what really moves."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from simulators.faults.base import DeviceFault

if TYPE_CHECKING:
    from simulators.device import Device


class AxisFault(DeviceFault):
    """A fault of one actuator.

    Attributes:
        axis: its name in the rig file.
    """

    axis: str

    def refusals(self, device: "Device") -> Iterator[str]:
        """An axis that the device does not have."""
        yield from super().refusals(device)
        if self.axis not in device.axes:
            yield f"axis: found {self.axis!r}; allowed: {', '.join(device.axes)}"


class ActuatorGain(AxisFault):
    """It goes so many times as far from neutral as it is told."""

    fault: Literal["actuator_gain"]
    factor: float

    def begin(self, device: "Device") -> None:
        """From the next sample on."""
        device.plant.set_gain(self.axis, self.factor)

    def end(self, device: "Device") -> None:
        """As it is told."""
        device.plant.set_gain(self.axis, 1.0)


class ActuatorDelay(AxisFault):
    """It answers later than it should, by so much."""

    fault: Literal["actuator_delay"]
    extra_s: Annotated[float, Field(gt=0.0, le=0.1)]

    def begin(self, device: "Device") -> None:
        """From the next sample on."""
        device.plant.set_extra_delay(self.axis, self.extra_s)

    def end(self, device: "Device") -> None:
        """As fast as it was."""
        device.plant.set_extra_delay(self.axis, 0.0)


class ActuatorFrozen(AxisFault):
    """It does not move, whatever its valve does; neither does it ramp to neutral."""

    fault: Literal["actuator_frozen"]

    def begin(self, device: "Device") -> None:
        """It stays where it is."""
        device.plant.freeze(self.axis, frozen=True)

    def end(self, device: "Device") -> None:
        """It moves again."""
        device.plant.freeze(self.axis, frozen=False)
