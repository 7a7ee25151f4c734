"""The specimens file: which part, by serial number, sits on the rig."""

from collections import Counter
from typing import Annotated, Literal

from pydantic import Field, field_validator

from profiles.catalogue import find
from profiles.schema import Strict, load
from rig.config import LIBRARY, Name

FOLDER = LIBRARY / "specimens"
DEFAULT = "new_parts"


class Specimen(Strict):
    """One part on the rig. ``truth`` belongs to the simulators; the controller carries it and never looks inside."""

    component: Name
    serial: Annotated[str, Field(min_length=1, max_length=40)]
    batch: str | None = None
    variant: str | None = None
    truth: dict[str, float | str] = Field(default_factory=dict)


class SpecimenFile(Strict):
    """All parts on the rig, at most one of each component."""

    kind: Literal["specimens"]
    name: Name
    description: str = ""
    specimens: Annotated[tuple[Specimen, ...], Field(min_length=1)]

    @field_validator("specimens")
    @classmethod
    def _one_of_each(cls, specimens: tuple[Specimen, ...]) -> tuple[Specimen, ...]:
        twice = [name for name, count in Counter(part.component for part in specimens).items() if count > 1]
        if twice:
            raise ValueError(f"one specimen of each component; more than one: {', '.join(twice)}")
        return specimens


def load_specimens(what: str = DEFAULT) -> SpecimenFile:
    """A specimens file by its path, or by its name in the library.

    Raises:
        InputError: there is no such file, or its content is wrong.
    """
    return load(find(what, FOLDER, "specimens"), SpecimenFile)
