"""An arbitrary waveform generator with one output and a waveform memory. The model only; see `generator_scpi`."""

import math
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Shape = Literal["SIN", "SQU", "ARB"]
TriggerSource = Literal["IMM", "BUS"]

MEMORY_POINTS = 1_000_000  # standard memory of a 33500B (Keysight data sheet)
PERIOD_POINTS = 256  # in which a sine or square is given to the cable
HIGHEST_V = 10.0
"""Peak, into an open circuit."""
FULL_SCALE = 32767


class Cable(Protocol):
    """Where the output goes."""

    shaker_on: bool

    def set_waveform(self, samples: NDArray[np.float64], rate_hz: float) -> None:
        """Volts at a rate, to be played round and round."""
        ...


@dataclass
class Settings:
    """Everything that a reset restores."""

    shape: Shape = "SIN"
    frequency_hz: float = 1000.0
    amplitude_vpp: float = 0.1
    offset_v: float = 0.0
    arbitrary: str = ""
    arbitrary_rate_hz: float = 40_000.0
    output_on: bool = False
    trigger_source: TriggerSource = "IMM"
    burst_on: bool = False
    burst_cycles: float = 1
    big_endian: bool = True


class Generator:
    """The generator: its settings and waveforms in, the voltage on the cable out."""

    def __init__(self, cable: Cable, longest: int) -> None:
        self._cable = cable
        self._longest = longest
        self._now_s = 0.0
        self._burst_left_s = 0.0
        self._on_cable: tuple[object, ...] | None = None
        self.settings = Settings()
        self.waveforms: dict[str, NDArray[np.int16]] = {}

    def reset(self) -> None:
        """Output off, a sine of 1 kHz; the waveforms stay, as *RST leaves memory alone."""
        self.settings = Settings()
        self._burst_left_s = 0.0
        self.apply()

    def points(self) -> int:
        """Points of all waveforms in memory."""
        return sum(len(codes) for codes in self.waveforms.values())

    def store(self, name: str, codes: NDArray[np.int16]) -> None:
        """Keep a waveform; one of the same name is replaced.

        Raises:
            ValueError: too few points, too many for the memory, or for the cable.
        """
        others = self.points() - len(self.waveforms.get(name, ()))
        if not 8 <= len(codes) <= self._longest or others + len(codes) > MEMORY_POINTS:
            raise ValueError(f"a waveform of {len(codes)} points")
        self.waveforms[name] = codes
        self.apply()

    def clear(self) -> None:
        """Forget all waveforms; what is being played stays on the cable until something else is selected."""
        self.waveforms.clear()

    def period_s(self) -> float:
        """How long one cycle of the shape takes."""
        settings = self.settings
        if settings.shape == "ARB":
            return len(self.waveforms.get(settings.arbitrary, ())) / settings.arbitrary_rate_hz
        return 1.0 / settings.frequency_hz

    def trigger(self) -> None:
        """Start one burst."""
        self._burst_left_s = self.settings.burst_cycles * self.period_s()
        self._on_cable = None  # a burst begins at the waveform's start
        self.apply()

    def advance(self, now_s: float) -> None:
        """Let time go on: a burst ends after its cycles."""
        passed = max(now_s - self._now_s, 0.0)
        self._now_s = max(now_s, self._now_s)
        if self._burst_left_s > 0:
            self._burst_left_s = max(self._burst_left_s - passed, 0.0)
            self.apply()

    def apply(self) -> None:
        """Put the present settings on the cable; the waveform restarts only where it has changed."""
        settings = self.settings
        playing = settings.output_on and (self._free_running() or self._burst_left_s > 0)
        if settings.shape == "ARB" and settings.arbitrary not in self.waveforms:
            playing = False
        if playing:
            self._put()
        self._cable.shaker_on = playing

    def _free_running(self) -> bool:
        # an immediate trigger starts one burst after the other
        return not self.settings.burst_on or self.settings.trigger_source == "IMM"

    def _put(self) -> None:
        settings = self.settings
        volts, rate_hz = self._samples()
        key = (settings.shape, settings.arbitrary, volts.tobytes(), rate_hz)
        if key != self._on_cable:
            self._cable.set_waveform(volts, rate_hz)
            self._on_cable = key

    def _samples(self) -> tuple[NDArray[np.float64], float]:
        settings = self.settings
        half = 0.5 * settings.amplitude_vpp
        if settings.shape == "ARB":
            unit = self.waveforms[settings.arbitrary] / FULL_SCALE
            return settings.offset_v + half * unit, settings.arbitrary_rate_hz
        unit = np.sin(np.arange(PERIOD_POINTS) * (2 * math.pi / PERIOD_POINTS))
        if settings.shape == "SQU":
            unit = np.where(np.arange(PERIOD_POINTS) < PERIOD_POINTS // 2, 1.0, -1.0)
        return settings.offset_v + half * unit, settings.frequency_hz * PERIOD_POINTS


def within_output(amplitude_vpp: float, offset_v: float) -> bool:
    """Whether the output can give this amplitude (peak to peak) on this offset."""
    return 0.5 * amplitude_vpp + abs(offset_v) <= HIGHEST_V
