"""What the Modbus side of the servo controller can do wrong: refuse, keep silent, answer late."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from simulators.faults.base import Anatomy, DeviceFault, Refusal, Times, only_one_of

if TYPE_CHECKING:
    from simulators.servo.device import Device


class LineFault(DeviceFault):
    """A fault of the Modbus server. It is looked at when a request comes in, so the next request is the first one.

    Attributes:
        on: which requests: all, those that write (``writes``: FC23, FC16, FC6) or those that only read (``reads``).
        times: so many of them; None is all.
        for_s: until so much time has passed since the first of them; None has no such end.
    """

    on: Literal["all", "writes", "reads"] = "all"
    times: Times | None = None
    for_s: Annotated[float, Field(gt=0.0)] | None = None

    @property
    def reaches_device(self) -> bool:
        """Whether the request is executed."""
        return True

    @property
    def exception(self) -> int | None:
        """The exception code that is answered instead."""
        return None

    @property
    def late_s(self) -> float | None:
        """How late the answer is sent; None is never."""
        return 0.0

    def concerns(self, writes: bool) -> bool:
        """Whether a request is one of those that it is about."""
        return self.on == "all" or writes == (self.on == "writes")

    def begin(self, device: "Device") -> None:
        """From the next request on."""
        device.line.spoil(self)

    def end(self, device: "Device") -> None:
        """Answers as it should."""
        device.line.mend(self)

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """Two ends are one too many."""
        yield from super().refusals(anatomy)
        yield from only_one_of(self, "times", "for_s", "for_samples")


class ModbusException(LineFault):
    """It refuses with an exception ``code`` from 1 to 11; the request is not executed.

    Attributes:
        code: 1 to 11, as in the Modbus Application Protocol V1.1b3, 7.
    """

    fault: Literal["modbus_exception"]
    code: Annotated[int, Field(ge=1, le=11)] = 4

    @property
    def reaches_device(self) -> bool:
        """It does not."""
        return False

    @property
    def exception(self) -> int | None:
        """The code."""
        return self.code


class ModbusSilent(LineFault):
    """It does not answer at all; the connection stays open, and the request is not executed, unless ``executed``."""

    fault: Literal["modbus_silent"]
    executed: bool = False

    @property
    def reaches_device(self) -> bool:
        """As told."""
        return self.executed

    @property
    def late_s(self) -> float | None:
        """Never."""
        return None


class ModbusLate(LineFault):
    """It answers late, by ``by_ms``; what is asked is done at once, and the device itself goes on."""

    fault: Literal["modbus_late"]
    by_ms: Annotated[float, Field(gt=0.0, le=60_000.0)]

    @property
    def late_s(self) -> float | None:
        """As told."""
        return self.by_ms / 1000.0
