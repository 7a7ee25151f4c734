"""A change of span in flight: a ramp like any other, to where an operator wants it, through holds and resumes."""

import numpy as np
import pytest

from rig.rt.control import Mode
from tests.law_bench import PAN, RAMP, TORQUE, Bench, constant_drive

STEP = 1.0 / RAMP


def under_way(rows: int = 12 * RAMP, samples: int = 20) -> Bench:
    """A law that plays, at full span."""
    bench = Bench(constant_drive(rows))
    bench.play(samples)
    return bench


def steepest(bench: Bench) -> float:
    """The largest change of span from sample to sample."""
    return float(np.abs(np.diff(bench.spans)).max())


@pytest.mark.parametrize("span", [0.8, 0.25, 0.001])
def test_it_ramps_to_the_span_and_stays_there(span: float) -> None:
    """In steps of the rig's ramp, from the next sample on, and not one step further; no command jumps."""
    bench = under_way()
    assert bench.law.want_span(span)
    bench.play(RAMP + 50)
    down = int((1.0 - span) * RAMP + 1e-6)
    assert np.allclose(bench.spans[20 : 20 + down], 1.0 - STEP * np.arange(1, down + 1), atol=1e-9)
    assert bench.spans[20 + down :] == [span] * (RAMP + 50 - down)
    assert steepest(bench) <= STEP * (1 + 1e-9)
    assert np.abs(np.diff(bench.column(PAN))).max() <= 0.1 * STEP * (1 + 1e-9)


def test_the_drive_goes_on_at_another_span() -> None:
    """Not a hold: each sample uses its row, and what is commanded is that share of it, on every axis."""
    bench = under_way()
    bench.law.want_span(0.5)
    bench.play(RAMP)
    assert bench.law.drive_index == 20 + RAMP
    assert bench.column(PAN)[-1] == pytest.approx(0.05)
    assert bench.column(TORQUE)[-1] == pytest.approx(500.0)
    assert bench.law.mode is Mode.RUN


def test_set_points_go_with_the_span() -> None:
    """Else limits and progress would judge the axes by a drive that is not played."""
    bench = under_way()
    bench.law.want_span(0.5)
    bench.play(RAMP)
    assert bench.law.expected[(20 + RAMP - 1) % 64, PAN] == pytest.approx(0.05)


def test_up_again() -> None:
    """From half to the whole: the same ramp the other way."""
    bench = under_way()
    bench.law.want_span(0.5)
    bench.play(RAMP)
    bench.law.want_span(1.0)
    bench.play(RAMP)
    assert np.allclose(bench.spans[20 + RAMP : 20 + RAMP + RAMP // 2], 0.5 + STEP * np.arange(1, RAMP // 2 + 1))
    assert bench.spans[-1] == 1.0
    assert steepest(bench) <= STEP * (1 + 1e-9)


def test_another_wish_in_the_middle_of_a_ramp_turns_it_round() -> None:
    """The last one counts, from where the span is."""
    bench = under_way()
    bench.law.want_span(0.2)
    bench.play(RAMP // 4)
    bench.law.want_span(0.9)
    bench.play(RAMP)
    assert min(bench.spans) == pytest.approx(0.75)
    assert bench.spans[-1] == 0.9
    assert steepest(bench) <= STEP * (1 + 1e-9)


def test_a_span_that_is_wanted_during_a_hold_comes_with_the_resume() -> None:
    """The rig stays at rest until somebody resumes; then it comes up to that span, and no further."""
    bench = under_way()
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP // 2)
    assert bench.law.want_span(0.4)
    bench.play(RAMP)
    assert bench.spans[-1] == 0.0
    assert np.allclose(np.diff(bench.spans[19 : 20 + RAMP]), -STEP)
    assert bench.law.ask(Mode.RUN)
    bench.play(RAMP)
    assert bench.spans[-1] == 0.4
    assert steepest(bench) <= STEP * (1 + 1e-9)


def test_a_hold_and_a_resume_come_back_to_the_span_that_was_wanted() -> None:
    """A hold does not forget it."""
    bench = under_way()
    bench.law.want_span(0.6)
    bench.play(RAMP)
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP)
    assert bench.spans[-1] == 0.0
    bench.law.ask(Mode.RUN)
    bench.play(RAMP)
    assert bench.spans[-1] == 0.6


def test_a_stop_ramps_from_the_span_that_there_is() -> None:
    """From a lower span it takes less time; a wish that comes after it changes nothing."""
    bench = under_way()
    bench.law.want_span(0.5)
    bench.play(RAMP)
    bench.law.ask(Mode.STOP)
    bench.play(10)
    assert not bench.law.want_span(1.0)
    bench.play(RAMP)
    assert bench.law.done_at == 20 + RAMP + RAMP // 2 - 1
    assert steepest(bench) <= STEP * (1 + 1e-9)


@pytest.mark.parametrize("mode", [Mode.STOP, Mode.DONE])
def test_where_it_stops_or_is_done_a_span_is_refused(mode: Mode) -> None:
    """And not kept for later."""
    bench = Bench(constant_drive(100), ends_at=100 if mode is Mode.DONE else -1)
    bench.play(50)
    bench.law.ask(Mode.STOP) if mode is Mode.STOP else bench.play(60)
    assert bench.law.mode is mode
    assert not bench.law.want_span(0.5)
    assert bench.law.law["span_wanted"][0] == 1.0


@pytest.mark.parametrize("span", [0.0, -0.1, 1.0001, np.nan, np.inf])
def test_a_span_that_is_none_raises(span: float) -> None:
    """More than 0 and at most 1; NaN is neither."""
    bench = under_way()
    with pytest.raises(ValueError, match="not more than 0 and at most 1"):
        bench.law.want_span(span)
    bench.play(RAMP)
    assert bench.spans[-1] == 1.0


@pytest.mark.parametrize("batch", [2, 4, 8])
def test_no_batching_changes_a_bit_through_changes_of_span(batch: int) -> None:
    """However samples are batched between two wishes."""
    results = []
    for size in (1, batch):
        bench = Bench(constant_drive(12 * RAMP))
        for span in (0.3, 0.7, 0.123, 1.0):
            bench.play(160, batch=size)
            bench.law.want_span(span)
        bench.play(RAMP // 8 * 8, batch=size)
        results.append(np.array(bench.commands))
    assert (results[0] == results[1]).all()
