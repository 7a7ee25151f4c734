"""Whether a rig and some components go together."""

from collections.abc import Sequence

from profiles.schema import Fault, InputError
from rig.config import Rig
from rig.life.components import Component
from rig.life.specimens import SpecimenFile
from rig.life.watches import BacklashWatch, TemperatureWatch, TransferWatch


def law_channels(components: Sequence[Component]) -> list[str]:
    """The channels that the laws of some components need, each once."""
    return sorted({channel for component in components for law in component.damage for channel in law.channels})


def check_fit(rig: Rig, components: Sequence[Component], specimens: SpecimenFile) -> None:
    """Check that a rig measures what some components need, and that every specimen is of one of them.

    Raises:
        InputError: with what is missing.
    """
    channels = {channel.name for channel in rig.channels}
    axes = {axis.name for axis in rig.axes}
    known = {component.name for component in components}
    scanned = any(instrument.role == "data_acquisition" for instrument in rig.instruments)
    faults = []
    for component in components:
        needed = {channel for law in component.damage for channel in law.channels} | set(component.watch.channels)
        if isinstance(component.watch, TemperatureWatch) and not scanned:
            allowed = f"an instrument of role data_acquisition on the rig {rig.name}, which reads it"
            faults.append(_fault(component.name, f"reading {component.watch.reading!r}", allowed))
        for name in sorted(needed - channels):
            faults.append(_fault(component.name, f"channel {name!r}", f"a channel of the rig {rig.name}"))
        if isinstance(component.watch, TransferWatch | BacklashWatch) and component.watch.channel not in axes:
            faults.append(_fault(component.name, f"axis {component.watch.channel!r}", f"an axis of the rig {rig.name}"))
    for part in specimens.specimens:
        if part.component not in known:
            faults.append(_fault(part.component, "a specimen of it", "a specimen of a component that is judged"))
    if faults:
        raise InputError(faults)


def _fault(component: str, found: str, allowed: str) -> Fault:
    return Fault(f"(component {component})", 0, "channels", found, allowed)
