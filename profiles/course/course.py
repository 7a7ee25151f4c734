"""A course: everything that can be driven, as legs of one route each, whatever kind of file it comes from."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from profiles import catalogue
from profiles.course.campaign import FOLDER as CAMPAIGNS
from profiles.course.campaign import Campaign, StageEntry
from profiles.course.edit import Edit
from profiles.course.names import fault_at
from profiles.course.roadbook import read_roadbook
from profiles.course.stage import FOLDER as STAGES
from profiles.course.stage import MixPart, Stage, load_stage
from profiles.drive.edit import DriveEdit
from profiles.measured.tracks import RPC3_SUFFIXES
from profiles.road.route import Route
from profiles.road.terrain import FOLDER as TERRAINS
from profiles.road.terrain import MOST_SEGMENTS, Terrain, check_roads, input_files
from profiles.schema import Fault, InputError, load, one_of_kinds
from profiles.yaml_nodes import Path_

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
        edit: what is kept of its drive; None where all is.
        pauses_m: stops of the route at which the rig comes to neutral, so that something else can be played there.
    """

    name: str
    route: Route
    day: str = ""
    ambient_degc: float = AMBIENT_DEGC
    soak_h: float = 0.0
    service_min: float = 0.0
    edit: DriveEdit | None = None
    pauses_m: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Legs in the order in which they are driven.

    Attributes:
        name: of the file.
        seed: of the file, or what was given instead; 0 for a campaign, whose stages have their own.
        legs: at least one.
        inputs: all files that it is made from, each once.
        style: of the driver, where the file says so.
        notices: what whoever reads the plan should know.
        edit: the edit file; its course's one leg has its ``edit``.
        health_block_min: of the file: a health block every so many minutes of driving, about; None: none.
    """

    name: str
    seed: int
    legs: tuple[Leg, ...]
    inputs: tuple[Path, ...]
    style: str | None = None
    notices: tuple[str, ...] = ()
    edit: Edit | None = None
    health_block_min: float | None = None

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
        return _of_roadbook(_existing(what, "roadbook", "a roadbook (.gpx)"), seed)
    if suffix in (".crg", ".csv"):
        return _of_measured(_existing(what, "road", f"a measured road ({suffix})"), seed)
    if suffix in RPC3_SUFFIXES:
        allowed = "a terrain file (.yaml) that names it by road_file, and its channels by rpc3"
        raise InputError([Fault(what, 0, "course", f"RPC III ({suffix}) by itself", allowed)])
    path = _find(what)
    model = one_of_kinds(path, {"terrain": Terrain, "stage": Stage, "campaign": Campaign, "edit": Edit})
    makers: dict[type, Callable[[], Course]] = {
        Terrain: lambda: _of_terrain(path, load(path, Terrain), seed),
        Stage: lambda: _of_stage(str(path), seed),
        Campaign: lambda: _of_campaign(path, load(path, Campaign), seed),
        Edit: lambda: _of_edit(path, load(path, Edit), seed),
    }
    return makers[type(model)]()


def _of_edit(path: Path, edit: Edit, seed: int | None) -> Course:
    if seed not in (None, edit.seed):
        raise InputError(
            [Fault("(argument)", 0, "--seed", str(seed), f"{edit.seed}, that of the edited drive, or none")]
        )
    named = edit.course
    if "/" in named or Path(named).suffix:
        named = os.path.normpath(path.parent / named)
        named = named if "/" in named else f"./{named}"
    course = load_course(named, edit.seed)
    if course.edit is not None or len(course.legs) != 1:
        allowed = "a course of one stage, and no edit itself"
        raise InputError([fault_at(path, ("course",), allowed)])
    leg = replace(course.legs[0], edit=DriveEdit(edit.kept_samples, edit.source_drive_sha256))
    notices = (*course.notices, edit.notice)
    return Course(edit.name, edit.seed, (leg,), (path, *course.inputs), edit.style, notices, edit)


def _find(what: str) -> Path:
    """The file of an argument; a bare name is looked up in the folders of terrains, stages and campaigns."""
    known = [name for folder in FOLDERS.values() for name in catalogue.names(folder)]
    if "/" in what or what.endswith(".yaml"):
        allowed = f"a terrain, stage or campaign file (.yaml), or one of {', '.join(sorted(known))}"
        return _existing(what, "course", allowed)
    for folder in FOLDERS.values():
        if what in catalogue.names(folder):
            return folder / f"{what}.yaml"
    raise InputError([catalogue.unknown(what, "course", known)])


def _existing(what: str, kind: str, allowed: str) -> Path:
    if not os.path.isfile(what):  # unlike Path.is_file it never raises, whatever a person wrote
        found = "a folder" if os.path.isdir(what) else "no such file"
        raise InputError([Fault(what, 0, kind, found, allowed)])
    return Path(what)


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
    service_min, segments = 0.0, 0
    for day_number, day in enumerate(campaign.days):
        soak_h = day.soak_h
        for number, entry in enumerate(day.stages):
            where: Path_ = ("days", day_number, "stages", number)
            route, files = _entry_route(path, where, entry, seed)
            inputs += files
            segments += entry.repeats * len(route.stretches)
            if not segments <= MOST_SEGMENTS:
                allowed = f"at most {MOST_SEGMENTS} segments in the whole campaign; with this stage they are {segments}"
                raise InputError([fault_at(path, where, allowed)])
            for name in _names(entry, route.name):
                legs.append(Leg(name, route, day.label, day.ambient_degc, soak_h, service_min))
                soak_h = service_min = 0.0
        service_min = day.service_min
    own = seed if seed is not None else 0
    return Course(
        campaign.name, own, tuple(legs), tuple(dict.fromkeys(inputs)), campaign.style,
        health_block_min=campaign.health_block_min,
    )  # fmt: skip


def _names(entry: StageEntry, usual: str) -> Iterator[str]:
    name = entry.name or usual
    for lap in range(entry.repeats):
        yield name if entry.repeats == 1 else f"{name} ({lap + 1} of {entry.repeats})"


def _entry_route(path: Path, where: Path_, entry: StageEntry, seed: int | None) -> tuple[Route, list[Path]]:
    """The route of a stage as a campaign wants it: so long, with its own seed or another one; and its files."""
    stage, files = load_stage(entry.stage)
    words = "the length of the stage"
    if entry.distance_km is not None:
        part = stage.parts[0]
        if len(stage.parts) != 1 or not isinstance(part, MixPart):
            raise InputError([fault_at(path, (*where, "distance_km"), f"none, as {stage.name} is not one mix")])
        allowed = part.mix.over(entry.distance_km)
        if allowed:
            raise InputError([fault_at(path, (*where, "distance_km"), f"{allowed}, for {stage.name}")])
        mix = part.mix.model_copy(update={"distance_km": entry.distance_km})
        stage = stage.model_copy(update={"parts": (part.model_copy(update={"mix": mix}),)})
        words = f"its length in {path}"
    wanted = entry.seed
    if seed is not None:
        wanted = (seed + (entry.seed or 0)) % 2**63
    route = stage.route(wanted)
    check_places(files[0], stage, route, words)
    return route, files


def check_places(path: Path, stage: Stage, route: Route, words: str = "the length of the stage") -> None:
    """Check that zones, dangers and stops lie on the stage.

    Raises:
        InputError: they don't.
    """
    length_km = route.length_m / 1000.0
    places: list[tuple[Path_, float]] = [(("zones", k, "to_km"), zone.to_km) for k, zone in enumerate(stage.zones)]
    places += [(("dangers", k, "at_km"), danger.at_km) for k, danger in enumerate(stage.dangers)]
    places += [(("stops", k, "at_km"), stop.at_km) for k, stop in enumerate(stage.stops)]
    allowed = f"at most {length_km:.9g}, {words}"
    faults = [fault_at(path, where, allowed) for where, at_km in places if not at_km <= length_km + 1e-9]
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


def check_edit(path: Path, edit: Edit) -> None:
    """Check that an edit names a course that can be edited; whether it is the same drive only a plan shows.

    Raises:
        InputError: it does not.
    """
    _of_edit(path, edit, None)


def _of_roadbook(path: Path, seed: int | None) -> Course:
    book = read_roadbook(path, 1 if seed is None else seed)
    leg = Leg(book.route.name, book.route)
    return Course(book.route.name, 1 if seed is None else seed, (leg,), book.inputs, None, book.notices)


def _of_measured(path: Path, seed: int | None) -> Course:
    """A measured road, driven once on gravel."""
    value = {
        "kind": "terrain", "name": "measured", "description": "a measured road", "seed": 0,
        "segments": ({"label": path.stem[:60], "surface": "paved", "soil": "gravel", "road_file": path.name},),
    }  # fmt: skip
    terrain = Terrain.model_validate(value, context={"folder": path.parent})
    route = replace(terrain.route(), name=path.stem)
    notices = [f"{path.name}: driven once, as on gravel"]
    if seed is not None:
        notices.append("a measured road has no seed: --seed only changes noise")
    return Course(path.stem, 0, (Leg(path.stem, route),), (path,), None, tuple(notices))
