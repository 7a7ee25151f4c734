"""The commands of the data-acquisition unit: the DAQ970A's, as far as a rig needs them.

After the Keysight DAQ970A programming guide. A scan takes no time of its own; CONFigure sets the scan list and
clears FORMat:READing, as the real one does.
"""

import math
from collections.abc import Callable

from simulators.instruments.daq import (
    CHANNELS,
    MEMORY_READINGS,
    ChannelSetup,
    DataLogger,
    Function,
    Reading,
    ReadingFormat,
)
from simulators.scpi.core import Call, Command, Instrument, Reply, Waiting
from simulators.scpi.status import Status
from simulators.scpi.syntax import ScpiError
from simulators.scpi.values import (
    boolean,
    channels,
    choice,
    format_block,
    format_channels,
    format_number,
    number,
    whole_number,
)

_STRAIN_SETTINGS: dict[str, tuple[str, float, float, float, str]] = {
    # field, lowest, highest, default, unit
    "GFACtor": ("gauge_factor", 0.5, 5.0, 2.0, ""),
    "RESistance": ("gauge_resistance_ohm", 80.0, 1100.0, 120.0, "OHM"),
    "POISson": ("poisson_ratio", -0.9999, 0.5, 0.3, ""),
    "EXCitation": ("excitation_v", 0.9, 12.0, 5.0, "V"),
    "UNSTrained": ("unstrained_ohm", -90.0, 90.0, 0.0, "OHM"),
}


def data_acquisition(logger: DataLogger, serial: str) -> Instrument:
    """The unit as an instrument with a command table."""
    commands = _configuration(logger) | _strain(logger) | _trigger(logger) | _readings(logger) | _format(logger)
    return Instrument(
        identity=f"erg simulators,DAQ970A,{serial},1.0",
        commands=commands,
        reset=logger.reset,
        busy=lambda: logger.scanning and math.isfinite(logger.settings.trigger_count),
        trigger=lambda: _bus_trigger(logger),
        advance=logger.advance,
        status=Status(),
    )


def _configuration(logger: DataLogger) -> dict[str, Command]:
    def configure(function: Function, extra: Callable[[tuple[str, ...]], None]) -> Command:
        def run(call: Call) -> None:
            listed = channels(call.arguments[-1], CHANNELS)
            extra(call.arguments[:-1])
            logger.abort()
            for channel in listed:
                logger.settings.channels[channel] = ChannelSetup(function)
            logger.settings.scan_list = listed
            logger.settings.format = ReadingFormat()

        return Command(run, 1, 4)

    def scan(call: Call) -> None:
        listed = channels(call.arguments[0], CHANNELS)
        logger.abort()
        logger.settings.scan_list = listed

    return {
        "CONFigure:TEMPerature": configure("TEMP", _check_thermocouple),
        "CONFigure:VOLTage[:DC]": configure("VOLT", _check_range),
        "CONFigure:STRain:QUARter": configure("STR", _check_nothing),
        "ROUTe:SCAN": Command(scan, 1, 1),
        "ROUTe:SCAN?": Command(lambda _: format_block(format_channels(logger.settings.scan_list).encode())),
        "UNIT:TEMPerature": Command(lambda call: _set_unit(logger, call), 1, 2),
        "UNIT:TEMPerature?": Command(lambda _: logger.settings.temperature_unit, 0, 1),
    }


def _check_thermocouple(arguments: tuple[str, ...]) -> None:
    if len(arguments) < 2:
        raise ScpiError(-109, "Missing parameter")
    choice(arguments[0], "TCouple", "TC", "DEFault")
    choice(arguments[1], "K", "DEFault")  # the sensors of this bench are of type K


def _check_range(arguments: tuple[str, ...]) -> None:
    for argument in arguments:
        if argument.upper() not in ("AUTO", "DEF"):
            number(argument, 0.0, 300.0, "V")


def _check_nothing(arguments: tuple[str, ...]) -> None:
    if arguments:
        raise ScpiError(-108, "Parameter not allowed")


def _set_unit(logger: DataLogger, call: Call) -> None:
    unit = choice(call.arguments[0], "C", "F", "K")
    logger.settings.temperature_unit = "F" if unit == "F" else "K" if unit == "K" else "C"


def _strain(logger: DataLogger) -> dict[str, Command]:
    table: dict[str, Command] = {}
    for node, (name, lowest, highest, default, unit) in _STRAIN_SETTINGS.items():
        header = f"[SENSe#:]STRain:{node}"
        table[header] = Command(_setter(logger, name, lowest, highest, default, unit), 1, 2)
        table[header + "?"] = Command(_getter(logger, name), 1, 1)
    return table


def _setter(
    logger: DataLogger, name: str, lowest: float, highest: float, default: float, unit: str
) -> Callable[[Call], None]:
    def run(call: Call) -> None:
        value = number(call.arguments[0], lowest, highest, unit, default)
        listed = channels(call.arguments[1], CHANNELS) if len(call.arguments) > 1 else logger.settings.scan_list
        for channel in listed:
            setattr(logger.settings.channels[channel], name, value)

    return run


def _getter(logger: DataLogger, name: str) -> Callable[[Call], str]:
    def run(call: Call) -> str:
        listed = channels(call.arguments[0], CHANNELS)
        return ",".join(format_number(getattr(logger.settings.channels[channel], name)) for channel in listed)

    return run


def _trigger(logger: DataLogger) -> dict[str, Command]:
    def source(call: Call) -> None:
        chosen = choice(call.arguments[0], "IMMediate", "TIMer", "BUS")
        logger.settings.trigger_source = "TIM" if chosen == "TIM" else "BUS" if chosen == "BUS" else "IMM"

    def count(call: Call) -> None:
        endless = call.arguments[0].upper() in ("INF", "INFINITY")
        logger.settings.trigger_count = math.inf if endless else whole_number(call.arguments[0], 1, 1_000_000)

    def timer(call: Call) -> None:
        logger.settings.timer_s = number(call.arguments[0], 0.001, 359_999.0, "S", 10.0)

    return {
        "TRIGger:SOURce": Command(source, 1, 1),
        "TRIGger:SOURce?": Command(lambda _: logger.settings.trigger_source),
        "TRIGger:COUNt": Command(count, 1, 1),
        "TRIGger:COUNt?": Command(lambda _: format_number(logger.settings.trigger_count)),
        "TRIGger:TIMer": Command(timer, 1, 1),
        "TRIGger:TIMer?": Command(lambda _: format_number(logger.settings.timer_s)),
        "INITiate[:IMMediate]": Command(lambda _: _initiate(logger)),
        "ABORt": Command(lambda _: logger.abort()),
    }


def _initiate(logger: DataLogger) -> None:
    if logger.scanning:
        raise ScpiError(-213, "Init ignored")
    if not logger.settings.scan_list:
        raise ScpiError(-221, "Settings conflict")
    logger.start()


def _bus_trigger(logger: DataLogger) -> None:
    if not logger.scanning or logger.settings.trigger_source != "BUS":
        raise ScpiError(-211, "Trigger ignored")
    logger.trigger()


def _readings(logger: DataLogger) -> dict[str, Command]:
    def remove(call: Call) -> bytes:
        wanted = whole_number(call.arguments[0], 1, MEMORY_READINGS) if call.arguments else MEMORY_READINGS
        return _join(logger, _take(logger, min(wanted, len(logger.memory)))).encode()

    def remove_exactly(call: Call) -> bytes:
        wanted = whole_number(call.arguments[0], 1, MEMORY_READINGS)
        if wanted > len(logger.memory):
            raise ScpiError(-222, "Data out of range")
        return remove(call)

    return {
        "READ?": Command(lambda _: _read(logger)),
        "FETCh?": Command(lambda _: _fetch(logger)),
        "R?": Command(lambda call: format_block(remove(call)), 0, 1),
        "DATA:REMove?": Command(remove_exactly, 1, 1),
        "DATA:POINts?": Command(lambda _: f"{len(logger.memory):+d}"),
    }


def _read(logger: DataLogger) -> Waiting:
    settings = logger.settings
    if settings.trigger_source == "BUS" or math.isinf(settings.trigger_count):
        raise ScpiError(-214, "Trigger deadlock")
    logger.abort()
    _initiate(logger)
    return (yield from _fetch(logger))


def _fetch(logger: DataLogger) -> Waiting:
    if logger.scanning and (logger.settings.trigger_source == "BUS" or math.isinf(logger.settings.trigger_count)):
        raise ScpiError(-214, "Trigger deadlock")
    while logger.scanning:
        yield
    if not logger.last_scan:
        raise ScpiError(-230, "Data corrupt or stale")
    return _join(logger, logger.last_scan)


def _take(logger: DataLogger, count: int) -> list[Reading]:
    return [logger.memory.popleft() for _ in range(count)]


def _join(logger: DataLogger, readings: list[Reading]) -> str:
    return ",".join(_text(reading, logger.settings.format) for reading in readings)


def _text(reading: Reading, shape: ReadingFormat) -> str:
    parts = [format_number(reading.value) + (f" {reading.unit}" if shape.unit else "")]
    if shape.time:
        parts.append(f"{reading.time_s:013.3f}")
    if shape.channel:
        parts.append(str(reading.channel))
    return ",".join(parts)


def _format(logger: DataLogger) -> dict[str, Command]:
    def setter(name: str) -> Callable[[Call], Reply]:
        return lambda call: setattr(logger.settings.format, name, boolean(call.arguments[0]))

    def getter(name: str) -> Callable[[Call], Reply]:
        return lambda _: f"{int(getattr(logger.settings.format, name))}"

    table: dict[str, Command] = {}
    for node, name in (("CHANnel", "channel"), ("TIME", "time"), ("UNIT", "unit")):
        table[f"FORMat:READing:{node}"] = Command(setter(name), 1, 1)
        table[f"FORMat:READing:{node}?"] = Command(getter(name))
    return table
