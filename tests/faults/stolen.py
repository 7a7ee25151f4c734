"""Where the machine's host took processor time from it in mid-row, a row may be played once more; for nothing else.

What it takes at the wrong moment makes the loop late by more than its lead. The device then runs dry and trips, as it
must, but not for the fault of the row.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from rig.rt.realtime import steal_ticks
from tests.faults.row import Must, Reaction

Reactions = dict[str, Reaction]


def once_more_where_stolen(folder: Path, musts: dict[str, Must], play: Callable[[Path], Reactions]) -> Reactions:
    """Play into a new folder in ``folder``; the reactions by name of row."""
    before, first = steal_ticks(), folder / "first"
    first.mkdir()
    found = play(first)
    stolen = steal_ticks() - before
    if stolen > 0 and any(_ran_dry(musts[name], reaction) for name, reaction in found.items()):
        sys.stderr.write(f"{', '.join(found)}: an underrun, and the host took {stolen} ticks: once more\n")
        second = folder / "second"
        second.mkdir()
        return play(second)
    return found


def _ran_dry(must: Must, found: Reaction) -> bool:
    return bool(found.complaints) and found.first_fault == "UNDERRUN" != must.device_says
