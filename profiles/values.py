"""Values in a YAML file that stand beside their source: ``{value: 1.0, source: "..."}``."""

from typing import Annotated

from pydantic import Field

from profiles.schema import Strict


class Sourced(Strict):
    """Base of all values that name where they are from; the ``value`` is the class's own."""

    source: Annotated[str, Field(min_length=3)]


class Value(Sourced):
    """A value that may not be negative, and where it is from."""

    value: Annotated[float, Field(ge=0)]


class Size(Sourced):
    """A value above zero, and where it is from."""

    value: Annotated[float, Field(gt=0)]


class Share(Sourced):
    """A part of a whole, and where it is from."""

    value: Annotated[float, Field(gt=0, le=1)]
