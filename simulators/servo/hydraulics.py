"""The hydraulic supply and what is measured around the specimens, as the servo controller's gauges show it."""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from drivers.frames import Status
from simulators.settings import AxisSettings

FloatArray = NDArray[np.float64]

HIGH_PRESSURE_BAR, LOW_PRESSURE_BAR = 210.0, 20.0
"""Usual values of laboratory hydraulics (good general knowledge)."""
OIL_DEGC = 40.0
FULL_OPENING = 10_000
"""The valve command of a valve that is quite open."""


class Hydraulics:
    """Pressure, temperatures, valves.

    Args:
        axes: in the order of a set point frame.
        rate_hz: samples a second.
        chamber_degc: the air's temperature.

    Attributes:
        pressure_bar: where it is not what the pump gives: what it is instead, while the pump gives any.
        hot: where oil or chamber are not as warm as they should be: how warm they are.
    """

    def __init__(self, axes: tuple[AxisSettings, ...], rate_hz: int, chamber_degc: Callable[[], float]) -> None:
        self._rates_per_s = np.array([axis.rate_per_s for axis in axes])
        self._rate_hz, self._chamber_degc = rate_hz, chamber_degc
        self.pressure_bar: float | None = None
        self.hot: dict[Literal["oil", "chamber"], float] = {}

    def pressure(self, status: Status) -> float:
        """Oil pressure, bar."""
        if Status.PRESSURE_HIGH in status:
            given = HIGH_PRESSURE_BAR
        else:
            given = LOW_PRESSURE_BAR if Status.PRESSURE_LOW in status else 0.0
        return given if self.pressure_bar is None else min(given, self.pressure_bar)

    def temperatures(self) -> tuple[float, float]:
        """Of the oil and of the chamber, °C."""
        return self.hot.get("oil", OIL_DEGC), self.hot.get("chamber", self._chamber_degc())

    def valves(self, step: FloatArray) -> NDArray[np.int16]:
        """Valve commands for a step of the set points from one sample to the next, both [axes].

        A valve opens in proportion to the wanted speed, at most quite.
        """
        share = step * (self._rate_hz / self._rates_per_s)
        commands: NDArray[np.int16] = np.rint(FULL_OPENING * np.clip(share, -1.0, 1.0)).astype(np.int16)
        return commands
