"""Which ground a roadbook lies on: a map beside it, or a mix that nobody has asked for and the plan says so."""

import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles import catalogue
from profiles.course.mix import SHORTEST_M, Mix, lay_out
from profiles.course.names import SurfaceName, fault_at
from profiles.road.route import Stretch, stretches_of
from profiles.road.segments import STEP_M, SyntheticSegment
from profiles.road.surface import FOLDER as SURFACES
from profiles.road.surface import load_surface
from profiles.schema import InputError, Misfit, Strict, load

SUFFIX = ".surfaces.yaml"
LONGEST_KM = 5.0
"""Longer sections of one surface become several segments, so that a plan can tell where on it something is."""
SHORTEST_KM, TOLERANCE_KM = SHORTEST_M / 1000.0, 1e-6
"""Nothing shorter is laid; kilometres are compared to a millimetre."""
DEFAULT_SHARES = {"sand_track": 0.35, "reg": 0.35, "hamada": 0.1, "dunettes": 0.1, "wadi": 0.1}
"""Of the ground of a roadbook without a map (design value)."""


class Section(Strict):
    """One surface from a distance to another, from the start of the section that is driven."""

    from_km: Annotated[float, Field(ge=0)]
    to_km: Annotated[float, Field(gt=0)]
    surface: SurfaceName


class SurfaceMap(Strict):
    """A surface map: sections in order, and the surface of all else."""

    kind: Literal["surface_map"]
    description: str = ""
    default: SurfaceName
    sections: tuple[Section, ...] = ()

    def misfits(self) -> Iterator[Misfit]:
        """Sections that end before they start or overlap the one before; sections and gaps that are too short."""
        before = 0.0
        for index, section in enumerate(self.sections):
            if not section.to_km - section.from_km >= SHORTEST_KM - TOLERANCE_KM:
                yield Misfit(("sections", index, "to_km"), f"at least {SHORTEST_KM:g} more than from_km")
            if not section.from_km >= before:
                yield Misfit(("sections", index, "from_km"), f"at least {before:g}, where the section before ends")
            elif before < section.from_km < before + SHORTEST_KM - TOLERANCE_KM:
                allowed = f"{before:g}, or at least {before + SHORTEST_KM:g}: nothing shorter is laid between"
                yield Misfit(("sections", index, "from_km"), allowed)
            before = section.to_km


def ground_of(roadbook: Path, length_km: float, seed: int) -> tuple[tuple[Stretch, ...], tuple[Path, ...], list[str]]:
    """The stretches of a roadbook of a length, the files that they come from, and what the reader should know.

    Raises:
        InputError: with all faults of the map.
    """
    path = roadbook.with_name(roadbook.stem + SUFFIX)
    if not os.path.isfile(path):  # unlike Path.is_file it never raises, whatever a person wrote
        return _without_map(path, length_km, seed)
    surfaces = load(path, SurfaceMap)
    _check_end(path, surfaces, length_km)
    segments = tuple(segment for part in _parts(surfaces, length_km) for segment in part)
    names = {surfaces.default, *(section.surface for section in surfaces.sections)}
    files = sorted(catalogue.find(name, SURFACES, "surface") for name in names)
    return stretches_of(segments, seed), (path, *files), []


def _without_map(path: Path, length_km: float, seed: int) -> tuple[tuple[Stretch, ...], tuple[Path, ...], list[str]]:
    if length_km * min(DEFAULT_SHARES.values()) < SHORTEST_KM:
        surface = next(iter(DEFAULT_SHARES))
        notice = f"no {path.name} beside it: the ground is {surface}, as it is too short for a mix"
        return stretches_of(tuple(_segments(surface, 0.0, length_km)), seed), (), [notice]
    low, high = min(1.0, length_km / 8.0), min(3.0, length_km / 4.0)
    mix = Mix(distance_km=length_km, segment_km=(low, high), shares=DEFAULT_SHARES)
    shares = ", ".join(f"{share:.0%} {name}" for name, share in DEFAULT_SHARES.items())
    notice = f"no {path.name} beside it: the ground is a mix of {shares}"
    return stretches_of(tuple(lay_out(mix, seed, 0)), seed), (), [notice]


def _check_end(path: Path, surfaces: SurfaceMap, length_km: float) -> None:
    """Check that the last section ends with what is driven, or leaves enough for the surface of all else."""
    end_km = surfaces.sections[-1].to_km if surfaces.sections else 0.0
    where = ("sections", len(surfaces.sections) - 1, "to_km")
    if not end_km <= length_km + TOLERANCE_KM:
        allowed = f"at most {length_km:.9g}, the length of the section that is driven"
        raise InputError([fault_at(path, where, allowed)])
    if TOLERANCE_KM < length_km - end_km < SHORTEST_KM - TOLERANCE_KM:
        allowed = f"{length_km:.9g}, where the section that is driven ends, or at least {SHORTEST_KM:g} less"
        raise InputError([fault_at(path, where, allowed)])


def _parts(surfaces: SurfaceMap, length_km: float) -> Iterator[list[SyntheticSegment]]:
    at_km = 0.0
    for section in surfaces.sections:
        yield _segments(surfaces.default, at_km, section.from_km)
        yield _segments(section.surface, section.from_km, section.to_km)
        at_km = section.to_km
    yield _segments(surfaces.default, at_km, length_km)


def _segments(surface: str, from_km: float, to_km: float) -> list[SyntheticSegment]:
    """One surface from a distance to another, in pieces of about the same length; none where nothing is between."""
    first, last = (round(km * 1000.0 / STEP_M) for km in (from_km, to_km))
    if last <= first:
        return []
    count = max(1, round((to_km - from_km) / LONGEST_KM))
    bounds = [first + (last - first) * k // count for k in range(count + 1)]
    return [load_surface(surface).segment((high - low) * STEP_M) for low, high in pairwise(bounds)]
