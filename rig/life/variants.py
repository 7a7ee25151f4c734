"""Variants of a component: the stock part and the race part are one family, and differ in a few values."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from profiles.schema import Misfit
from profiles.wording import allowed_by
from rig.config import Name
from rig.life.laws.schema import Sourced

Values = Mapping[str, float]


class Variant(Sourced):
    """The values in which a variant differs: of laws, by their names, and of the watch; nothing where it does not."""

    damage: dict[Name, dict[Name, float]] = Field(default_factory=dict)
    watch: dict[Name, float] = Field(default_factory=dict)


def changed(component: dict[str, Any], variant: Variant) -> dict[str, Any]:
    """A dumped component with the values of a variant."""
    laws = [{**law, **variant.damage.get(law["name"], {})} for law in component["damage"]]
    return {**component, "damage": tuple(laws), "watch": {**component["watch"], **variant.watch}}


def variant_misfits(component: BaseModel, name: str, variant: Variant) -> Iterator[Misfit]:
    """What of a variant does not go with its component: a law or a value it does not have, or one out of bounds."""
    plain = component.model_dump()
    laws = {law["name"]: law for law in plain["damage"]}
    wrong = [
        *_unknown(("variants", name, "damage"), variant.damage, laws, "a law of this component"),
        *(
            misfit
            for law, values in variant.damage.items()
            if law in laws
            for misfit in _unknown(("variants", name, "damage", law), values, _numbers(laws[law]), "a number of it")
        ),
        *_unknown(("variants", name, "watch"), variant.watch, _numbers(plain["watch"]), "a number of the watch"),
    ]
    yield from wrong
    if not wrong:
        yield from _out_of_bounds(component, name, variant)


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {key: value for key, value in values.items() if isinstance(value, float)}


def _unknown(where: tuple[str, ...], named: Mapping[str, Any], known: Mapping[str, Any], what: str) -> Iterator[Misfit]:
    for key in named:
        if key not in known:
            yield Misfit((*where, key), f"{what}: {', '.join(known) or 'none'}")


def _out_of_bounds(component: BaseModel, name: str, variant: Variant) -> Iterator[Misfit]:
    """Each value by itself, so that the fault is told where it stands."""
    plain = component.model_dump()
    single: list[tuple[tuple[str, ...], float]] = [
        (("damage", law, key), value) for law, each in variant.damage.items() for key, value in each.items()
    ]
    single += [(("watch", key), value) for key, value in variant.watch.items()]
    for where, value in single:
        alone = {"damage": {where[1]: {where[-1]: value}}} if where[0] == "damage" else {"watch": {where[-1]: value}}
        try:
            type(component).model_validate(
                changed(plain, variant.model_copy(update={"damage": {}, "watch": {}} | alone))
            )
        except ValidationError as error:
            yield Misfit(("variants", name, *where), allowed_by(error))
