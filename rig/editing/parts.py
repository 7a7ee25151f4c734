"""What may be accelerated by leaving out mild road, and what not."""

from collections.abc import Sequence

from profiles.schema import Fault, InputError
from rig.editing.loads import Need, needs_of
from rig.editing.source import Source
from rig.life.components import Component, load_component
from rig.life.laws.schema import BasquinLaw
from rig.life.watches import MountWatch

SCALES = "it scales with distance, time and temperature, and leaving out mild road would claim kilometres it never had"


def needs_for(
    source: Source, component: str | None, exponents: Sequence[float], wanted: Sequence[str] = ()
) -> list[Need]:
    """What must be retained: for one component its laws, else pseudo-damage of all loads, or those wanted.

    Raises:
        InputError: the component is a seal, an elastomer or a bearing, or channels that can't be predicted.
    """
    loads = source.loads()
    if component is None:
        names = wanted or source.names()
        if unknown := [name for name in names if name not in source.names()]:
            allowed = f"some of {', '.join(source.names())}"
            raise InputError([Fault("rig edit", 0, "--loads", repr(", ".join(unknown)), allowed)])
        return needs_of({name: loads[name] for name in names}, exponents)
    part = load_component(component)
    refuse_unsuitable(part)
    laws = [law for law in part.damage if isinstance(law, BasquinLaw)]
    for law in laws:
        if law.channel not in loads:
            found = f"{law.name} on {law.channel}, which no plan holds"
            raise InputError([Fault("rig edit", 0, "--component", found, f"a law on one of {', '.join(loads)}")])
    return [Need(law.channel, law.exponent, law.gate, law) for law in laws]


def refuse_unsuitable(part: Component) -> None:
    """Check that a component may be accelerated.

    Raises:
        InputError: with the reason why not.
    """
    faults = [
        Fault("rig edit", 0, "--component", f"{part.name}, whose {law.name} is no fatigue: {SCALES}", "a part of metal")
        for law in part.damage
        if not isinstance(law, BasquinLaw)
    ]
    if isinstance(part.watch, MountWatch):
        found = f"{part.name}, an elastomer: it ages and heats with time, which no cycle count holds"
        faults.append(Fault("rig edit", 0, "--component", found, "a part of metal"))
    if faults:
        raise InputError(faults)
