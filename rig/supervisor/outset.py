"""Where a supervisor takes a run up: at its start, or where it was interrupted."""

from dataclasses import dataclass, field

from rig.life.verdict import Finding
from rig.rt.beginning import START, Beginning
from rig.supervisor.progress import Progress


@dataclass(frozen=True, slots=True)
class Outset:
    """What is known when the loop is let go.

    Attributes:
        beginning: for the loop.
        first_row: of the drive, that is fed first.
        full_row: of the drive, from which on the road is owed at full span; what comes before is run-up.
        owed_m: the distance of that row, where it was played, but not in full.
        progress: how far the run has come.
        findings: what was found before.
        untold: those of them that are not on record as events.
        elapsed_s: since the run began, by its clock.
        recoveries: how often it was gone on with, this time included.
    """

    beginning: Beginning = START
    first_row: int = 0
    full_row: int = 0
    owed_m: float | None = None
    progress: Progress = field(default_factory=Progress)
    findings: tuple[Finding, ...] = ()
    untold: tuple[Finding, ...] = ()
    elapsed_s: float = 0.0
    recoveries: int = 0
