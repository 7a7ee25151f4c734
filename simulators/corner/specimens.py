"""The truth about the specimens on the bench: how long each really lives. The controller never reads this."""

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from profiles.schema import Strict, load

Mode = Literal["leak", "rod_fracture", "fracture", "softening", "crack", "backlash", "running_hot"]

MODES: dict[str, tuple[Mode, ...]] = {
    "damper": ("leak", "rod_fracture"),
    "coil_spring": ("fracture",),
    "half_shaft": ("fracture",),
    "top_mount": ("softening",),
    "cv_joint": ("backlash",),
    "hub_bearing": ("running_hot",),
    "control_arm_bush": ("softening",),
    "lower_control_arm": ("crack",),
    "propshaft": ("fracture",),
    "differential_mount": ("softening",),
    "body_mount": ("softening",),
}
"""How each component of the corner can fail; the first is what it does unless its file says otherwise.

Joint and bearing age only where they are mounted. The last five have a life and nothing more: no sensor of the corner
would show what becomes of them.
"""

WEIBULL_SHAPE: dict[str, float] = {
    "damper": 1.75,
    "coil_spring": 3.0,
    "half_shaft": 3.0,
    "top_mount": 2.25,
    "cv_joint": 1.75,
    "hub_bearing": 1.5,
    "control_arm_bush": 2.25,
    "lower_control_arm": 2.25,
    "propshaft": 2.25,
    "differential_mount": 2.25,
    "body_mount": 2.25,
}
"""Scatter of life between specimens (physics notes §5.2, middle of the ranges given there; good general knowledge)."""

YOUNG_SHARE, YOUNG_SHAPE, YOUNG_LIFE = 0.03, 0.8, 0.1
"""Of all specimens so many were assembled badly and fail young: share, Weibull shape, life over the family's (physics
notes §5.3: 2 to 5 %, 0.8, a tenth)."""


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
    return float((-math.log(_uniform(f"{component}/{serial}"))) ** (1.0 / WEIBULL_SHAPE[component]))


def fails_young(component: str, serial: str) -> bool:
    """Whether a specimen is one of the few that were assembled badly: by its serial number's hash, always the same."""
    return _uniform(f"{component}/{serial}/fitting") < YOUNG_SHARE


def true_life(component: str, serial: str) -> float:
    """The specimen's life over its family's characteristic life; of one that fails young a draw of its own kind."""
    if not fails_young(component, serial):
        return life_multiplier(component, serial)
    return float(YOUNG_LIFE * (-math.log(_uniform(f"{component}/{serial}/young"))) ** (1.0 / YOUNG_SHAPE))


def _uniform(text: str) -> float:
    """A number between 0 and 1 of a text and nothing else."""
    digest = hashlib.sha256(text.encode()).digest()
    return (int.from_bytes(digest[:7], "big") + 0.5) / 2**56


def truth_of(component: str, serial: str, truth: Truth | None = None) -> SpecimenTruth:
    """The truth about one specimen from its component, serial number and what its file tells the simulators."""
    told = truth or Truth()
    life = true_life(component, serial) * told.life_factor
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
