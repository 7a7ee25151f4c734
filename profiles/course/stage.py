"""What a stage file says: terrains, stretches of one surface and mixes, one after the other, with zones and stops."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from profiles import catalogue
from profiles.course.mix import Mix, lay_out
from profiles.course.names import STAGES, SurfaceName, TerrainName
from profiles.road.route import Route, Stop, Stretch, Zone, stretches_of
from profiles.road.segments import SyntheticSegment
from profiles.road.surface import FOLDER as SURFACES
from profiles.road.surface import load_surface
from profiles.road.terrain import FOLDER as TERRAINS
from profiles.road.terrain import input_files, load_terrain
from profiles.schema import Misfit, Strict, load

FOLDER = STAGES
DANGER_BEFORE_M, DANGER_AFTER_M = 50.0, 20.0
"""Around its place, a danger holds over this distance (design values)."""

Km = Annotated[float, Field(ge=0)]


class TerrainPart(Strict):
    """A terrain, as often as given: each time the same road."""

    terrain: TerrainName
    repeats: Annotated[int, Field(ge=1, le=10_000)] = 1


class SurfacePart(Strict):
    """One stretch of a surface."""

    surface: SurfaceName
    length_km: Annotated[float, Field(ge=0.02, le=100)]
    grade_pct: Annotated[float, Field(ge=-60, le=60)] = 0.0


class MixPart(Strict):
    """A mix of surfaces."""

    mix: Mix


def _which(value: Any) -> str:
    for key in ("terrain", "surface", "mix"):
        if key in value if isinstance(value, dict) else hasattr(value, key):
            return key
    return "mix"


Part = Annotated[
    Annotated[TerrainPart, Tag("terrain")] | Annotated[SurfacePart, Tag("surface")] | Annotated[MixPart, Tag("mix")],
    Discriminator(_which),
]


class ZoneEntry(Strict):
    """A part of the stage with a speed limit."""

    from_km: Km
    to_km: Km
    speed_kmh: Annotated[float, Field(ge=5, le=300)]
    why: Annotated[str, Field(min_length=1)] = "speed zone"


class DangerEntry(Strict):
    """A danger of level 1 to 3, as in a roadbook."""

    at_km: Km
    level: Annotated[int, Field(ge=1, le=3)]


class StopEntry(Strict):
    """A place at which the car stands still."""

    at_km: Km
    duration_s: Annotated[float, Field(gt=0, le=7200)]
    why: Annotated[str, Field(min_length=1)] = "stop"


class Stage(Strict):
    """A stage file."""

    kind: Literal["stage"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    style: str | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=200)]
    zones: tuple[ZoneEntry, ...] = ()
    dangers: tuple[DangerEntry, ...] = ()
    stops: tuple[StopEntry, ...] = ()

    def misfits(self) -> Iterator[Misfit]:
        """Zones that end before they start."""
        for index, zone in enumerate(self.zones):
            if not zone.from_km < zone.to_km:
                yield Misfit(("zones", index, "to_km"), "more than from_km")

    def route(self, seed: int | None = None) -> Route:
        """All parts in their order.

        Args:
            seed: instead of the stage's own and of those of its terrains.
        """
        own = self.seed if seed is None else seed
        stretches: list[Stretch] = []
        for index, part in enumerate(self.parts):
            _append(stretches, _stretches(part, index, own, seed))
        return Route(self.name, tuple(stretches), tuple(self._zones()), tuple(self._stops()))

    def _zones(self) -> Iterator[Zone]:
        for zone in self.zones:
            yield Zone(zone.from_km * 1000.0, zone.to_km * 1000.0, zone.speed_kmh / 3.6, zone.why)
        for danger in self.dangers:
            yield danger_zone(danger.at_km * 1000.0, danger.level)

    def _stops(self) -> Iterator[Stop]:
        for stop in sorted(self.stops, key=lambda stop: stop.at_km):
            yield Stop(stop.at_km * 1000.0, stop.duration_s, stop.why)


def danger_zone(at_m: float, level: int) -> Zone:
    """Where a danger slows the driver, at his own speed for its level."""
    return Zone(max(0.0, at_m - DANGER_BEFORE_M), at_m + DANGER_AFTER_M, math.inf, f"danger {level}", level)


def _stretches(
    part: TerrainPart | SurfacePart | MixPart, index: int, own: int, seed: int | None
) -> tuple[Stretch, ...]:
    if isinstance(part, TerrainPart):
        terrain = load_terrain(part.terrain)
        return stretches_of(terrain.segments, terrain.seed if seed is None else seed, part.repeats)
    if isinstance(part, SurfacePart):
        segment = load_surface(part.surface).segment(part.length_km * 1000.0, part.grade_pct)
        return _numbered([segment], own, index)
    return _numbered(lay_out(part.mix, own, index), own, index)


def _numbered(segments: list[SyntheticSegment], seed: int, part: int) -> tuple[Stretch, ...]:
    """Stretches whose random numbers are those of no other part of the stage."""
    return tuple(
        replace(stretch, number=(part << 16) + stretch.number) for stretch in stretches_of(tuple(segments), seed)
    )


def _append(stretches: list[Stretch], more: tuple[Stretch, ...]) -> None:
    index, station = len(stretches), stretches[-1].end_station if stretches else 0
    for stretch in more:
        stretches.append(
            replace(
                stretch,
                index=index + stretch.index,
                first_station=station + stretch.first_station,
                end_station=station + stretch.end_station,
            )
        )


def load_stage(what: str) -> tuple[Stage, list[Path]]:
    """The stage of a file or of a name in the library, and all files that it is made from, itself first.

    Raises:
        InputError: with all faults of the file, or of one that it names.
    """
    path = catalogue.find(what, FOLDER, "stage")
    stage = load(path, Stage)
    return stage, [path, *files_named(stage)]


def files_named(stage: Stage) -> list[Path]:
    """The terrains, measured roads and surfaces that a stage names, each once."""
    found: list[Path] = []
    for part in stage.parts:
        if isinstance(part, TerrainPart):
            terrain = catalogue.find(part.terrain, TERRAINS, "terrain")
            found += [terrain, *input_files(terrain)]
        else:
            surfaces = [part.surface] if isinstance(part, SurfacePart) else list(part.mix.shares)
            found += [catalogue.find(surface, SURFACES, "surface") for surface in surfaces]
    return list(dict.fromkeys(found))
