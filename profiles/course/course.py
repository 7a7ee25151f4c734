"""A course: everything that can be driven, as legs of one route each, whatever kind of file it comes from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from profiles import catalogue
from profiles.course.campaign import FOLDER as CAMPAIGNS
from profiles.course.campaign import Campaign, StageEntry
from profiles.course.roadbook import read_roadbook
from profiles.course.stage import FOLDER as STAGES
from profiles.course.stage import MixPart, Stage, load_stage
from profiles.road.route import Route
from profiles.road.terrain import FOLDER as TERRAINS
from profiles.road.terrain import MOST_SEGMENTS, Terrain, check_roads, input_files
from profiles.schema import Fault, InputError, load, one_of_kinds

AMBIENT_DEGC = 25.0
"""Where a file says nothing (design value)."""


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """A route at its place in a course.

    Attributes:
        name, day: for people.
        ambient_degc: of the air.
        soak_h: the night before it, in which parts come to ambient; 0 where there is none.
        service_min: rest before it, after the night, for a service.
    """

    name: str
    route: Route
    day: str = ""
    ambient_degc: float = AMBIENT_DEGC
    soak_h: float = 0.0
    service_min: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Legs in the order in which they are driven.

    Attributes:
        name, seed: of the file; the seed of its first road.
        legs: at least one.
        inputs: all files that it is made from, each once.
        style: of the driver, where the file says so.
        notices: what whoever reads the plan should know.
    """

    name: str
    seed: int
    legs: tuple[Leg, ...]
    inputs: tuple[Path, ...]
    style: str | None = None
    notices: tuple[str, ...] = ()

    @property
    def length_m(self) -> float:
        """All legs together."""
        return sum(leg.route.length_m for leg in self.legs)

    def until(self, distance_m: float) -> "Course":
        """The legs that are needed to cover a distance."""
        kept, covered_m = [], 0.0
        for leg in self.legs:
            kept.append(leg)
            covered_m += leg.route.length_m
            if covered_m >= distance_m:
                break
        return replace(self, legs=tuple(kept))


FOLDERS = {"terrain": TERRAINS, "stage": STAGES, "campaign": CAMPAIGNS}


def load_course(what: str, seed: int | None = None) -> Course:
    """The course of a file (terrain, stage, campaign, roadbook, measured road), or of a name in the library.

    Args:
        what: as on the command line.
        seed: instead of the file's own.

    Raises:
        InputError: there is no such file, or with all faults of it or of one that it names.
    """
    suffix = Path(what).suffix.lower()
    if suffix == ".gpx":
        return _of_roadbook(_existing(what, "roadbook"), seed)
    if suffix in (".crg", ".csv"):
        return _of_measured(_existing(what, "road"))
    path = _find(what)
    model = one_of_kinds(path, {"terrain": Terrain, "stage": Stage, "campaign": Campaign})
    makers: dict[type, Callable[[], Course]] = {
        Terrain: lambda: _of_terrain(path, load(path, Terrain), seed),
        Stage: lambda: _of_stage(str(path), seed),
        Campaign: lambda: _of_campaign(path, load(path, Campaign), seed),
    }
    course = makers[type(model)]()
    count = sum(len(leg.route.stretches) for leg in course.legs)
    if not count <= MOST_SEGMENTS:
        raise InputError([Fault(str(path), 0, "(the whole file)", f"{count} segments", f"at most {MOST_SEGMENTS}")])
    return course


def _find(what: str) -> Path:
    """The file of an argument; a bare name is looked up in the folders of terrains, stages and campaigns."""
    if "/" in what or what.endswith(".yaml"):
        return catalogue.find(what, TERRAINS, "course")
    for folder in FOLDERS.values():
        if what in catalogue.names(folder):
            return folder / f"{what}.yaml"
    known = [name for folder in FOLDERS.values() for name in catalogue.names(folder)]
    raise InputError([catalogue.unknown(what, "course", known)])


def _existing(what: str, kind: str) -> Path:
    path = Path(what)
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise InputError([Fault(what, 0, kind, found, f"a {kind} file ({path.suffix})")])
    return path


def _of_terrain(path: Path, terrain: Terrain, seed: int | None) -> Course:
    check_roads(path, terrain)
    own = terrain.seed if seed is None else seed
    leg = Leg(terrain.name, terrain.route(own))
    return Course(terrain.name, own, (leg,), (path, *input_files(path)))


def _of_stage(what: str, seed: int | None) -> Course:
    stage, files = load_stage(what)
    own = stage.seed if seed is None else seed
    route = stage.route(seed)
    check_places(files[0], stage, route)
    return Course(stage.name, own, (Leg(stage.name, route),), tuple(files), stage.style)


def _of_campaign(path: Path, campaign: Campaign, seed: int | None) -> Course:
    inputs, legs = [path], list[Leg]()
    service_min = 0.0
    for day in campaign.days:
        soak_h = day.soak_h
        for entry in day.stages:
            stage, files = load_stage(entry.stage)
            inputs += files
            route = _entry_route(path, entry, stage, seed)
            for name in _names(entry, stage):
                legs.append(Leg(name, route, day.label, day.ambient_degc, soak_h, service_min))
                soak_h = service_min = 0.0
        service_min = day.service_min
    own = seed if seed is not None else 0
    return Course(campaign.name, own, tuple(legs), tuple(dict.fromkeys(inputs)), campaign.style)


def _names(entry: StageEntry, stage: Stage) -> Iterator[str]:
    name = entry.name or stage.name
    for lap in range(entry.repeats):
        yield name if entry.repeats == 1 else f"{name} ({lap + 1} of {entry.repeats})"


def _entry_route(path: Path, entry: StageEntry, stage: Stage, seed: int | None) -> Route:
    """The route of a stage as a campaign wants it: so long, with its own seed or another one."""
    if entry.distance_km is not None:
        part = stage.parts[0]
        if len(stage.parts) != 1 or not isinstance(part, MixPart):
            allowed = f"no distance_km, as {stage.name} is not one mix"
            raise InputError([Fault(str(path), 0, f"days: {entry.stage}", f"{entry.distance_km:g} km", allowed)])
        mix = part.mix.model_copy(update={"distance_km": entry.distance_km})
        stage = stage.model_copy(update={"parts": (part.model_copy(update={"mix": mix}),)})
    wanted = entry.seed
    if seed is not None:
        wanted = (seed + (entry.seed or 0)) % 2**63
    return stage.route(wanted)


def check_places(path: Path, stage: Stage, route: Route) -> None:
    """Check that zones, dangers and stops lie on the stage.

    Raises:
        InputError: they don't.
    """
    length_km = route.length_m / 1000.0
    places = [(f"zones.{k}.to_km", zone.to_km) for k, zone in enumerate(stage.zones)]
    places += [(f"dangers.{k}.at_km", danger.at_km) for k, danger in enumerate(stage.dangers)]
    places += [(f"stops.{k}.at_km", stop.at_km) for k, stop in enumerate(stage.stops)]
    faults = [
        Fault(str(path), 0, key, f"{at:g}", f"at most {length_km:g}, the length of the stage")
        for key, at in places
        if not at <= length_km
    ]
    if faults:
        raise InputError(faults)


def check_stage(path: Path, stage: Stage) -> None:
    """Lay a stage out, for what only shows then.

    Raises:
        InputError: a terrain that it names is wrong, or places do not lie on it.
    """
    check_places(path, stage, stage.route())


def check_campaign(path: Path, campaign: Campaign) -> None:
    """Lay out every stage of a campaign.

    Raises:
        InputError: a stage that it names is wrong, or cannot be driven as asked for.
    """
    _of_campaign(path, campaign, None)


def _of_roadbook(path: Path, seed: int | None) -> Course:
    book = read_roadbook(path, 1 if seed is None else seed)
    leg = Leg(book.route.name, book.route)
    return Course(book.route.name, 1 if seed is None else seed, (leg,), book.inputs, None, book.notices)


def _of_measured(path: Path) -> Course:
    """A measured road, driven once on gravel."""
    value = {
        "kind": "terrain", "name": "measured", "description": "a measured road", "seed": 0,
        "segments": ({"label": path.stem[:60], "surface": "paved", "soil": "gravel", "road_file": path.name},),
    }  # fmt: skip
    terrain = Terrain.model_validate(value, context={"folder": path.parent})
    check_roads(path, terrain)
    route = replace(terrain.route(), name=path.stem)
    return Course(path.stem, 0, (Leg(path.stem, route),), (path,), None, (f"{path.name}: driven once, as on gravel",))
