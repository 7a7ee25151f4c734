"""What of the parts outlasts the bench: their wear and their heat. A real part does not mend when the power goes."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulators.corner import kernels

FloatArray = NDArray[np.float64]

_LASTS = ("sample", "damper_degc", "cv_degc", "hub_degc")
"""Of the state: the count of samples, from which the noise comes, and the heat. What moved stands still."""
_MEMORY = np.dtype([("parts", "<f8", (6, 5)), ("state", kernels.STATE)])
_BEFORE = np.dtype([("parts", "<f8", (4, 5)), ("state", kernels.STATE)])
"""What a bench without joint and bearing remembered."""


class ForeignMemoryError(ValueError):
    """The file is no memory of this bench."""


def remembered(path: Path | None, parts: FloatArray, state: NDArray[np.void]) -> tuple[FloatArray, NDArray[np.void]]:
    """The same arrays, kept in a file from now on: it holds each change at once, also where this process is killed.

    Args:
        path: the file, made where there is none; None keeps nothing.
        parts: float64[6, 5], see `kernels.play`; but for the damage at which each fails it is taken from the file.
        state: a record of `kernels.STATE`.

    Raises:
        ForeignMemoryError: the file is none of this bench.
        OSError: it can't be read or made.
    """
    if path is None:
        return parts, state
    known = path.exists() and path.stat().st_size > 0
    if known and path.stat().st_size == _BEFORE.itemsize:
        _take_over(path, parts)
    if known and path.stat().st_size != _MEMORY.itemsize:
        raise ForeignMemoryError(f"{path} has {path.stat().st_size} bytes, wanted {_MEMORY.itemsize}")
    kept = np.memmap(path, _MEMORY, "r+" if known else "w+", shape=(1,)).view(np.ndarray)
    kept_parts, kept_state = kept["parts"][0], kept["state"]
    if known:
        parts[:, : kernels.FAILING] = kept_parts[:, : kernels.FAILING]
        for name in _LASTS:
            state[name] = kept_state[name]
    kept_parts[:], kept_state[:] = parts, state
    return kept_parts, kept_state


def _take_over(path: Path, parts: FloatArray) -> None:
    """The memory of a bench that had no joint and no bearing, with both of them new."""
    before, now = np.fromfile(path, _BEFORE), np.zeros(1, _MEMORY)
    now["parts"][0], now["state"] = parts, before["state"]
    now["parts"][0, :4] = before["parts"][0]
    beside = path.with_name(f"{path.name}.new")
    now.tofile(beside)
    beside.replace(path)
