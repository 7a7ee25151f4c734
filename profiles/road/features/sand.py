"""Dunes: crossed over their crest, with a gentle windward side and a slip face at the angle of repose."""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from profiles.road.features.shapes import (
    AtPlace,
    Obstacle,
    Range,
    Scattered,
    Spots,
    add_to_sides,
    rounded_line,
)
from profiles.signal import FloatArray

Repose = Annotated[float, Field(ge=32, le=34)]
"""The angle of repose of dry sand (general knowledge)."""


class _Crossed(Obstacle):
    """Adds dunes of straight flanks whose foot, crest and toe are parabolas, each as long as the crest rounding."""

    slopes_car: ClassVar[bool] = True
    angle_deg: Repose
    windward_deg: Annotated[float, Field(ge=2, le=15)] = 10.0
    crest_rounding_m: Annotated[float, Field(gt=0, le=20)] = 1.0

    def _across_m(self, height_m: FloatArray) -> FloatArray:
        """From the foot of the climb to the toe of the slip face."""
        up, down = (1.0 / math.tan(math.radians(angle)) for angle in (self.windward_deg, self.angle_deg))
        return height_m * (up + down) + self.crest_rounding_m

    def add(self, heights_m: FloatArray, first_m: float, step_m: float, spots: Spots, key: int) -> None:  # noqa: ARG002
        """Add them to heights of both tracks, float64[2, stations], in place."""
        up, down = math.tan(math.radians(self.windward_deg)), math.tan(math.radians(self.angle_deg))
        foot_m = 0.5 * self.crest_rounding_m
        for start_m, length_m, height_m, side in zip(
            spots.start_m, spots.length_m, spots.height_m, spots.side, strict=True
        ):
            low = max(0, math.ceil((start_m - first_m) / step_m))
            high = min(heights_m.shape[1], int((start_m + length_m - first_m) / step_m) + 1)
            toe_m = length_m - foot_m
            kinks = ((foot_m, up), (toe_m - height_m / down, -(up + down)), (toe_m, down))
            x_m = first_m + np.arange(low, high) * step_m - start_m
            add_to_sides(heights_m, low, rounded_line(x_m, kinks, self.crest_rounding_m), int(side))


class SlipFace(_Crossed, AtPlace):
    """One dune at a given place."""

    type: Literal["slip_face"]
    height_m: Annotated[float, Field(gt=0, le=160)]

    @model_validator(mode="after")
    def _face_is_straight_somewhere(self) -> "SlipFace":
        longest = self.height_m / math.tan(math.radians(self.angle_deg)) - 0.2
        if not self.crest_rounding_m <= longest:
            raise ValueError(f"a crest_rounding_m of at most {longest:.2f}, so that the face keeps its angle")
        return self

    @property
    def length_m(self) -> float:
        """From the foot of the climb to the toe of the slip face."""
        return float(self._across_m(np.array(self.height_m)))

    def place(self) -> Spots:
        """The one place it has."""
        return Spots.one(self.at_m, self.length_m, self.height_m, self.side)


class BigDunes(_Crossed, Scattered):
    """Dunes of tens of metres, such as those of Erg Chebbi: hundreds of metres from foot to toe."""

    type: Literal["big_dunes"]
    height_m: Range

    @model_validator(mode="after")
    def _face_is_straight_somewhere(self) -> "BigDunes":
        longest = self.height_m[0] / math.tan(math.radians(self.angle_deg)) - 0.2
        if not self.crest_rounding_m <= longest:
            raise ValueError(f"a crest_rounding_m of at most {longest:.2f}, so that the face keeps its angle")
        return self

    def mean_length_m(self) -> float:
        """That of a dune of the mean height."""
        return float(self._across_m(np.array(0.5 * (self.height_m[0] + self.height_m[1]))))

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights and crests of so many of them; heights are spread evenly over their range."""
        height_m = random.uniform(*self.height_m, count)
        return self._across_m(height_m), height_m, np.full(count, 0.5)

    def bare(self, spots: Spots) -> tuple[FloatArray, FloatArray]:
        """Their slip faces, from the rounded crest on: sand that has come to rest carries no small dunes."""
        face_m = spots.height_m / math.tan(math.radians(self.angle_deg)) + self.crest_rounding_m
        return spots.end_m - face_m, spots.end_m


class Dunettes(Scattered):
    """Small dunes with a gentle windward side: half cosines that meet at the crest."""

    slopes_car: ClassVar[bool] = True
    type: Literal["dunettes"]
    height_m: Range
    length_m: Range
    crest_at: Annotated[float, Field(ge=0.3, le=0.8)] = 0.65

    def mean_length_m(self) -> float:
        """The mean of the range, which is drawn from evenly."""
        return 0.5 * (self.length_m[0] + self.length_m[1])

    def draw(self, random: np.random.Generator, count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Lengths, heights and crests of so many of them."""
        return (
            random.uniform(*self.length_m, count),
            random.uniform(*self.height_m, count),
            np.full(count, self.crest_at),
        )
