"""What lies below the ground: g-outs, wadi crossings between banks, and holes filled with dust."""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from profiles.road.features.shapes import AtPlace, Range, Scattered, Spots, add_to_sides, rounded_line
from profiles.signal import FloatArray


class GOut(AtPlace):
    """A smooth hollow that compresses the suspension at its bottom: a raised cosine downwards."""

    slopes_car: ClassVar[bool] = True
    type: Literal["g_out"]
    depth_m: Annotated[float, Field(gt=0, le=2)]
    length_m: Annotated[float, Field(gt=1, le=50)]

    def place(self) -> Spots:
        """The one place it has."""
        return Spots.one(self.at_m, self.length_m, -self.depth_m, self.side)


class _Hollows(Scattered):
    """Hollows of even spread in depth and length."""

    depth_m: Range
    length_m: Range

    def mean_length_m(self) -> float:
        """The mean of the range, which is drawn from evenly."""
        return 0.5 * (self.length_m[0] + self.length_m[1])

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, depths (below 0) and crests of so many of them."""
        return random.uniform(*self.length_m, count), -random.uniform(*self.depth_m, count), np.full(count, 0.5)


class GOuts(_Hollows):
    """G-outs that the seed scatters."""

    slopes_car: ClassVar[bool] = True
    type: Literal["g_outs"]


class FeshFesh(_Hollows):
    """Holes filled with dust: they look like ground, and the wheel falls through to their bottom."""

    slopes_car: ClassVar[bool] = True
    type: Literal["fesh_fesh"]


class WadiCrossings(Scattered):
    """A bank down, the bed, and a bank up again: straight flanks with rounded edges.

    A bank shorter than the rounding is rounded all over, and never as steep as ``bank_deg``.
    """

    slopes_car: ClassVar[bool] = True
    type: Literal["wadi_crossings"]
    depth_m: Range
    bed_m: Range
    bank_deg: Annotated[float, Field(ge=5, le=45)] = 30.0
    rounding_m: Annotated[float, Field(gt=0, le=5)] = 0.8

    @model_validator(mode="after")
    def _has_a_bed(self) -> "WadiCrossings":
        if not self.rounding_m <= self.bed_m[0]:
            raise ValueError(f"a rounding_m of at most the least bed_m, {self.bed_m[0]:g}")
        return self

    @property
    def _slope(self) -> float:
        return math.tan(math.radians(self.bank_deg))

    def mean_length_m(self) -> float:
        """Two banks of mean depth, the mean bed, and the roundings."""
        return 0.5 * sum(self.bed_m) + sum(self.depth_m) / self._slope + 2.0 * self.rounding_m

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, depths (below 0) and crests of so many of them."""
        depth_m = random.uniform(*self.depth_m, count)
        length_m = random.uniform(*self.bed_m, count) + 2.0 * depth_m / self._slope + 2.0 * self.rounding_m
        return length_m, -depth_m, np.full(count, 0.5)

    def add(self, heights_m: FloatArray, first_m: float, step_m: float, spots: Spots, key: int) -> None:  # noqa: ARG002
        """Add them to heights of both tracks, float64[2, stations], in place."""
        for start_m, length_m, depth_m, side in zip(
            spots.start_m, spots.length_m, -spots.height_m, spots.side, strict=True
        ):
            low = max(0, math.ceil((start_m - first_m) / step_m))
            high = min(heights_m.shape[1], int((start_m + length_m - first_m) / step_m) + 1)
            top, bank = 0.5 * self.rounding_m, depth_m / self._slope
            far = length_m - top
            kinks = ((top, -1.0), (top + bank, 1.0), (far - bank, 1.0), (far, -1.0))
            sloped = tuple((place, change * self._slope) for place, change in kinks)
            x_m = first_m + np.arange(low, high) * step_m - start_m
            add_to_sides(heights_m, low, rounded_line(x_m, sloped, self.rounding_m), int(side))
