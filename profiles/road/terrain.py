"""What a terrain file says: a loop of segments with surface, roughness, soil and obstacles, or measured roads."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from profiles import catalogue
from profiles.road.route import Route, stretches_of
from profiles.road.segments import MeasuredSegment, Segment
from profiles.schema import Fault, InputError, Strict, load

FOLDER = Path(__file__).parent.parent / "library" / "terrain"

MOST_SEGMENTS = 32_767  # a segment's index is an int16 in the drive and in the record


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

    def route(self, seed: int | None = None) -> Route:
        """The segments of all repeats in the order they are driven; with its own seed, or another."""
        return Route(self.name, stretches_of(self.segments, self.seed if seed is None else seed, self.repeats))


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
    measured = [segment for segment in terrain.segments if isinstance(segment, MeasuredSegment)]
    for segment in {(segment.road_file, segment.rpc3): segment for segment in measured}.values():
        try:
            segment.tracks()
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
    files = [segment.road_file for segment in load(path, Terrain).segments if isinstance(segment, MeasuredSegment)]
    return [Path(file) for file in dict.fromkeys(files)]
