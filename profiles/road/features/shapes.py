"""What all obstacles have in common: where they lie, how the seed scatters them, and the shapes they are built from."""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, model_validator

from profiles.schema import Strict
from profiles.signal import FloatArray

Side = Literal["both", "left", "right"]
AnySide = Literal["both", "left", "right", "either"]
Positive = Annotated[float, Field(gt=0)]
SIDES: tuple[Side, ...] = ("both", "left", "right")

EDGE_M = 5.0
"""No obstacle starts within the cross-fade at the start of a segment."""


def in_order(value: tuple[float, float]) -> tuple[float, float]:
    """A range, lower value first; ValueError otherwise."""
    if value[0] > value[1]:
        raise ValueError("the lower value first, then the higher one")
    return value


Range = Annotated[tuple[Positive, Positive], AfterValidator(in_order)]


@dataclass(frozen=True, slots=True)
class Spots:
    """Where the obstacles of one kind lie in their segment, in the order of their places, and their sizes.

    Attributes:
        start_m, length_m: float64[obstacles], along the road, from the start of the segment.
        height_m: float64[obstacles]; a depth is below 0.
        side: int8[obstacles], index of `SIDES`.
        crest_at: float64[obstacles], where the highest point of a hump is, as a share of its length.
    """

    start_m: FloatArray
    length_m: FloatArray
    height_m: FloatArray
    side: NDArray[np.int8]
    crest_at: FloatArray

    @classmethod
    def one(cls, start_m: float, length_m: float, height_m: float, side: Side, crest_at: float = 0.5) -> "Spots":
        """A single one."""
        start, length, height, crest = (np.array([value]) for value in (start_m, length_m, height_m, crest_at))
        return cls(start, length, height, np.array([SIDES.index(side)], dtype=np.int8), crest)

    def __len__(self) -> int:
        return len(self.start_m)

    @property
    def end_m(self) -> FloatArray:
        """Where each ends."""
        return self.start_m + self.length_m

    def where(self, wanted: NDArray[np.bool_]) -> "Spots":
        """Those for which ``wanted`` is true."""
        return Spots(
            self.start_m[wanted], self.length_m[wanted], self.height_m[wanted], self.side[wanted], self.crest_at[wanted]
        )

    def between(self, low_m: float, high_m: float) -> "Spots":
        """Those that touch a part of the segment."""
        return self.where((self.start_m < high_m) & (self.end_m > low_m))


class Obstacle(Strict):
    """What every kind of obstacle can do. As it stands an obstacle is a hump of half cosines, or a hollow."""

    slopes_car: ClassVar[bool] = False
    """Whether the whole car is on it at once, so that its slope is part of the grade."""

    @abstractmethod
    def lay(self, random: np.random.Generator, length_m: float) -> Spots:
        """Where the seed puts them along a segment, and how large they are."""

    def bare(self, spots: Spots) -> tuple[FloatArray, FloatArray]:  # noqa: ARG002 only some keep others off
        """Where, from and to, nothing may be scattered: float64[any] each."""
        return np.zeros(0), np.zeros(0)

    def add(self, heights_m: FloatArray, first_m: float, step_m: float, spots: Spots, key: int) -> None:  # noqa: ARG002
        """Add them to heights of both tracks, float64[2, stations], in place; ``key`` seeds what varies within one."""
        add_humps(heights_m, first_m, step_m, spots.start_m, spots.length_m, spots.height_m, spots.side, spots.crest_at)


class AtPlace(Obstacle):
    """An obstacle whose place is given."""

    at_m: Annotated[float, Field(ge=EDGE_M)]
    side: Side = "both"

    @abstractmethod
    def place(self) -> Spots:
        """Where it lies, from the start of the segment."""

    def lay(self, random: np.random.Generator, length_m: float) -> Spots:  # noqa: ARG002 nothing is left to chance
        """The one place it has."""
        return self.place()

    def bare(self, spots: Spots) -> tuple[FloatArray, FloatArray]:
        """Its own place."""
        return spots.start_m, spots.end_m


class Scattered(Obstacle):
    """Obstacles that the seed scatters over a segment: a Poisson process, except that they never overlap."""

    rate_per_km: Annotated[float, Field(gt=0, le=2000)]
    side: AnySide = "both"

    @model_validator(mode="after")
    def _leaves_room(self) -> "Scattered":
        covered = self.rate_per_km * self.mean_length_m() / 1000.0
        if not covered <= 0.9:
            raise ValueError(f"at most 90 % of the way under these obstacles; here it would be {100 * covered:.0f} %")
        return self

    @abstractmethod
    def mean_length_m(self) -> float:
        """What one of them takes of the way, on average."""

    @abstractmethod
    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights (m) and crests (share of the length) of so many of them, float64[count] each."""

    def lay(self, random: np.random.Generator, length_m: float) -> Spots:
        """Exponential gaps between them, from the cross-fade at the start of the segment to its end."""
        gap_m = 1000.0 / self.rate_per_km - self.mean_length_m()
        parts = list(self._lay(random, length_m, gap_m))
        return Spots(*(np.concatenate([getattr(part, name) for part in parts]) for name in Spots.__slots__))

    def _lay(self, random: np.random.Generator, length_m: float, gap_m: float) -> Iterator[Spots]:
        at_m, batch = EDGE_M, 16 + int(1.2 * length_m * self.rate_per_km / 1000.0)
        while at_m < length_m:
            long_m, height_m, crest_at = self.draw(random, batch)
            starts = at_m + np.cumsum(random.exponential(gap_m, batch)) + np.cumsum(long_m) - long_m
            spots = Spots(starts, long_m, height_m, self._sides(random, batch), crest_at)
            at_m = float(spots.end_m[-1])
            yield spots.where(spots.end_m <= length_m)

    def _sides(self, random: np.random.Generator, count: int) -> NDArray[np.int8]:
        if self.side == "either":
            return random.integers(1, 3, count, dtype=np.int8)
        return np.full(count, SIDES.index(self.side), dtype=np.int8)


@njit(cache=True, nogil=True)
def add_humps(heights_m, first_m, step_m, start_m, length_m, height_m, side, crest_at):  # type: ignore[no-untyped-def]
    """Add half cosines up to the crest and down again, float64[2, stations] in place."""
    for k in range(start_m.size):
        low = max(0, math.ceil((start_m[k] - first_m) / step_m))
        high = min(heights_m.shape[1], int((start_m[k] + length_m[k] - first_m) / step_m) + 1)
        for i in range(low, high):
            share = min(max((first_m + i * step_m - start_m[k]) / length_m[k], 0.0), 1.0)
            phase = share / crest_at[k] if share < crest_at[k] else (1.0 - share) / (1.0 - crest_at[k])
            value = 0.5 * height_m[k] * (1.0 - math.cos(math.pi * phase))
            if side[k] != 2:
                heights_m[0, i] += value
            if side[k] != 1:
                heights_m[1, i] += value


def add_to_sides(heights_m: FloatArray, first: int, shape_m: FloatArray, side: int) -> None:
    """Add a shape, float64[any], from a station on, to the tracks of a side."""
    for track in ((0, 1), (0,), (1,))[side]:
        heights_m[track, first : first + len(shape_m)] += shape_m


def rounded_ramp(x_m: FloatArray, round_m: float) -> FloatArray:
    """max(0, x), with its corner at 0 rounded by a parabola over `round_m`."""
    inside = np.clip(x_m / round_m + 0.5, 0.0, 1.0)
    return np.where(x_m > 0.5 * round_m, x_m, 0.5 * round_m * inside**2)


def rounded_line(x_m: FloatArray, kinks: tuple[tuple[float, float], ...], round_m: float) -> FloatArray:
    """A line of straight parts, level at first, that changes its slope at each kink (place, change of slope)."""
    return np.asarray(sum(change * rounded_ramp(x_m - place, round_m) for place, change in kinks))
