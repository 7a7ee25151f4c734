"""What a healthy part looks like: the pooled sums of the first blocks, over all surfaces and for each surface."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.damage import pack, unpack

FloatArray = NDArray[np.float64]

ALL_SURFACES = -1


class Baseline:
    """Pools the moments of the first blocks.

    A surface of its own is compared with its own first blocks as soon as there are enough of them, until then with the
    first blocks of the run, whatever was under them.
    """

    def __init__(self, blocks: int) -> None:
        self._wanted = blocks
        self._sums: dict[int, FloatArray] = {}
        self._counts: dict[int, int] = {}

    def reference(self, surface: int) -> FloatArray | None:
        """The pooled moments that a block on this surface is held against; None while there are too few blocks."""
        for key in (surface, ALL_SURFACES):
            if self._counts.get(key, 0) >= self._wanted:
                return self._sums[key]
        return None

    def knows(self, surface: int) -> bool:
        """Whether there are enough blocks of a surface itself."""
        return surface != ALL_SURFACES and self._counts.get(surface, 0) >= self._wanted

    @property
    def complete(self) -> bool:
        """Whether the first blocks of the run are all in."""
        return self._counts.get(ALL_SURFACES, 0) >= self._wanted

    def offer(self, surface: int, moments: FloatArray) -> bool:
        """Take in a block that shows no loss; True where it completes the baseline of all surfaces."""
        before = self._counts.get(ALL_SURFACES, 0)
        for key in {surface, ALL_SURFACES}:
            if self._counts.get(key, 0) < self._wanted:
                self._sums[key] = self._sums[key] + moments if key in self._sums else moments.copy()
                self._counts[key] = self._counts.get(key, 0) + 1
        return self.complete and before < self._wanted

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {str(key): [self._counts[key], len(sums), pack(sums)] for key, sums in self._sums.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._counts = {int(key): int(saved[0]) for key, saved in state.items()}
        self._sums = {int(key): unpack(saved[2]).reshape(saved[1], saved[1]) for key, saved in state.items()}
