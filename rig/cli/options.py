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


OverrideChecks = Annotated[
    str | None,
    typer.Option(help="Run although a check before the run fails; the reason goes into the record."),
]
HealthBlockMin = Annotated[
    float | None,
    typer.Option(
        "--health-block-min",
        help="Put in a health block, always the same 60 s, every so many minutes of driving, about (1 to 600), soon"
        " after the start and at the end; 0 for none. As the campaign says by default.",
    ),
]


class ResidueOption(StrEnum):
    """What becomes of the ranges that no cycle closes, as `rig.life.rainflow.ResidueRule`."""

    halves = "halves"
    repeated = "repeated"
    none = "none"
