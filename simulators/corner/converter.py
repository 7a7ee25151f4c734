"""Analog to digital: the sensors' values become codes. The place where sensors fail."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_MIN, Channel
from simulators.faults.sensors import SensorFault

FloatArray = NDArray[np.float64]
Codes = NDArray[np.int16]


class _Spoiled:
    """A fault that acts: in which column, since how many samples, and the code before it, once there is one."""

    def __init__(self, fault: SensorFault, column: int, last: int | None) -> None:
        self.fault, self.column, self.last, self.since = fault, column, last, 0


class Converter:
    """Beyond a channel's range it sticks at the end code.

    Args:
        channels: in the order of a feedback frame.
        columns: where the value of each stands among what is measured.
        rate_hz: samples a second.
    """

    def __init__(self, channels: tuple[Channel, ...], columns: Sequence[int], rate_hz: int) -> None:
        self._names = [channel.name for channel in channels]
        self._columns, self._rate_hz = list(columns), rate_hz
        self._scales = np.array([channel.scale for channel in channels])
        self._offsets = np.array([channel.offset for channel in channels])
        self._spoiled: list[_Spoiled] = []
        self._last: Codes | None = None

    def codes(self, measured: FloatArray) -> Codes:
        """int16[samples, channels] of float64[samples, quantities]."""
        values = measured[:, self._columns]
        for one in self._spoiled:
            values[:, one.column] = one.fault.values(values[:, one.column], one.since, self._rate_hz)
        counts = np.rint((values - self._offsets) / self._scales)
        codes: Codes = np.minimum(np.maximum(counts, CODE_MIN), CODE_MAX).astype(np.int16)
        if len(codes):
            self._spoil(codes)
            self._last = codes[-1]
        return codes

    def _spoil(self, codes: Codes) -> None:
        for one in self._spoiled:
            column = one.fault.codes(codes[:, one.column], one.last)
            codes[:, one.column] = column
            one.last = int(column[-1]) if one.last is None else one.last
            one.since += len(column)

    def spoil(self, fault: SensorFault) -> None:
        """Let a sensor fail from the next sample on; several faults of one sensor act one after the other.

        Raises:
            ValueError: no such channel.
        """
        column = self._names.index(fault.channel)
        self._spoiled.append(_Spoiled(fault, column, None if self._last is None else int(self._last[column])))

    def mend(self, fault: SensorFault) -> None:
        """The sensor is well again."""
        self._spoiled = [one for one in self._spoiled if one.fault is not fault]
