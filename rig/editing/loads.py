"""What an edit must retain: pseudo-damage of each load to each exponent, or one component's damage by its own law."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rig.life.laws import cycle_damage
from rig.life.laws.schema import BasquinLaw
from rig.life.rainflow import Cycles, RainflowCounter

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
GATE_SHARE = 0.025
"""Of a load's largest range: smaller cycles count in neither drive (physics notes, section 6: 2 to 3 %)."""


@dataclass(frozen=True, slots=True)
class Need:
    """One damage that must be retained.

    Attributes:
        load: the channel whose ranges are counted.
        exponent: of pseudo-damage, or of the law.
        gate: the smallest reversal that counts.
        law: a component's law; None for pseudo-damage.
    """

    load: str
    exponent: float
    gate: float
    law: BasquinLaw | None = None

    @property
    def name(self) -> str:
        """For people and files: ``strut_force_n^5`` or the law's name."""
        return f"{self.load}^{self.exponent:g}" if self.law is None else self.law.name

    def damage(self, cycles: Cycles, tags: int = 1) -> FloatArray:
        """Of some cycles by their tags, float64[tags]."""
        if self.law is not None:
            return cycle_damage(self.law, cycles, tags)
        weights = cycles.weights * cycles.ranges**self.exponent
        return np.bincount(cycles.tags, weights, tags).astype(np.float64)


def needs_of(loads: Mapping[str, FloatArray], exponents: Sequence[float]) -> list[Need]:
    """Pseudo-damage of each load to each exponent, gated by its own largest range in the whole drive."""
    gates = {name: GATE_SHARE * float(np.ptp(values)) for name, values in loads.items()}
    return [Need(name, exponent, gate) for name, gate in gates.items() for exponent in exponents]


def damages(needs: Sequence[Need], loads: Mapping[str, FloatArray], tags: IntArray, count: int) -> Iterator[FloatArray]:
    """The damage of each need by tag, float64[count]; a cycle belongs to its second turning point."""
    counted: dict[tuple[str, float], tuple[Cycles, Cycles]] = {}
    for need in needs:
        key = (need.load, need.gate)
        if key not in counted:
            counter = RainflowCounter(need.gate)
            closed = counter.count(loads[need.load], tags)
            counted[key] = (closed, counter.residue_cycles())
        yield need.damage(counted[key][0], count) + need.damage(counted[key][1], count)
