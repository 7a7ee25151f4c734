"""Analog to digital: the sensors' values become codes. The place where sensors fail."""

from collections.abc import Sequence

import numpy as np
from numba import njit
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
        self._columns, self._rate_hz = np.array(columns, np.int64), rate_hz
        self._scales = np.array([channel.scale for channel in channels])
        self._offsets = np.array([channel.offset for channel in channels])
        self._spoiled: list[_Spoiled] = []
        self._last: Codes | None = None

    def codes(self, measured: FloatArray) -> Codes:
        """int16[samples, channels] of float64[samples, quantities]."""
        values = _taken(measured, self._columns)
        for one in self._spoiled:
            values[:, one.column] = one.fault.values(values[:, one.column], one.since, self._rate_hz)
        codes: Codes = _digitized(values, self._scales, self._offsets)
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


@njit(cache=True)
def _taken(measured, columns):  # type: ignore[no-untyped-def]
    values = np.empty((measured.shape[0], columns.size))
    for sample in range(measured.shape[0]):
        for place in range(columns.size):
            values[sample, place] = measured[sample, columns[place]]
    return values


@njit(cache=True)
def _digitized(values, scales, offsets):  # type: ignore[no-untyped-def]
    codes = np.empty(values.shape, np.int16)
    for sample in range(values.shape[0]):
        for place in range(values.shape[1]):
            count = np.rint((values[sample, place] - offsets[place]) / scales[place])
            codes[sample, place] = np.int16(min(max(count, CODE_MIN), CODE_MAX))
    return codes
