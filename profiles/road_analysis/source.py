"""What road an argument means: a course of any kind, a surface laid out for some kilometres, or a library name."""

from pathlib import Path

from profiles import catalogue
from profiles.course.campaign import Campaign
from profiles.course.course import FOLDERS as COURSES
from profiles.course.course import Course, Leg, load_course
from profiles.course.stage import Stage
from profiles.measured.tracks import SUFFIXES
from profiles.road.route import Route, stretches_of
from profiles.road.surface import FOLDER as SURFACES
from profiles.road.surface import SurfaceFile, load_surface
from profiles.road.terrain import Terrain
from profiles.schema import Fault, InputError, Strict, one_of_kinds

ROADS = Path(__file__).parent.parent / "library" / "roads"
USUAL_SURFACE_KM = 5.0
_KINDS: dict[str, type[Strict]] = {"terrain": Terrain, "stage": Stage, "campaign": Campaign, "surface": SurfaceFile}
_FILES = ("a terrain, stage, campaign or surface (.yaml), a roadbook (.gpx), or a measured road", ".crg", ".csv")


def load_road(what: str, seed: int | None = None, surface_km: float | None = None) -> Course:
    """The road of a file or of a library name: of courses first, then of surfaces, then of measured roads.

    Args:
        what: as on the command line.
        seed: instead of the file's own; a surface's is 1.
        surface_km: how much of a surface is looked at, `USUAL_SURFACE_KM` where it is not given.

    Raises:
        InputError: there is no such file or name, or a file of another kind, or with all faults of it; or a length
            was given for what has its own.
    """
    path = _file_of(what)
    if path.suffix.lower() == ".yaml" and isinstance(one_of_kinds(path, _KINDS), SurfaceFile):
        return _of_surface(path, 1 if seed is None else seed, USUAL_SURFACE_KM if surface_km is None else surface_km)
    if surface_km is not None:
        raise InputError([Fault(what, 0, "--km", f"{surface_km:g}", "for a surface only; this has its own length")])
    return load_course(str(path), seed)


def known_names() -> list[str]:
    """All bare names that mean a road."""
    names = {name for folder in (*COURSES.values(), SURFACES) for name in catalogue.names(folder)}
    return sorted(names | set(_measured()))


def _measured() -> dict[str, Path]:
    return {path.stem: path for suffix in SUFFIXES for path in sorted(ROADS.glob(f"*{suffix}"))}


def _file_of(what: str) -> Path:
    path = Path(what)
    if path.suffix or "/" in what:
        return _checked(what, path)
    for folder in (*COURSES.values(), SURFACES):
        if what in catalogue.names(folder):
            return folder / f"{what}.yaml"
    if what in _measured():
        return _measured()[what]
    raise InputError([catalogue.unknown(what, "road", known_names())])


def _checked(what: str, path: Path) -> Path:
    if not path.is_file():
        found = "a folder" if path.is_dir() else "no such file"
        raise InputError([Fault(what, 0, "road", found, f"{', '.join(_FILES)}; or a name in the library")])
    if path.suffix.lower() not in (".yaml", ".gpx", ".crg", ".csv"):
        found = f"the suffix {path.suffix!r}" if path.suffix else "a file without a suffix"
        rpc = "; RPC III goes into a terrain file, which names its channels" if path.suffix.lower() in SUFFIXES else ""
        raise InputError([Fault(what, 0, "road", found, f"{', '.join(_FILES)}{rpc}")])
    return path


def _of_surface(path: Path, seed: int, km: float) -> Course:
    """A surface, level, for a length: what grade it has is for a stage to say."""
    surface = load_surface(str(path))
    stretches = stretches_of((surface.segment(km * 1000.0),), seed)
    notice = f"{surface.name} is a surface: {km:g} km of it, level, seed {seed}"
    return Course(surface.name, seed, (Leg(surface.name, Route(surface.name, stretches)),), (path,), None, (notice,))
