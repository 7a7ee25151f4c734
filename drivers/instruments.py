"""Three instruments in the words of the field, each over one `ScpiSession`: data acquisition, supply, generator.

Set-up commands are followed by a look into the instrument's error queue, which also waits until they have acted.
Every method may raise `InstrumentError`.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.errors import InstrumentError
from drivers.scpi import ScpiSession

NOT_A_NUMBER, OVERLOAD = 9.91e37, 9.9e37
"""What instruments send for NaN and for an overload (SCPI-1999 volume 1, 7.2.1)."""
DAC_FULL_SCALE = 32767


class Instrument:
    """What all instruments have in common."""

    def __init__(self, session: ScpiSession) -> None:
        self.session = session

    def identify(self, expected: str) -> str:
        """What ``*IDN?`` answers; clears old errors.

        Raises:
            InstrumentError: the answer does not contain what is expected.
        """
        identity = self.session.query("*IDN?")
        if expected not in identity:
            raise InstrumentError(f"{self.session.resource}: a {expected} was expected, not {identity!r}")
        self.session.write("*CLS")
        return identity

    def reset(self) -> None:
        """Known settings, everything off."""
        self._set_up("reset", "*RST")

    def close(self) -> None:
        """Let go of the connection. Idempotent; never raises."""
        self.session.close()

    def _set_up(self, what: str, *commands: str) -> None:
        for command in commands:
            self.session.write(command)
        self.session.check(what)

    def _number(self, query: str) -> float:
        return _number(self.session.query(query))


class DataAcquisition(Instrument):
    """A scanning data-acquisition unit (DAQ970A): temperatures in °C, strain as a ratio."""

    def configure_thermocouples(self, channels: Sequence[int], kind: str = "K") -> None:
        """Measure temperatures with thermocouples, in °C."""
        self._set_up("thermocouples", f"CONF:TEMP TC,{kind},{_listed(channels)}", "UNIT:TEMP C")

    def configure_strain(self, channels: Sequence[int], gauge_factor: float, resistance_ohm: float) -> None:
        """Measure strain with single gauges."""
        listed = _listed(channels)
        self._set_up(
            "strain gauges",
            f"CONF:STR:QUAR {listed}",
            f"SENS:STR:GFAC {gauge_factor:g},{listed}",
            f"SENS:STR:RES {resistance_ohm:g},{listed}",
        )

    def set_scan(self, channels: Sequence[int]) -> None:
        """The channels of a scan; their readings come with their channel number, one scan for each trigger."""
        self._set_up(
            "scan list",
            f"ROUT:SCAN {_listed(channels)}",
            "FORM:READ:CHAN ON;TIME OFF;UNIT OFF",
            "TRIG:SOUR IMM;COUN 1",
        )

    def scan(self) -> dict[int, float]:
        """Measure every channel of the scan once, now: value by channel.

        NaN where a sensor is dead, infinite where an input is open or overloaded.
        """
        return _by_channel(self.session.query("READ?"))

    def start_scanning(self, period_s: float) -> None:
        """Scan once a period into the unit's memory, until `stop_scanning`."""
        self._set_up("timed scan", "ABOR", f"TRIG:SOUR TIM;TIM {period_s:g};COUN INF", "INIT")

    def take_readings(self, at_most: int) -> list[tuple[int, float]]:
        """Take the oldest readings (channel, value) out of the unit's memory; as many as there are, up to a number."""
        data = self.session.query_block(f"R? {at_most}").decode("ascii")
        return _pairs(data) if data else []

    def stop_scanning(self) -> None:
        """No more scans; the readings stay in memory."""
        self._set_up("end of scan", "ABOR")


class Supply(Instrument):
    """A DC supply with several outputs (E36312A)."""

    def configure_output(self, output: int, current_limit_a: float, protection_v: float) -> None:
        """Set what an output may give at most, at 0 V, and switch it on."""
        self._set_up(
            f"output {output}",
            f"VOLT 0,(@{output})",
            f"CURR {current_limit_a:g},(@{output})",
            f"VOLT:PROT {protection_v:g},(@{output})",
            f"OUTP ON,(@{output})",
        )

    def set_voltage(self, output: int, voltage_v: float) -> None:
        """Set the voltage of an output."""
        self._set_up(f"voltage of output {output}", f"VOLT {voltage_v:.4f},(@{output})")

    def switch(self, output: int, on: bool) -> None:
        """Switch an output on or off."""
        self._set_up(f"output {output}", f"OUTP {'ON' if on else 'OFF'},(@{output})")

    def measure_voltage_v(self, output: int) -> float:
        """Measure the voltage at the terminals."""
        return self._number(f"MEAS:VOLT? (@{output})")

    def measure_current_a(self, output: int) -> float:
        """Measure the current through the load."""
        return self._number(f"MEAS:CURR? (@{output})")

    def protection_tripped(self, output: int) -> bool:
        """Whether the over-voltage protection has switched the output off."""
        return self._number(f"VOLT:PROT:TRIP? (@{output})") != 0

    def clear_protection(self, output: int) -> None:
        """Forget a trip; the output stays off until it is switched on."""
        self._set_up(f"protection of output {output}", f"OUTP:PROT:CLE (@{output})")


class WaveformGenerator(Instrument):
    """An arbitrary waveform generator (33500B); blocks are uploaded ahead and selected by name."""

    def prepare(self, rate_hz: float, peak_v: float) -> None:
        """Forget all waveforms, output off; then the rate and the peak voltage of those to come, the same for all."""
        self._set_up(
            "waveforms",
            "OUTP OFF",
            "FUNC SIN",
            "DATA:VOL:CLE",
            "FORM:BORD NORM",
            f"FUNC:ARB:SRAT {rate_hz:.9g}",
            f"VOLT:OFFS 0;:VOLT {2 * peak_v:.9g}",
        )

    def upload(self, name: str, fractions: NDArray[np.float64]) -> None:
        """Store a waveform: float64[points], each from -1 to 1 of the peak voltage.

        Raises:
            ValueError: a point is NaN or beyond -1 to 1; nothing is clipped.
        """
        if not (np.abs(fractions) <= 1.0).all():
            raise ValueError(f"waveform {name}: a point is not within -1 to 1")
        codes = np.rint(DAC_FULL_SCALE * fractions).astype(">i2")
        self.session.write_block(f"DATA:ARB:DAC {name},", codes.tobytes())
        self.session.check(f"upload of {name}")

    def names(self) -> list[str]:
        """The waveforms that it holds."""
        reply = self.session.query("DATA:VOL:CAT?")
        return [name.strip('"') for name in reply.split(",") if name.strip('"')]

    def select(self, name: str) -> None:
        """Play this waveform, round and round, from its start."""
        self._set_up(f"waveform {name}", f"FUNC:ARB {name}", "FUNC ARB")

    def switch(self, on: bool) -> None:
        """Switch the output on or off."""
        self._set_up("output", f"OUTP {'ON' if on else 'OFF'}")


def _listed(channels: Sequence[int]) -> str:
    return f"(@{','.join(str(channel) for channel in channels)})"


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InstrumentError(f"a number was expected, not {text!r}") from None
    if abs(value) >= NOT_A_NUMBER:
        return math.nan
    return math.copysign(math.inf, value) if abs(value) >= OVERLOAD else value


def _pairs(text: str) -> list[tuple[int, float]]:
    """Readings that come as value, channel, value, channel, ..."""
    fields = text.split(",")
    if len(fields) % 2:
        raise InstrumentError(f"pairs of value and channel were expected, not {text!r}")
    return [(int(_number(fields[i + 1])), _number(fields[i])) for i in range(0, len(fields), 2)]


def _by_channel(text: str) -> dict[int, float]:
    return dict(_pairs(text))
