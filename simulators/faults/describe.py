"""The tables of ``docs/faults.md``, made from the classes: name, parameters, what happens."""

from collections.abc import Sequence
from typing import Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from profiles.schema import Strict


def table(classes: Sequence[type[Strict]], key: str, common: Sequence[str]) -> str:
    """A Markdown table.

    Args:
        classes: a row each.
        key: the field that has the name.
        common: fields that all have, which are told elsewhere.
    """
    rows = ["| name | parameters | what happens |", "|---|---|---|"]
    for one in classes:
        name = get_args(one.model_fields[key].annotation)[0]
        told = [_parameter(name, info) for name, info in one.model_fields.items() if name not in (key, *common)]
        what = " ".join((one.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")
        rows.append(f"| `{name}` | {', '.join(told)} | {what} |")
    return "\n".join(rows)


def _parameter(name: str, info: FieldInfo) -> str:
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    known = f" ({', '.join(str(one) for one in choices)})" if choices else ""
    if info.is_required():
        return f"**`{name}`**{known}"
    return f"`{name}`{known}" if info.default is None else f"`{name}: {_yaml(info.default)}`{known}"


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
