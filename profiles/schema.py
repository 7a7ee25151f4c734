"""Strict YAML into frozen models: every fault of a file at once, each with file, line, key, found and allowed.

Used for every kind of YAML file in the program, those of `rig` and of the simulators included.
"""

import difflib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, ValidationInfo

from profiles.yaml_nodes import Document, Fault, Place, read_document

__all__ = ["ExistingFile", "Fault", "InputError", "Strict", "load", "one_of_kinds"]


class InputError(Exception):
    """Bad input from a person: one or more faults, each saying where, what was found and what is allowed."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.line))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Strict(BaseModel):
    """Base of all models that are read from YAML: no unknown keys, no coercion, no NaN, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _must_exist(value: str, info: ValidationInfo) -> str:
    folder = (info.context or {}).get("folder", Path())
    path = folder / value
    if not path.is_file():
        raise ValueError("the path of a file that exists, taken from the folder of this file")
    return str(path)


ExistingFile = Annotated[str, AfterValidator(_must_exist)]
"""A path relative to the YAML file's folder, made absolute by the reading; a fault where there is no such file."""

M = TypeVar("M", bound=Strict)


def load(path: Path, model: type[M]) -> M:
    """The model in a YAML file.

    Raises:
        InputError: with all faults of the file: unreadable, not YAML, unknown or duplicate or missing keys,
            wrong types, out of bounds, numbers that YAML reads as text.
    """
    document = read_document(path)
    faults = list(document.faults)
    try:
        value = model.model_validate(document.value, context={"folder": path.parent})
    except ValidationError as error:
        taken = {(fault.line, fault.key) for fault in faults}
        more = [fault for fault in _faults_of(error, document, model) if (fault.line, fault.key) not in taken]
        raise InputError(faults + more) from None
    if faults:
        raise InputError(faults)
    return value


def one_of_kinds(path: Path, kinds: typing.Mapping[str, type[Strict]]) -> Strict:
    """The model in a file that says by its top-level ``kind:`` which of several it is.

    Raises:
        InputError: as `load`; also where ``kind`` is missing or not one of them.
    """
    document = read_document(path)
    value = document.value
    kind = value.get("kind") if isinstance(value, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        place = document.place(("kind",))
        found = "nothing" if kind is None else repr(kind)
        allowed = "one of " + ", ".join(sorted(kinds))
        raise InputError([*document.faults, Fault(str(path), place.line, "kind", found, allowed)])
    return load(path, kinds[kind])


def _faults_of(error: ValidationError, document: Document, model: type[Strict]) -> Iterator[Fault]:
    for item in error.errors(include_url=False):
        where = document.known_path(item["loc"])
        place = document.place(where)
        key = ".".join(str(part) for part in item["loc"] if part in where) or "(the whole file)"
        yield _fault_of(dict(item), place, key, str(document.path), model)


def _fault_of(item: dict[str, Any], place: Place, key: str, file: str, model: type[Strict]) -> Fault:
    found = place.text
    if item["type"] == "extra_forbidden":
        keys = _keys_at(model, item["loc"][:-1])
        return Fault(file, place.line, key, "an unknown key", _suggestion(str(item["loc"][-1]), keys))
    if item["type"] == "missing":
        missing = str(item["loc"][-1])
        return Fault(file, place.line, missing, "nothing", f"the key {missing!r} must be given here")
    message = str(item["msg"])
    for prefix in ("Input should be ", "Value error, "):
        message = message.removeprefix(prefix)
    return Fault(file, place.line, key, found, message)


def _suggestion(found: str, keys: list[str]) -> str:
    with_unit = [key for key in keys if key.startswith(found + "_")]
    if with_unit:
        return f"{' or '.join(with_unit)} (the unit is part of the name)"
    close = difflib.get_close_matches(found, keys, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"{hint}allowed here: {', '.join(keys)}"


def _keys_at(annotation: Any, loc: tuple[Any, ...]) -> list[str]:
    """The keys that are allowed at a place, found by walking the types along an error's location."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        if not loc:
            return list(fields)
        return _keys_at(fields[loc[0]].annotation, loc[1:]) if loc[0] in fields else []
    origin = get_origin(annotation)
    if origin is Annotated:
        return _keys_at(get_args(annotation)[0], loc)
    if origin in (typing.Union, types.UnionType):
        return _keys_in_union(get_args(annotation), loc)
    if origin in (tuple, list) and loc:
        return _keys_at(get_args(annotation)[0], loc[1:])
    if origin is dict and loc:
        return _keys_at(get_args(annotation)[1], loc[1:])
    return []


def _keys_in_union(members: tuple[Any, ...], loc: tuple[Any, ...]) -> list[str]:
    for member in members:
        if loc and isinstance(member, type) and issubclass(member, BaseModel) and _has_tag(member, loc[0]):
            return _keys_at(member, loc[1:])
    return [key for member in members for key in _keys_at(member, loc)]


def _has_tag(member: type[BaseModel], tag: Any) -> bool:
    return any(tag in get_args(field.annotation) for field in member.model_fields.values())
