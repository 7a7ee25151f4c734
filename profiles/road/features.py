"""Single obstacles on a segment: what a terrain file says of them, where the seed puts them, and their shape.

To add one: write a class below with a ``type``, its values, ``place`` and ``profile``; add it to `Feature` at the end.
Explicit ones derive from `_AtPlace`, randomly scattered ones from `_Scattered`.
"""

import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import AfterValidator, Field, model_validator

from profiles.schema import Strict
from profiles.signal import FloatArray

Side = Literal["both", "left", "right"]
Positive = Annotated[float, Field(gt=0)]


def _in_order(value: tuple[float, float]) -> tuple[float, float]:
    if value[0] > value[1]:
        raise ValueError("the lower value first, then the higher one")
    return value


Range = Annotated[tuple[Positive, Positive], AfterValidator(_in_order)]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one obstacle lies in its segment, and its size; a height below 0 is a depth."""

    start_m: float
    length_m: float
    height_m: float
    side: Side

    @property
    def end_m(self) -> float:
        """Where it ends, from the start of the segment."""
        return self.start_m + self.length_m


class _AtPlace(Strict):
    """Values of an obstacle whose place is given."""

    at_m: Annotated[float, Field(ge=5)]
    side: Side = "both"

    @abstractmethod
    def place(self) -> Spot:
        """Where it lies, from the start of the segment."""


class SlipFace(_AtPlace):
    """A dune crossed over its crest: a gentle climb on the windward side, then the slip face at the angle of repose.

    The angle of repose of dry sand is 32-34 degrees and the windward side 5-15 degrees (general knowledge).
    The foot, crest and toe are parabolas, each `crest_rounding_m` long.
    """

    type: Literal["slip_face"]
    height_m: Annotated[float, Field(gt=0, le=20)]
    angle_deg: Annotated[float, Field(ge=32, le=34)]
    windward_deg: Annotated[float, Field(ge=2, le=15)] = 10.0
    crest_rounding_m: Annotated[float, Field(gt=0, le=5)] = 1.0

    @model_validator(mode="after")
    def _face_is_straight_somewhere(self) -> Self:
        if not self.crest_rounding_m <= self._face_m - 0.2:
            raise ValueError(
                f"a crest_rounding_m of at most {self._face_m - 0.2:.2f}, so that the face keeps its angle"
            )
        return self

    @property
    def _face_m(self) -> float:
        return self.height_m / math.tan(math.radians(self.angle_deg))

    @property
    def length_m(self) -> float:
        """From the foot of the climb to the toe of the slip face."""
        climb_m = self.height_m / math.tan(math.radians(self.windward_deg))
        return climb_m + self._face_m + self.crest_rounding_m

    def place(self) -> Spot:
        """The one place it has."""
        return Spot(self.at_m, self.length_m, self.height_m, self.side)

    def profile(self, x_m: FloatArray, spot: Spot) -> FloatArray:
        """Heights at distances from its start: straight flanks, each corner rounded by a parabola."""
        up = math.tan(math.radians(self.windward_deg))
        down = math.tan(math.radians(self.angle_deg))
        foot = 0.5 * self.crest_rounding_m
        toe = spot.length_m - foot
        crest = toe - self._face_m
        round_m = self.crest_rounding_m
        return (
            up * _rounded_ramp(x_m - foot, round_m)
            - (up + down) * _rounded_ramp(x_m - crest, round_m)
            + down * _rounded_ramp(x_m - toe, round_m)
        )


class GOut(_AtPlace):
    """A smooth hollow that compresses the suspension at its bottom: a raised cosine downwards."""

    type: Literal["g_out"]
    depth_m: Annotated[float, Field(gt=0, le=2)]
    length_m: Annotated[float, Field(gt=1, le=50)]

    def place(self) -> Spot:
        """The one place it has."""
        return Spot(self.at_m, self.length_m, -self.depth_m, self.side)

    def profile(self, x_m: FloatArray, spot: Spot) -> FloatArray:
        """Heights at distances from its start."""
        return _hump(x_m, spot.length_m, spot.height_m, crest_at=0.5)


class _Scattered(Strict):
    """Values of obstacles that the seed scatters over a segment."""

    rate_per_km: Annotated[float, Field(gt=0, le=2000)]

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        covered = self.rate_per_km * self.mean_length_m() / 1000.0
        if not covered <= 0.9:
            raise ValueError(f"at most 90 % of the way under these obstacles; here it would be {100 * covered:.0f} %")
        return self

    @abstractmethod
    def mean_length_m(self) -> float:
        """What one of them takes of the way, on average."""

    @abstractmethod
    def draw(self, random: np.random.Generator) -> tuple[float, float, Side]:
        """Length and height (m) of one of them, and the side on which it lies."""

    def scatter(self, random: np.random.Generator, length_m: float, taken: list[Spot]) -> Iterator[Spot]:
        """Places along a segment: exponential gaps, so that they never overlap, nor any of the places taken."""
        gap_m = 1000.0 / self.rate_per_km - self.mean_length_m()
        at_m = EDGE_M
        while True:
            at_m += random.exponential(gap_m)
            long_m, height_m, side = self.draw(random)
            spot = Spot(at_m, long_m, height_m, side)
            if spot.end_m > length_m:
                return
            in_the_way = [other for other in taken if other.start_m < spot.end_m and spot.start_m < other.end_m]
            at_m = max((other.end_m for other in in_the_way), default=spot.end_m)
            if not in_the_way:
                yield spot


class Dunettes(_Scattered):
    """Small dunes with a gentle windward side: half cosines that meet at the crest."""

    type: Literal["dunettes"]
    height_m: Range
    length_m: Range
    crest_at: Annotated[float, Field(ge=0.3, le=0.8)] = 0.65
    side: Literal["both", "left", "right", "either"] = "both"

    def mean_length_m(self) -> float:
        """The mean of the range, which is drawn from evenly."""
        return 0.5 * (self.length_m[0] + self.length_m[1])

    def draw(self, random: np.random.Generator) -> tuple[float, float, Side]:
        """Length, height and side of the next one."""
        length, height, left = random.uniform(*self.length_m), random.uniform(*self.height_m), random.random() < 0.5
        side: Side = self.side if self.side != "either" else ("left" if left else "right")
        return length, height, side

    def profile(self, x_m: FloatArray, spot: Spot) -> FloatArray:
        """Heights at distances from its start."""
        return _hump(x_m, spot.length_m, spot.height_m, self.crest_at)


class Stones(_Scattered):
    """Embedded stones under one wheel: heights by a power law N(>h) ~ h^-2.5, up to a highest one (design values)."""

    type: Literal["stones"]
    height_m: Range
    exponent: Annotated[float, Field(gt=0, le=5)] = 2.5
    length_per_height: Annotated[float, Field(ge=2, le=10)] = 4.0

    def mean_length_m(self) -> float:
        """The mean of the power law between its bounds, times the length per height."""
        low, high = self.height_m
        grid = np.linspace(0.0, 1.0, 2001)
        return self.length_per_height * float(np.mean(self._height(grid, low, high)))

    def draw(self, random: np.random.Generator) -> tuple[float, float, Side]:
        """Length, height and side of the next one."""
        height = float(self._height(np.asarray(random.random()), *self.height_m))
        return self.length_per_height * height, height, "left" if random.random() < 0.5 else "right"

    def _height(self, share: FloatArray, low: float, high: float) -> FloatArray:
        below = 1.0 - (high / low) ** -self.exponent
        return np.asarray(low * (1.0 - share * below) ** (-1.0 / self.exponent))

    def profile(self, x_m: FloatArray, spot: Spot) -> FloatArray:
        """Heights at distances from its start."""
        return _hump(x_m, spot.length_m, spot.height_m, crest_at=0.5)


EDGE_M = 5.0  # no obstacle starts within the cross-fade at the start of a segment

Feature = Annotated[SlipFace | GOut | Dunettes | Stones, Field(discriminator="type")]


def spots(features: tuple[Feature, ...], length_m: float, random: np.random.Generator) -> list[tuple[Feature, Spot]]:
    """All obstacles of a segment, sorted by where they start. Scattered ones keep off those with a given place."""
    placed: list[tuple[Feature, Spot]] = [
        (feature, feature.place()) for feature in features if isinstance(feature, _AtPlace)
    ]
    taken = [spot for _, spot in placed]
    for feature in features:
        if isinstance(feature, _Scattered):
            placed.extend((feature, spot) for spot in feature.scatter(random, length_m, taken))
    return sorted(placed, key=lambda pair: pair[1].start_m)


def _hump(x_m: FloatArray, length_m: float, height_m: float, crest_at: float) -> FloatArray:
    share = np.clip(x_m / length_m, 0.0, 1.0)
    phase = np.where(share < crest_at, share / crest_at, (1.0 - share) / (1.0 - crest_at))
    return np.asarray(0.5 * height_m * (1.0 - np.cos(np.pi * phase)))


def _rounded_ramp(x_m: FloatArray, round_m: float) -> FloatArray:
    """max(0, x), with its corner at 0 rounded by a parabola over `round_m`."""
    inside = np.clip(x_m / round_m + 0.5, 0.0, 1.0)
    return np.where(x_m > 0.5 * round_m, x_m, 0.5 * round_m * inside**2)
