"""Rows of whole runs, from a row to its reaction."""

from contextlib import nullcontext
from pathlib import Path

from tests.faults.row import Reaction
from tests.faults.run_judging import judge
from tests.faults.run_row import RunRow, SharedRun
from tests.faults.site import Site, small_disk
from tests.faults.stepped_clock import stepping
from tests.faults.whole_run import play


def react(row: RunRow, site: Site, folder: Path) -> Reaction:
    """Play a run of its own for one row."""
    runs = folder / "runs"
    runs.mkdir()
    with small_disk(runs) if row.small_disk else nullcontext(False) as mounted:
        return judge(row, play([row], site, runs, disk_is_small=mounted))


def react_shared(shared: SharedRun, site: Site, folder: Path) -> dict[str, Reaction]:
    """Play one run for several rows; by name."""
    runs = folder / "runs"
    runs.mkdir()
    with stepping(folder):
        played = play(shared.rows, site, runs, shared.until_m)
    return {row.name: judge(row, played) for row in shared.rows}
