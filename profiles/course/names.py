"""Names in stage and campaign files that must be those of other files, with their faults at their own line."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo

from profiles import catalogue
from profiles.driver.style import FOLDER as STYLES
from profiles.road.surface import FOLDER as SURFACES
from profiles.road.terrain import FOLDER as TERRAINS
from profiles.schema import Fault, InputError
from profiles.yaml_nodes import Path_, read_document

STAGES = Path(__file__).parent.parent / "library" / "stages"


def _known(folder: Path, kind: str) -> Callable[[str, ValidationInfo], str]:
    def check(value: str, info: ValidationInfo) -> str:
        beside: Path = (info.context or {}).get("folder", Path())
        named = os.path.normpath(beside / value) if "/" in value or value.endswith(".yaml") else value
        if named != value and not os.path.dirname(named):
            named = f"./{named}"
        try:
            catalogue.find(named, folder, kind)
        except InputError as error:
            fault = error.faults[0]
            there = f"; {fault.file}: {fault.found}" if fault.file == named else ""
            raise ValueError(fault.allowed + there) from None
        return named

    return check


def fault_at(path: Path, where: Path_, allowed: str) -> Fault:
    """The fault of a value that only shows once other files are read, at its line."""
    place = read_document(path).place(where)
    return Fault(str(path), place.line, ".".join(map(str, where)), place.text, allowed)


SurfaceName = Annotated[str, AfterValidator(_known(SURFACES, "surface"))]
"""A surface of the library, or a file, its path taken from the folder of the file that names it."""
TerrainName = Annotated[str, AfterValidator(_known(TERRAINS, "terrain"))]
StageName = Annotated[str, AfterValidator(_known(STAGES, "stage"))]
StyleName = Annotated[str, AfterValidator(_known(STYLES, "driver style"))]
