"""What a stage file says: terrains, stretches of one surface and mixes, one after the other, with zones and stops."""

import difflib
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from profiles import catalogue
from profiles.course.mix import Mix, lay_out
from profiles.course.names import STAGES, StyleName, SurfaceName, TerrainName
from profiles.measured.gpx_elevation import read_relief
from profiles.road.route import Route, Stop, Stretch, Zone, stretches_of
from profiles.road.segments import SyntheticSegment
from profiles.road.surface import FOLDER as SURFACES
from profiles.road.surface import load_surface
from profiles.road.terrain import FOLDER as TERRAINS
from profiles.road.terrain import MOST_SEGMENTS, input_files, load_terrain
from profiles.schema import ExistingFile, Misfit, Strict, load
from profiles.yaml_nodes import Path_

FOLDER = STAGES
DANGER_BEFORE_M, DANGER_AFTER_M = 50.0, 20.0
"""Around its place, a danger holds over this distance (design values)."""

Km = Annotated[float, Field(ge=0)]


class TerrainPart(Strict):
    """A terrain with its own repeats, all of it as often as given: each time the same road."""

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


_TAGS = {"terrain": "a terrain", "surface": "a surface", "mix": "a mix"}
"""Of the parts, by the key that tells; no tag is a key, or faults would be told at that key."""


def _which(value: Any) -> str | None:
    """What a part is, also where its key is misspelt."""
    for key, tag in _TAGS.items():
        if key in value if isinstance(value, dict) else hasattr(value, key):
            return tag
    words = [str(key) for key in value] if isinstance(value, dict) else []
    close = [found for word in words for found in difflib.get_close_matches(word, _TAGS, n=1)]
    return _TAGS[close[0]] if close else None


Part = Annotated[
    Annotated[TerrainPart, Tag("a terrain")]
    | Annotated[SurfacePart, Tag("a surface")]
    | Annotated[MixPart, Tag("a mix")],
    Discriminator(_which, "no_part", f"a mapping with one of the keys {', '.join(_TAGS)}"),
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
    """A stage file. The grade of an elevation file (GPX), scaled to the stage, is added to that of its parts."""

    kind: Literal["stage"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    style: StyleName | None = None
    parts: Annotated[tuple[Part, ...], Field(min_length=1, max_length=200)]
    zones: tuple[ZoneEntry, ...] = ()
    dangers: tuple[DangerEntry, ...] = ()
    stops: tuple[StopEntry, ...] = ()
    elevation_file: ExistingFile | None = None

    def misfits(self) -> Iterator[Misfit]:
        """Zones that end before they start; the part with which the segments become too many to lay them out."""
        for index, zone in enumerate(self.zones):
            if not zone.from_km < zone.to_km:
                yield Misfit(("zones", index, "to_km"), "more than from_km")
        count = 0
        for index, part in enumerate(self.parts):
            more, key = _segments(part)
            count += more
            if not count <= MOST_SEGMENTS:
                allowed = f"at most {MOST_SEGMENTS} segments in the whole stage; with this part they are {count}"
                yield Misfit(("parts", index, *key), allowed)
                return

    def route(self, seed: int | None = None) -> Route:
        """All parts in their order.

        Args:
            seed: instead of the stage's own and of those of its terrains.

        Raises:
            InputError: a terrain or the elevation file cannot be used.
        """
        own = self.seed if seed is None else seed
        stretches: list[Stretch] = []
        for index, part in enumerate(self.parts):
            _append(stretches, _stretches(part, index, own, seed))
        length_m = stretches[-1].end_m
        relief = None if self.elevation_file is None else read_relief(self.elevation_file, length_m)
        zones = tuple(sorted(self._zones(length_m), key=lambda zone: zone.start_m))
        return Route(self.name, tuple(stretches), zones, tuple(self._stops()), relief)

    def _zones(self, length_m: float) -> Iterator[Zone]:
        for zone in self.zones:
            yield Zone(zone.from_km * 1000.0, zone.to_km * 1000.0, zone.speed_kmh / 3.6, zone.why)
        for danger in self.dangers:
            slow = danger_zone(danger.at_km * 1000.0, danger.level)
            yield replace(slow, end_m=min(slow.end_m, length_m))

    def _stops(self) -> Iterator[Stop]:
        for stop in sorted(self.stops, key=lambda stop: stop.at_km):
            yield Stop(stop.at_km * 1000.0, stop.duration_s, stop.why)


def danger_zone(at_m: float, level: int) -> Zone:
    """Where a danger slows the driver, at his own speed for its level."""
    return Zone(max(0.0, at_m - DANGER_BEFORE_M), at_m + DANGER_AFTER_M, math.inf, f"danger {level}", level)


def _segments(part: TerrainPart | SurfacePart | MixPart) -> tuple[int, Path_]:
    """How many segments a part becomes (a mix: about), and the key that it depends on."""
    if isinstance(part, TerrainPart):
        terrain = load_terrain(part.terrain)
        return part.repeats * terrain.repeats * len(terrain.segments), ("repeats",)
    if isinstance(part, SurfacePart):
        return 1, ()
    return round(2.0 * part.mix.distance_km / sum(part.mix.segment_km)), ("mix", "distance_km")


def _stretches(
    part: TerrainPart | SurfacePart | MixPart, index: int, own: int, seed: int | None
) -> tuple[Stretch, ...]:
    if isinstance(part, TerrainPart):
        terrain = load_terrain(part.terrain)
        seed = terrain.seed if seed is None else seed
        return stretches_of(terrain.segments, seed, terrain.repeats * part.repeats)
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
    """The terrains, measured roads, surfaces and the elevation file that a stage names, each once."""
    found: list[Path] = []
    for part in stage.parts:
        if isinstance(part, TerrainPart):
            terrain = catalogue.find(part.terrain, TERRAINS, "terrain")
            found += [terrain, *input_files(terrain)]
        else:
            surfaces = [part.surface] if isinstance(part, SurfacePart) else list(part.mix.shares)
            found += [catalogue.find(surface, SURFACES, "surface") for surface in surfaces]
    if stage.elevation_file is not None:
        found.append(Path(stage.elevation_file))
    return list(dict.fromkeys(found))
