"""What a terrain file says: a loop of segments with surface, roughness, soil and obstacles, or measured roads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from profiles import catalogue
from profiles.measured.opencrg import WheelTracks, read_tracks
from profiles.road.features import Feature, GOut, SlipFace
from profiles.road.roughness import Coherence, ExponentialCoherence, Roughness
from profiles.road.soil import SoilName
from profiles.schema import ExistingFile, Fault, InputError, Strict, load

FOLDER = Path(__file__).parent.parent / "library" / "terrain"

STEP_M = 0.05  # distance between stations of every road
TRACK_M = 1.77  # between the wheel tracks: the front track of d7xr, its road car's plus 60 mm (general knowledge)
FADE_STATIONS = 100  # 5 m: where neighbouring pieces of road are blended
MOST_SEGMENTS = 32_767  # a segment's index is an int16 in the drive and in the record

Surface = Literal["dunes", "stony_plain", "wadi", "rock_garden", "sand_track", "paved"]
SURFACES: tuple[Surface, ...] = ("dunes", "stony_plain", "wadi", "rock_garden", "sand_track", "paved")


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

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not abs(self.length_m / STEP_M - round(self.length_m / STEP_M)) < 1e-6:
            raise ValueError(f"a length_m that is a multiple of {STEP_M} m")
        for feature in self.features:
            if isinstance(feature, SlipFace | GOut) and feature.place().end_m > self.length_m:
                end_m = feature.place().end_m
                raise ValueError(f"obstacles that end within length_m; the {feature.type} ends at {end_m:.1f} m")
        return self

    @property
    def stations(self) -> int:
        """The number of stations of this segment."""
        return round(self.length_m / STEP_M)


class MeasuredSegment(_AnySegment):
    """Laps over a measured road (OpenCRG); consecutive laps are blended into each other, so that no step arises."""

    crg_file: ExistingFile
    laps: Annotated[int, Field(ge=1, le=100_000)] = 1
    features: ClassVar[tuple[Feature, ...]] = ()  # what it has of them is in its heights

    def tracks(self) -> WheelTracks:
        """One lap, as read from the file.

        Raises:
            InputError: the file is damaged, too narrow or too short, or has no data under a wheel.
        """
        return read_tracks(self.crg_file, TRACK_M, STEP_M)

    @property
    def stations(self) -> int:
        """The number of stations of this segment; reads the file."""
        return self.laps * self.tracks().stations

    @property
    def length_m(self) -> float:
        """The length of all laps; reads the file."""
        return self.stations * STEP_M


def _which(value: Any) -> str:
    measured = "crg_file" in value if isinstance(value, dict) else isinstance(value, MeasuredSegment)
    return "measured" if measured else "synthetic"


Segment = Annotated[
    Annotated[SyntheticSegment, Tag("synthetic")] | Annotated[MeasuredSegment, Tag("measured")], Discriminator(_which)
]


@dataclass(frozen=True, slots=True)
class Stretch:
    """One segment at its place in the whole drive; `index` is what `Road.segment` carries."""

    index: int
    lap: int
    segment: SyntheticSegment | MeasuredSegment
    first_station: int
    end_station: int

    @property
    def start_m(self) -> float:
        """Where it starts, from the start of the whole road."""
        return self.first_station * STEP_M

    @property
    def end_m(self) -> float:
        """Where the next one starts."""
        return self.end_station * STEP_M


class Terrain(Strict):
    """A terrain file. The segments are driven one after the other, `repeats` times: each time the same road."""

    kind: Literal["terrain"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    repeats: Annotated[int, Field(ge=1, le=MOST_SEGMENTS)] = 1
    segments: Annotated[tuple[Segment, ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if not self.repeats * len(self.segments) <= MOST_SEGMENTS:
            raise ValueError(f"repeats times the number of segments at most {MOST_SEGMENTS}")
        return self

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """All segments of all repeats in the order they are driven."""
        found: list[Stretch] = []
        first = 0
        lengths = [segment.stations for segment in self.segments]
        for lap in range(self.repeats):
            for segment, stations in zip(self.segments, lengths, strict=True):
                found.append(Stretch(len(found), lap, segment, first, first + stations))
                first += stations
        return tuple(found)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some values changed, without validation; its stretches are its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("stretches", None)
        return copied

    @property
    def length_m(self) -> float:
        """The length of the whole road, all repeats."""
        return self.stretches[-1].end_m

    def stretch_at(self, distance_m: float) -> Stretch:
        """The stretch at a distance from the start; its end belongs to the next one, the very end to the last.

        Raises:
            ValueError: the distance is not on the road.
        """
        if not 0.0 <= distance_m <= self.length_m:
            raise ValueError(f"distance_m is {distance_m}, wanted 0 to {self.length_m}")
        low, high = 0, len(self.stretches) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.stretches[middle].start_m <= distance_m else (low, middle - 1)
        return self.stretches[low]

    def segment_at(self, distance_m: float) -> SyntheticSegment | MeasuredSegment:
        """The segment at a distance from the start; ValueError where the distance is not on the road."""
        return self.stretch_at(distance_m).segment


def load_terrain(what: str) -> Terrain:
    """The terrain of a file, or of a name in the library. Measured roads are read, so that their faults show here.

    Raises:
        InputError: with all faults of the terrain file; or those of the road data that it names.
    """
    path = catalogue.find(what, FOLDER, "terrain")
    terrain = load(path, Terrain)
    check_roads(path, terrain)
    return terrain


def check_roads(path: Path, terrain: Terrain) -> None:
    """Read the measured roads of a terrain file.

    Raises:
        InputError: with the faults of all roads that can't be used, and the file that names them.
    """
    faults: list[Fault] = []
    for file in dict.fromkeys(segment.crg_file for segment in terrain.segments if isinstance(segment, MeasuredSegment)):
        try:
            read_tracks(file, TRACK_M, STEP_M)
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        named = f"named in {path}"
        raise InputError([replace(fault, allowed=f"{fault.allowed}; {named}") for fault in faults])


def input_files(path: Path) -> list[Path]:
    """The road data that a terrain file names, each once, in its order.

    Raises:
        InputError: with all faults of the terrain file.
    """
    files = [segment.crg_file for segment in load(path, Terrain).segments if isinstance(segment, MeasuredSegment)]
    return [Path(file) for file in dict.fromkeys(files)]
