"""The progress check: is what should move moving as expected? A watcher of its own, window by window.

A limit asks whether a value is in range; this asks whether the feedback does what the set point does. Shares no code
with the limits.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.config import Rig

AXIS = np.dtype(
    [(name, "<f8") for name in ("scale", "offset", "neutral", "least_square", "lowest", "highest", "rest_square")]
    + [("channel", "<i8"), ("window", "<i8"), ("counted", "<i8"), ("sums", "<f8", (5,))]
)
"""One axis that is watched: its bounds, its window in samples (0: not watched), and what has been summed in it."""

_MISSING = -32768
_S, _Y, _SS, _SY, _YY = range(5)


class ProgressWatch:
    """Regresses each watched axis' feedback on its set point, once a window of samples counted from sample 0.

    Attributes:
        names: of the axes.
        found: float64[2]: gain (NaN: the set point rests) and RMS of the feedback where `judge` found a fault.
    """

    def __init__(self, rig: Rig) -> None:
        self.names = [axis.name for axis in rig.axes]
        self.found: NDArray[np.float64] = np.zeros(2)
        self._axes = np.zeros(len(rig.axes), AXIS)
        channels = [channel.name for channel in rig.channels]
        for record, axis in zip(self._axes, rig.axes, strict=True):
            record["channel"] = channels.index(axis.name)
            feedback = rig.channels[int(record["channel"])]
            record["scale"], record["offset"], record["neutral"] = feedback.scale, feedback.offset, axis.neutral
            if (wanted := axis.progress) is not None:
                record["window"] = round(wanted.window_s * rig.sample_rate_hz)
                record["lowest"], record["highest"] = wanted.lowest_gain, wanted.highest_gain
                record["least_square"], record["rest_square"] = wanted.least_rms**2, wanted.most_rms_at_rest**2

    def judge(self, first: int, count: int, feedback: NDArray[np.int16], expected: NDArray[np.float64]) -> str:
        """Judge ``count`` samples from number ``first`` on; arrays as those of `rig.rt.limits.LimitJudge.judge`.

        Returns:
            what is wrong, in words; empty where nothing is.
        """
        index = _watch(first, count, feedback, expected, self._axes, self.found)
        return "" if index < 0 else self._words(index)

    def _words(self, index: int) -> str:
        name, axis = self.names[index], self._axes[index]
        gain, rms = float(self.found[0]), float(self.found[1])
        if math.isnan(gain) and not math.isnan(rms):
            return f"{name} moves by {rms:.3g} RMS although its set point rests"
        bounds = f"{float(axis['lowest']):g} to {float(axis['highest']):g}"
        return f"{name} does not move as it should: {gain:.3g} of its set point, allowed is {bounds}"


@njit(cache=True)
def _conclude(axis, found):  # type: ignore[no-untyped-def]
    """Whether a window is in order; NaN is not."""
    n, sums = float(axis.counted), axis.sums
    square = sums[_SS] / n - (sums[_S] / n) ** 2
    moved = sums[_YY] / n - (sums[_Y] / n) ** 2
    found[1] = math.sqrt(moved) if moved > 0.0 else moved
    if square < axis.least_square:
        found[0] = np.nan
        return moved <= axis.rest_square
    found[0] = (sums[_SY] / n - sums[_S] / n * (sums[_Y] / n)) / square
    return axis.lowest <= found[0] <= axis.highest


@njit(cache=True)
def _watch(first, count, feedback, expected, axes, found):  # type: ignore[no-untyped-def]
    size, wrong = feedback.shape[0], -1
    for sample in range(first, first + count):
        at = sample % size
        for index in range(axes.shape[0]):
            axis = axes[index]
            if axis.window == 0 or wrong >= 0:
                continue
            code = feedback[at, axis.channel]
            s = expected[at, index] - axis.neutral
            y = np.nan if code == _MISSING else axis.offset + axis.scale * code - axis.neutral
            sums = axis.sums
            axis.counted += 1
            sums[_S] += s
            sums[_Y] += y
            sums[_SS] += s * s
            sums[_SY] += s * y
            sums[_YY] += y * y
            if (sample + 1) % axis.window == 0:
                if not _conclude(axis, found):
                    wrong = index
                sums[:] = 0.0
                axis.counted = 0
    return wrong
