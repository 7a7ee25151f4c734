"""The law of the damper's cooling fan: a voltage for a temperature. Pure; who measures and sets is `slow`."""

import math

from rig.config import FanLoop


class FanLaw:
    """A PI law that stands between the fan's lowest and highest voltage, with its integral held there too."""

    def __init__(self, settings: FanLoop) -> None:
        self._settings = settings
        self._integral_v = 0.0

    def voltage_v(self, temperature_degc: float, passed_s: float) -> float:
        """The voltage for the next period. A temperature that is not known (NaN) asks for full cooling."""
        settings = self._settings
        if not math.isfinite(temperature_degc):
            return settings.highest_v
        excess_k = temperature_degc - settings.target_degc
        self._integral_v = self._within(self._integral_v + settings.integral_v_per_ks * excess_k * passed_s)
        return self._within(settings.gain_v_per_k * excess_k + self._integral_v)

    def after_run_v(self, temperature_degc: float) -> float:
        """The voltage that is left on after a run: full where the damper is hot or unknown, else none."""
        cool = temperature_degc <= self._settings.target_degc
        return self._settings.lowest_v if cool else self._settings.highest_v

    def _within(self, voltage_v: float) -> float:
        return min(max(voltage_v, self._settings.lowest_v), self._settings.highest_v)
