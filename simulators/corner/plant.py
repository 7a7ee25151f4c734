"""The simulated corner: set points in, what the sensors see out. Specimens wear and break while it runs."""

import numpy as np
from numpy.typing import NDArray

from simulators.corner import kernels
from simulators.corner.actuators import Actuators
from simulators.corner.converter import Converter
from simulators.corner.memory import remembered
from simulators.corner.specimens import SpecimenTruth, complete
from simulators.settings import AXES, QUANTITIES, BenchConfig
from simulators.wires import Wires

FloatArray = NDArray[np.float64]

_PARTS = ("damper", "coil_spring", "half_shaft", "top_mount", "cv_joint", "hub_bearing")
_ONLY_MOUNTED = ("cv_joint", "hub_bearing")
"""These do not wear unless a specimens file mounts them."""

_LAWS = np.array(
    [
        [10_300.0, 5.0, 4.0e6, 100.0],
        [12_000.0, 8.0, 6.0e6, 100.0],
        [4_000.0, 6.5, 4.0e6, 20.0],
        [9_800.0, 4.0, 3.0e6, 100.0],
    ]
)
"""Reference range (N or N·m), exponent, cycles to damage 1 at that range, gate.

Equivalent ranges for 1e6 cycles in 5,000 km times the multiples of §5.1 and §5.2 of the physics notes; the half-shaft's
range is a design value.
"""

_SEAL_LIFE_M = 400e3
"""Sliding distance of a seal's characteristic life at 90 °C (physics notes §5.2)."""


class Plant:
    """Hydraulics, strut, half-shaft, heat and wear of one corner, and the sensors on it.

    Raises:
        ValueError: an axis or a channel that the simulated corner does not have, or a dead time that is too long.

    Attributes:
        actuators, converter: its two ends, where it can be broken.
    """

    def __init__(self, config: BenchConfig, wires: Wires) -> None:
        self._wires = wires
        self._columns = [_known(axis.channel.name, AXES, "axis") for axis in config.axes]
        measured = [_known(channel.name, QUANTITIES, "channel") for channel in config.channels]
        self.converter = Converter(config.channels, measured, config.sample_rate_hz)
        self._noise = kernels.NOISE.copy()
        steps = max(1, round(kernels.INNER_HZ / config.sample_rate_hz))
        self._corner = _corner_record(config, steps, wires)
        self.actuators = Actuators(config.axes, self._columns, 1.0 / (config.sample_rate_hz * steps))
        specimens = complete(config.specimens)
        self._mounted = {specimen.component for specimen in config.specimens}
        for name, component in (("joint_mounted", "cv_joint"), ("hub_mounted", "hub_bearing")):
            self._corner[name] = component in self._mounted
        self._corner["rod_breaks"] = specimens["damper"].mode == "rod_fracture"
        self._parts, self._law = _wear_tables(specimens)
        self._state = np.zeros(1, dtype=kernels.STATE)
        for name in ("damper_degc", "cv_degc", "hub_degc"):
            self._state[name] = wires.ambient_temperature_degc
        self._parts, self._state = remembered(config.memory, self._parts, self._state)
        self._waveform, self._waveform_version = np.zeros(0), 0

    def play(self, setpoints: FloatArray) -> NDArray[np.int16]:
        """Play samples and return the codes of what was measured at the end of each.

        Args:
            setpoints: float64[samples, axes], in the units of the axes.

        Returns:
            int16[samples, channels]; beyond the range it is the end code.
        """
        actuators = self.actuators
        measured = np.empty((len(setpoints), len(QUANTITIES)))
        waveform = self._connect()
        kernels.play(
            actuators.told(setpoints),
            self._corner,
            self._state,
            actuators.response,
            actuators.limits,
            actuators.motion,
            actuators.history,
            self._parts,
            self._law,
            waveform,
            self._noise,
            measured,
        )
        self._report()
        return self.converter.codes(measured)

    def warm(self) -> None:
        """Compile the kernels, or load them from the cache; nothing moves."""
        self.play(np.zeros((0, len(self._columns))))

    def set_noise(self, name: str, on: bool) -> None:
        """Switch the noise of one measured quantity on or off; it goes on as if it had never been off."""
        quantity = QUANTITIES.index(name)
        self._noise[quantity] = kernels.NOISE[quantity] if on else 0.0

    def damage(self) -> dict[str, float]:
        """The true damage of each component that wears here, 1 where it fails."""
        relative = self._parts[:, kernels.DAMAGE] / self._parts[:, kernels.FAILING]
        wears = {name for name in _PARTS if name not in _ONLY_MOUNTED or name in self._mounted}
        return {name: each for name, each in zip(_PARTS, relative.tolist(), strict=True) if name in wears}

    def _connect(self) -> FloatArray:
        wires = self._wires
        self._corner["fan_v"] = wires.fan_voltage_v
        self._corner["ambient_degc"] = wires.ambient_temperature_degc
        if wires.waveform_version != self._waveform_version and (read := wires.read_waveform()) is not None:
            self._waveform, rate_hz, self._waveform_version = read
            self._corner["shaker_points_per_step"] = rate_hz * self._corner["step_s"]
            self._state["shaker_step"] = 0
        return self._waveform if wires.shaker_on else self._waveform[:0]

    def _report(self) -> None:
        state = self._state[0]
        self._wires.damper_temperature_degc = state["damper_degc"]
        self._wires.cv_joint_temperature_degc = state["cv_degc"]
        self._wires.hub_temperature_degc = state["hub_degc"]
        self._wires.lower_arm_strain = state["strut_n"] * self._corner[0]["arm_strain_per_n"]


def _known(name: str, names: tuple[str, ...], what: str) -> int:
    if name not in names:
        raise ValueError(f"the simulated corner has no {what} {name!r}; it has {', '.join(names)}")
    return names.index(name)


def _corner_record(config: BenchConfig, steps: int, wires: Wires) -> NDArray[np.void]:
    corner = np.zeros(1, dtype=kernels.CORNER)
    for name in config.corner.__slots__:
        corner[name] = getattr(config.corner, name)
    corner["steps"] = steps
    corner["step_s"] = 1.0 / (config.sample_rate_hz * steps)
    corner["ambient_degc"] = wires.ambient_temperature_degc
    corner["seed"] = config.seed
    return corner


def _wear_tables(specimens: dict[str, SpecimenTruth]) -> tuple[FloatArray, FloatArray]:
    law = _LAWS.copy()
    if specimens["damper"].mode == "leak":
        law[kernels.DAMPER, 2] = _SEAL_LIFE_M
    parts = np.zeros((len(_PARTS), 5))
    parts[:, kernels.RISING] = 1.0
    parts[:, kernels.FAILING] = [specimens[name].failing_damage for name in _PARTS]
    return parts, law
