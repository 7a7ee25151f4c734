"""Classes of equal width that values are counted in, and what all counters ask of their samples."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Classes:
    """``count`` classes of ``width`` from ``lowest`` on, in the channel's unit; a class holds its lower edge.

    Arrays over classes have two places more: the first for what lies below all classes, the last for what lies above.

    Raises:
        ValueError: a width that is not above 0, a bound that is not finite, or no class.
    """

    lowest: float
    width: float
    count: int

    def __post_init__(self) -> None:
        if not 0.0 < self.width < np.inf or not np.isfinite(self.lowest) or not self.count >= 1:
            raise ValueError(f"{self}: wanted a finite width above 0, a finite lowest edge and 1 class or more")

    @property
    def edges(self) -> FloatArray:
        """The lower edge of each class and the upper one of the last, float64[count + 1]."""
        return self.lowest + self.width * np.arange(self.count + 1, dtype=np.float64)


def of_channels(classes: Classes | Sequence[Classes], channels: int) -> FloatArray:
    """Lowest edge and width for each channel, float64[channels, 2].

    Raises:
        ValueError: not one for each channel, or not of the same number.
    """
    each = [classes] * channels if isinstance(classes, Classes) else list(classes)
    if len(each) != channels or len({one.count for one in each}) != 1:
        raise ValueError(f"{len(each)} classes for {channels} channels, wanted one each, all of the same number")
    return np.array([(one.lowest, one.width) for one in each])


def count_of(classes: Classes | Sequence[Classes]) -> int:
    """How many classes a channel has."""
    return classes.count if isinstance(classes, Classes) else classes[0].count


def gates_of(gate: ArrayLike, channels: int) -> FloatArray:
    """The gate of each channel, float64[channels].

    Raises:
        ValueError: one is not finite, or below 0.
    """
    gates = np.broadcast_to(np.asarray(gate, np.float64), (channels,)).copy()
    if not ((gates >= 0.0) & np.isfinite(gates)).all():
        raise ValueError(f"gate is {gates.tolist()}, wanted 0 or more")
    return gates


def block_of(values: ArrayLike, channels: int) -> FloatArray:
    """A block of samples as the kernels take it, float64[channels, samples].

    Raises:
        ValueError: another shape, or a value that is not finite.
    """
    block = np.ascontiguousarray(values, np.float64)
    if block.ndim != 2 or block.shape[0] != channels:
        raise ValueError(f"a block of shape {block.shape}, wanted ({channels}, samples)")
    if not np.isfinite(block).all():
        raise ValueError("counters take finite values only; leave out what is not valid")
    return block


def plain_state(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Arrays as JSON values; floats survive JSON exactly, NaN stands for no value yet and becomes None."""
    return {name: _plain(array.tolist()) for name, array in arrays.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return None if value != value else value


def restore_arrays(arrays: Mapping[str, NDArray[Any]], state: Mapping[str, Any]) -> None:
    """Put a `plain_state` back into the arrays that it was made from.

    Raises:
        ValueError: it is the state of another counter.
    """
    found = {name: np.array(state[name], array.dtype) for name, array in arrays.items() if name in state}
    found |= {name: array for name, array in arrays.items() if not array.size and not found.get(name, array).size}
    wrong = [name for name, array in arrays.items() if name not in found or found[name].shape != array.shape]
    if wrong:
        raise ValueError(f"the state of another counter: {', '.join(wrong)} missing or of another shape")
    for name, array in arrays.items():
        array[...] = found[name]


class SavedArrays(ABC):
    """A counter whose state is a few arrays."""

    @abstractmethod
    def _arrays(self) -> dict[str, NDArray[Any]]:
        """All that it has counted and goes on from, by name."""

    def state(self) -> dict[str, Any]:
        """Everything needed to go on, as plain JSON values."""
        return plain_state(self._arrays())

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            ValueError: it is that of another counter.
        """
        restore_arrays(self._arrays(), state)


def stacks_state(stacks: FloatArray, used: NDArray[np.int64]) -> list[list[float]]:
    """The points in use of each channel's stack."""
    return [stack[:count].tolist() for stack, count in zip(stacks, used.tolist(), strict=True)]


def restore_stacks(stacks: FloatArray, points: Sequence[Sequence[float]]) -> None:
    """Put a `stacks_state` back.

    Raises:
        ValueError: it has another number of channels, or more points than a stack holds.
    """
    longest = max((len(each) for each in points), default=0)
    if len(points) != len(stacks) or longest > stacks.shape[1]:
        found = f"{len(points)} stacks of at most {longest} points"
        raise ValueError(f"the state holds {found}, wanted {len(stacks)} of at most {stacks.shape[1]}")
    for stack, each in zip(stacks, points, strict=True):
        stack[: len(each)] = each
