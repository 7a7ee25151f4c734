"""What pydantic says about a value, in words for who wrote the file: where, what was found, what is allowed."""

import difflib
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from profiles.yaml_nodes import Document, Fault, Path_

Error = dict[str, Any]

_ALLOWED = {
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "text (in quotes where it looks like something else)",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text of the form {pattern}",
    "literal_error": "{expected}",
    "union_tag_invalid": "for {discriminator}: {expected_tags}",
}


def faults_of(error: ValidationError, document: Document, model: type[BaseModel]) -> Iterator[Fault]:
    """The faults of a file that its values cause; what only follows from another fault is left out."""
    items: list[Error] = [{**item} for item in error.errors(include_url=False)]
    unit_missing = {(item["loc"][:-1], key) for item in items for key in _meant_with_unit(item, model)}
    for item in items:
        where = document.known_path(item["loc"])
        meant = item["type"] == "missing" and (item["loc"][:-1], item["loc"][-1]) in unit_missing
        if not meant and not _follows(item, where, document):
            yield _fault_of(item, where, document, model)


def _follows(item: Error, where: Path_, document: Document) -> bool:
    """Whether an error comes only from parts that have faults of their own already."""
    if item["type"] == "too_short" and len(document.part(where)) >= item["ctx"]["min_length"]:
        return True
    if item["type"] in ("missing", "extra_forbidden", "union_tag_not_found"):
        return False
    inside = [place for place in document.faulty if place[: len(where)] == where]
    return where in inside or (bool(inside) and item["type"] == "value_error")


def _fault_of(item: Error, where: Path_, document: Document, model: type[BaseModel]) -> Fault:
    place = document.place(where)
    key = ".".join(str(part) for part in where) or "(the whole file)"
    if item["type"] == "extra_forbidden":
        allowed = _suggestion(item, model)
        return Fault(str(document.path), place.line, key, "an unknown key", allowed)
    if item["type"] == "missing" and isinstance(item["loc"][-1], int):
        allowed = f"a list of at least {item['loc'][-1] + 1}"
        return Fault(str(document.path), place.line, key, place.text, allowed)
    if item["type"] in ("missing", "union_tag_not_found"):
        missing = str(item["loc"][-1]) if item["type"] == "missing" else item["ctx"]["discriminator"].strip("'")
        full = ".".join(str(part) for part in (*where, missing))
        return Fault(str(document.path), place.line, full, "nothing", f"the key {missing!r} must be given here")
    found = repr(str(item["loc"][-2])) if item["loc"][-1:] == ("[key]",) else place.text  # a wrong key, not its value
    return Fault(str(document.path), place.line, key, found, _allowed(item))


def allowed_by(error: ValidationError) -> str:
    """What is allowed, by the first of what pydantic says about a value."""
    return _allowed({**error.errors(include_url=False)[0]})


def _allowed(item: Error) -> str:
    words = _ALLOWED.get(item["type"])
    if words is not None:
        return words.format(**item.get("ctx", {}))
    message = str(item["msg"])
    for prefix in ("Input should be ", "Value error, "):
        message = message.removeprefix(prefix)
    return message


def _meant_with_unit(item: Error, model: type[BaseModel]) -> list[str]:
    """The keys that an unknown key is the beginning of: its unit is missing."""
    if item["type"] != "extra_forbidden":
        return []
    return [key for key in _keys_at(model, item["loc"][:-1]) if key.startswith(f"{item['loc'][-1]}_")]


def _suggestion(item: Error, model: type[BaseModel]) -> str:
    with_unit = _meant_with_unit(item, model)
    if with_unit:
        return f"{' or '.join(with_unit)} (the unit is part of the name)"
    keys = _keys_at(model, item["loc"][:-1])
    close = difflib.get_close_matches(str(item["loc"][-1]), keys, n=1)
    hint = f"(did you mean {close[0]!r}?) " if close else ""
    return f"{hint}{', '.join(keys)}"


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
        if loc and loc[0] in _tags(member):
            return _keys_at(member, loc[1:])
    return [key for member in members for key in _keys_at(member, loc)]


def _tags(member: Any) -> list[Any]:
    """The names under which pydantic puts a member of a union into an error's location."""
    if get_origin(member) is Annotated:
        inner, *marks = get_args(member)
        return [mark.tag for mark in marks if isinstance(mark, Tag)] + _tags(inner)
    if isinstance(member, type) and issubclass(member, BaseModel):
        return [tag for field in member.model_fields.values() for tag in get_args(field.annotation)]
    return []
