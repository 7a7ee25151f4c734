"""Segments, the pieces that terrains are made of: seeded roughness with obstacles, or laps over a measured road."""

import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from profiles.measured.lap import WheelTracks
from profiles.measured.rpc3_road import Rpc3Recording
from profiles.measured.tracks import ALLOWED, RPC3_SUFFIXES, SUFFIXES, read_tracks, suffix_of
from profiles.road.features import AtPlace, Feature
from profiles.road.features.shapes import Range
from profiles.road.roughness import Coherence, ExponentialCoherence, Roughness
from profiles.road.soil import SoilName
from profiles.schema import ExistingFile, Strict

STEP_M = 0.05  # distance between stations of every road
USUAL_TRACK_M = 1.77  # for checks made before a car is chosen: d7xr's
FADE_STATIONS = 100  # 5 m: where neighbouring pieces of road are blended

Surface = Literal["dunes", "stony_plain", "wadi", "rock_garden", "sand_track", "paved"]
SURFACES: tuple[Surface, ...] = ("dunes", "stony_plain", "wadi", "rock_garden", "sand_track", "paved")


TURNS_DEG = (20.0, 120.0)
"""A bend turns by an angle that is spread evenly over this range (design value)."""


class Bends(Strict):
    """How many bends a segment has, and their radii: spread evenly over the logarithm of their range."""

    rate_per_km: Annotated[float, Field(gt=0, le=50)]
    radius_m: Range

    @model_validator(mode="after")
    def _fits(self) -> Self:
        covered = self.rate_per_km * self.mean_length_m / 1000.0
        if not covered <= 0.9:
            raise ValueError(f"at most 90 % of the way in bends; here it would be {100 * covered:.0f} %")
        return self

    @property
    def mean_length_m(self) -> float:
        """Along the bend: the mean radius times the mean turn."""
        low, high = self.radius_m
        radius_m = (high - low) / math.log(high / low) if high > low else low
        return radius_m * math.radians(0.5 * sum(TURNS_DEG))


class _AnySegment(Strict):
    """What synthetic and measured segments have in common. A positive grade climbs."""

    label: Annotated[str, Field(min_length=1, max_length=60)]
    surface: Surface
    soil: SoilName
    grade_pct: Annotated[float, Field(ge=-60, le=60)] = 0.0
    speed_cap_mps: Annotated[float, Field(gt=0, le=60)] | None = None


class SyntheticSegment(_AnySegment):
    """A stretch of even character: seeded roughness plus obstacles."""

    length_m: Annotated[float, Field(ge=20, le=100_000)]
    roughness: Roughness
    coherence: Coherence = ExponentialCoherence(model="exponential")
    features: tuple[Feature, ...] = ()
    corners: Bends | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not abs(self.length_m / STEP_M - round(self.length_m / STEP_M)) < 1e-6:
            raise ValueError(f"a length_m that is a multiple of {STEP_M} m")
        for feature in self.features:
            if isinstance(feature, AtPlace) and feature.place().end_m[0] > self.length_m:
                end_m = feature.place().end_m[0]
                raise ValueError(f"obstacles that end within length_m; the {feature.type} ends at {end_m:.1f} m")
        return self

    @property
    def stations(self) -> int:
        """The number of stations of this segment."""
        return round(self.length_m / STEP_M)


def _known_format(value: str) -> str:
    if suffix_of(value) not in SUFFIXES:
        raise ValueError(ALLOWED)
    return value


class MeasuredSegment(_AnySegment):
    """Laps over a measured road; consecutive laps are blended into each other, so that no step arises.

    The suffix of the file says its format: `profiles.measured.tracks.read_tracks`.
    """

    road_file: Annotated[ExistingFile, AfterValidator(_known_format)]
    rpc3: Rpc3Recording | None = None
    laps: Annotated[int, Field(ge=1, le=100_000)] = 1
    features: ClassVar[tuple[Feature, ...]] = ()  # what it has of them is in its heights
    corners: ClassVar[Bends | None] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.rpc3 is not None and suffix_of(self.road_file) not in RPC3_SUFFIXES:
            raise ValueError(f"rpc3 with {', '.join(RPC3_SUFFIXES)} only")
        return self

    def tracks(self, track_m: float = USUAL_TRACK_M) -> WheelTracks:
        """One lap, as read from the file for a track width.

        Raises:
            InputError: the file is damaged, too narrow or too short, or has no data under a wheel; or its channels
                are not named.
        """
        return read_tracks(self.road_file, track_m, STEP_M, self.rpc3)

    @property
    def stations(self) -> int:
        """The number of stations of this segment; reads the file."""
        return self.laps * self.tracks().stations  # the same for every track width

    @property
    def length_m(self) -> float:
        """The length of all laps; reads the file."""
        return self.stations * STEP_M


def _which(value: Any) -> str:
    if isinstance(value, dict):
        return "measured" if any(key in value for key in ("road_file", "rpc3", "laps")) else "synthetic"
    measured = isinstance(value, MeasuredSegment)
    return "measured" if measured else "synthetic"


Segment = Annotated[
    Annotated[SyntheticSegment, Tag("synthetic")] | Annotated[MeasuredSegment, Tag("measured")], Discriminator(_which)
]
