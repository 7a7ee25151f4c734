"""The truth about the specimens on the bench: how long each really lives. The controller never reads this."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from profiles.schema import Strict, load

Mode = Literal["leak", "rod_fracture", "fracture", "softening"]

MODES: dict[str, tuple[Mode, ...]] = {
    "damper": ("leak", "rod_fracture"),
    "coil_spring": ("fracture",),
    "half_shaft": ("fracture",),
    "top_mount": ("softening",),
}
"""How each component of the simulated corner can fail; the first is what it does unless its file says otherwise."""

WEIBULL_SHAPE: dict[str, float] = {"damper": 1.75, "coil_spring": 3.0, "half_shaft": 3.0, "top_mount": 2.25}
"""Scatter of life between specimens (physics notes §5.2, middle of the ranges given there; good general knowledge)."""


class Truth(Strict):
    """What only the simulators look at."""

    life_factor: Annotated[float, Field(gt=0, le=1000)] = 1.0
    mode: Mode | None = None


class _Entry(Strict):
    component: str
    serial: str
    batch: str | None = None
    variant: str | None = None
    truth: Truth = Truth()

    @model_validator(mode="after")
    def _can_fail_so(self) -> "_Entry":
        if self.component not in MODES:
            raise ValueError(f"a component that the simulated corner has: {', '.join(MODES)}")
        if self.truth.mode not in (None, *MODES[self.component]):
            raise ValueError(f"a mode in which a {self.component} can fail: {', '.join(MODES[self.component])}")
        return self


class _File(Strict):
    kind: Literal["specimens"]
    name: str
    description: str = ""
    specimens: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class SpecimenTruth:
    """One specimen: how it fails, and at which true damage.

    Attributes:
        failing_damage: the damage, in units of the family's characteristic life, at which it fails.
    """

    component: str
    mode: Mode
    failing_damage: float


def life_multiplier(component: str, serial: str) -> float:
    """A Weibull draw of the family's shape and scale 1, the same for the same serial number, always.

    The life is the specimen's own, so it does not depend on the seed of a run.
    """
    digest = hashlib.sha256(f"{component}/{serial}".encode()).digest()
    uniform = (int.from_bytes(digest[:7], "big") + 0.5) / 2**56
    return float((-math.log(uniform)) ** (1.0 / WEIBULL_SHAPE[component]))


def truth_of(component: str, serial: str, truth: Truth | None = None) -> SpecimenTruth:
    """The truth about one specimen from its component, serial number and what its file tells the simulators."""
    told = truth or Truth()
    life = life_multiplier(component, serial) * told.life_factor
    return SpecimenTruth(component, told.mode or MODES[component][0], life)


def read_specimens(path: Path) -> tuple[SpecimenTruth, ...]:
    """The truth in a specimens file.

    Raises:
        InputError: with all faults of the file.
    """
    return tuple(truth_of(entry.component, entry.serial, entry.truth) for entry in load(path, _File).specimens)


def complete(specimens: tuple[SpecimenTruth, ...]) -> dict[str, SpecimenTruth]:
    """One specimen per component; what was not given is a part of exactly its family's characteristic life."""
    healthy = {component: SpecimenTruth(component, modes[0], 1.0) for component, modes in MODES.items()}
    return healthy | {specimen.component: specimen for specimen in specimens}
