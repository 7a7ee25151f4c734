"""The slow instruments at their work: the scanner of sensors, the damper's fan, the body-mount shaker."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from drivers.errors import InstrumentError
from drivers.instruments import DataAcquisition, Instrument, Supply, WaveformGenerator
from rig.config import FanLoop, Reading, Shaker
from rig.visa.fan import FanLaw

T = TypeVar("T")
Volts = NDArray[np.float64]

DAMPER = "damper_temperature_degc"
TEMPERATURES: dict[int, Reading] = {
    102: "cv_joint_temperature_degc",
    103: "hub_temperature_degc",
    104: "ambient_temperature_degc",
}
"""Thermocouples beside the damper's, whose channel the rig file names: channel, and the name of its reading."""
STRAINS = {201: "lower_arm_strain"}
GAUGE_FACTOR, GAUGE_RESISTANCE_OHM = 2.0, 120.0
FAN_TOLERANCE_V = 0.5
_MOST_POLLS_SKIPPED = 32


class Station(ABC):
    """One instrument that is identified and set up before its first use, and again after a failure.

    Args:
        role: its role in the rig file.
        device: the instrument.
        expected: what its identity must contain.
    """

    def __init__(self, role: str, device: Instrument, expected: str) -> None:
        self.role, self.identity = role, ""
        self._instrument, self._expected = device, expected
        self._ready = False
        self._failures = self._skip = 0

    @abstractmethod
    def set_up(self) -> None:
        """From any state to ready for use; may raise `InstrumentError`."""

    @abstractmethod
    def leave(self) -> None:
        """The last thing done to it in a run; may raise `InstrumentError`."""

    def prepare(self, faults: list[str]) -> None:
        """Identify it and set it up, where that is not done yet."""
        self.use(lambda: None, faults)

    def use(self, action: Callable[[], T], faults: list[str]) -> T | None:
        """Do something with the instrument; None where it fails, or is given a rest after failing."""
        if self._skip > 0:
            self._skip -= 1
            return None
        try:
            if not self._ready:
                self.identity = self._instrument.identify(self._expected)
                self.set_up()
                self._ready = True
            result = action()
        except InstrumentError as error:
            self._note_failure(f"{self.role}: {error}", faults)
            return None
        self._failures = 0
        return result

    def finish(self, faults: list[str]) -> None:
        """Leave it as a run should, however it is now, and let go of it."""
        self._skip = 0
        self.use(self.leave, faults)
        self._instrument.close()

    def _note_failure(self, fault: str, faults: list[str]) -> None:
        # The rest doubles with every failure in a row, so that a dead instrument does not slow down the others.
        faults.append(fault)
        self._skip = min(2**self._failures - 1, _MOST_POLLS_SKIPPED)
        self._failures += 1
        self._ready = False
        self._instrument.close()


class ScannerStation(Station):
    """The data-acquisition unit: temperatures in °C and strain, one scan at a time."""

    def __init__(self, device: DataAcquisition, expected: str, damper_channel: int | None) -> None:
        super().__init__("data_acquisition", device, expected)
        self._device = device
        damper = {damper_channel: DAMPER} if damper_channel is not None else {}
        self._temperatures = TEMPERATURES | damper
        self._names = self._temperatures | STRAINS

    def set_up(self) -> None:
        """Sensors, then the scan list."""
        self._device.reset()
        self._device.configure_thermocouples(sorted(self._temperatures))
        self._device.configure_strain(sorted(STRAINS), GAUGE_FACTOR, GAUGE_RESISTANCE_OHM)
        self._device.set_scan(sorted(self._names))

    def leave(self) -> None:
        """Nothing to do: it does not scan by itself."""

    def scan(self, faults: list[str]) -> dict[str, float]:
        """Readings by name; none where the unit fails."""
        found = self.use(self._device.scan, faults) or {}
        return {self._names[channel]: value for channel, value in found.items() if channel in self._names}


class FanStation(Station):
    """The supply with the damper's fan on it."""

    def __init__(self, device: Supply, expected: str, fan: FanLoop, sample_rate_hz: int) -> None:
        super().__init__("supply", device, expected)
        self._device, self._fan, self._rate_hz = device, fan, sample_rate_hz
        self._law = FanLaw(fan)
        self._due = self._last = 0
        self._set_v = fan.lowest_v
        self._temperature_degc = math.nan

    def set_up(self) -> None:
        """Limits, then the voltage that was last wanted."""
        fan = self._fan
        self._device.reset()
        self._device.clear_protection(fan.supply_output)
        self._device.configure_output(fan.supply_output, fan.current_limit_a, 1.05 * fan.highest_v)
        self._device.set_voltage(fan.supply_output, self._set_v)

    def leave(self) -> None:
        """Full voltage where the damper is hot or its temperature unknown, the lowest otherwise.

        The fan is left running to cool the damper down; the next run, or a person, switches it off.
        """
        self._device.set_voltage(self._fan.supply_output, self._law.after_run_v(self._temperature_degc))

    def drive(self, sample: int, temperature_degc: float, faults: list[str]) -> dict[str, float]:
        """Once a period: set the voltage for this temperature, and read back what the fan gets."""
        self._temperature_degc = temperature_degc
        if sample < self._due:
            return {}
        passed_s = (sample - self._last) / self._rate_hz
        self._last, self._due = sample, sample + round(self._fan.period_s * self._rate_hz)
        self._set_v = self._law.voltage_v(temperature_degc, passed_s)
        return self.use(self._set_and_measure, faults) or {}

    def _set_and_measure(self) -> dict[str, float]:
        output = self._fan.supply_output
        self._device.set_voltage(output, self._set_v)
        voltage_v = self._device.measure_voltage_v(output)
        if not abs(voltage_v - self._set_v) <= FAN_TOLERANCE_V:
            raise InstrumentError(f"fan: {self._set_v:.2f} V set, {voltage_v:.2f} V measured")
        return {"fan_voltage_v": voltage_v, "fan_current_a": self._device.measure_current_a(output)}


class ShakerStation(Station):
    """The waveform generator: all blocks uploaded ahead, switched at the borders of segments."""

    def __init__(self, device: WaveformGenerator, expected: str, shaker: Shaker, waveforms_v: Sequence[Volts]) -> None:
        super().__init__("waveform_generator", device, expected)
        self._device, self._shaker = device, shaker
        self._names, self._blocks = _named(waveforms_v)
        self._playing: str | None = None

    def set_up(self) -> None:
        """Upload every block. One peak for all: a switch then changes nothing but the waveform."""
        self._playing = None
        self._device.reset()
        if not self._blocks:
            return
        peak_v = max(float(np.abs(block).max()) for block in self._blocks.values()) or 1.0
        self._device.prepare(self._shaker.rate_hz, peak_v)
        for name, block in self._blocks.items():
            self._device.upload(name, block / peak_v)

    def leave(self) -> None:
        """Output off."""
        self._device.switch(False)

    def play(self, segment: int, faults: list[str]) -> str | None:
        """Play a segment's block; its name where it was switched, None where it plays already or can't."""
        return self.use(lambda: self._play(self._names[segment]), faults) if self._names else None

    def _play(self, name: str) -> str | None:
        if name == self._playing:
            return None
        self._device.select(name)
        self._device.switch(True)
        self._playing = name
        return name


def _named(waveforms_v: Sequence[Volts]) -> tuple[list[str], dict[str, Volts]]:
    """A name for each segment's block, and the blocks by name; segments with equal blocks share one."""
    names: list[str] = []
    blocks: dict[str, Volts] = {}
    known: dict[bytes, str] = {}
    for segment, block in enumerate(waveforms_v):
        name = known.setdefault(block.tobytes(), f"SEG{segment}")
        blocks.setdefault(name, block)
        names.append(name)
    return names, blocks
