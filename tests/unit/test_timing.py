"""The logarithmic histogram against numpy's quantiles, and what a loop's report holds."""

import numpy as np
import pytest

from rig.rt.timing import BINS_PER_OCTAVE, Histogram, LoopTiming

BIN = 2 ** (1 / BINS_PER_OCTAVE)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99, 0.999])
def test_quantiles_agree_with_numpy_within_a_bin(share: float) -> None:
    """The upper edge of the right bin: never less than the exact quantile, at most a bin's width more."""
    durations = np.random.default_rng(2).lognormal(12.0, 0.8, 20_000).astype(np.int64)
    histogram = Histogram()
    for duration in durations.tolist():
        histogram.add(duration)
    exact = float(np.quantile(durations, share, method="inverted_cdf")) * 1e-3
    assert exact <= histogram.quantile_us(share) <= exact * BIN * 1.0001


def test_no_quantile_is_above_the_longest() -> None:
    """One duration: every quantile is it."""
    histogram = Histogram()
    histogram.add(123_456)
    one = {"p50": 123.46, "p90": 123.46, "p99": 123.46, "p999": 123.46, "max": 123.46}
    assert histogram.quantiles_us() == {**one, "count": 1}


@pytest.mark.parametrize(("duration_ns", "index"), [(-5_000, 0), (0, 0), (100, 0), (10**12, -1)])
def test_what_is_out_of_range_counts_in_the_end_bins(duration_ns: int, index: int) -> None:
    """Woken early, or an hour late: counted, not lost, not raised."""
    histogram = Histogram()
    histogram.add(duration_ns)
    assert histogram.counts[index] == 1
    assert histogram.counts.sum() == 1


def test_an_empty_histogram_says_nothing() -> None:
    """No division by zero; no bins."""
    assert Histogram().quantile_us(0.5) == 0.0
    assert Histogram().as_json() == {"edges": [], "counts": []}


def test_the_plot_holds_every_duration_between_its_edges() -> None:
    """One edge more than counts; the counts add up; the durations lie within."""
    histogram = Histogram()
    for duration_us in (3.0, 80.0, 90.0, 4000.0):
        histogram.add(int(duration_us * 1000))
    plot = histogram.as_json()
    assert len(plot["edges"]) == len(plot["counts"]) + 1
    assert sum(plot["counts"]) == 4
    assert plot["edges"][0] <= 3.0
    assert plot["edges"][-1] >= 4000.0


def test_the_report_leaves_out_what_was_not_measured() -> None:
    """At pace stepped nobody wakes up."""
    timing = LoopTiming(cycles=2, late_cycles=1)
    timing.work.add(50_000)
    report = timing.report()
    assert (report["cycles"], report["late_cycles"]) == (2, 1)
    assert "work_us" in report
    assert "wake_up_us" not in report
