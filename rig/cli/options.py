"""Options that several commands have."""

from enum import StrEnum
from typing import Annotated

import typer


class OverOption(StrEnum):
    """What can be done where a drive leaves the rig's envelope."""

    refuse = "refuse"
    slow = "slow"
    clip = "clip"


class RecordingOption(StrEnum):
    """What stays of a run's samples."""

    full = "full"
    summary = "summary"


class PaceOption(StrEnum):
    """The paces that can be asked for."""

    real = "real"
    stepped = "stepped"


Recorded = Annotated[
    RecordingOption,
    typer.Option(
        help="What stays of the samples: all; or of each second lowest, highest and mean, and all near events and of"
        " the last minutes."
    ),
]


class ResidueOption(StrEnum):
    """What becomes of the ranges that no cycle closes, as `rig.life.rainflow.ResidueRule`."""

    halves = "halves"
    repeated = "repeated"
    none = "none"
