"""Strict YAML into frozen models: every fault of a file at once, each with file, line, key, found and allowed.

Used for every kind of YAML file in the program, those of `rig` and of the simulators included.
"""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo

from profiles.wording import faults_of
from profiles.yaml_nodes import Document, Fault, Path_, read_document

__all__ = ["ExistingFile", "Fault", "InputError", "Misfit", "Strict", "load", "one_of_kinds"]


class InputError(Exception):
    """Bad input from a person: one or more faults, each saying where, what was found and what is allowed."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.line))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Misfit(NamedTuple):
    """Values that are good alone and do not go together: the path of the one to change, and what is allowed there."""

    where: Path_
    allowed: str


class Strict(BaseModel):
    """Base of all models that are read from YAML: no unknown keys, no coercion, no NaN, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def misfits(self) -> Iterator[Misfit]:
        """What does not go together in the whole file; asked of a file's model once all its values are good."""
        return iter(())


def _must_exist(value: str, info: ValidationInfo) -> str:
    folder: Path = (info.context or {}).get("folder", Path())
    path = folder / value
    if not os.path.isfile(path):  # unlike Path.is_file it never raises, whatever a person wrote
        raise ValueError("the path of a file that exists, taken from the folder of this file")
    return os.path.normpath(path)


ExistingFile = Annotated[str, AfterValidator(_must_exist)]
"""A path relative to the YAML file's folder, resolved by the reading; a fault where there is no such file."""

M = TypeVar("M", bound=Strict)


def load(path: Path, model: type[M], text: str | None = None) -> M:
    """The model in a YAML file; ``text`` is what it holds, where that is at hand (a record keeps its files whole).

    Raises:
        InputError: with all faults of the file: unreadable, not YAML, unknown or duplicate or missing keys,
            wrong types, out of bounds, numbers that YAML reads as text.
    """
    document = read_document(path, text)
    if document.unreadable:
        raise InputError(document.faults)
    _refuse_other_kind(document, model)
    try:
        value = model.model_validate(document.value, context={"folder": path.parent})
    except ValidationError as error:
        raise InputError([*document.faults, *faults_of(error, document, model)]) from None
    faults = [*document.faults, *(_fault_at(document, misfit.where, misfit.allowed) for misfit in value.misfits())]
    if faults:
        raise InputError(faults)
    return value


def _fault_at(document: Document, where: Path_, allowed: str) -> Fault:
    place = document.place(where)
    found = place.text if where in document.places or len(where) == 1 else "nothing"
    return Fault(str(document.path), place.line, ".".join(map(str, where)), found, allowed)


def _refuse_other_kind(document: Document, model: type[Strict]) -> None:
    """A file of another kind is one fault, not one for each of its keys."""
    field = model.model_fields.get("kind")
    wanted = get_args(field.annotation) if field is not None else ()
    if not isinstance(document.value, dict):
        raise InputError([_fault_at(document, ("(the whole file)",), "a mapping of keys to values")])
    kind = document.value.get("kind")
    if wanted and isinstance(kind, str) and kind not in wanted:
        raise InputError([*document.faults, _fault_at(document, ("kind",), " or ".join(map(repr, wanted)))])


def one_of_kinds(path: Path, kinds: Mapping[str, type[Strict]]) -> Strict:
    """The model in a file that says by its top-level ``kind:`` which of several it is.

    Raises:
        InputError: as `load`; also where ``kind`` is missing or not one of them.
    """
    document = read_document(path)
    value = document.value
    kind = value.get("kind") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind in kinds:
        return load(path, kinds[kind])
    if document.unreadable:
        raise InputError(document.faults)
    if not isinstance(value, dict):
        allowed = f"a mapping of keys to values, of which kind is one of {', '.join(sorted(kinds))}"
        raise InputError([_fault_at(document, ("(the whole file)",), allowed)])
    close = difflib.get_close_matches(str(kind), kinds, n=1)
    hint = f"(did you mean {close[0]!r}?) " if close else ""
    place = document.place(("kind",))
    found = place.text if "kind" in value else "nothing"
    allowed = f"{hint}one of {', '.join(sorted(kinds))}"
    raise InputError([*document.faults, Fault(str(path), place.line, "kind", found, allowed)])
