"""What can happen around the servo controller: contacts that open, oil that is too thin or too hot."""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from drivers.frames import Interlock
from simulators.faults.base import DeviceFault

if TYPE_CHECKING:
    from simulators.servo.device import Device

InterlockName = Literal[
    "door",
    "guard",
    "pressure",
    "oil_level",
    "oil_temperature",
    "chamber_temperature",
    "over_travel",
    "overload",
    "watchdog",
    "emergency_stop",
]


class EmergencyStop(DeviceFault):
    """Somebody presses the hard-wired emergency stop; the end of the fault releases the button, no more."""

    fault: Literal["emergency_stop"]

    def begin(self, device: "Device") -> None:
        """Pressed."""
        device.servo.set_interlock(Interlock.EMERGENCY_STOP, opened=True)

    def end(self, device: "Device") -> None:
        """Released; the device stays latched."""
        device.servo.set_interlock(Interlock.EMERGENCY_STOP, opened=False)


class OpenInterlock(DeviceFault):
    """An interlock opens; the end of the fault closes it.

    Attributes:
        which: its name, as in `drivers.frames.Interlock`, in small letters.
    """

    fault: Literal["interlock"]
    which: InterlockName

    @property
    def _bit(self) -> Interlock:
        return Interlock[self.which.upper()]

    def begin(self, device: "Device") -> None:
        """Opened."""
        device.servo.set_interlock(self._bit, opened=True)

    def end(self, device: "Device") -> None:
        """Closed."""
        device.servo.set_interlock(self._bit, opened=False)


class LowPressure(DeviceFault):
    """The oil's pressure falls to ``bar``, its switch opens PRESSURE; without ``interlock`` only the gauge tells."""

    fault: Literal["low_pressure"]
    bar: Annotated[float, Field(ge=0.0, le=400.0)] = 60.0
    interlock: bool = True

    def begin(self, device: "Device") -> None:
        """Fallen."""
        device.servo.hydraulics.pressure_bar = self.bar
        if self.interlock:
            device.servo.set_interlock(Interlock.PRESSURE, opened=True)

    def end(self, device: "Device") -> None:
        """As the pump gives it."""
        device.servo.hydraulics.pressure_bar = None
        if self.interlock:
            device.servo.set_interlock(Interlock.PRESSURE, opened=False)


class OverTemperature(DeviceFault):
    """The oil, or the chamber, is as hot as ``degc``, and its switch opens OIL_TEMPERATURE or CHAMBER_TEMPERATURE.

    Without ``interlock`` only the thermometer shows it.
    """

    fault: Literal["over_temperature"]
    where: Literal["oil", "chamber"] = "oil"
    degc: Annotated[float, Field(ge=-100.0, le=500.0)] = 95.0
    interlock: bool = True

    @property
    def _bit(self) -> Interlock:
        return Interlock.OIL_TEMPERATURE if self.where == "oil" else Interlock.CHAMBER_TEMPERATURE

    def begin(self, device: "Device") -> None:
        """Hot."""
        device.servo.hydraulics.hot[self.where] = self.degc
        if self.interlock:
            device.servo.set_interlock(self._bit, opened=True)

    def end(self, device: "Device") -> None:
        """As warm as it is."""
        device.servo.hydraulics.hot.pop(self.where, None)
        if self.interlock:
            device.servo.set_interlock(self._bit, opened=False)
