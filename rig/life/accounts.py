"""Accounts of damage: one for each law, fed with the measured channels, summed by the surface under the car.

An account takes in samples one after the other and keeps its state in a few numbers, so any split of a run gives the
same bits, and a long run costs no more memory than a short one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rig.life.laws.cycles import (
    acting_ranges,
    add_cycle_damage,
    add_energy_damage,
    basquin_parameters,
    cycle_damage,
    energy_parameters,
    warm_tags,
)
from rig.life.laws.heat import add_ageing_damage, add_sliding_damage, ageing_parameters, sliding_parameters
from rig.life.laws.schema import AgeingLaw, BasquinLaw, BearingLaw, EnergyLaw, JointLaw, Law, SlidingLaw
from rig.life.laws.turns import add_bearing_damage, add_joint_damage, bearing_parameters, joint_parameters, static_ratio
from rig.life.packing import pack, unpack
from rig.life.rainflow import Cycles, RainflowCounter

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


class Account(Protocol):
    """The damage by one law, and how it is fed."""

    name: str
    channels: tuple[str, ...]

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Take in samples of the law's channels, all valid, with the index of the surface under each."""

    def by_surface(self) -> FloatArray:
        """Damage so far, float64[surfaces], what is still open counted as half cycles."""

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""


class CountsCycles:
    """What accounts of rainflow cycles have in common."""

    def __init__(self, law: BasquinLaw | EnergyLaw, surfaces: int) -> None:
        self.name, self.channels = law.name, law.channels
        self._critical = law.critical_damage
        self._counter = RainflowCounter(law.gate)
        self._sums = np.zeros(surfaces)
        self._closed = 0.0

    def _count(self, values: FloatArray, tags: IntArray) -> Cycles:
        cycles = self._counter.count(values, tags)
        self._closed += float(cycles.weights.sum())
        return cycles

    def cycles(self) -> float:
        """Cycles so far, the residue's ranges as half cycles."""
        return self._closed + float(self._counter.residue_cycles().weights.sum())

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"counter": self._counter.state(), "sums": pack(self._sums), "closed": self._closed}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._counter.restore(state["counter"])
        self._closed = float(state["closed"])
        self._sums[:] = unpack(state["sums"])


class CycleAccount(CountsCycles):
    """Basquin damage of the rainflow cycles of one channel."""

    def __init__(self, law: BasquinLaw, surfaces: int) -> None:
        super().__init__(law, surfaces)
        self._law, self._parameters = law, basquin_parameters(law)

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Count the cycles of the next samples."""
        cycles = self._count(values[0], surface)
        ranges = acting_ranges(self._law, cycles)
        add_cycle_damage(ranges, cycles.weights, cycles.tags, self._parameters, self._sums)

    def by_surface(self) -> FloatArray:
        """Closed cycles, and the residue's ranges as half cycles."""
        open_ = cycle_damage(self._law, self._counter.residue_cycles(), len(self._sums))
        return (self._sums + open_) / self._critical


class EnergyAccount(CountsCycles):
    """Damage of an elastomer by the strain energy of each cycle, at the temperature of another channel."""

    def __init__(self, law: EnergyLaw, surfaces: int) -> None:
        super().__init__(law, surfaces)
        self._parameters = energy_parameters(law)

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Count the cycles of the next samples."""
        degc = values[1] if len(values) > 1 else 0.0
        cycles = self._count(values[0], warm_tags(surface, len(self._sums), degc))
        add_energy_damage(cycles.ranges, cycles.weights, cycles.tags, self._parameters, self._sums)

    def by_surface(self) -> FloatArray:
        """Closed cycles, and the residue's ranges as half cycles."""
        sums, open_ = self._sums.copy(), self._counter.residue_cycles()
        add_energy_damage(open_.ranges, open_.weights, open_.tags, self._parameters, sums)
        return sums / self._critical


class SumAccount:
    """What accounts have in common that add up sample by sample: some numbers that are all of their state."""

    def __init__(self, law: SlidingLaw | JointLaw | BearingLaw | AgeingLaw, surfaces: int) -> None:
        self.name, self.channels = law.name, law.channels
        self._sums = np.zeros(surfaces)
        self._arrays = {"sums": self._sums}

    def by_surface(self) -> FloatArray:
        """All of it so far."""
        return self._sums.copy()

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {name: pack(array) for name, array in self._arrays.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        for name, array in self._arrays.items():
            array[:] = unpack(state[name])


class SlidingAccount(SumAccount):
    """Wear of a seal over the sliding distance of one channel, at the temperature of another."""

    def __init__(self, law: SlidingLaw, surfaces: int) -> None:
        super().__init__(law, surfaces)
        self._parameters = sliding_parameters(law)
        self._last = np.full(1, np.nan)
        self._arrays["last"] = self._last

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Add the slides of the next samples."""
        add_sliding_damage(values[0], values[1], surface, self._parameters, self._last, self._sums)


class JointAccount(SumAccount):
    """Turns of a joint at torque and angle."""

    def __init__(self, law: JointLaw, surfaces: int, rate_hz: float) -> None:
        super().__init__(law, surfaces)
        self._parameters, self._sample_time_s = joint_parameters(law), 1.0 / rate_hz

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Add the turns of the next samples."""
        torque, speed, travel = values
        add_joint_damage(torque, speed, travel, surface, self._sample_time_s, self._parameters, self._sums)


class BearingAccount(SumAccount):
    """Turns of a rolling bearing under load, and the highest load."""

    def __init__(self, law: BearingLaw, surfaces: int, rate_hz: float) -> None:
        super().__init__(law, surfaces)
        self._law, self._parameters, self._sample_time_s = law, bearing_parameters(law), 1.0 / rate_hz
        self._highest_n = np.zeros(1)
        self._arrays["highest_n"] = self._highest_n

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Add the turns of the next samples."""
        force, speed = values
        laws = (self._sample_time_s, self._parameters, self._highest_n)
        add_bearing_damage(force, speed, surface, *laws, self._sums)

    def static_ratio(self) -> float:
        """C_0 / P_0 at the highest load so far; below 1 the races are dented. Infinite before the first sample."""
        return static_ratio(self._law, float(self._highest_n[0]))


class AgeingAccount(SumAccount):
    """Time at temperature."""

    def __init__(self, law: AgeingLaw, surfaces: int, rate_hz: float) -> None:
        super().__init__(law, surfaces)
        self._parameters, self._sample_time_s = ageing_parameters(law), 1.0 / rate_hz

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Add the time of the next samples."""
        add_ageing_damage(values[0], surface, self._sample_time_s, self._parameters, self._sums)


def account_of(law: Law, surfaces: int, rate_hz: float | None) -> Account:
    """A new account by a law, for so many surfaces and samples a second.

    Raises:
        ValueError: the law goes by turns or time, and no rate is given.
    """
    match law:
        case BasquinLaw():
            return CycleAccount(law, surfaces)
        case EnergyLaw():
            return EnergyAccount(law, surfaces)
        case SlidingLaw():
            return SlidingAccount(law, surfaces)
    if rate_hz is None or not rate_hz > 0.0:
        raise ValueError(f"rate_hz is {rate_hz}, wanted the sample rate: {law.name} goes by turns or time")
    match law:
        case JointLaw():
            return JointAccount(law, surfaces, rate_hz)
        case BearingLaw():
            return BearingAccount(law, surfaces, rate_hz)
        case AgeingLaw():
            return AgeingAccount(law, surfaces, rate_hz)
