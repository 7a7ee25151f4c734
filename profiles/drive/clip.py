"""Set points cut to what an actuator can do: where the drive would leave the envelope, and nowhere else."""

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from profiles.drive.actuator import Actuator
from profiles.signal import FloatArray

MARGIN = 0.999
"""Of what is allowed: rounding must not put a clipped sample outside again."""


@njit(cache=True, nogil=True)
def _follow(wanted, lowest, highest, step, change, state, out):  # type: ignore[no-untyped-def]
    """Follow what is wanted within stroke, step from sample to sample and its change; the number of samples changed.

    Args:
        wanted: float64[samples].
        lowest, highest: of the stroke.
        step: float64[samples], the largest change from a sample to the next.
        change: of the step from one to the next; infinite where there is no limit.
        state: float64[3], last wanted, last given, last step; changed.
        out: float64[samples], written.
    """
    before, at, speed = state
    changed = 0
    for i in range(wanted.size):
        behind = before - at
        target = wanted[i] - before
        free = behind == 0.0 and lowest <= wanted[i] <= highest and abs(target) <= step[i]
        if free and abs(target - speed) <= change and _can_stop(wanted[i], target, lowest, highest, change):
            at, speed = wanted[i], target
        else:
            catch = abs(behind)
            if not math.isinf(change):
                catch = min(catch, math.sqrt(change * abs(behind)))
            aim = target + (catch if behind > 0.0 else -catch)
            aim = min(max(aim, -step[i]), step[i])
            aim = min(max(aim, speed - change), speed + change)
            aim = min(aim, _room(highest - at, change))
            aim = max(aim, -_room(at - lowest, change))
            at, speed = at + aim, aim
            if abs(at - wanted[i]) < 1e-12 * (highest - lowest):
                at = wanted[i]
            else:
                changed += 1
        before = wanted[i]
        out[i] = at
    state[0], state[1], state[2] = before, at, speed
    return changed


@njit(cache=True, nogil=True)
def _room(left, change):  # type: ignore[no-untyped-def]
    """The largest step towards an end of the stroke that lets it stop there, each further one `change` less."""
    if left <= 0.0:
        return left
    if math.isinf(change):
        return left
    return min(left, max(0.0, math.sqrt(2.0 * change * left) - 0.5 * change))


@njit(cache=True, nogil=True)
def _can_stop(at, speed, lowest, highest, change):  # type: ignore[no-untyped-def]
    if math.isinf(change):
        return True
    left = highest - at if speed > 0.0 else at - lowest
    return max(0.0, abs(speed) - 0.5 * change) ** 2 <= 2.0 * change * left


class Clipper:
    """Clips the set points of all axes, sample after sample; the state goes on from block to block."""

    def __init__(self, actuators: Sequence[Actuator], sample_rate_hz: float) -> None:
        self._actuators, self._rate_hz = tuple(actuators), float(sample_rate_hz)
        self._states = [np.zeros(3) for _ in self._actuators]

    def clip(self, setpoints: list[FloatArray], strut_force_n: FloatArray) -> NDArray[np.int64]:
        """Clip set points, float64[samples] each, in place in the list; samples changed, int64[axes]."""
        counts = np.zeros(len(self._actuators), dtype=np.int64)
        for column, (actuator, state) in enumerate(zip(self._actuators, self._states, strict=True)):
            out = np.empty_like(setpoints[column])
            step = MARGIN * rate_allowed(actuator, strut_force_n) / self._rate_hz
            change = math.inf
            if actuator.acceleration_per_s2 is not None:
                change = MARGIN * actuator.acceleration_per_s2 / self._rate_hz**2
            counts[column] = _follow(
                setpoints[column], MARGIN * actuator.lowest, MARGIN * actuator.highest, step, change, state, out
            )
            setpoints[column] = out
        return counts

    def clip_command(self, column: int, command: FloatArray) -> tuple[FloatArray, int]:
        """Commands of an axis, float64[samples], within its stroke, and how many were not: where a set point has been
        clipped, what makes the actuator follow it may reach beyond.
        """
        within = np.clip(command, self._actuators[column].lowest, self._actuators[column].highest)
        return within, int(np.count_nonzero(within != command))


def rate_allowed(actuator: Actuator, strut_force_n: FloatArray) -> FloatArray:
    """A servo valve gives less oil under load: rate times √(1 − |F| / stall force), float64[samples]."""
    if actuator.force_n is None:
        return np.full(len(strut_force_n), actuator.rate_per_s)
    left = np.maximum(0.0, 1.0 - np.abs(strut_force_n) / actuator.force_n)
    return np.asarray(actuator.rate_per_s * np.sqrt(left))
