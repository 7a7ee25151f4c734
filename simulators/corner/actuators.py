"""The actuators: second order after a dead time, within what they can do. The place where they fail."""

import math
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from simulators.corner import kernels
from simulators.settings import AXES, AxisSettings

FloatArray = NDArray[np.float64]


def step_matrix(axis: AxisSettings, step_s: float) -> FloatArray:
    """Exact step of x'' = ω²(u − x) − 2ζω x' for a set point u that is a straight line over the step.

    Returns:
        float64[8]: position from position, speed, u before, u after; then speed from the same.
    """
    omega = 2.0 * math.pi * axis.natural_frequency_hz
    rates = np.zeros((4, 4))  # of x, x'/ω, u, and u's change over the step
    rates[0, 1] = omega * step_s
    rates[1, :3] = (-omega * step_s, -2.0 * axis.damping_ratio * omega * step_s, omega * step_s)
    rates[2, 3] = 1.0
    exponential, term = np.eye(4), np.eye(4)
    for order in range(1, 30):
        term = term @ rates / order
        exponential = exponential + term
    x, v = exponential[0], exponential[1] * omega
    before_after = np.array([[1.0, -1.0], [0.0, 1.0]])
    position = np.concatenate(([x[0], x[1] / omega], before_after @ x[2:]))
    speed = np.concatenate(([v[0], v[1] / omega], before_after @ v[2:]))
    return np.concatenate((position, speed))


class Actuators:
    """The arrays that the plant's kernel moves, and what can be wrong with them.

    Args:
        axes: in the order of a set point frame.
        rows: the place of each among the axes that the corner has.
        step_s: of the kernel.

    Attributes:
        response, limits, motion, history: see `simulators.corner.kernels.play`.

    Raises:
        ValueError: a dead time that is too long.
    """

    def __init__(self, axes: tuple[AxisSettings, ...], rows: Sequence[int], step_s: float) -> None:
        self._axes, self._rows, self._step_s = axes, np.array(rows, np.int64), step_s
        self._names = [axis.channel.name for axis in axes]
        self._neutral = np.array([axis.neutral for axis in axes], dtype=np.float64)
        self._gains = np.ones(len(axes))
        self.response, self.limits = np.zeros((3, 8)), np.full((3, 4), np.inf)
        self.limits[:, 3] = 0.0
        self.motion, self.history = np.zeros((3, 4)), np.zeros((3, kernels.HISTORY))
        for row, axis in zip(self._rows, axes, strict=True):
            self.response[row] = step_matrix(axis, step_s)
            self.limits[row] = self._limits_of(axis)
            self.motion[row, [0, 2, 3]] = axis.neutral
            self.history[row] = axis.neutral

    def told(self, setpoints: FloatArray) -> FloatArray:
        """What the actuators are told, float64[samples, 3], by set points float64[samples, axes]; 0 for the others."""
        told: FloatArray = _spread(setpoints, self._rows, self._neutral, self._gains, len(AXES))
        return told

    def set_gain(self, name: str, factor: float) -> None:
        """Let an axis go so many times as far from neutral as it is told."""
        self._gains[self._names.index(name)] = factor

    def set_extra_delay(self, name: str, extra_s: float) -> None:
        """Let an axis answer later by so much.

        Raises:
            ValueError: the dead time is too long with it.
        """
        row, axis = self._of(name)
        self.limits[row, 3] = self._limits_of(axis, extra_s)[3]

    def freeze(self, name: str, frozen: bool) -> None:
        """Let an axis stay where it is, or move again."""
        row, axis = self._of(name)
        self.limits[row, :2] = (0.0, np.inf) if frozen else self._limits_of(axis)[:2]

    def _of(self, name: str) -> tuple[int, AxisSettings]:
        index = self._names.index(name)
        return self._rows[index], self._axes[index]

    def _limits_of(self, axis: AxisSettings, extra_s: float = 0.0) -> tuple[float, float, float, float]:
        delay_steps = (axis.delay_s + extra_s) / self._step_s
        if not 0.0 <= delay_steps < kernels.HISTORY - 1:
            raise ValueError(f"{axis.channel.name}: a dead time of {axis.delay_s + extra_s} s can't be simulated")
        return axis.rate_per_s, axis.acceleration_per_s2 or np.inf, axis.force_n or np.inf, delay_steps


@njit(cache=True)
def _spread(setpoints, rows, neutral, gains, width):  # type: ignore[no-untyped-def]
    full = np.zeros((setpoints.shape[0], width))
    for sample in range(setpoints.shape[0]):
        for axis in range(rows.size):
            value = setpoints[sample, axis]
            if gains[axis] != 1.0:
                value = neutral[axis] + gains[axis] * (value - neutral[axis])
            full[sample, rows[axis]] = value
    return full
