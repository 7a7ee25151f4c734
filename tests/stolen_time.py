"""A test of a run at pace real may be played again where the machine's host took its processors; for nothing else.

What it takes at the wrong moment makes the loop late by more than its lead. The device then runs dry and trips, as it
must, and what the test asks of the run meets one that is over.
"""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rig.rt.realtime import steal_ticks

TRIES = 4


def again_where_the_device_ran_dry(test: Callable[..., None]) -> Callable[..., None]:
    """Give a test with ``tmp_path`` some tries, each in a folder of its own.

    A failure counts at once unless processor time was stolen meanwhile and a record in that folder names the underrun.
    """

    @functools.wraps(test)
    def tried(*args: Any, tmp_path: Path, **more: Any) -> None:
        for number in range(1, TRIES):
            folder, before = _new(tmp_path, number), steal_ticks()
            try:
                return test(*args, tmp_path=folder, **more)
            except Exception:
                stolen = steal_ticks() - before
                if stolen <= 0 or not _ran_dry(folder):
                    raise
                sys.stderr.write(f"{test.__name__}: an underrun, and the host took {stolen} ticks: once more\n")
        return test(*args, tmp_path=_new(tmp_path, TRIES), **more)

    return tried


def _new(folder: Path, number: int) -> Path:
    made = folder / f"try_{number}"
    made.mkdir()
    return made


def _ran_dry(folder: Path) -> bool:
    return any("UNDERRUN" in record.read_text(errors="replace") for record in folder.rglob("events.jsonl"))
