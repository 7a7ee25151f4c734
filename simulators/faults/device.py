"""What can go wrong with the servo controller itself: its power, its clock, its FIFO, its own rings of safety."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from simulators.faults.base import Anatomy, DeviceFault, Refusal

if TYPE_CHECKING:
    from simulators.servo.device import Device

Register = Annotated[int, Field(ge=0, le=0xFFFF)]


class Reboot(DeviceFault):
    """A power dip: BOOT, then OFF; sequence, key, counters and FIFO are gone, and the axes fall to neutral.

    With ``cut`` its connections are reset with it, as those of a real one are.
    """

    fault: Literal["reboot"]
    lasts: ClassVar[bool] = False
    cut: bool = True

    def begin(self, device: "Device") -> None:
        """At once."""
        device.servo.reboot()
        if self.cut:
            device.line.cut()


class OtherIdentity(DeviceFault):
    """It says that it is another device than it is; what is not given stays true."""

    fault: Literal["identity"]
    magic: Register | None = None
    map_version: Register | None = None
    axes: Register | None = None
    channels: Register | None = None
    sample_rate_hz: Register | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "OtherIdentity":
        if not self.words:
            raise ValueError("at least one of magic, map_version, axes, channels, sample_rate_hz")
        return self

    @property
    def words(self) -> dict[int, int]:
        """The registers of the identity that are other than they should be."""
        given = (self.magic, self.map_version, self.axes, self.channels, self.sample_rate_hz)
        return {address: word for address, word in enumerate(given) if word is not None}

    def begin(self, device: "Device") -> None:
        """From the next access on."""
        device.frames.identity = self.words

    def end(self, device: "Device") -> None:
        """The truth."""
        device.frames.identity = {}


class ClockRate(DeviceFault):
    """It plays faster or slower than its nominal rate; its watchdog has a clock of its own. Only at pace real."""

    fault: Literal["clock_rate"]
    factor: Annotated[float, Field(gt=0.0, le=10.0)]

    def begin(self, device: "Device") -> None:
        """From now on."""
        device.servo.clock_rate = self.factor

    def end(self, device: "Device") -> None:
        """Nominal."""
        device.servo.clock_rate = 1.0

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """At pace stepped there is no clock."""
        yield from super().refusals(anatomy)
        if anatomy.pace != "real":
            yield Refusal("fault", f"'clock_rate' at pace {anatomy.pace}", "pace real, where there is a clock")


class ClockStop(DeviceFault):
    """It plays no sample any more and still answers; its watchdog goes on."""

    fault: Literal["clock_stop"]

    def begin(self, device: "Device") -> None:
        """It stands."""
        device.servo.clock_rate = 0.0

    def end(self, device: "Device") -> None:
        """It goes on."""
        device.servo.clock_rate = 1.0

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """Its end can't be counted in samples."""
        yield from super().refusals(anatomy)
        if self.for_samples is not None:
            yield Refusal("for_samples", str(self.for_samples), "nothing, as no sample is played until it is cleared")


class FifoCapacity(DeviceFault):
    """Its FIFO has room for so many samples, whatever its identity says."""

    fault: Literal["fifo_capacity"]
    samples: Annotated[int, Field(ge=1)]

    def begin(self, device: "Device") -> None:
        """What waits already stays."""
        device.servo.fifo.capacity = self.samples

    def end(self, device: "Device") -> None:
        """As its identity says."""
        device.servo.fifo.capacity = device.config.fifo_capacity


class Underrun(DeviceFault):
    """It loses what waits in its FIFO and runs dry; does nothing where it is not in RUN."""

    fault: Literal["underrun"]
    lasts: ClassVar[bool] = False

    def begin(self, device: "Device") -> None:
        """At once."""
        device.servo.run_dry()


class WatchdogOff(DeviceFault):
    """Its watchdog does not bite, although it seems to be armed; with ``shown``, WATCHDOG_ARMED is gone, too."""

    fault: Literal["watchdog_off"]
    shown: bool = False

    def begin(self, device: "Device") -> None:
        """Asleep."""
        device.servo.watchdog = "off" if self.shown else "asleep"

    def end(self, device: "Device") -> None:
        """Awake."""
        device.servo.watchdog = "awake"


class ClampOff(DeviceFault):
    """It does not check whether a set point is within the travel, and plays it."""

    fault: Literal["clamp_off"]

    def begin(self, device: "Device") -> None:
        """Unchecked."""
        device.servo.fifo.checks_travel = False

    def end(self, device: "Device") -> None:
        """Checked."""
        device.servo.fifo.checks_travel = True
