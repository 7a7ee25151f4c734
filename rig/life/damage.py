"""The damage account of all components: laws fed with the measured channels, summed by the surface under the car."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rig.life.components import BasquinLaw, Component, SlidingLaw
from rig.life.laws import add_cycle_damage, add_sliding_damage, basquin_parameters, cycle_damage, sliding_parameters
from rig.life.rainflow import RainflowCounter

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def pack(array: FloatArray) -> str:
    """Doubles as text that gives back the same bits, NaN included."""
    return base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode("ascii")


def unpack(text: str) -> FloatArray:
    """What `pack` packed."""
    return np.frombuffer(base64.b64decode(text), "<f8").copy()


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


class CycleAccount:
    """Basquin damage of the rainflow cycles of one channel."""

    def __init__(self, law: BasquinLaw, surfaces: int) -> None:
        self.name, self.channels, self._law = law.name, law.channels, law
        self._parameters = basquin_parameters(law)
        self._counter = RainflowCounter(law.gate)
        self._sums = np.zeros(surfaces)
        self._closed = 0.0

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Count the cycles of the next samples."""
        cycles = self._counter.count(values[0], surface)
        self._closed += float(cycles.weights.sum())
        add_cycle_damage(cycles.ranges, cycles.weights, cycles.tags, self._parameters, self._sums)

    def by_surface(self) -> FloatArray:
        """Closed cycles, and the residue's ranges as half cycles."""
        return self._sums + cycle_damage(self._law, self._counter.residue_cycles(), len(self._sums))

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


class SlidingAccount:
    """Wear of a seal over the sliding distance of one channel, at the temperature of another."""

    def __init__(self, law: SlidingLaw, surfaces: int) -> None:
        self.name, self.channels = law.name, law.channels
        self._parameters = sliding_parameters(law)
        self._last = np.full(1, np.nan)
        self._sums = np.zeros(surfaces)

    def add(self, values: Sequence[FloatArray], surface: IntArray) -> None:
        """Add the slides of the next samples."""
        add_sliding_damage(values[0], values[1], surface, self._parameters, self._last, self._sums)

    def by_surface(self) -> FloatArray:
        """All slides so far."""
        return self._sums.copy()

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"last": pack(self._last), "sums": pack(self._sums)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._last[:] = unpack(state["last"])
        self._sums[:] = unpack(state["sums"])


def _account(law: BasquinLaw | SlidingLaw, surfaces: int) -> Account:
    return CycleAccount(law, surfaces) if isinstance(law, BasquinLaw) else SlidingAccount(law, surfaces)


class ComponentDamage:
    """The accounts of one component. Its damage is that of its worst law: the laws are competing ways to die."""

    def __init__(self, component: Component, surfaces: int) -> None:
        self.accounts = tuple(_account(law, surfaces) for law in component.damage)

    def by_surface(self) -> FloatArray:
        """The damage of the worst law, float64[surfaces]."""
        sums = [account.by_surface() for account in self.accounts]
        return max(sums, key=lambda each: float(each.sum()))

    def cycles(self) -> float | None:
        """Load cycles by the first of the laws that count any; None where none does."""
        return next((each.cycles() for each in self.accounts if isinstance(each, CycleAccount)), None)

    def by_law(self) -> dict[str, float]:
        """The damage by each law's name."""
        return {account.name: float(account.by_surface().sum()) for account in self.accounts}

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {account.name: account.state() for account in self.accounts}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        for account in self.accounts:
            account.restore(state[account.name])
