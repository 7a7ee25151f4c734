"""What all faults have in common: checked parameters, when they begin and how long they last."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from profiles.schema import Strict

if TYPE_CHECKING:
    from simulators.device import Device
    from simulators.faults.bench import InstrumentBench

Times = Annotated[int, Field(ge=1)]


class AnyFault(Strict):
    """One fault: its name under ``fault``, its parameters, and when.

    Attributes:
        at_sample: begins when so many samples have been played since READY, exactly, whatever the batch or the pace;
            None begins at once. Sample number ``at_sample`` is the first one that is played with the fault.
        for_samples: ends by itself after so many samples played in RUN; None lasts until ``clear``.
    """

    fault: str
    at_sample: Annotated[int, Field(ge=0)] | None = None
    for_samples: Annotated[int, Field(ge=1)] | None = None


class DeviceFault(AnyFault):
    """A fault of the servo controller, of what it moves, or of its line.

    Attributes:
        lasts: whether it has a state to end; what happens once (``reboot``) has none, and takes no ``for_samples``.
    """

    lasts: ClassVar[bool] = True

    def begin(self, device: "Device") -> None:
        """Break it."""

    def end(self, device: "Device") -> None:
        """Mend it."""

    def refusals(self, device: "Device") -> Iterator[str]:
        """Why this device can't have this fault, in words: what was found, what is allowed."""
        del device
        if not self.lasts and self.for_samples is not None:
            yield f"{self.fault} happens once; it has no for_samples"


class InstrumentFault(AnyFault):
    """A fault of one instrument. What concerns answers counts queries: messages with a question mark.

    ``at_sample`` and ``for_samples`` are looked at whenever a message comes: an instrument has no samples of its own.

    Attributes:
        role: of the instrument, as in the rig file.
        after: so many queries are still answered well, from when it begins.
        times: so many queries are concerned; None is all.
    """

    role: str
    after: Annotated[int, Field(ge=0)] = 0
    times: Times | None = None

    def begin(self, bench: "InstrumentBench") -> None:
        """Break it."""

    def end(self, bench: "InstrumentBench") -> None:
        """Mend it."""

    def refusals(self, bench: "InstrumentBench") -> Iterator[str]:
        """Why this bench can't have this fault, in words."""
        if self.role not in bench.roles:
            yield f"role: found {self.role!r}; allowed: {', '.join(bench.roles)}"
