"""Arguments and replies of SCPI commands: numbers with units, choices, channel lists, blocks."""

import math
import re
from collections.abc import Sequence

from simulators.scpi.syntax import ScpiError, block_extent, keyword

NOT_A_NUMBER, OVERLOAD = 9.91e37, 9.9e37
"""What instruments send for NaN and for an overload (SCPI-1999 volume 1, 7.2.1)."""

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[Ee][+-]?\d+)?)\s*([A-Za-z]*)")
_PREFIXES = {"": 1.0, "U": 1e-6, "M": 1e-3, "K": 1e3, "MA": 1e6, "G": 1e9}
_CHANNELS = re.compile(r"\(@\s*((?:\d+(?::\d+)?(?:\s*,\s*\d+(?::\d+)?)*)?)\s*\)")
_CHANNELS_AT_MOST = 10_000


def number(argument: str, lowest: float, highest: float, unit: str = "", default: float | None = None) -> float:
    """A decimal number with an optional unit, or MIN, MAX, DEF.

    Raises:
        ScpiError: -104 not a number, -131 a unit that is not this one's, -222 not between lowest and highest.
    """
    special = {"MIN": lowest, "MINIMUM": lowest, "MAX": highest, "MAXIMUM": highest}
    if default is not None:
        special |= {"DEF": default, "DEFAULT": default}
    if argument.upper() in special:
        return special[argument.upper()]
    found = _NUMBER.fullmatch(argument)
    if found is None:
        raise ScpiError(-104, "Data type error")
    value = float(found[1]) * _factor(found[2].upper(), unit.upper())
    if not lowest <= value <= highest:
        raise ScpiError(-222, "Data out of range")
    return value


def _factor(suffix: str, unit: str) -> float:
    if not suffix:
        return 1.0
    prefix = suffix.removesuffix(unit) if unit else suffix
    if not unit or not suffix.endswith(unit) or prefix not in _PREFIXES:
        raise ScpiError(-131, "Invalid suffix")
    # SCPI-1999 7.4: M is milli, but MHZ and MOHM are mega
    return 1e6 if prefix == "M" and unit in ("HZ", "OHM") else _PREFIXES[prefix]


def whole_number(argument: str, lowest: int, highest: int) -> int:
    """A number that is rounded to a whole one, as IEEE 488.2 asks of integers."""
    return round(number(argument, lowest, highest))


def boolean(argument: str) -> bool:
    """ON, OFF or a number, of which only 0 is OFF.

    Raises:
        ScpiError: -104.
    """
    if argument.upper() in ("ON", "OFF"):
        return argument.upper() == "ON"
    return whole_number(argument, -(2**31), 2**31) != 0


def choice(argument: str, *patterns: str) -> str:
    """The short form of the one among mnemonics such as ``IMMediate`` that the argument is.

    Raises:
        ScpiError: -224 it is none of them.
    """
    for pattern in patterns:
        if re.fullmatch(keyword(pattern), argument, re.IGNORECASE):
            return "".join(letter for letter in pattern if not letter.islower())
    raise ScpiError(-224, "Illegal parameter value")


def channels(argument: str, allowed: Sequence[int]) -> tuple[int, ...]:
    """The channels of a list such as ``(@101:103,201)``, in the order given; a range may run over a gap.

    Raises:
        ScpiError: -104 not a channel list, -222 a channel that the instrument has not.
    """
    found = _CHANNELS.fullmatch(argument)
    if found is None:
        raise ScpiError(-104, "Data type error")
    listed: list[int] = []
    for item in found[1].split(",") if found[1] else ():
        first, _, last = item.strip().partition(":")
        low, high = int(first), int(last or first)
        if low not in allowed or high not in allowed or high < low:
            raise ScpiError(-222, "Data out of range")
        listed += [channel for channel in allowed if low <= channel <= high]
        if len(listed) > _CHANNELS_AT_MOST:
            raise ScpiError(-223, "Too much data")
    return tuple(listed)


def text(argument: str) -> str:
    """A name, with or without quotes.

    Raises:
        ScpiError: -104 where it is empty or a block.
    """
    name = argument[1:-1] if argument[:1] in ("'", '"') else argument
    if not name or name.startswith("#"):
        raise ScpiError(-104, "Data type error")
    return name


def block(argument: str) -> bytes:
    """The bytes of a definite-length block ``#<digits><length><bytes>``.

    Raises:
        ScpiError: -104 no block, -161 a broken one.
    """
    if not argument.startswith("#"):
        raise ScpiError(-104, "Data type error")
    data = argument.encode("latin-1")
    extent = block_extent(data[:11])
    if not extent or data[extent:].strip():
        raise ScpiError(-161, "Invalid block data")
    return data[2 + int(argument[1]) : extent]


def format_block(data: bytes) -> bytes:
    """Bytes as a definite-length block."""
    length = str(len(data))
    return f"#{len(length)}{length}".encode() + data


def format_number(value: float) -> str:
    """A number as these instruments send it; NaN and infinities become the agreed large numbers."""
    if math.isnan(value):
        value = NOT_A_NUMBER
    elif math.isinf(value):
        value = math.copysign(OVERLOAD, value)
    return f"{value:+.8E}"


def format_channels(listed: Sequence[int]) -> str:
    """A channel list as sent back: ``(@101,102)``."""
    return f"(@{','.join(str(channel) for channel in listed)})"
