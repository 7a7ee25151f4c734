"""Every kind of YAML file in the program: its word, its model and its place in the library."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from profiles.car.vehicle import FOLDER as VEHICLE_FOLDER
from profiles.car.vehicle import Vehicle
from profiles.catalogue import names
from profiles.course.campaign import FOLDER as CAMPAIGN_FOLDER
from profiles.course.campaign import Campaign
from profiles.course.course import check_campaign, check_edit, check_stage
from profiles.course.edit import FOLDER as EDIT_FOLDER
from profiles.course.edit import Edit
from profiles.course.roadbook import FOLDER as ROADBOOK_FOLDER
from profiles.course.stage import FOLDER as STAGE_FOLDER
from profiles.course.stage import Stage
from profiles.course.surface_map import SurfaceMap
from profiles.driver.style import FOLDER as STYLE_FOLDER
from profiles.driver.style import DriverStyle
from profiles.road.surface import FOLDER as SURFACE_FOLDER
from profiles.road.surface import SurfaceFile
from profiles.road.terrain import FOLDER as TERRAIN_FOLDER
from profiles.road.terrain import Terrain, check_roads
from profiles.schema import Strict, one_of_kinds
from rig.config import FOLDER as RIG_FOLDER
from rig.config import Rig
from rig.life.components import FOLDER as COMPONENT_FOLDER
from rig.life.components import Component, check_components, check_name
from rig.life.specimens import FOLDER as SPECIMEN_FOLDER
from rig.life.specimens import SpecimenFile
from rig.plan import check_rig


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file."""

    word: str
    model: type[Strict]
    folder: Path
    check: Callable[[Path, Any], object] | None = None
    """What else must be good where such a file is used; raises `InputError`."""


KINDS = (
    Kind("terrain", Terrain, TERRAIN_FOLDER, check_roads),
    Kind("surface", SurfaceFile, SURFACE_FOLDER),
    Kind("stage", Stage, STAGE_FOLDER, check_stage),
    Kind("campaign", Campaign, CAMPAIGN_FOLDER, check_campaign),
    Kind("edit", Edit, EDIT_FOLDER, check_edit),
    Kind("surface_map", SurfaceMap, ROADBOOK_FOLDER),
    Kind("driver_style", DriverStyle, STYLE_FOLDER),
    Kind("vehicle", Vehicle, VEHICLE_FOLDER),
    Kind("rig", Rig, RIG_FOLDER, check_rig),
    Kind("component", Component, COMPONENT_FOLDER, check_name),
    Kind("specimens", SpecimenFile, SPECIMEN_FOLDER, check_components),
)


def files_of(what: str) -> list[Path]:
    """The file that an argument means, or every library file of that name; a path where the library has none."""
    found = [kind.folder / f"{what}.yaml" for kind in KINDS if what in names(kind.folder)]
    return found or [Path(what)]


def load_any(path: Path) -> Strict:
    """The model in a file of any kind, which the file says itself by ``kind:``, with what it names.

    Raises:
        InputError: with all faults of the file.
    """
    model = one_of_kinds(path, {kind.word: kind.model for kind in KINDS})
    for kind in KINDS:
        if kind.check is not None and isinstance(model, kind.model):
            kind.check(path, model)
    return model
