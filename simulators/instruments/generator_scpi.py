"""The commands of the waveform generator: the 33500B's, as far as a rig needs them.

After the Keysight 33500 series programming guide.
"""

import math
import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from simulators.instruments.generator import FULL_SCALE, HIGHEST_V, MEMORY_POINTS, Generator, within_output
from simulators.scpi.core import Call, Command, Instrument
from simulators.scpi.status import Status
from simulators.scpi.syntax import ScpiError
from simulators.scpi.values import block, boolean, choice, format_number, number, text

_SOURCE = "[SOURce#:]"
_NAME = re.compile(r"[A-Za-z]\w{0,11}")


def waveform_generator(model: Generator, serial: str) -> Instrument:
    """The generator as an instrument with a command table."""
    return Instrument(
        identity=f"erg simulators,33500B,{serial},1.0",
        commands=_shape(model) | _levels(model) | _memory(model) | _output(model) | _burst(model),
        reset=model.reset,
        busy=lambda: False,
        trigger=lambda: _bus_trigger(model),
        advance=model.advance,
        status=Status(),
    )


def _first(run: Callable[[Call], None]) -> Callable[[Call], None]:
    """The same, but only for output or source 1: this generator has no other."""

    def checked(call: Call) -> None:
        if any(suffix != 1 for suffix in call.suffixes):
            raise ScpiError(-114, "Header suffix out of range")
        run(call)

    return checked


def _shape(model: Generator) -> dict[str, Command]:
    def function(call: Call) -> None:
        chosen = choice(call.arguments[0], "SINusoid", "SQUare", "ARBitrary")
        model.settings.shape = "SIN" if chosen == "SIN" else "SQU" if chosen == "SQU" else "ARB"
        model.apply()

    def arbitrary(call: Call) -> None:
        name = text(call.arguments[0]).upper()
        if name not in model.waveforms:
            raise ScpiError(-256, "File name not found")
        model.settings.arbitrary = name
        model.apply()

    def rate(call: Call) -> None:
        model.settings.arbitrary_rate_hz = number(call.arguments[0], 1e-6, 160e6, "HZ", 40e3)
        model.apply()

    return {
        f"{_SOURCE}FUNCtion": Command(_first(function), 1, 1),
        f"{_SOURCE}FUNCtion?": Command(lambda _: model.settings.shape),
        f"{_SOURCE}FUNCtion:ARBitrary": Command(_first(arbitrary), 1, 1),
        f"{_SOURCE}FUNCtion:ARBitrary?": Command(lambda _: f'"{model.settings.arbitrary}"'),
        f"{_SOURCE}FUNCtion:ARBitrary:SRATe": Command(_first(rate), 1, 1),
        f"{_SOURCE}FUNCtion:ARBitrary:SRATe?": Command(lambda _: format_number(model.settings.arbitrary_rate_hz)),
        f"{_SOURCE}APPLy:SINusoid": Command(_first(lambda call: _apply_sine(model, call)), 0, 3),
    }


def _apply_sine(model: Generator, call: Call) -> None:
    """Frequency, amplitude, offset; and the output on."""
    settings = model.settings
    frequency, amplitude, offset = (*call.arguments, *("DEF",) * (3 - len(call.arguments)))
    frequency_hz = number(frequency, 1e-6, 30e6, "HZ", 1e3)
    amplitude_vpp = number(amplitude, 1e-3, 2 * HIGHEST_V, "V", 0.1)
    _set_levels(model, amplitude_vpp, number(offset, -HIGHEST_V, HIGHEST_V, "V", 0.0))
    settings.shape, settings.frequency_hz, settings.output_on = "SIN", frequency_hz, True
    model.apply()


def _levels(model: Generator) -> dict[str, Command]:
    def frequency(call: Call) -> None:
        model.settings.frequency_hz = number(call.arguments[0], 1e-6, 30e6, "HZ", 1e3)
        model.apply()

    def amplitude(call: Call) -> None:
        value = number(call.arguments[0], 1e-3, 2 * HIGHEST_V, "V", 0.1)
        _set_levels(model, value, model.settings.offset_v)

    def offset(call: Call) -> None:
        value = number(call.arguments[0], -HIGHEST_V, HIGHEST_V, "V", 0.0)
        _set_levels(model, model.settings.amplitude_vpp, value)

    return {
        f"{_SOURCE}FREQuency": Command(_first(frequency), 1, 1),
        f"{_SOURCE}FREQuency?": Command(lambda _: format_number(model.settings.frequency_hz)),
        f"{_SOURCE}VOLTage": Command(_first(amplitude), 1, 1),
        f"{_SOURCE}VOLTage?": Command(lambda _: format_number(model.settings.amplitude_vpp)),
        f"{_SOURCE}VOLTage:OFFSet": Command(_first(offset), 1, 1),
        f"{_SOURCE}VOLTage:OFFSet?": Command(lambda _: format_number(model.settings.offset_v)),
    }


def _set_levels(model: Generator, amplitude_vpp: float, offset_v: float) -> None:
    if not within_output(amplitude_vpp, offset_v):
        raise ScpiError(-221, "Settings conflict")
    model.settings.amplitude_vpp, model.settings.offset_v = amplitude_vpp, offset_v
    model.apply()


def _memory(model: Generator) -> dict[str, Command]:
    def codes(call: Call) -> None:
        order = ">i2" if model.settings.big_endian else "<i2"
        data = block(call.arguments[1])
        if len(data) % 2:
            raise ScpiError(-161, "Invalid block data")
        _store(model, call.arguments[0], np.frombuffer(data, dtype=order).astype(np.int64))

    def fractions(call: Call) -> None:
        values = [number(argument, -1.0, 1.0) for argument in call.arguments[1:]]
        _store(model, call.arguments[0], np.rint(FULL_SCALE * np.array(values)).astype(np.int64))

    def byte_order(call: Call) -> None:
        model.settings.big_endian = choice(call.arguments[0], "NORMal", "SWAPped") == "NORM"

    return {
        f"{_SOURCE}DATA:ARBitrary:DAC": Command(_first(codes), 2, 2),
        f"{_SOURCE}DATA:ARBitrary": Command(_first(fractions), 2, MEMORY_POINTS),
        f"{_SOURCE}DATA:VOLatile:CLEar": Command(_first(lambda _: model.clear())),
        f"{_SOURCE}DATA:VOLatile:CATalog?": Command(lambda _: _catalogue(model)),
        f"{_SOURCE}DATA:VOLatile:FREE?": Command(lambda _: f"{MEMORY_POINTS - model.points():+d}"),
        "FORMat:BORDer": Command(byte_order, 1, 1),
        "FORMat:BORDer?": Command(lambda _: "NORM" if model.settings.big_endian else "SWAP"),
    }


def _store(model: Generator, argument: str, codes: NDArray[np.int64]) -> None:
    name = text(argument)
    if not _NAME.fullmatch(name):
        raise ScpiError(-224, "Illegal parameter value")
    if (np.abs(codes) > FULL_SCALE).any():
        raise ScpiError(-222, "Data out of range")
    try:
        model.store(name.upper(), codes.astype(np.int16))
    except ValueError:
        raise ScpiError(-223, "Too much data") from None


def _catalogue(model: Generator) -> str:
    return ",".join(f'"{name}"' for name in model.waveforms) or '""'


def _output(model: Generator) -> dict[str, Command]:
    def switch(call: Call) -> None:
        model.settings.output_on = boolean(call.arguments[0])
        model.apply()

    def source(call: Call) -> None:
        chosen = choice(call.arguments[0], "IMMediate", "BUS")
        model.settings.trigger_source = "BUS" if chosen == "BUS" else "IMM"
        model.apply()

    return {
        "OUTPut#[:STATe]": Command(_first(switch), 1, 1),
        "OUTPut#[:STATe]?": Command(lambda _: f"{int(model.settings.output_on)}"),
        "TRIGger#:SOURce": Command(_first(source), 1, 1),
        "TRIGger#:SOURce?": Command(lambda _: model.settings.trigger_source),
    }


def _burst(model: Generator) -> dict[str, Command]:
    def switch(call: Call) -> None:
        model.settings.burst_on = boolean(call.arguments[0])
        model.apply()

    def cycles(call: Call) -> None:
        endless = call.arguments[0].upper() in ("INF", "INFINITY")
        model.settings.burst_cycles = math.inf if endless else number(call.arguments[0], 1, 100e6)

    def mode(call: Call) -> None:
        choice(call.arguments[0], "TRIGgered")  # gated bursts need an input that the bench has not

    return {
        f"{_SOURCE}BURSt:STATe": Command(_first(switch), 1, 1),
        f"{_SOURCE}BURSt:STATe?": Command(lambda _: f"{int(model.settings.burst_on)}"),
        f"{_SOURCE}BURSt:NCYCles": Command(_first(cycles), 1, 1),
        f"{_SOURCE}BURSt:NCYCles?": Command(lambda _: format_number(model.settings.burst_cycles)),
        f"{_SOURCE}BURSt:MODE": Command(_first(mode), 1, 1),
        f"{_SOURCE}BURSt:MODE?": Command(lambda _: "TRIG"),
    }


def _bus_trigger(model: Generator) -> None:
    settings = model.settings
    if not (settings.burst_on and settings.trigger_source == "BUS" and settings.output_on):
        raise ScpiError(-211, "Trigger ignored")
    model.trigger()
