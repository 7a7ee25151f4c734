"""The fault table as a table: long enough, and the same in the docs."""

from tests.faults.report import demands_in_docs
from tests.faults.table import SECTIONS, demand


def test_the_table_is_long_enough_and_names_each_fault_once() -> None:
    """Forty different faults at the least."""
    rows = [row for section in SECTIONS.values() for row in section]
    assert len({row.name for row in rows}) == len(rows) >= 40
    assert len({(row.fault, row.where) for row in rows}) == len(rows)


def test_the_docs_have_the_table() -> None:
    """Faults and demands in docs/safety.md are those of the tests; ``python -m tests.faults.report`` writes them."""
    assert demands_in_docs() == [demand(row) for rows in SECTIONS.values() for row in rows]
