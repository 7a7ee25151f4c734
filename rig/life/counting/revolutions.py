"""Revolutions at torque, for joints, shafts and bearings: what turns under load, whatever its cycles are."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from rig.life.counting.classes import Classes, SavedArrays, block_of, count_of, of_channels

FloatArray = NDArray[np.float64]

FORWARD, BACKWARD = 0, 1


@njit(cache=True)
def count_revolutions(
    torque_nm: FloatArray,
    speed_radps: FloatArray,
    sample_time_s: float,
    classes: FloatArray,
    exponents: FloatArray,
    revolutions: FloatArray,
    sums: FloatArray,
) -> None:
    """Add each sample's turn to ``revolutions[channel, direction, torque class]`` and ``sums[channel, exponent]``."""
    for k in range(torque_nm.shape[0]):
        for i in range(torque_nm.shape[1]):
            turn = abs(speed_radps[k, i]) * sample_time_s / (2.0 * np.pi)
            at = (torque_nm[k, i] - classes[k, 0]) / classes[k, 1]
            place = int(np.floor(min(max(at, -1.0), revolutions.shape[2] - 2.0))) + 1
            revolutions[k, BACKWARD if speed_radps[k, i] < 0.0 else FORWARD, place] += turn
            for e in range(exponents.shape[0]):
                sums[k, e] += turn * abs(torque_nm[k, i]) ** exponents[e]


class RevolutionCounter(SavedArrays):
    """Revolutions of several shafts by torque and direction; a sample stands for the time to the next.

    Args:
        channels: how many shafts.
        classes: of the torque, one for all shafts or one each.
        rate_hz: samples a second.
        exponents: of the load sums, revolutions times |torque|^exponent: 3 for ball bearings, 10/3 for roller
            bearings (ISO 281:2007, §5 and §7).
    """

    def __init__(
        self, channels: int, classes: Classes | Sequence[Classes], rate_hz: float, exponents: Sequence[float] = ()
    ) -> None:
        if not 0.0 < rate_hz < np.inf:
            raise ValueError(f"rate_hz is {rate_hz}, wanted more than 0")
        self._classes, self._exponents = of_channels(classes, channels), np.array(exponents, np.float64)
        self._sample_time_s = 1.0 / rate_hz
        self._revolutions = np.zeros((channels, 2, count_of(classes) + 2))
        self._sums = np.zeros((channels, len(exponents)))

    def count(self, torque_nm: ArrayLike, speed_radps: ArrayLike) -> None:
        """Take in the next samples of all shafts, float64[channels, samples] each.

        Raises:
            ValueError: another shape, or a value that is not finite; nothing has been counted then.
        """
        torque, speed = block_of(torque_nm, len(self._classes)), block_of(speed_radps, len(self._classes))
        if torque.shape != speed.shape:
            raise ValueError(f"torque has {torque.shape[1]} samples, speed {speed.shape[1]}")
        laws = (self._classes, self._exponents)
        count_revolutions(torque, speed, self._sample_time_s, *laws, self._revolutions, self._sums)

    @property
    def revolutions(self) -> FloatArray:
        """Revolutions by direction (forward, backward) and torque class, float64[channels, 2, classes + 2]."""
        return self._revolutions.copy()

    def equivalent_torque_nm(self) -> FloatArray:
        """The steady torque of the same load sum over the same revolutions, float64[channels, exponents].

        Mean of |torque|^p over revolutions, to the power 1/p (Palmgren-Miner); NaN where nothing has turned.
        """
        turned = self._revolutions.sum(axis=(1, 2))[:, None]
        means = np.full_like(self._sums, np.nan)
        np.divide(self._sums, turned, out=means, where=turned > 0.0)
        return np.asarray(means ** (1.0 / self._exponents))

    def _arrays(self) -> dict[str, NDArray[Any]]:
        return {"revolutions": self._revolutions, "sums": self._sums}
