"""The simulated corner: set points in, what the sensors see out. Specimens wear and break while it runs."""

import math

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN, Channel
from simulators import plant_kernels as kernels
from simulators.settings import AXES, QUANTITIES, AxisSettings, BenchConfig
from simulators.specimens import SpecimenTruth, complete
from simulators.wires import Wires

FloatArray = NDArray[np.float64]

_PARTS = ("damper", "coil_spring", "half_shaft", "top_mount")

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


def step_matrix(axis: AxisSettings, step_s: float) -> FloatArray:
    """Exact step of x'' = ω²(u − x) − 2ζω x' for a set point u that is a straight line over the step.

    Returns:
        float64[8]: position from position, speed, u before, u after; then speed from the same.
    """
    omega = 2.0 * math.pi * axis.natural_frequency_hz
    rates = np.zeros((4, 4))  # of x, x'/ω, u, and u's change over the step
    rates[0, 1] = omega * step_s
    rates[1, :3] = (-omega * step_s, -2.0 * axis.damping_ratio * omega * step_s, omega * step_s)
    rates[2, 3] = 1.0
    exponential, term = np.eye(4), np.eye(4)
    for order in range(1, 30):
        term = term @ rates / order
        exponential = exponential + term
    x, v = exponential[0], exponential[1] * omega
    before_after = np.array([[1.0, -1.0], [0.0, 1.0]])
    position = np.concatenate(([x[0], x[1] / omega], before_after @ x[2:]))
    speed = np.concatenate(([v[0], v[1] / omega], before_after @ v[2:]))
    return np.concatenate((position, speed))


class Plant:
    """Hydraulics, strut, half-shaft, heat and wear of one corner, and the sensors on it.

    Raises:
        ValueError: an axis or a channel that the simulated corner does not have, or a dead time that is too long.
    """

    def __init__(self, config: BenchConfig, wires: Wires) -> None:
        self._wires = wires
        self._columns = [_known(axis.channel.name, AXES, "axis") for axis in config.axes]
        self._converter = _Converter(config.channels)
        steps = max(1, round(kernels.INNER_HZ / config.sample_rate_hz))
        self._corner = _corner_record(config, steps, wires)
        self._response, self._limits = _actuators(config, 1.0 / (config.sample_rate_hz * steps))
        specimens = complete(config.specimens)
        self._corner["rod_breaks"] = specimens["damper"].mode == "rod_fracture"
        self._parts, self._law = _wear_tables(specimens)
        self._state = np.zeros(1, dtype=kernels.STATE)
        for name in ("damper_degc", "cv_degc", "hub_degc"):
            self._state[name] = wires.ambient_temperature_degc
        self._motion = np.zeros((3, 4))
        self._history = np.zeros((3, kernels.HISTORY))
        self._settle(config)
        self._waveform, self._waveform_version = np.zeros(0), 0

    def _settle(self, config: BenchConfig) -> None:
        """Start at rest, each axis at its neutral."""
        for column, axis in zip(self._columns, config.axes, strict=True):
            self._motion[column, [0, 2, 3]] = axis.neutral
            self._history[column] = axis.neutral

    def play(self, setpoints: FloatArray) -> NDArray[np.int16]:
        """Play samples and return the codes of what was measured at the end of each.

        Args:
            setpoints: float64[samples, axes], in the units of the axes.

        Returns:
            int16[samples, channels]; beyond the range it is the end code, from a dead sensor `CODE_NAN`.
        """
        full = np.zeros((len(setpoints), len(AXES)))
        full[:, self._columns] = setpoints
        measured = np.empty((len(setpoints), len(QUANTITIES)))
        waveform = self._connect()
        kernels.play(
            full,
            self._corner,
            self._state,
            self._response,
            self._limits,
            self._motion,
            self._history,
            self._parts,
            self._law,
            waveform,
            measured,
        )
        self._report()
        return self._converter.codes(measured)

    def warm(self) -> None:
        """Compile the kernels, or load them from the cache; nothing moves."""
        self.play(np.zeros((0, len(self._columns))))

    def kill_sensor(self, name: str) -> None:
        """Make a channel read as a sensor that is not there."""
        self._converter.kill(name)

    def damage(self) -> dict[str, float]:
        """The true damage of each component, 1 where it fails."""
        relative = self._parts[:, kernels.DAMAGE] / self._parts[:, 4]
        return dict(zip(_PARTS, relative.tolist(), strict=True))

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


class _Converter:
    """Analog to digital: beyond a channel's range it sticks at the end, a dead sensor reads as `CODE_NAN`."""

    def __init__(self, channels: tuple[Channel, ...]) -> None:
        self._names = [channel.name for channel in channels]
        self._columns = [_known(name, QUANTITIES, "channel") for name in self._names]
        self._scales = np.array([channel.scale for channel in channels])
        self._offsets = np.array([channel.offset for channel in channels])
        self._dead = np.zeros(len(channels), dtype=bool)

    def kill(self, name: str) -> None:
        self._dead[self._names.index(name)] = True

    def codes(self, measured: FloatArray) -> NDArray[np.int16]:
        counts = np.rint((measured[:, self._columns] - self._offsets) / self._scales)
        codes: NDArray[np.int16] = np.minimum(np.maximum(counts, CODE_MIN), CODE_MAX).astype(np.int16)
        codes[:, self._dead] = CODE_NAN
        return codes


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


def _actuators(config: BenchConfig, step_s: float) -> tuple[FloatArray, FloatArray]:
    response, limits = np.zeros((3, 8)), np.full((3, 4), np.inf)
    limits[:, 3] = 0.0
    for axis in config.axes:
        row = AXES.index(axis.channel.name)
        delay_steps = axis.delay_s / step_s
        if not 0.0 <= delay_steps < kernels.HISTORY - 1:
            raise ValueError(f"{axis.channel.name}: a dead time of {axis.delay_s} s can't be simulated")
        response[row] = step_matrix(axis, step_s)
        limits[row] = (axis.rate_per_s, axis.acceleration_per_s2 or np.inf, axis.force_n or np.inf, delay_steps)
    return response, limits


def _wear_tables(specimens: dict[str, SpecimenTruth]) -> tuple[FloatArray, FloatArray]:
    law = _LAWS.copy()
    if specimens["damper"].mode == "leak":
        law[kernels.DAMPER, 2] = _SEAL_LIFE_M
    parts = np.zeros((4, 5))
    parts[:, kernels.RISING] = 1.0
    parts[:, 4] = [specimens[name].failing_damage for name in _PARTS]
    return parts, law
