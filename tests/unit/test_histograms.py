"""Counts that stream: the same whatever the blocks, and what other people's code or plain counting gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import welch

from rig.plan.histograms import LEVELS, POINTS, Crossings, Ranges, Spectrum

NOISE = np.random.default_rng(4).normal(size=20_000)


def test_spectrum_is_welchs() -> None:
    """The density of scipy's Welch with the same window and overlap, without its detrending, to rounding."""
    spectrum = Spectrum(500.0)
    spectrum.consume(NOISE)
    window = np.hanning(POINTS + 1)[:-1]
    f, density = welch(NOISE, 500.0, window, POINTS, POINTS // 2, detrend=False)
    assert spectrum.frequencies_hz == pytest.approx(f)
    assert spectrum.density[1:-1] == pytest.approx(density[1:-1], rel=1e-9)


def test_density_adds_up_to_the_variance() -> None:
    """Its integral is the mean square of the signal, within the scatter of 18 windows."""
    spectrum = Spectrum(500.0)
    spectrum.consume(NOISE)
    assert spectrum.density.sum() * 500.0 / POINTS == pytest.approx(np.mean(NOISE**2), rel=0.05)


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(1, 19_999), max_size=8))
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    """Cut anywhere, spectrum and crossings are the same to the last bit, or to rounding of sums."""
    parts = np.split(NOISE, sorted(set(cuts)))
    spectra, crossings = (Spectrum(500.0), Spectrum(500.0)), (Crossings(4.0), Crossings(4.0))
    spectra[0].consume(NOISE)
    crossings[0].consume(NOISE)
    for part in parts:
        spectra[1].consume(part)
        crossings[1].consume(part)
    assert spectra[1].windows == spectra[0].windows
    assert spectra[1].density == pytest.approx(spectra[0].density, rel=1e-12)
    assert np.array_equal(crossings[1].counts, crossings[0].counts)


def test_two_spectra_become_one() -> None:
    """Added, they are the mean of their windows."""
    one, other = Spectrum(500.0), Spectrum(500.0)
    one.consume(NOISE[:10_000])
    other.consume(3.0 * NOISE[:10_000])
    first = one.density
    one.add(other)
    assert one.density == pytest.approx(5.0 * first)


def test_a_short_signal_has_no_spectrum() -> None:
    """Zeros, not a guess, as long as no window is full."""
    spectrum = Spectrum(500.0)
    spectrum.consume(NOISE[: POINTS - 1])
    assert spectrum.windows == 0
    assert not spectrum.density.any()


def test_crossings_as_counted_by_hand() -> None:
    """Each level is crossed upwards as often as a plain count finds, for values within and beyond the scale."""
    values = np.concatenate((np.sin(np.arange(2000) * 0.05) * 0.99, NOISE[:500] * 2.0))
    crossings = Crossings(1.0)
    crossings.consume(values)
    for level, count in zip(crossings.levels, crossings.counts, strict=True):
        assert count == np.count_nonzero((values[:-1] < level) & (values[1:] >= level))
    assert crossings.counts[LEVELS // 2] > 20


def test_ranges_fall_into_their_class_and_nothing_is_lost() -> None:
    """Cycles are counted by range; one beyond the last class falls into it; the curve starts at all of them."""
    ranges = Ranges(128.0)
    ranges.consume(np.array([0.5, 10.2, 10.9, 127.5, 900.0]), np.array([1.0, 0.5, 1.0, 1.0, 2.0]))
    assert ranges.cycles[[0, 10, 127]].tolist() == [1.0, 1.5, 3.0]
    assert ranges.exceeding[[0, 1, 11, 127]].tolist() == [5.5, 4.5, 3.0, 3.0]
    more = Ranges(128.0)
    more.add(ranges)
    more.add(ranges)
    assert more.exceeding[0] == 11.0
