"""The commands of the DC supply: the E36312A's, as far as a rig needs them (Keysight E36300 programming guide)."""

from collections.abc import Callable

from simulators.instruments.supply import RATINGS, Output, PowerSupply
from simulators.scpi.core import Call, Command, Instrument
from simulators.scpi.status import Status
from simulators.scpi.syntax import ScpiError
from simulators.scpi.values import boolean, channels, choice, format_number, number, whole_number

Setter = Callable[[Output, float], None]
Getter = Callable[[Output], float]


def supply(model: PowerSupply, serial: str, status: Status) -> Instrument:
    """The supply as an instrument with a command table; the status is the one that the model sets."""
    return Instrument(
        identity=f"erg simulators,E36312A,{serial},1.0",
        commands=_levels(model) | _outputs(model) | _measurements(model) | _selection(model),
        reset=model.reset,
        busy=lambda: False,
        trigger=_ignore_trigger,
        advance=lambda _: None,
        status=status,
    )


def _ignore_trigger() -> None:
    raise ScpiError(-211, "Trigger ignored")


def _listed(model: PowerSupply, arguments: tuple[str, ...], position: int) -> tuple[int, ...]:
    if len(arguments) > position:
        return channels(arguments[position], tuple(RATINGS))
    return (model.selected,)


def _levels(model: PowerSupply) -> dict[str, Command]:
    def set_voltage(output: Output, value: float) -> None:
        output.voltage_v = value

    def set_current(output: Output, value: float) -> None:
        output.current_limit_a = value

    def set_protection(output: Output, value: float) -> None:
        output.protection_v = value

    level = "[:LEVel][:IMMediate][:AMPLitude]"
    settings: tuple[tuple[str, Setter, Getter, Getter, str], ...] = (
        (f"VOLTage{level}", set_voltage, lambda o: o.voltage_v, lambda o: o.rating.voltage_v, "V"),
        (f"CURRent{level}", set_current, lambda o: o.current_limit_a, lambda o: o.rating.current_a, "A"),
        (
            "VOLTage:PROTection[:LEVel]",
            set_protection,
            lambda o: o.protection_v,
            lambda o: 1.2 * o.rating.voltage_v,
            "V",
        ),
    )
    table: dict[str, Command] = {}
    for header, setter, getter, highest, unit in settings:
        table[f"[SOURce:]{header}"] = Command(_set(model, setter, highest, unit), 1, 2)
        table[f"[SOURce:]{header}?"] = Command(_get(model, _as_number(getter)), 0, 1)
    return table


def _set(model: PowerSupply, setter: Setter, highest: Getter, unit: str) -> Callable[[Call], None]:
    def run(call: Call) -> None:
        outputs = [model.outputs[listed] for listed in _listed(model, call.arguments, 1)]
        values = [number(call.arguments[0], 0.0, highest(output), unit) for output in outputs]
        for output, value in zip(outputs, values, strict=True):
            setter(output, value)
        model.apply()

    return run


def _as_number(getter: Getter) -> Callable[[Output], str]:
    return lambda output: format_number(getter(output))


def _get(model: PowerSupply, text: Callable[[Output], str]) -> Callable[[Call], str]:
    return lambda call: ",".join(text(model.outputs[listed]) for listed in _listed(model, call.arguments, 0))


def _outputs(model: PowerSupply) -> dict[str, Command]:
    def switch(call: Call) -> None:
        on = boolean(call.arguments[0])
        listed = _listed(model, call.arguments, 1)
        if on and any(model.outputs[one].tripped for one in listed):
            raise ScpiError(-221, "Settings conflict")
        for one in listed:
            model.outputs[one].on = on
        model.apply()

    def clear(call: Call) -> None:
        for one in _listed(model, call.arguments, 0):
            model.clear_protection(one)

    tripped = Command(_get(model, lambda output: f"{int(output.tripped)}"), 0, 1)
    return {
        "OUTPut[:STATe]": Command(switch, 1, 2),
        "OUTPut[:STATe]?": Command(_get(model, lambda output: f"{int(output.on)}"), 0, 1),
        "OUTPut:PROTection:CLEar": Command(clear, 0, 1),
        "[SOURce:]VOLTage:PROTection:CLEar": Command(clear, 0, 1),
        "[SOURce:]VOLTage:PROTection:TRIPped?": tripped,
    }


def _measurements(model: PowerSupply) -> dict[str, Command]:
    def measure(read: Callable[[int], float]) -> Command:
        return Command(
            lambda call: ",".join(format_number(read(listed)) for listed in _listed(model, call.arguments, 0)), 0, 1
        )

    return {
        "MEASure[:SCALar]:CURRent[:DC]?": measure(model.current_a),
        "MEASure[:SCALar][:VOLTage][:DC]?": measure(model.voltage_v),
    }


def _selection(model: PowerSupply) -> dict[str, Command]:
    def select(call: Call) -> None:
        model.selected = int(choice(call.arguments[0], "CH1", "CH2", "CH3")[-1])

    def select_number(call: Call) -> None:
        model.selected = whole_number(call.arguments[0], 1, len(RATINGS))

    return {
        "INSTrument[:SELect]": Command(select, 1, 1),
        "INSTrument[:SELect]?": Command(lambda _: f"CH{model.selected}"),
        "INSTrument:NSELect": Command(select_number, 1, 1),
        "INSTrument:NSELect?": Command(lambda _: f"{model.selected}"),
    }
