"""Where the machine's host took processor time from it in mid-row, a row may be played once more; for nothing else.

What it takes at the wrong moment makes the loop late by more than its lead. The device then runs dry and trips, as it
must, but not for the fault of the row. A busy host takes it often, so a row has several tries; each is told.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from rig.rt.realtime import steal_ticks
from tests.faults.row import Must, Reaction

Reactions = dict[str, Reaction]

TRIES = 5


def once_more_where_stolen(folder: Path, musts: dict[str, Must], play: Callable[[Path], Reactions]) -> Reactions:
    """Play, each time into a new folder in ``folder``, at most `TRIES` times; the reactions by name of row."""
    for number in range(1, TRIES):
        before, found = steal_ticks(), play(_new(folder, number))
        stolen = steal_ticks() - before
        if stolen <= 0 or not any(_ran_dry(musts[name], reaction) for name, reaction in found.items()):
            return found
        sys.stderr.write(f"{', '.join(found)}: an underrun, and the host took {stolen} ticks: once more\n")
    return play(_new(folder, TRIES))


def _new(folder: Path, number: int) -> Path:
    made = folder / f"try_{number}"
    made.mkdir()
    return made


def _ran_dry(must: Must, found: Reaction) -> bool:
    return bool(found.complaints) and found.first_fault == "UNDERRUN" != must.device_says
