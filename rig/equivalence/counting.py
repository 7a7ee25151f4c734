"""What is counted of a run and, in the same way, of a planned drive: pseudo-damage by channel, damage by law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rig.equivalence.range_sums import RangeSums
from rig.equivalence.stretches import Grid, Stretches
from rig.life.components import Component
from rig.life.damage import ComponentDamage

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Number = TypeVar("Number", np.float64, np.int64)
LawName = tuple[str, str]
"""A component's name and that of one of its laws."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Some samples of a run or a drive.

    Attributes:
        values: float64[samples] by channel, as counted: what is not to be trusted is in ``good``.
        surface: int64[samples], the index of the surface under each.
        distance_m: float64[samples].
        good: bool[samples] by channel; a channel that is not there is good throughout.
    """

    values: Mapping[str, FloatArray]
    surface: IntArray
    distance_m: FloatArray
    good: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


class Count:
    """Counts samples as they come; memory is fixed, and any split of them gives the same.

    Args:
        channels: those whose pseudo-damage is wanted.
        components: their laws are fed from the samples' channels; laws that need another one are left out.
        exponents: of the pseudo-damage.
        surfaces: their names; samples carry the index.
        known: the channels that samples have.
        rate_hz: samples a second.
        length_m: how far the samples go, for the stretches of `stretches`.

    Attributes:
        excluded: samples that were no measurement and add no damage, by channel.
    """

    def __init__(
        self,
        channels: Sequence[str],
        components: Sequence[Component],
        exponents: Sequence[float],
        surfaces: tuple[str, ...],
        known: frozenset[str],
        rate_hz: float,
        length_m: float,
    ) -> None:
        self.ranges = {name: RangeSums(exponents) for name in channels}
        self._grid = Grid(surfaces, length_m)
        self._accounts = {
            (component.name, account.name): account
            for component in components
            for account in ComponentDamage(component, self._grid.cells, rate_hz).accounts
            if known.issuperset(account.channels)
        }
        self._metres, self._last_m = np.zeros(self._grid.cells), np.zeros(0)
        self.excluded: dict[str, int] = {}

    def add(self, some: Samples) -> None:
        """Count the next samples."""
        cells = self._grid.cell_of(some.surface, some.distance_m)
        for name, counter in self.ranges.items():
            counter.add(_fit(some, (name,), some.values[name]))
        for account in self._accounts.values():
            values = [_fit(some, account.channels, some.values[name]) for name in account.channels]
            account.add(values, _fit(some, account.channels, cells))
        for name, good in some.good.items():
            if count := len(good) - int(good.sum()):
                self.excluded[name] = self.excluded.get(name, 0) + count
        self._travel(some.distance_m, cells)

    def _travel(self, distance_m: FloatArray, cells: IntArray) -> None:
        """The way to each sample belongs to the surface under it."""
        if not len(distance_m):
            return
        before = self._last_m if len(self._last_m) else distance_m[:1]
        np.add.at(self._metres, cells, np.diff(distance_m, prepend=before))
        self._last_m = distance_m[-1:]

    def finish(self) -> None:
        """Count what no cycle of a channel has closed; once, at the end."""
        for counter in self.ranges.values():
            counter.finish()

    @property
    def km_by_surface(self) -> dict[str, float]:
        """How far it went on each surface."""
        return {name: m / 1000.0 for name, m in self._grid.by_surface(self._metres).items() if m > 0.0}

    @property
    def damage(self) -> dict[LawName, dict[str, float]]:
        """Damage by component and law, and by surface; open ranges as half cycles. 1 is the characteristic life."""
        return {key: self._grid.by_surface(account.by_surface()) for key, account in self._accounts.items()}

    def stretches(self, key: LawName) -> Stretches:
        """Where along the way the damage by a law was done."""
        return self._grid.stretches(self._accounts[key].by_surface(), self._metres)


def _fit(some: Samples, channels: Sequence[str], values: NDArray[Number]) -> NDArray[Number]:
    masks = [some.good[name] for name in channels if name in some.good]
    return values[np.logical_and.reduce(masks)] if masks else values
