"""Laws of damage: what share of a life a cycle, a slide, a turn or an hour takes.

Damage 1 is the characteristic life of the family. `schema` says what a component's file may hold; the kernels add one
term after the other, so any split of a history into blocks gives the same bits.
"""

from rig.life.laws.cycles import add_cycle_damage, basquin_parameters, cycle_damage, cycles_to_failure
from rig.life.laws.heat import add_sliding_damage, sliding_parameters

__all__ = [
    "add_cycle_damage",
    "add_sliding_damage",
    "basquin_parameters",
    "cycle_damage",
    "cycles_to_failure",
    "sliding_parameters",
]
