"""Distance that was played at less than full span because an operator wanted it so: counted, and never a survival."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.record.rows import row_dtype
from rig.state import RigState
from rig.supervisor.progress import ReducedSpan


def rows(spans: list[float], first: int = 0, state: RigState = RigState.RUNNING) -> np.ndarray:
    """Rows a metre apart with these spans."""
    made = np.zeros(len(spans), row_dtype(3, 7))
    made["sample"] = np.arange(first, first + len(spans))
    made["distance_m"] = made["sample"]
    made["span"], made["state"] = spans, state
    return made


def test_only_what_an_operator_reduced_counts() -> None:
    """Full span, and the ramp back to it after a hold, do not; from the operator's sample on each metre does."""
    reduced = ReducedSpan()
    reduced.rows(rows([1.0] * 10))
    reduced.rows(rows([0.5, 0.0], 10, RigState.HOLDING))
    reduced.rows(rows([0.3, 0.6, 0.9, 1.0], 12))
    assert reduced.settle() == 0.0
    reduced.wanted(20, 0.8)
    reduced.rows(rows([1.0, 1.0, 1.0, 1.0, 0.9, 0.8, 0.8, 0.8], 16))
    assert reduced.settle() == 4.0
    reduced.wanted(26, 1.0)
    reduced.rows(rows([0.8, 0.8, 0.9, 1.0, 1.0], 24))
    assert reduced.settle() == 6.0


def test_a_command_that_is_told_after_its_rows_counts_from_its_sample() -> None:
    """Rows and events come by different ways: nothing is decided before both are there."""
    reduced = ReducedSpan()
    reduced.rows(rows([0.5] * 10))
    reduced.wanted(4, 0.5)
    assert reduced.settle() == 6.0


def test_the_last_step_below_full_span_counts() -> None:
    """99.9 % is less than all of it, and survives as a float32."""
    reduced = ReducedSpan()
    reduced.wanted(0, 0.999)
    reduced.rows(rows([0.999] * 3))
    assert reduced.settle() == 2.0


def test_a_span_that_is_no_number_counts() -> None:
    """What is not known to be full is not."""
    reduced = ReducedSpan()
    reduced.wanted(0, 0.5)
    reduced.rows(rows([float("nan")] * 3))
    assert reduced.settle() == 2.0


@given(st.lists(st.integers(1, 7), min_size=1, max_size=8))
def test_blocks_make_no_difference(lengths: list[int]) -> None:
    """However the rows are cut."""
    total = sum(lengths)
    spans = [0.5 if number % 3 else 1.0 for number in range(total)]
    whole, cut = ReducedSpan(), ReducedSpan()
    for each in (whole, cut):
        each.wanted(2, 0.5)
    whole.rows(rows(spans))
    first = 0
    for length in lengths:
        cut.rows(rows(spans[first : first + length], first))
        cut.settle()
        first += length
    assert cut.settle() == pytest.approx(whole.settle())
