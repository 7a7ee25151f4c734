"""Options that several commands have."""

from enum import StrEnum


class OverOption(StrEnum):
    """What can be done where a drive leaves the rig's envelope."""

    refuse = "refuse"
    slow = "slow"
    clip = "clip"


class PaceOption(StrEnum):
    """The paces that can be asked for."""

    real = "real"
    stepped = "stepped"


class ResidueOption(StrEnum):
    """What becomes of the ranges that no cycle closes, as `rig.life.rainflow.ResidueRule`."""

    halves = "halves"
    repeated = "repeated"
    none = "none"
