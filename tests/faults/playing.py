"""Rows from a row to its reaction."""

from contextlib import nullcontext
from pathlib import Path

from tests.faults import judging, run_judging, scene, whole_run
from tests.faults.row import Reaction, Row
from tests.faults.run_row import RunRow, SharedRun
from tests.faults.site import Site, small_disk
from tests.faults.stand import Stand
from tests.faults.stepped_clock import stepping
from tests.faults.stolen import once_more_where_stolen


def react_at_loop(row: Row, stand: Stand, folder: Path) -> Reaction:
    """Play a row of the loop."""

    def play(into: Path) -> dict[str, Reaction]:
        return {row.name: judging.judge(scene.play(row, stand, into))}

    return once_more_where_stolen(folder, {row.name: row.must}, play)[row.name]


def react(row: RunRow, site: Site, folder: Path) -> Reaction:
    """Play a run of its own for one row."""

    def play(into: Path) -> dict[str, Reaction]:
        with small_disk(into) if row.small_disk else nullcontext(False) as mounted:
            return {row.name: run_judging.judge(row, whole_run.play([row], site, into, disk_is_small=mounted))}

    return once_more_where_stolen(folder, {row.name: row.must}, play)[row.name]


def react_shared(shared: SharedRun, site: Site, folder: Path) -> dict[str, Reaction]:
    """Play one run for several rows; by name."""

    def play(into: Path) -> dict[str, Reaction]:
        with stepping(folder):
            played = whole_run.play(shared.rows, site, into, shared.until_m)
        return {row.name: run_judging.judge(row, played) for row in shared.rows}

    return once_more_where_stolen(folder, {row.name: row.must for row in shared.rows}, play)
