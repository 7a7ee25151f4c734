"""One quantity on the wire: its name, unit and the scale between its int16 code and its value."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CODE_MIN, CODE_MAX = -32767, 32767
"""Codes at the ends of the range; -32768 is never a value: it stands for NaN (a sensor that is not there)."""
CODE_NAN = -32768


@dataclass(frozen=True, slots=True)
class Channel:
    """A set point or feedback quantity: ``value = offset + scale * code``, code an int16.

    Attributes:
        name: with its unit as suffix, such as ``strut_force_n``.
        unit: as people write it, such as ``N``.
        scale: value of one count, more than 0.
        offset: value of code 0.
        description: what is measured, where.
    """

    name: str
    unit: str
    scale: float
    offset: float = 0.0
    description: str = ""

    @property
    def lowest(self) -> float:
        """The lowest value that can be sent."""
        return self.offset + self.scale * CODE_MIN

    @property
    def highest(self) -> float:
        """The highest value that can be sent."""
        return self.offset + self.scale * CODE_MAX

    def encode(self, values: NDArray[np.float64]) -> NDArray[np.int16]:
        """Codes of values, rounded to nearest even; any shape.

        Raises:
            ValueError: a value is NaN or does not fit the code's range; nothing is clipped.
        """
        codes = np.rint((np.asarray(values, dtype=np.float64) - self.offset) / self.scale)
        if not ((codes >= CODE_MIN) & (codes <= CODE_MAX)).all():
            raise ValueError(f"{self.name}: a value is not within {self.lowest:g} to {self.highest:g} {self.unit}")
        return codes.astype(np.int16)

    def decode(self, codes: NDArray[np.int16]) -> NDArray[np.float64]:
        """Values of codes, any shape; `CODE_NAN` becomes NaN."""
        values = self.offset + self.scale * np.asarray(codes, dtype=np.float64)
        return np.where(np.asarray(codes) == CODE_NAN, np.nan, values)
