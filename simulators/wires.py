"""The bench's cabling: what the instruments and the plant have in common, as one block of shared memory."""

from multiprocessing.shared_memory import SharedMemory
from typing import Self

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MOST_POINTS = 65_536
"""The longest waveform that the cable to the shaker carries."""

_ANALOG = (
    "fan_voltage_v",
    "ambient_temperature_degc",
    "damper_temperature_degc",
    "cv_joint_temperature_degc",
    "lower_arm_strain",
    "hub_temperature_degc",
    "samples_played",
)
_BLOCK = np.dtype(
    [("version", "<i8"), ("points", "<i8"), ("rate_hz", "<f8"), ("shaker_on", "<i8")]
    + [(name, "<f8") for name in _ANALOG]
    + [("waveform", "<f8", (MOST_POINTS,))]
)
_ROOM_TEMPERATURE_DEGC = 20.0


class _Wire:
    """One analog value on the cable; a float64 that either side reads and writes whole."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, wires: "Wires", owner: type) -> float:
        value: float = wires.analog[self.name].item()
        return value

    def __set__(self, wires: "Wires", value: float) -> None:
        wires.analog[self.name][0] = value


class Wires:
    """Voltages and sensor signals between the instruments' process and the plant's process.

    The supply sets the fan's voltage, the generator the shaker's waveform; the plant sets the temperatures (°C) and
    the strain (1) that the data-acquisition unit reads; beside it, how many samples have been played in this run
    (-1: in none), so that faults may begin at one. The creator calls `unlink` once; everyone calls `close`.
    """

    fan_voltage_v = _Wire()
    ambient_temperature_degc = _Wire()
    damper_temperature_degc = _Wire()
    cv_joint_temperature_degc = _Wire()
    lower_arm_strain = _Wire()
    hub_temperature_degc = _Wire()
    samples_played = _Wire()

    def __init__(self, memory: SharedMemory) -> None:
        self._memory = memory
        self._block: NDArray[np.void] | None = np.ndarray(1, dtype=_BLOCK, buffer=memory.buf)
        self._analog = {name: self._block[name] for name in _ANALOG}

    @classmethod
    def create(cls) -> Self:
        """New cabling at room temperature, fan and shaker off."""
        wires = cls(SharedMemory(create=True, size=_BLOCK.itemsize))
        wires.block["version"] = 0
        wires.block["points"] = 0
        wires.block["shaker_on"] = 0
        for name in _ANALOG:
            wires.block[name] = _ROOM_TEMPERATURE_DEGC if name.endswith("_degc") else 0.0
        wires.samples_played = -1.0
        return wires

    @classmethod
    def attach(cls, name: str) -> Self:
        """The cabling that another process of the same bench created.

        Raises:
            FileNotFoundError: there is none of that name.
        """
        return cls(SharedMemory(name=name))

    @property
    def name(self) -> str:
        """What `attach` needs."""
        return self._memory.name

    @property
    def block(self) -> np.void:
        """The shared record itself."""
        if self._block is None:
            raise ValueError("these wires are closed")
        record: np.void = self._block[0]
        return record

    @property
    def analog(self) -> dict[str, FloatArray]:
        """Each analog value in the shared record, float64[1]; a dozen of them are used for each sample."""
        if self._block is None:
            raise ValueError("these wires are closed")
        return self._analog

    @property
    def shaker_on(self) -> bool:
        """Whether the generator's output is connected to the shaker."""
        return bool(self.block["shaker_on"])

    @shaker_on.setter
    def shaker_on(self, value: bool) -> None:
        self.block["shaker_on"] = int(value)

    @property
    def waveform_version(self) -> int:
        """Grows with every `set_waveform`; odd while one is being written."""
        return int(self.block["version"])

    def set_waveform(self, samples: FloatArray, rate_hz: float) -> None:
        """Replace the shaker's waveform, played round and round from its start.

        Args:
            samples: float64[points], volts.
            rate_hz: points a second.

        Raises:
            ValueError: no points or too many, a point that is not finite, or a rate that is not more than 0.
        """
        volts = np.asarray(samples, dtype=np.float64)
        if volts.ndim != 1 or not 1 <= volts.size <= MOST_POINTS or not np.isfinite(volts).all():
            raise ValueError(f"a waveform has 1 to {MOST_POINTS} finite points, not an array of shape {volts.shape}")
        if not 0 < rate_hz < np.inf:
            raise ValueError(f"a waveform has a rate of more than 0 Hz, not {rate_hz}")
        self.block["version"] += 1
        self.block["waveform"][: volts.size] = volts
        self.block["points"] = volts.size
        self.block["rate_hz"] = rate_hz
        self.block["version"] += 1

    def read_waveform(self) -> tuple[FloatArray, float, int] | None:
        """A copy of the points in volts, their rate in Hz and the version; None while one is being written."""
        before = self.waveform_version
        points, rate_hz = int(self.block["points"]), float(self.block["rate_hz"])
        volts = np.array(self.block["waveform"][:points])
        if before % 2 or before != self.waveform_version:
            return None
        return volts, rate_hz, before

    def close(self) -> None:
        """Let go of the memory. Idempotent."""
        self._block, self._analog = None, {}
        self._memory.close()

    def unlink(self) -> None:
        """Remove the memory; by the creator, once."""
        self._memory.unlink()
