"""What a bearing or a joint should be warmer than the air by, from what the rig plays: a lumped heat balance.

heat · dE/dt = power − air · E, with the excess E over the air in kelvin and the power of friction,
drag · |speed| + loss ratio · |torque · speed| (Incropera et al., Fundamentals of Heat and Mass Transfer, the lumped
capacitance method).
"""

import math
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from rig.life.watches import TemperatureWatch
from rig.life.windows import Decoder, Rows, trustworthy

FloatArray = NDArray[np.float64]

_GRID_S = 0.5
_KEPT_S = 60.0
"""How far back the model is remembered: longer than any answer of an instrument takes (design value)."""
_EXCESS, _HEAT = 1, 2


@njit(cache=True)
def follow(power_w: FloatArray, step_s: float, heat_j_per_k: float, air_w_per_k: float, state: FloatArray) -> None:
    """Go on by one sample after the other; NaN stands for a power that is not known: the last one holds.

    Args:
        power_w: float64[samples].
        step_s: of a sample.
        heat_j_per_k, air_w_per_k: of the part.
        state: float64[3], changed in place: last power (W), excess over the air (K) and heat so far (J).
    """
    for i in range(power_w.shape[0]):
        if power_w[i] == power_w[i]:
            state[0] = power_w[i]
        state[1] += step_s * (state[0] - air_w_per_k * state[1]) / heat_j_per_k
        state[2] += step_s * state[0]


class Point(NamedTuple):
    """The model at a sample: the excess over the air that friction alone has made (K), and its heat so far (J)."""

    sample: int
    excess_k: float
    heat_j: float


class FrictionHeat:
    """Follows the rows sample by sample, and remembers the last minute; any split into blocks gives the same bits."""

    def __init__(self, watch: TemperatureWatch, decoder: Decoder, rate_hz: float) -> None:
        self._watch, self._decoder, self._step_s = watch, decoder, 1.0 / rate_hz
        self._grid = max(1, round(_GRID_S * rate_hz))
        self._state = np.zeros(3)
        self._points: deque[Point] = deque(maxlen=round(_KEPT_S / _GRID_S))

    def add(self, rows: Rows) -> None:
        """The next rows, in whatever state the rig is: parts cool while it holds."""
        borders = np.flatnonzero(rows["sample"].astype(np.int64) % self._grid == self._grid - 1) + 1
        power_w = self._power_w(rows)
        for start, end in zip([0, *borders.tolist()], [*borders.tolist(), len(rows)], strict=True):
            self._follow(power_w[start:end])
            if end in borders:
                excess_k, heat_j = self._state[[_EXCESS, _HEAT]].tolist()
                self._points.append(Point(int(rows["sample"][end - 1]), excess_k, heat_j))

    def at(self, sample: int) -> Point | None:
        """The model at the last half second's end that is not after a sample; None where that is forgotten."""
        return next((point for point in reversed(self._points) if point.sample <= sample), None)

    def decayed(self, excess_k: float, samples: int) -> float:
        """What is left of an excess after so many samples without friction."""
        return excess_k * math.exp(-samples * self._step_s * self._watch.air_w_per_k / self._watch.heat_j_per_k)

    def _follow(self, power_w: FloatArray) -> None:
        follow(power_w, self._step_s, self._watch.heat_j_per_k, self._watch.air_w_per_k, self._state)

    def _power_w(self, rows: Rows) -> FloatArray:
        watch = self._watch
        speed = np.abs(self._valid(rows, watch.speed_channel))
        power = watch.drag_nm * speed
        if watch.torque_channel is not None:
            power = power + watch.loss_ratio * speed * np.abs(self._valid(rows, watch.torque_channel))
        return power

    def _valid(self, rows: Rows, channel: str) -> FloatArray:
        good = trustworthy(self._decoder.codes(rows, channel))
        return np.where(good, self._decoder.feedback(rows, channel), np.nan)

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as JSON values."""
        return {"state": self._state.tolist(), "points": [list(point) for point in self._points]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved state."""
        self._state[:] = state["state"]
        self._points.clear()
        self._points.extend(Point(int(sample), float(k), float(j)) for sample, k, j in state["points"])
