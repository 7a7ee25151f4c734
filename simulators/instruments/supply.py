"""A three-output DC supply with current limits and over-voltage protection. The model only; see `supply_scpi`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from simulators.scpi.status import Status

OVER_VOLTAGE_BIT = 1 << 0
"""Of the questionable status: an output's over-voltage protection has tripped."""


class Rating(NamedTuple):
    """What one output can give."""

    voltage_v: float
    current_a: float


RATINGS = {1: Rating(6.18, 5.15), 2: Rating(25.75, 1.03), 3: Rating(25.75, 1.03)}
"""Of a 6 V and two 25 V outputs, 3 % above nominal (Keysight E36312A data sheet)."""


class Load(NamedTuple):
    """What is wired to an output: a resistance, and who is told the voltage across it."""

    resistance_ohm: float
    on_voltage: Callable[[float], None]


@dataclass
class Output:
    """The settings of one output, and whether it has tripped."""

    rating: Rating
    voltage_v: float = 0.0
    current_limit_a: float = 0.1
    protection_v: float = field(default=0.0)
    on: bool = False
    tripped: bool = False

    def __post_init__(self) -> None:
        self.protection_v = self.protection_v or 1.2 * self.rating.voltage_v


class PowerSupply:
    """The supply: settings in, voltages at the loads out."""

    def __init__(self, loads: Mapping[int, Load], status: Status) -> None:
        self._loads = loads
        self._status = status
        self.outputs = {number: Output(rating) for number, rating in RATINGS.items()}
        self.selected = 1

    def reset(self) -> None:
        """All outputs off, at 0 V."""
        self.outputs = {number: Output(rating) for number, rating in RATINGS.items()}
        self.selected = 1
        self.apply()

    def apply(self) -> None:
        """Let the settings act: protection first, then the voltages at the loads."""
        for output in self.outputs.values():
            if output.on and output.voltage_v > output.protection_v:
                output.on, output.tripped = False, True
        tripped = any(output.tripped for output in self.outputs.values())
        self._status.questionable.set_condition(OVER_VOLTAGE_BIT if tripped else 0)
        for number, load in self._loads.items():
            load.on_voltage(self.voltage_v(number))

    def clear_protection(self, number: int) -> None:
        """Forget a trip; the output stays off until it is switched on again."""
        self.outputs[number].tripped = False
        self.apply()

    def voltage_v(self, number: int) -> float:
        """At the terminals: the set voltage, less where the current limit holds it down."""
        output = self.outputs[number]
        if not output.on:
            return 0.0
        load = self._loads.get(number)
        return min(output.voltage_v, output.current_limit_a * load.resistance_ohm) if load else output.voltage_v

    def current_a(self, number: int) -> float:
        """Through the load; 0 where nothing is wired."""
        load = self._loads.get(number)
        return self.voltage_v(number) / load.resistance_ohm if load else 0.0
