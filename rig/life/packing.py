"""Numbers as text, for what is saved and gone on with."""

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


def pack_single(array: NDArray[np.float32]) -> str:
    """Singles as text, as `pack` does with doubles."""
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")


def unpack_single(text: str) -> NDArray[np.float32]:
    """What `pack_single` packed."""
    return np.frombuffer(base64.b64decode(text), "<f4").copy()
