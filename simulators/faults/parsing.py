"""Plain values, as they come over a back door, into checked models."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from profiles.schema import Strict
from profiles.wording import faults_of
from profiles.yaml_nodes import Document, Place

M = TypeVar("M", bound=Strict)


class FaultError(Exception):
    """Something that is none, or that can't be had here: what was found, what is allowed."""


def parse_told(told: Mapping[str, Any], model: type[M], key: str, names: Sequence[str]) -> M:
    """A model that has a mapping of plain values as its ``it``.

    Args:
        told: the mapping.
        model: has one field ``it``, a union that is told apart by a key.
        key: that key.
        names: what it may be.

    Raises:
        FaultError: with everything that is wrong with it.
    """
    _check_name(told.get(key), key, names)
    document = Document(Path(key), {"it": told})
    document.places = {(): Place(0, "a mapping"), ("it",): Place(0, "a mapping")}
    document.places |= {("it", name): Place(0, repr(value)) for name, value in told.items()}
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        found = faults_of(error, document, model)
        whole = str(told.get(key))
        named = [(whole if one.key == "it" else one.key.removeprefix("it."), one) for one in found]
        text = "; ".join(f"{name}: found {one.found}; allowed: {one.allowed}" for name, one in named)
        raise FaultError(text) from None


def _check_name(name: object, key: str, names: Sequence[str]) -> None:
    if name is not None and name not in names:
        close = difflib.get_close_matches(str(name), names, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise FaultError(f"{key}: found {name!r}; allowed: {hint}{', '.join(names)}")
