"""A scanning data-acquisition unit: channels with sensors, a scan list, triggers and a memory of readings.

The model only; its commands are in `daq_scpi`.
"""

import math
import random
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

SensorKind = Literal["temperature", "strain"]
Function = Literal["TEMP", "VOLT", "STR"]
TriggerSource = Literal["IMM", "TIM", "BUS"]

MEMORY_READINGS = 100_000
SCAN_CHANNELS_PER_S = 450.0  # the multiplexer's highest rate (physics notes §3.2)
TRUE_GAUGE_FACTOR = 2.0  # of the strain gauges that are glued on
BRIDGE_EXCITATION_V = 5.0
THERMOCOUPLE_V_PER_K = 41e-6  # type K about room temperature
COLD_JUNCTION_DEGC = 23.0

CHANNELS = tuple(slot * 100 + channel for slot in (1, 2, 3) for channel in range(1, 21))
"""Three slots with a 20-channel multiplexer each."""


class Sensor(NamedTuple):
    """What is wired to a channel: its kind, its true value (°C or strain; NaN where it is dead), its noise (sigma)."""

    kind: SensorKind
    read: Callable[[], float]
    noise: float


@dataclass
class ChannelSetup:
    """How one channel is measured."""

    function: Function = "VOLT"
    gauge_factor: float = 2.0
    gauge_resistance_ohm: float = 120.0
    poisson_ratio: float = 0.3
    excitation_v: float = 5.0
    unstrained_ohm: float = 0.0


class Reading(NamedTuple):
    """One measured value; NaN where the sensor is dead, infinite where the input is open or overloaded."""

    channel: int
    value: float
    unit: str
    time_s: float


@dataclass
class ReadingFormat:
    """What is sent with each reading (``FORMat:READing``)."""

    channel: bool = False
    time: bool = False
    unit: bool = False


@dataclass
class Settings:
    """Everything that a reset restores."""

    channels: dict[int, ChannelSetup] = field(default_factory=lambda: {channel: ChannelSetup() for channel in CHANNELS})
    scan_list: tuple[int, ...] = ()
    trigger_source: TriggerSource = "IMM"
    timer_s: float = 10.0
    trigger_count: float = 1  # math.inf goes on until aborted
    temperature_unit: Literal["C", "F", "K"] = "C"
    format: ReadingFormat = field(default_factory=ReadingFormat)


class DataLogger:
    """The unit. Its time is given by `advance`; its noise depends on seed, channel and number of the reading only."""

    def __init__(self, sensors: Mapping[int, Sensor], seed: int = 0) -> None:
        self._sensors = sensors
        self._seed = seed
        self._count: dict[int, int] = {}
        self._now_s = 0.0
        self._started_s = 0.0
        self._next_s = 0.0
        self._triggers_left: float = 0
        self.settings = Settings()
        self.memory: deque[Reading] = deque(maxlen=MEMORY_READINGS)
        self.last_scan: list[Reading] = []  # all since the last start, for FETCh?

    @property
    def scanning(self) -> bool:
        """Whether scans are still to come."""
        return self._triggers_left > 0

    def reset(self) -> None:
        """The state after power-on, but for the noise: its count goes on."""
        self.abort()
        self.settings = Settings()
        self.memory.clear()
        self.last_scan.clear()

    def start(self) -> None:
        """Clear the memory and wait for triggers; the first immediate or timer trigger comes at once."""
        self.memory.clear()
        self.last_scan.clear()
        self._triggers_left = self.settings.trigger_count
        self._started_s = self._next_s = self._now_s
        self.advance(self._now_s)

    def abort(self) -> None:
        """No more scans; the readings stay."""
        self._triggers_left = 0

    def trigger(self) -> None:
        """One scan, now."""
        self._triggers_left -= 1
        for channel in self.settings.scan_list:
            reading = self._measure(channel)
            self.memory.append(reading)
            if len(self.last_scan) < MEMORY_READINGS:
                self.last_scan.append(reading)

    def advance(self, now_s: float) -> None:
        """Let time go on, and do the scans that are due."""
        self._now_s = max(now_s, self._now_s)
        while self.scanning and self.settings.trigger_source != "BUS" and self._next_s <= self._now_s:
            self.trigger()
            self._next_s += self._interval_s()

    def _interval_s(self) -> float:
        if self.settings.trigger_source == "TIM":
            return self.settings.timer_s
        return len(self.settings.scan_list) / SCAN_CHANNELS_PER_S

    def _measure(self, channel: int) -> Reading:
        setup = self.settings.channels[channel]
        sensor = self._sensors.get(channel)
        value = self._converted(sensor, setup, channel) if sensor else math.inf
        return Reading(channel, value, self._unit(setup), self._now_s - self._started_s)

    def _converted(self, sensor: Sensor, setup: ChannelSetup, channel: int) -> float:
        value = sensor.read() + self._noise(channel, sensor.noise)
        if setup.function == "VOLT":
            return _volts(sensor.kind, value)
        if setup.function == "TEMP" and sensor.kind == "temperature":
            return _in_unit(value, self.settings.temperature_unit)
        if setup.function == "STR" and sensor.kind == "strain":
            ratio = TRUE_GAUGE_FACTOR * value - setup.unstrained_ohm / setup.gauge_resistance_ohm
            return ratio / setup.gauge_factor
        return math.inf

    def _noise(self, channel: int, sigma: float) -> float:
        count = self._count.get(channel, 0)
        self._count[channel] = count + 1
        return random.Random(f"{self._seed}/{channel}/{count}").gauss(0.0, sigma)

    def _unit(self, setup: ChannelSetup) -> str:
        return {"TEMP": self.settings.temperature_unit, "VOLT": "VDC", "STR": "STRAIN"}[setup.function]


def _volts(kind: SensorKind, value: float) -> float:
    if kind == "temperature":
        return THERMOCOUPLE_V_PER_K * (value - COLD_JUNCTION_DEGC)
    return BRIDGE_EXCITATION_V * TRUE_GAUGE_FACTOR * value / 4.0


def _in_unit(value_degc: float, unit: str) -> float:
    return {"C": value_degc, "F": 1.8 * value_degc + 32.0, "K": value_degc + 273.15}[unit]
