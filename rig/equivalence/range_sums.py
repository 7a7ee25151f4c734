"""Pseudo-damage by class of range, so that a gate can be chosen once the largest range is known, without a second pass.

A drive of 5,000 km takes minutes to compute; a gate of a share of its largest range would need that twice.
"""

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.life.rainflow import Cycles, RainflowCounter

FloatArray = NDArray[np.float64]

PER_OCTAVE = 32
"""Classes each time that the range doubles: a gate is met within 1.1 %."""
OCTAVES = 30
"""Of ranges below 1 and above it, in the channel's unit: from a nanometre to a giganewton."""
CLASSES = 2 * OCTAVES * PER_OCTAVE


@njit(cache=True)
def add_by_class(ranges: FloatArray, weights: FloatArray, exponents: FloatArray, sums: FloatArray) -> float:
    """Add each cycle's weight times range^exponent to ``sums[class, exponent]``; returns the largest range."""
    largest = 0.0
    for i in range(ranges.shape[0]):
        if ranges[i] > 0.0:
            at = math.floor((math.log2(ranges[i]) + OCTAVES) * PER_OCTAVE)
            row = min(max(at, 0), sums.shape[0] - 1)
            for e in range(exponents.shape[0]):
                sums[row, e] += weights[i] * ranges[i] ** exponents[e]
            largest = max(largest, ranges[i])
    return largest


class RangeSums:
    """Rainflow of one channel, its residue's ranges as half cycles (ASTM E1049), summed by class of range.

    Memory is fixed, and any split of the history gives the same bits.

    Attributes:
        largest: the largest range that has been counted.
    """

    def __init__(self, exponents: Sequence[float]) -> None:
        self._exponents = np.array(exponents, np.float64)
        self._counter, self._sums = RainflowCounter(), np.zeros((CLASSES, len(exponents)))
        self.largest = 0.0

    def add(self, values: FloatArray) -> None:
        """Count the next samples, float64[any], all finite."""
        self._take(self._counter.count(values))

    def finish(self) -> None:
        """Count what no cycle has closed; once, after the last sample."""
        self._take(self._counter.residue_cycles())

    def _take(self, found: Cycles) -> None:
        largest = add_by_class(found.ranges, found.weights, self._exponents, self._sums)
        self.largest = max(self.largest, largest)

    def damage(self, gate: float) -> FloatArray:
        """Pseudo-damage by exponent, unit^exponent, of cycles with at least a gate that `gate_near` gave."""
        first = 0 if gate <= 0.0 else max(0, round((math.log2(gate) + OCTAVES) * PER_OCTAVE))
        return np.asarray(self._sums[first:].sum(axis=0), np.float64)


def gate_near(range_: float) -> float:
    """The border between two classes that is nearest to a range; 0 for a range of 0."""
    return float(2.0 ** (round(math.log2(range_) * PER_OCTAVE) / PER_OCTAVE)) if range_ > 0.0 else 0.0
