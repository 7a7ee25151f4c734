"""The fault table in whole runs: every fault ends as its row says, and nothing raises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.playing import react, react_shared
from tests.faults.run_row import RunRow, SharedRun
from tests.faults.site import Site, site
from tests.faults.table import RUN_ROWS, SHARED_RUNS

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def one_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One simulated rig for all runs."""
    with site(tmp_path_factory.mktemp("site")) as made:
        yield made


@pytest.mark.parametrize("row", RUN_ROWS, ids=lambda row: row.name)
def test_a_run_ends_as_the_table_says(row: RunRow, one_site: Site, tmp_path: Path) -> None:
    """A process, or the disk: the rig comes to rest in time, and the record is whole."""
    assert react(row, one_site, tmp_path).complaints == []


@pytest.mark.parametrize("shared", SHARED_RUNS, ids=lambda shared: shared.name)
def test_a_run_goes_on_as_the_table_says(shared: SharedRun, one_site: Site, tmp_path: Path) -> None:
    """Instruments, the clock, the machine: on record, and the run reaches its target without an underrun."""
    found = react_shared(shared, one_site, tmp_path)
    assert {name: reaction.complaints for name, reaction in found.items() if reaction.complaints} == {}
