"""The edit file: what ``rig edit`` writes and ``rig run`` plays."""

import os
from pathlib import Path

from profiles.course.edit import Edit
from profiles.schema import load
from rig.editing.search import Found
from rig.editing.source import Source
from rig.record.files import write_asked_for


def write_edit(path: Path, course: str, source: Source, found: Found, retain: float) -> Edit:
    """Write an edit and read it back.

    Args:
        path: the file; its name without ``.yaml`` is the edit's.
        course: as it was asked for; a file is named from the folder of this one.
        source, found, retain: what was edited, how, and what was asked for.

    Raises:
        InputError: the file can't be written, or its name is none for an edit.
    """
    text = _text(path, course, source, found, retain)
    edit = load(path, Edit, text)
    write_asked_for(path, text, "--out")
    return edit


def _text(path: Path, course: str, source: Source, found: Found, retain: float) -> str:
    plan, whole = source.plan, source.plan.legs[0].plan
    is_file = "/" in course or bool(Path(course).suffix)
    named = os.path.relpath(course, path.parent) if is_file else course
    values = {
        "kind": "edit", "name": path.stem, "description": f"{plan.name} without its mild parts, for fatigue only",
        "course": _quoted(named), "seed": plan.seed, "vehicle": plan.vehicle.name, "style": plan.style.name,
        "rig": plan.rig.name, "over_envelope": plan.over, "source_km": f"{plan.distance_m / 1000.0:.6f}",
        "source_drive_sha256": _quoted(whole.drive_sha256), "retain": f"{retain:.6f}",
    }  # fmt: skip
    lines = [f"{key}: {value}" for key, value in values.items()]
    lines += ["retained:", *(f"  - {{damage: {_quoted(k)}, share: {v:.6f}}}" for k, v in found.retained.items())]
    lines += ["kept_samples:", *(f"  - [{first}, {end}]" for first, end in found.kept)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Plain YAML whatever the text holds."""
    return "'" + text.replace("'", "''") + "'"
