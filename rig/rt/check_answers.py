"""What a rig's answer to a small move says: gain, delay and fit by regression; noise and mean at rest."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Answer(NamedTuple):
    """How a feedback follows a set point; NaN where a sample of it is missing.

    Attributes:
        gain: feedback for one of the set point; negative where it goes the other way.
        delay_s: by which the feedback comes later.
        fit: the share of the feedback's square about its mean that gain and delay explain, 1 at best.
    """

    gain: float
    delay_s: float
    fit: float


NO_ANSWER = Answer(np.nan, np.nan, np.nan)


def regress(setpoint: FloatArray, feedback: FloatArray, rate_hz: float) -> Answer:
    """Regress feedback on set point, its rate and its acceleration, all float64[samples].

    A delay of much less than the move's time shows as minus gain times delay in front of the rate; the acceleration
    takes what the actuator's own dynamics add, so that it is not found in the gain.
    """
    if not (np.isfinite(setpoint).all() and np.isfinite(feedback).all()) or len(setpoint) < 8:
        return NO_ANSWER
    rate = np.gradient(setpoint) * rate_hz
    columns = np.stack((setpoint, rate, np.gradient(rate) * rate_hz), axis=1)
    columns = columns - columns.mean(axis=0)
    scale = np.abs(columns).max(axis=0)
    if not (scale > 0.0).all():
        return NO_ANSWER
    moved = feedback - feedback.mean()
    found = np.linalg.lstsq(columns / scale, moved, rcond=None)[0]
    gain, per_rate = found[0] / scale[0], found[1] / scale[1]
    total, left = float(moved @ moved), moved - columns / scale @ found
    fit = 1.0 - float(left @ left) / total if total > 0.0 else 0.0
    return Answer(float(gain), float(-per_rate / gain) if gain else np.nan, fit)


def noise(values: FloatArray) -> float:
    """RMS about a straight line through float64[samples]; NaN where a sample is missing."""
    if len(values) < 8:
        return np.nan
    at = np.linspace(-1.0, 1.0, len(values))
    left = values - values.mean()
    left = left - at * float(at @ left) / float(at @ at)
    return float(np.sqrt(left @ left / len(values)))


def opening(valve: FloatArray, rate: FloatArray) -> float:
    """How far a valve opens at the move's highest rate, in the valve's unit; negative where it opens the other way.

    Args:
        valve, rate: float64[moments], the valve's opening and the set point's rate at the same moments.
    """
    square = float(rate @ rate)
    return float(valve @ rate) / square * float(np.abs(rate).max()) if square > 0.0 else np.nan
