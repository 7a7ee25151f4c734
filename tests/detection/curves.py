"""What a course does to each healthy part, kept beside the results, so that a course is not driven again for it."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from simulators.corner.specimens import Mode
from tests.detection.block_log import folder_of
from tests.detection.courses import Course
from tests.detection.lives import Curve


def write_curves(out: Path, course: Course, law: Mode, curves: dict[str, Curve]) -> None:
    """The curves of a healthy pass by the damper's law in it; whole or not at all."""
    path = _path(out, course, law)
    path.parent.mkdir(exist_ok=True)
    distance_km = next(iter(curves.values())).distance_km
    beside = path.with_suffix(".part")
    with beside.open("wb") as file:
        arrays: dict[str, Any] = {"distance_km": distance_km} | {name: each.damage for name, each in curves.items()}
        np.savez_compressed(file, **arrays)
    beside.replace(path)


def read_curves(out: Path, course: Course, law: Mode) -> dict[str, Curve] | None:
    """By component; None where they are not there or can't be read, so that the pass is driven again."""
    try:
        with _path(out, course, law).open("rb") as file, np.load(file) as found:
            distance_km = found["distance_km"]
            return {name: Curve(distance_km, found[name]) for name in found.files if name != "distance_km"}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None


def _path(out: Path, course: Course, law: Mode) -> Path:
    return folder_of(out) / f"curves-{course.number}-{law}.npz"
