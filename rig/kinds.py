"""Every kind of YAML file in the program: its word, its model and its place in the library."""

from dataclasses import dataclass
from pathlib import Path

from profiles.schema import Strict, one_of_kinds
from profiles.terrain import FOLDER as TERRAIN_FOLDER
from profiles.terrain import Terrain
from profiles.vehicle import FOLDER as VEHICLE_FOLDER
from profiles.vehicle import Vehicle
from rig.config import FOLDER as RIG_FOLDER
from rig.config import Rig
from rig.life.components import FOLDER as COMPONENT_FOLDER
from rig.life.components import Component
from rig.life.specimens import FOLDER as SPECIMEN_FOLDER
from rig.life.specimens import SpecimenFile


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file."""

    word: str
    model: type[Strict]
    folder: Path


KINDS = (
    Kind("terrain", Terrain, TERRAIN_FOLDER),
    Kind("vehicle", Vehicle, VEHICLE_FOLDER),
    Kind("rig", Rig, RIG_FOLDER),
    Kind("component", Component, COMPONENT_FOLDER),
    Kind("specimens", SpecimenFile, SPECIMEN_FOLDER),
)


def load_any(path: Path) -> Strict:
    """The model in a file of any kind, which the file says itself by ``kind:``.

    Raises:
        InputError: with all faults of the file.
    """
    return one_of_kinds(path, {kind.word: kind.model for kind in KINDS})
