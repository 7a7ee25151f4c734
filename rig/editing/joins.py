"""Where one stretch ends and the next begins: a little later and earlier, where level and slope nearly agree."""

import itertools

import numpy as np
from numpy.typing import NDArray

from profiles.drive.edit import Kept, join_samples

FloatArray = NDArray[np.float64]

REACH_S, STEP_S = 0.25, 0.01
"""Each end may move so far into what is left out, in such steps: a join costs at most half a second."""


def joined(kept: Kept, setpoint: FloatArray, rate_hz: float) -> Kept:
    """Stretches whose ends have moved to where they agree best, float64[samples, axes] being the whole drive's."""
    scale = np.maximum(setpoint.std(axis=0), 1e-12)
    found = [list(piece) for piece in kept]
    for before, after in itertools.pairwise(found):
        later, earlier = _best(before[1], after[0], setpoint, scale, rate_hz)
        before[1], after[0] = before[1] + later, after[0] - earlier
    return tuple((first, end) for first, end in found)


def _best(end: int, first: int, setpoint: FloatArray, scale: FloatArray, rate_hz: float) -> tuple[int, int]:
    """How much later the one stretch ends and how much earlier the other begins."""
    fade, step = join_samples(rate_hz), max(1, round(STEP_S * rate_hz))
    reach = min(round(REACH_S * rate_hz), (first - end) // 2 - 1)
    moves = np.arange(0, max(reach, 0) + 1, step)
    ours = _level_and_slope(end + moves - fade // 2, setpoint, scale, rate_hz)
    theirs = _level_and_slope(first - moves + fade // 2, setpoint, scale, rate_hz)
    apart = np.square(ours[:, None] - theirs[None]).sum(axis=2)
    later, earlier = np.unravel_index(int(np.argmin(apart)), apart.shape)
    return int(moves[later]), int(moves[earlier])


def _level_and_slope(at: NDArray[np.int64], setpoint: FloatArray, scale: FloatArray, rate_hz: float) -> FloatArray:
    """float64[places, 2 axes], in standard deviations, and these over the time of a join."""
    slope = (setpoint[at + 1] - setpoint[at - 1]) * (0.5 * join_samples(rate_hz))
    return np.concatenate((setpoint[at] / scale, slope / scale), axis=1)
