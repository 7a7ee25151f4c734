"""What the controller knows of a component: the law of its damage, and what to watch on the measured signals.

It is knowledge about the family, never about the specimen on the rig: how long that one lasts, the test finds out.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles.catalogue import find
from profiles.schema import Fault, InputError, Misfit, Strict, load
from rig.config import LIBRARY, Name
from rig.life.laws.schema import Law
from rig.life.specimens import Specimen, SpecimenFile
from rig.life.variants import Variant, changed, variant_misfits
from rig.life.watches import NoWatch, Watch, modes_of

FOLDER = LIBRARY / "components"


class Component(Strict):
    """A component file.

    ``weibull_shape`` is the scatter of the family's life; ``damage_warning`` the Miner sum that is worth a warning.
    The component's damage is that of its worst law. ``variants`` says in which values a variant differs from the file's
    own; a component without any takes every variant of a specimen for a label.
    """

    kind: Literal["component"]
    name: Name
    description: str
    weibull_shape: Annotated[float, Field(gt=0.3, le=20)]
    weibull_source: Annotated[str, Field(min_length=3)]
    damage_warning: Annotated[float, Field(gt=0, le=10)]
    damage: Annotated[tuple[Law, ...], Field(min_length=1)]
    watch: Watch
    variants: dict[Name, Variant] = Field(default_factory=dict)

    @property
    def watched(self) -> bool:
        """Whether anything on the rig shows how the part is."""
        return not isinstance(self.watch, NoWatch)

    def misfits(self) -> Iterator[Misfit]:
        """Values of variants that the component does not have, or that it can't have."""
        for name, variant in self.variants.items():
            yield from variant_misfits(self, name, variant)

    def mechanism_of(self, mode: str) -> str | None:
        """What goes on physically where a failure mode is seen; None for one that the file does not name."""
        return next((each.mechanism for each in modes_of(self.watch) if each.mode == mode), None)


def load_component(what: str) -> Component:
    """A component file by its path, or by its name in the library.

    Raises:
        InputError: there is no such file, or its content is wrong.
    """
    path = find(what, FOLDER, "component")
    component = load(path, Component)
    check_name(path, component)
    return component


def variant_of(component: Component, variant: str | None) -> Component:
    """A component with the values of one of its variants; its own where the specimen names none.

    Raises:
        InputError: the component has variants, and not this one.
    """
    if variant is None or not component.variants:
        return component
    if variant not in component.variants:
        known = ", ".join(component.variants)
        raise InputError([Fault("(argument)", 0, "variant", repr(variant), f"a variant of {component.name}: {known}")])
    return Component.model_validate(changed(component.model_dump(), component.variants[variant]))


def check_name(path: Path, component: Component) -> None:
    """Check that a component has the name of its file, by which specimens name it.

    Raises:
        InputError: it has not.
    """
    if path.stem != component.name:
        raise InputError([Fault(str(path), 1, "name", repr(component.name), f"{path.stem!r}, the name of the file")])


def components_of(specimens: SpecimenFile) -> tuple[Component, ...]:
    """The component of each specimen as its variant has it, in the order of the file.

    Raises:
        InputError: a component is not in the library, its file is wrong, or it has no such variant.
    """
    return tuple(_of(part) for part in specimens.specimens)


def _of(part: Specimen) -> Component:
    component = load_component(part.component)
    try:
        return variant_of(component, part.variant)
    except InputError as error:
        whose = f"(specimen {part.component} {part.serial})"
        raise InputError([replace(fault, file=whose) for fault in error.faults]) from None


def check_components(path: Path, specimens: SpecimenFile) -> None:
    """Check that the library has the component of each specimen, in its variant.

    Raises:
        InputError: with those that it has not, or whose files are wrong.
    """
    faults = []
    for index, part in enumerate(specimens.specimens):
        try:
            variant_of(load_component(part.component), part.variant)
        except InputError as error:
            faults += [_named_by(path, index, fault) for fault in error.faults]
    if faults:
        raise InputError(faults)


def _named_by(path: Path, index: int, fault: Fault) -> Fault:
    if fault.file != "(argument)":
        return fault
    return Fault(str(path), 0, f"specimens.{index}.{fault.key}", fault.found, fault.allowed)
