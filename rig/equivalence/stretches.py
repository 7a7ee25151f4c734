"""Damage by stretches of the way: what is drawn again to see how much hangs on a few of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SHORTEST_M = 100.0
"""Of a stretch: longer than any obstacle but the great dunes, so that stretches are all but independent."""
MOST = 1000
"""Stretches of a way; a longer way has longer ones, so that memory does not grow."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Damage and kilometres, both float64[stretches] by surface; ``stretch_km`` of a whole one.

    A stretch in which the surface changes is one on each.
    """

    stretch_km: float
    damage: Mapping[str, FloatArray]
    km: Mapping[str, FloatArray]


class Grid:
    """Numbers the cells of surfaces times stretches.

    Args:
        surfaces: their names.
        length_m: of the way; what goes farther belongs to its last stretch.
    """

    def __init__(self, surfaces: tuple[str, ...], length_m: float) -> None:
        self._surfaces = surfaces
        self._stretch_m = max(SHORTEST_M, length_m / MOST)
        self._count = max(1, round(length_m / self._stretch_m))
        self.cells = len(surfaces) * self._count

    def cell_of(self, surface: IntArray, distance_m: FloatArray) -> IntArray:
        """int64[samples], the cell of each sample."""
        at = np.clip((distance_m / self._stretch_m).astype(np.int64), 0, self._count - 1)
        return np.asarray(surface * self._count + at)

    def by_surface(self, values: FloatArray) -> dict[str, float]:
        """The sum of float64[cells] on each surface."""
        return dict(zip(self._surfaces, self._rows(values).sum(axis=1).tolist(), strict=True))

    def stretches(self, damage: FloatArray, metres: FloatArray) -> Stretches:
        """Those that hold anything, of damage and metres, both float64[cells]."""
        rows = zip(self._surfaces, self._rows(damage), self._rows(metres), strict=True)
        held = {name: (done, way / 1000.0, (way > 0.0) | (done > 0.0)) for name, done, way in rows}
        held = {name: one for name, one in held.items() if one[2].any()}
        return Stretches(
            self._stretch_m / 1000.0,
            {name: done[there] for name, (done, _, there) in held.items()},
            {name: km[there] for name, (_, km, there) in held.items()},
        )

    def _rows(self, values: FloatArray) -> FloatArray:
        return values.reshape(len(self._surfaces), self._count)
