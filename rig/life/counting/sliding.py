"""Sliding distance and dissipated energy, for dampers and other parts that wear by what passes through their seals."""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from rig.life.counting.classes import SavedArrays, block_of, gates_of

FloatArray = NDArray[np.float64]

DISTANCE, ENERGY = 0, 1


@njit(cache=True)
def count_sliding(
    travel_m: FloatArray, force_n: FloatArray, plays_m: FloatArray, last: FloatArray, sums: FloatArray
) -> None:
    """Add distance and work of each sample to ``sums[channel]``; ``last`` is [travel, force, slid to] of each, or NaN.

    What slides follows the travel with a play: within it nothing slides, so that noise in a hold wears nothing.
    """
    for k in range(travel_m.shape[0]):
        half = 0.5 * plays_m[k]
        for i in range(travel_m.shape[1]):
            travel, force = travel_m[k, i], force_n[k, i]
            if last[k, 0] == last[k, 0]:
                sums[k, ENERGY] += 0.5 * (force + last[k, 1]) * (travel - last[k, 0])
                slid_to = min(max(last[k, 2], travel - half), travel + half)
                sums[k, DISTANCE] += abs(slid_to - last[k, 2])
                last[k, 2] = slid_to
            else:
                last[k, 2] = travel
            last[k, 0], last[k, 1] = travel, force


class SlidingCounter(SavedArrays):
    """Distance slid and energy taken up by several dampers.

    Args:
        channels: how many.
        play_m: travel back and forth that slides nothing, for all or each: the noise of the sensor, or what a seal
            gives way.
    """

    def __init__(self, channels: int, play_m: ArrayLike = 0.0) -> None:
        self._plays_m = gates_of(play_m, channels)
        self._last, self._sums = np.full((channels, 3), np.nan), np.zeros((channels, 2))

    def count(self, travel_m: ArrayLike, force_n: ArrayLike) -> None:
        """Take in the next samples, float64[channels, samples] each; force on the part, positive along its travel.

        Raises:
            ValueError: another shape, or a value that is not finite; nothing has been counted then.
        """
        travel, force = block_of(travel_m, len(self._sums)), block_of(force_n, len(self._sums))
        if travel.shape != force.shape:
            raise ValueError(f"travel has {travel.shape[1]} samples, force {force.shape[1]}")
        count_sliding(travel, force, self._plays_m, self._last, self._sums)

    @property
    def distance_m(self) -> FloatArray:
        """Distance slid, both ways, float64[channels]."""
        return self._sums[:, DISTANCE].copy()

    @property
    def energy_j(self) -> FloatArray:
        """Work done on the part, the integral of force over travel (trapezoids), float64[channels].

        Over closed loops it is what the part has dissipated; in between, what its spring holds is in it.
        """
        return self._sums[:, ENERGY].copy()

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"last": self._last, "sums": self._sums}
