"""What of the parts outlasts the bench: their wear and their heat. A real part does not mend when the power goes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulators.corner import kernels

FloatArray = NDArray[np.float64]

_LASTS = ("sample", "damper_degc", "cv_degc", "hub_degc")
"""Of the state: the count of samples, from which the noise comes, and the heat. What moved stands still."""
_FAILING = 4
_MEMORY = np.dtype([("parts", "<f8", (4, 5)), ("state", kernels.STATE)])


class ForeignMemoryError(ValueError):
    """The file is no memory of this bench."""


def remembered(path: Path | None, parts: FloatArray, state: NDArray[np.void]) -> tuple[FloatArray, NDArray[np.void]]:
    """The same arrays, kept in a file from now on: it holds each change at once, also where this process is killed.

    Args:
        path: the file, made where there is none; None keeps nothing.
        parts: float64[4, 5], see `kernels.play`; but for the damage at which each fails it is taken from the file.
        state: a record of `kernels.STATE`.

    Raises:
        ForeignMemoryError: the file is none of this bench.
        OSError: it can't be read or made.
    """
    if path is None:
        return parts, state
    known = path.exists() and path.stat().st_size > 0
    if known and path.stat().st_size != _MEMORY.itemsize:
        raise ForeignMemoryError(f"{path} has {path.stat().st_size} bytes, wanted {_MEMORY.itemsize}")
    kept = np.memmap(path, _MEMORY, "r+" if known else "w+", shape=(1,)).view(np.ndarray)
    kept_parts, kept_state = kept["parts"][0], kept["state"]
    if known:
        parts[:, :_FAILING] = kept_parts[:, :_FAILING]
        for name in _LASTS:
            state[name] = kept_state[name]
    kept_parts[:], kept_state[:] = parts, state
    return kept_parts, kept_state
