"""Stones of all sizes, and the ledges of rock plateaus."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from profiles.road.features.shapes import AnySide, Positive, Range, Scattered
from profiles.signal import FloatArray


class _Stone(Scattered):
    """A hump whose length follows from its height, under one wheel."""

    side: AnySide = "either"
    length_per_height: Annotated[float, Field(ge=2, le=10)] = 4.0

    def _humps(self, height_m: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.length_per_height * height_m, height_m, np.full(len(height_m), 0.5)


class Stones(_Stone):
    """Embedded stones: heights by a power law N(>h) ~ h^-2.5, up to a highest one (design values)."""

    type: Literal["stones"]
    height_m: Range
    exponent: Annotated[float, Field(gt=0, le=5)] = 2.5

    def mean_length_m(self) -> float:
        """The mean of the power law between its bounds, times the length per height."""
        return self.length_per_height * float(np.mean(self._height(np.linspace(0.0, 1.0, 2001))))

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights and crests of so many of them."""
        return self._humps(self._height(random.random(count)))

    def _height(self, share: FloatArray) -> FloatArray:
        low, high = self.height_m
        below = 1.0 - (high / low) ** -self.exponent
        return np.asarray(low * (1.0 - share * below) ** (-1.0 / self.exponent))


class Cobbles(_Stone):
    """The lag of a desert pavement: log-normal diameters, partly embedded (D50 60 mm, sigma 0.6, 40 %: design values).

    What is larger than a cobble is cut off at ``largest_m``: boulders are obstacles of their own.
    """

    type: Literal["cobbles"]
    median_m: Positive = 0.060
    spread_ln: Annotated[float, Field(gt=0, le=1.5)] = 0.6
    embedded: Annotated[float, Field(ge=0, lt=1)] = 0.4
    largest_m: Positive = 0.256

    def mean_length_m(self) -> float:
        """The mean of the log-normal distribution, as far as it stands out, times the length per height."""
        return self.length_per_height * (1.0 - self.embedded) * self.median_m * float(np.exp(0.5 * self.spread_ln**2))

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights and crests of so many of them."""
        diameter_m = np.minimum(random.lognormal(np.log(self.median_m), self.spread_ln, count), self.largest_m)
        return self._humps((1.0 - self.embedded) * diameter_m)


class Boulders(_Stone):
    """Single large stones that a driver steers around if he can: heights spread evenly over their range."""

    type: Literal["boulders"]
    height_m: Range

    def mean_length_m(self) -> float:
        """The mean of the range, times the length per height."""
        return self.length_per_height * 0.5 * (self.height_m[0] + self.height_m[1])

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights and crests of so many of them."""
        return self._humps(random.uniform(*self.height_m, count))


class Ledges(Scattered):
    """Steps of bedrock, up or down as often, which the ground makes up for over some metres behind or before them."""

    type: Literal["ledges"]
    height_m: Range
    length_m: Range = (4.0, 10.0)
    riser_m: Annotated[float, Field(gt=0, le=1)] = 0.15

    @model_validator(mode="after")
    def _rises_within(self) -> "Ledges":
        if not self.riser_m < self.length_m[0]:
            raise ValueError(f"a riser_m shorter than the least length_m, {self.length_m[0]:g}")
        return self

    def mean_length_m(self) -> float:
        """The mean of the range, which is drawn from evenly."""
        return 0.5 * (self.length_m[0] + self.length_m[1])

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights and crests of so many of them; a crest at the start is a step up."""
        length_m = random.uniform(*self.length_m, count)
        riser = self.riser_m / length_m
        crest_at = np.where(random.random(count) < 0.5, riser, 1.0 - riser)
        return length_m, random.uniform(*self.height_m, count), crest_at
