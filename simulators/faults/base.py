"""What all faults have in common: checked parameters, when they begin and how long they last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

from pydantic import Field

from profiles.schema import Strict

if TYPE_CHECKING:
    from simulators.instruments.rack import Rack
    from simulators.servo.device import Device

Times = Annotated[int, Field(ge=1)]


class Refusal(NamedTuple):
    """Why a fault can't be had: which parameter, what was found, what is allowed."""

    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.key}: found {self.found}; allowed: {self.allowed}"


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What a bench has that can be broken.

    Attributes:
        pace: ``real`` or ``stepped``.
        axes: the dead time of each by name, s.
        channels, roles: their names; roles are those of instruments.
        inputs: of the data-acquisition unit, those that have a sensor.
    """

    pace: str
    axes: Mapping[str, float]
    channels: tuple[str, ...]
    roles: tuple[str, ...]
    inputs: tuple[int, ...]


class AnyFault(Strict):
    """One fault: its name under ``fault``, its parameters, and when.

    Attributes:
        at_sample: begins when so many samples have been played since READY, exactly, whatever the batch or the pace;
            None begins at once. Sample number ``at_sample`` is the first one that is played with the fault.
        for_samples: ends by itself after so many samples played in RUN; None lasts until ``clear``.
        lasts: whether it has a state to end; what happens once (``reboot``) has none, and takes no ``for_samples``.
    """

    lasts: ClassVar[bool] = True

    fault: str
    at_sample: Annotated[int, Field(ge=0)] | None = None
    for_samples: Annotated[int, Field(ge=1)] | None = None

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """Why this bench can't have this fault."""
        del anatomy
        if not self.lasts and self.for_samples is not None:
            yield Refusal("for_samples", str(self.for_samples), f"nothing, as {self.fault} happens once")


def only_one_of(fault: AnyFault, *keys: str) -> Iterator[Refusal]:
    """Two ends are one too many."""
    given = [key for key in keys if getattr(fault, key) not in (None, False)]
    if len(given) > 1:
        yield Refusal(given[-1], f"{given[-1]} beside {given[0]}", f"one of {', '.join(keys)}")


class DeviceFault(AnyFault):
    """A fault of the servo controller, of what it moves, or of its line."""

    def begin(self, device: "Device") -> None:
        """Break it."""

    def end(self, device: "Device") -> None:
        """Mend it."""


class InstrumentFault(AnyFault):
    """A fault of one instrument.

    ``at_sample`` and ``for_samples`` are looked at whenever a message comes: an instrument has no samples of its own.

    Attributes:
        role: of the instrument, as in the rig file.
    """

    role: str

    def begin(self, rack: "Rack") -> None:
        """Break it."""

    def end(self, rack: "Rack") -> None:
        """Mend it."""

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """A role that no instrument has."""
        yield from super().refusals(anatomy)
        if self.role not in anatomy.roles:
            yield Refusal("role", repr(self.role), ", ".join(anatomy.roles))
