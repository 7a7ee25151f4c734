"""The International Roughness Index: what the golden car's suspension travels over a track, in m/km.

Source: M. W. Sayers, "On the Calculation of International Roughness Index from Longitudinal Road Profile",
Transportation Research Record 1501 (1995); M. W. Sayers and S. M. Karamihas, "The Little Book of Profiling" (1998).
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from profiles.signal import FloatArray

SPEED_MPS = 80.0 / 3.6
BASE_M = 0.25
"""Of the moving average over the heights, which stands for the tyre's contact."""
START_M = 11.0
"""Half a second: the car starts on the mean slope of so much road."""
TYRE_PER_S2, SPRING_PER_S2, DAMPER_PER_S, WHEEL_SHARE = 653.0, 63.3, 6.0, 0.15
"""The golden car, over its sprung mass: k1, k2, c and mu."""


@dataclass(frozen=True, slots=True, eq=False)
class Transition:
    """One step of the golden car, x' = state x + slope u.

    The states are the vertical speeds and accelerations of body and wheel over the driving speed, as slopes: body,
    its rate, wheel, its rate. The slope u of the smoothed road is constant over the step.

    Attributes:
        state: float64[4, 4], ST of the source.
        slope: float64[4], PR of the source.
    """

    state: FloatArray
    slope: FloatArray


def transition(step_m: float) -> Transition:
    """The exact step over a distance, by the matrix exponential of the car with its input held.

    Raises:
        ValueError: the step is not more than 0.
    """
    if not step_m > 0.0:
        raise ValueError(f"step_m is {step_m}, wanted more than 0")
    from scipy.linalg import expm  # here: every command of `rig` would wait for it

    k1, k2, c, mu = TYRE_PER_S2, SPRING_PER_S2, DAMPER_PER_S, WHEEL_SHARE
    held = np.zeros((5, 5))
    held[0, 1] = held[2, 3] = 1.0
    held[1, :4] = -k2, -c, k2, c
    held[3] = k2 / mu, c / mu, -(k1 + k2) / mu, -c / mu, k1 / mu
    moved = np.asarray(expm(held * (step_m / SPEED_MPS)))
    return Transition(np.ascontiguousarray(moved[:4, :4]), np.ascontiguousarray(moved[:4, 4]))


class IriMeter:
    """Drives the golden car over one track that comes in blocks of any length.

    The slope at a station is the rise over the next `BASE_M`: the same as the rise over one step of heights that were
    averaged over `BASE_M` before, as in the source. So the last stations of a track have no value.
    """

    def __init__(self, step_m: float) -> None:
        self._base = max(1, round(BASE_M / step_m))
        self._start = round(START_M / step_m)
        self._step_m = step_m
        self._moved = transition(step_m)
        self._kept: FloatArray = np.zeros(0)
        self._state: FloatArray | None = None

    def consume(self, height_m: FloatArray) -> FloatArray:
        """Take in heights, float64[any]; give the suspension's travel over the distance for the stations that follow.

        Returns:
            float64[any]: rectified slope (m/m) from the first station on, without a gap; 1,000 times its mean over a
            part of the road is the IRI there, in m/km. Nothing comes before `START_M` of road is known.
        """
        kept = np.concatenate((self._kept, height_m))
        if self._state is None:
            if len(kept) <= self._start:
                self._kept = kept
                return np.zeros(0)
            slope = (kept[self._start] - kept[0]) / (self._start * self._step_m)
            self._state = np.array([slope, 0.0, slope, 0.0])
        slopes = (kept[self._base :] - kept[: -self._base]) / (self._base * self._step_m)
        self._kept = kept[len(slopes) :]
        return np.asarray(_travel(slopes, self._moved.state, self._moved.slope, self._state))


def iri(height_m: NDArray[np.float64], step_m: float) -> float:
    """The IRI of one whole track in m/km; NaN where it is not longer than `START_M`."""
    travel = IriMeter(step_m).consume(np.asarray(height_m, dtype=np.float64))
    return 1000.0 * float(travel.mean()) if len(travel) else math.nan


@njit(cache=True, nogil=True)
def _travel(slopes, moved, pushed, state):  # type: ignore[no-untyped-def]
    """|body - wheel| after each step; the state is left as it is after the last one."""
    out = np.empty(slopes.size)
    a, b, c, d = state[0], state[1], state[2], state[3]
    for i in range(slopes.size):
        u = slopes[i]
        a, b, c, d = (
            moved[0, 0] * a + moved[0, 1] * b + moved[0, 2] * c + moved[0, 3] * d + pushed[0] * u,
            moved[1, 0] * a + moved[1, 1] * b + moved[1, 2] * c + moved[1, 3] * d + pushed[1] * u,
            moved[2, 0] * a + moved[2, 1] * b + moved[2, 2] * c + moved[2, 3] * d + pushed[2] * u,
            moved[3, 0] * a + moved[3, 1] * b + moved[3, 2] * c + moved[3, 3] * d + pushed[3] * u,
        )
        out[i] = abs(a - c)
    state[0], state[1], state[2], state[3] = a, b, c, d
    return out
