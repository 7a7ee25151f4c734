"""The fault table at the loop: every fault ends as its row says, and nothing raises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.playing import react_at_loop
from tests.faults.row import Row
from tests.faults.stand import Stand, stand
from tests.faults.table import LOOP_ROWS

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def one_stand() -> Iterator[Stand]:
    """One simulated servo controller for all rows."""
    with stand() as made:
        yield made


@pytest.mark.parametrize("row", LOOP_ROWS, ids=lambda row: row.name)
def test_the_loop_ends_as_the_table_says(row: Row, one_stand: Stand, tmp_path: Path) -> None:
    """State, time, what the device says came first, what is recorded, what the operator reads; no stale write."""
    assert react_at_loop(row, one_stand, tmp_path).complaints == []
