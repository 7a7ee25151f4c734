"""What an edit file says: of which drive which stretches are kept, and what of its damage that retains."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles.drive.edit import JOIN_S
from profiles.schema import Misfit, Strict

FOLDER = Path(__file__).parent.parent / "library" / "edits"
"""None ships: an edit goes with one drive of one version."""

Share = Annotated[float, Field(gt=0, lt=1)]
Sample = Annotated[int, Field(ge=0)]
NAME = r"^[a-z][a-z0-9_]*$"
Name = Annotated[str, Field(pattern=NAME)]


class Retained(Strict):
    """Damage of the edited drive over that of the whole: of a load to an exponent, or by a component's law."""

    damage: Annotated[str, Field(min_length=1)]
    share: Annotated[float, Field(ge=0)]


class Edit(Strict):
    """An edit file, as ``rig edit`` writes it: it goes with one drive alone, which its hash tells.

    ``course`` is a library name, or a file, its path taken from the folder of this one; ``retain`` what was asked for,
    ``retained`` what it came to on the edited drive. ``kept_samples`` are stretches [first, end) of the whole drive;
    each fades into the next over `profiles.drive.edit.JOIN_S`.
    """

    kind: Literal["edit"]
    name: Name
    description: str
    course: Annotated[str, Field(min_length=1)]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    vehicle: Name
    style: Name
    rig: Name
    over_envelope: Literal["refuse", "slow"]
    source_km: Annotated[float, Field(gt=0)]
    source_drive_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    retain: Share
    retained: Annotated[tuple[Retained, ...], Field(min_length=1)]
    kept_samples: Annotated[tuple[tuple[Sample, Sample], ...], Field(min_length=1)]

    def misfits(self) -> Iterator[Misfit]:
        """Stretches that end before they start, or overlap the one before."""
        before = -1
        for index, (first, end) in enumerate(self.kept_samples):
            if not before < first < end:
                yield Misfit(
                    ("kept_samples", index), f"first and end, both beyond the stretch before ({JOIN_S:g} s a join)"
                )
                return
            before = end

    @property
    def notice(self) -> str:
        """What whoever plays it must know."""
        least = min(one.share for one in self.retained)
        by = ", ".join(one.damage for one in self.retained)
        return (
            f"edited drive: mild parts of {self.source_km:g} km of {self.course} are left out, {least:.1%} or more of"
            f" its damage is retained by {by}. Accelerated for fatigue only: seals, elastomers and bearings get what is"
            " played"
        )
