"""Doubles as text, for what is saved and gone on with."""

import base64

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def pack(array: FloatArray) -> str:
    """Doubles as text that gives back the same bits, NaN included."""
    return base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode("ascii")


def unpack(text: str) -> FloatArray:
    """What `pack` packed."""
    return np.frombuffer(base64.b64decode(text), "<f8").copy()
