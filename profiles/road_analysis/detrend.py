"""Heights about their own moving average over 60 ft, whose RMS off-road ride courses are known by."""

import numpy as np

from profiles.signal import FloatArray

LENGTH_M = 18.288
"""60 ft, as the US Army reports ride courses (Durst et al., Journal of Terramechanics 48, 2011)."""


class Detrender:
    """Takes the moving average out of both tracks that come in blocks of any length.

    The average is centred and just `LENGTH_M` long; its two outermost stations count in part. Only stations with a
    whole average around them have a value: the first and last 9.1 m of a road have none.

    Attributes:
        lost: stations at the start that have no value, and as many at the end.
    """

    def __init__(self, step_m: float) -> None:
        half = 0.5 * (LENGTH_M / step_m - 1.0)  # stations on each side that count whole
        self.lost = int(half) + 1
        self._part, self._whole = half - int(half), LENGTH_M / step_m
        self._kept: FloatArray = np.zeros((2, 0))

    def consume(self, tracks_m: FloatArray) -> FloatArray:
        """Take in heights, float64[2, any]; give what is left of those from station `lost` on, without a gap."""
        kept, wide = np.concatenate((self._kept, tracks_m), axis=1), 2 * self.lost + 1
        count = max(0, kept.shape[1] - wide + 1)
        if not count:
            self._kept = kept
            return np.zeros((2, 0))
        summed = np.concatenate((np.zeros((2, 1)), np.cumsum(kept, axis=1)), axis=1)
        inner = summed[:, wide - 1 : wide - 1 + count] - summed[:, 1 : 1 + count]
        ends = kept[:, :count] + kept[:, wide - 1 :]
        self._kept = kept[:, count:]
        return np.asarray(kept[:, self.lost : self.lost + count] - (inner + self._part * ends) / self._whole)
