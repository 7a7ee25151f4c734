"""What a plan asks of an edit: that it is played as it was made."""

from collections.abc import Mapping

from profiles.course.edit import Edit
from profiles.drive.prepare import Over
from profiles.schema import Fault, InputError


def refuse_other_drive(edit: Edit, over: Over, until_m: float | None, names: Mapping[str, str]) -> None:
    """Check that an edit is played as it was made.

    Raises:
        InputError: by another car, driver or rig, or otherwise.
    """
    asked = {**{f"--{key}": (name, getattr(edit, key)) for key, name in names.items()},
             "--over-envelope": (over, edit.over_envelope)}  # fmt: skip
    faults = [
        Fault("(argument)", 0, key, found, f"{allowed}, as {edit.name} was made")
        for key, (found, allowed) in asked.items()
        if found != allowed
    ]
    if until_m is not None:
        faults.append(Fault("(argument)", 0, "--until-km", f"{until_m / 1000:g}", "all of an edited drive"))
    if faults:
        raise InputError(faults)
