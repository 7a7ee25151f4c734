"""The three instruments of the bench, and what is cabled to them."""

from collections.abc import Callable, Mapping

from simulators.instruments.daq import DataLogger, Sensor
from simulators.instruments.daq_scpi import data_acquisition
from simulators.instruments.generator import Generator
from simulators.instruments.generator_scpi import waveform_generator
from simulators.instruments.supply import Load, PowerSupply
from simulators.instruments.supply_scpi import supply
from simulators.scpi.core import Instrument
from simulators.scpi.status import Status
from simulators.wires import MOST_POINTS, Wires

FAN_OUTPUT = 2
"""The fan is on the first 25 V output: output 1 gives 6 V at most."""
FAN_RESISTANCE_OHM = 30.0  # 0.8 A at 24 V
THERMOCOUPLE_NOISE_K = 0.05
STRAIN_NOISE = 1e-6


def sensors(wires: Wires, broken: Mapping[int, float]) -> dict[int, Sensor]:
    """What is wired to which channel of the data-acquisition unit; a broken input reads as it says there."""

    def wired(channel: int, read: Callable[[], float]) -> Callable[[], float]:
        return lambda: broken[channel] if channel in broken else read()

    cabled = {
        101: Sensor("temperature", lambda: wires.damper_temperature_degc, THERMOCOUPLE_NOISE_K),
        102: Sensor("temperature", lambda: wires.cv_joint_temperature_degc, THERMOCOUPLE_NOISE_K),
        103: Sensor("temperature", lambda: wires.hub_temperature_degc, THERMOCOUPLE_NOISE_K),
        104: Sensor("temperature", lambda: wires.ambient_temperature_degc, THERMOCOUPLE_NOISE_K),
        201: Sensor("strain", lambda: wires.lower_arm_strain, STRAIN_NOISE),
    }
    return {channel: one._replace(read=wired(channel, one.read)) for channel, one in cabled.items()}


def cabled_instruments(wires: Wires, seed: int, broken: Mapping[int, float] | None = None) -> Mapping[str, Instrument]:
    """The instruments by their role on the rig, each connected to the bench's wires; for ``broken`` see `sensors`."""

    def drive_fan(voltage_v: float) -> None:
        wires.fan_voltage_v = voltage_v

    status, inputs = Status(), sensors(wires, {} if broken is None else broken)
    power = PowerSupply({FAN_OUTPUT: Load(FAN_RESISTANCE_OHM, drive_fan)}, status)
    return {
        "data_acquisition": data_acquisition(DataLogger(inputs, seed), "DAQ-SIM-1"),
        "supply": supply(power, "PSU-SIM-1", status),
        "waveform_generator": waveform_generator(Generator(wires, MOST_POINTS), "AWG-SIM-1"),
    }
