"""The ends of an exponent's range, counted beside the exponent itself: what hangs on a value that nobody measured."""

from collections.abc import Iterator

from rig.life.components import Component
from rig.life.laws.schema import Law, PowerLaw


def range_of(law: Law) -> tuple[float, float] | None:
    """The lowest and the highest exponent that the source of a law allows; None where it names no range."""
    return law.exponent_range if isinstance(law, PowerLaw) else None


def end_name(law: str, exponent: float) -> str:
    """The name under which a law is counted with another exponent; no law of a file is called so."""
    return f"{law}^{exponent:g}"


def with_ends(component: Component) -> Component:
    """The component with its laws, and those with a range once more for each end of it.

    The curve turns about the law's reference range, which cancels in equivalent km unless the law has a knee.
    """
    ends = [end for law in component.damage for end in _ends(law)]
    return component.model_copy(update={"damage": (*component.damage, *ends)})


def _ends(law: Law) -> Iterator[Law]:
    for exponent in range_of(law) or ():
        yield law.model_copy(update={"exponent": exponent, "name": end_name(law.name, exponent)})
