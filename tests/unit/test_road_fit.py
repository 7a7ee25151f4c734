"""Fits, classes and coherence of synthesised roads against what they were made from."""

import math

import numpy as np
import pytest

from profiles.course.course import Course, Leg
from profiles.road.roughness import ISO_G0_M3
from profiles.road_analysis.coherence import coherence_at, coherence_bands
from profiles.road_analysis.figures import GroundFigures
from profiles.road_analysis.fit import band_edges, bands_of, fit, iso_class, mean_between
from profiles.road_analysis.spectra import ENOUGH, WINDOWS, Ladder, Spectrum
from profiles.road_analysis.survey import survey_course
from profiles.signal import FloatArray
from tests.roads import terrain_of

STEP_M, TRACK_M = 0.05, 1.77


def ground_of(length_m: float, **segment: object) -> GroundFigures:
    """What the survey says of a road of one segment."""
    route = terrain_of({"length_m": length_m, **segment}).route()
    return survey_course(Course("test", 7, (Leg("test", route),), ()), TRACK_M).figures.grounds[0]


def noise(stations: int, seed: int = 1) -> FloatArray:
    """Two independent tracks of white noise of variance 1, float64[2, stations]."""
    return np.random.default_rng(seed).normal(size=(2, stations))


MADE = [("A", 1.8), ("B", 2.0), ("C", 2.2), ("D", 2.4), ("E", 1.8), ("F", 2.0), ("G", 2.2), ("H", 2.4)]


@pytest.mark.parametrize(("letter", "waviness"), MADE)
def test_a_road_of_a_class_gets_its_class_back(letter: str, waviness: float) -> None:
    """20 km: G0 within 10 %, waviness within 0.1, on both tracks, over the whole band of ISO 8608; nothing to note."""
    ground = ground_of(20_000.0, roughness={"iso_class": letter, "waviness": waviness})
    for track in ground.tracks.values():
        assert track.fit is not None
        assert track.fit.iso_class == letter
        assert track.fit.g0_m3 == pytest.approx(ISO_G0_M3[letter], rel=0.10)
        assert track.fit.waviness == pytest.approx(waviness, abs=0.1)
        assert track.fit.lowest_per_m == pytest.approx(0.011, rel=0.01)
        assert track.fit.highest_per_m == pytest.approx(2.83, rel=0.01)
        assert track.fit.off_db < 0.6
    assert ground.fit_note == ""


def test_the_limits_hold_the_true_values_of_short_roads() -> None:
    """Of forty tracks of 150 m and of 600 m, at least 33 have G0 and waviness within limits that are not for free."""
    for length_m in (150.0, 600.0):
        inside_g0 = inside_w = 0
        for seed in range(20):
            route = terrain_of({"length_m": length_m}, seed=seed).route()
            whole = survey_course(Course("test", seed, (Leg("test", route),), ()), TRACK_M).figures.whole
            for track in whole.tracks.values():
                assert track.fit is not None
                assert track.fit.g0_high_m3 < 4.0 * track.fit.g0_m3
                inside_g0 += track.fit.g0_low_m3 <= ISO_G0_M3["D"] <= track.fit.g0_high_m3
                inside_w += abs(track.fit.waviness - 2.0) <= track.fit.waviness_error
        assert inside_g0 >= 33
        assert inside_w >= 33


def test_few_windows_are_no_reason_for_a_smoother_class() -> None:
    """The mean of a logarithm is below that of the mean; over many short roads the fit is right all the same."""
    logs = []
    for seed in range(300):
        spectrum = Spectrum(1024, STEP_M)
        spectrum.consume(noise(2048, seed))
        fitted = fit(spectrum, 0)
        assert fitted is not None
        logs.append(math.log(fitted.g0_m3 / (2 * STEP_M)))
    assert np.mean(logs) == pytest.approx(0.0, abs=0.06)


def test_a_class_reaches_from_half_to_twice_its_mean() -> None:
    """ISO 8608:2016; what is smoother than A is A, what is rougher than H is H."""
    for letter, mean in ISO_G0_M3.items():
        assert {iso_class(mean * share) for share in (0.501, 1.0, 1.999)} == {letter}
    assert (iso_class(1e-9), iso_class(10.0)) == ("A", "H")
    with pytest.raises(ValueError, match="g0_m3 is 0"):
        iso_class(0.0)


def test_a_short_road_says_so_and_what_it_does_not_know() -> None:
    ground = ground_of(300.0)
    fitted = ground.tracks["left"].fit
    assert fitted is not None
    assert (fitted.windows, fitted.window_m) == (4, pytest.approx(102.4))
    assert fitted.lowest_per_m == pytest.approx(0.0442, rel=0.01)
    assert ground.fit_note == "short: 4 windows of 102.4 m, nothing known below 0.044 cycle/m"


@pytest.mark.parametrize("length_m", [20.0, 60.0, 102.0])
def test_a_road_too_short_for_its_windows_has_no_fit(length_m: float) -> None:
    ground = ground_of(length_m)
    assert [track.fit for track in ground.tracks.values()] == [None, None]
    assert ground.fit_note.startswith("too short for a fit: a fit wants 3 windows of 51.2 m: 102 m")
    assert ground_of(102.4).tracks["left"].fit is not None


def test_obstacles_are_no_power_law_and_it_is_told() -> None:
    """Even washboard of 10 km fills a band or two: a line through it is far off."""
    patches = {"type": "corrugation", "rate_per_km": 3.0, "length_m": (150.0, 250.0),
               "amplitude_m": (0.02, 0.03), "wavelength_m": (0.6, 0.8)}  # fmt: skip
    washboard = ground_of(10_000.0, roughness={"iso_class": "B"}, features=(patches,))
    assert "no power law: the bands lie" in washboard.fit_note


@pytest.mark.parametrize("wanted", [0.0, 0.5, 0.9])
def test_the_coherence_is_the_one_asked_for(wanted: float) -> None:
    ground = ground_of(20_000.0, coherence={"model": "fixed", "gamma_squared": wanted})
    assert [one.wavelength_m for one in ground.coherence] == pytest.approx([10.0, 5.0, 2.0, 1.0])
    for one in ground.coherence:
        assert one.gamma_squared == pytest.approx(wanted, abs=0.06)
        assert wanted == 0.0 or one.gamma_squared > one.least


def test_the_coherence_of_ruts_falls_with_the_wavelength_as_its_model_does() -> None:
    """exp(-4 mu n B), mean over the third-octave band (which is within 2 % of its middle)."""
    ground = ground_of(20_000.0, coherence={"model": "exponential", "mu": 0.3})
    for one in ground.coherence:
        assert one.gamma_squared == pytest.approx(math.exp(-4 * 0.3 * 1.77 / one.wavelength_m), abs=0.05)


def test_independent_tracks_stay_below_the_limit_19_times_of_20() -> None:
    """Over many short roads and all wavelengths: one in twenty is above, within what chance allows."""
    above = count = 0
    for seed in range(60):
        spectrum = Spectrum(1024, STEP_M)
        spectrum.consume(noise(6 * 512, seed))
        found = coherence_bands(spectrum)
        above += sum(one.gamma_squared > one.least for one in found)
        count += len(found)
    assert count > 600
    assert 0.02 < above / count < 0.09


def test_no_coherence_is_told_from_too_few_values() -> None:
    """One window's coherence is always 1; longer waves than a quarter of the window are not told at all."""
    spectrum = Spectrum(1024, STEP_M)
    assert coherence_at(spectrum, 1.0) is None
    spectrum.consume(noise(1024))
    assert coherence_at(spectrum, 10.0) is None
    spectrum.consume(noise(102_400))
    assert coherence_at(spectrum, 10.0) is not None
    assert coherence_at(spectrum, 14.0) is None


def test_white_noise_has_its_variance_in_the_spectrum() -> None:
    """The one-sided PSD of variance 1 is twice the step, whatever the window; equal halves of two tracks."""
    for stations in WINDOWS:
        spectrum = Spectrum(stations, STEP_M)
        spectrum.consume(noise(200_000))
        inner = spectrum.psd_m3[:, 3:-1].mean(axis=1)
        assert inner == pytest.approx([2 * STEP_M, 2 * STEP_M], rel=0.03)


def test_slopes_and_heights_of_the_ground_leave_no_trace_in_the_spectrum() -> None:
    steep, level = Spectrum(1024, STEP_M), Spectrum(1024, STEP_M)
    tracks = noise(4096)
    steep.consume(tracks + 100.0 + 0.3 * np.arange(4096) * STEP_M)
    level.consume(tracks)
    assert steep.psd_m3 == pytest.approx(level.psd_m3, rel=1e-6, abs=1e-12)


def test_bands_keep_the_mean_of_what_lies_in_them() -> None:
    """Lines count with the part that lies inside: a density that rises straight has its middle as mean, nearly."""
    spectrum = Spectrum(8192, STEP_M)
    edges = band_edges(spectrum)
    assert (len(edges), edges[0], edges[-1]) == (25, pytest.approx(2**-6.5), pytest.approx(2**1.5))
    rising = mean_between(spectrum, 3.0 * spectrum.per_m, edges)
    assert rising == pytest.approx(1.5 * (edges[1:] + edges[:-1]), rel=0.012)
    assert rising[6:] == pytest.approx(1.5 * (edges[7:] + edges[6:-1]), rel=2e-3)
    assert mean_between(spectrum, np.full(4097, 5.0), edges) == pytest.approx(np.full(24, 5.0), rel=1e-9)


def test_blocks_of_any_length_give_the_same_spectrum() -> None:
    tracks, whole, parts = noise(20_000), Ladder(STEP_M), Ladder(STEP_M)
    whole.consume(tracks)
    for start in range(0, 20_000, 777):
        parts.consume(tracks[:, start : start + 777])
    one, other = whole.best, parts.best
    assert one is not None
    assert other is not None
    assert (one.stations, one.windows) == (other.stations, other.windows) == (8192, ENOUGH)
    assert np.array_equal(one.psd_m3, other.psd_m3)


def test_no_window_reaches_over_a_break() -> None:
    """Two halves with a step between them: the step is not in the spectrum, and costs one window."""
    ladder = Ladder(STEP_M)
    ladder.consume(noise(1024))
    ladder.interrupt()
    ladder.consume(noise(1024) + 1000.0)
    best = ladder.best
    assert best is not None
    assert (best.stations, best.windows) == (512, 6)
    assert best.psd_m3.max() < 10.0


def test_a_level_track_has_no_fit_and_the_other_one_has() -> None:
    spectrum = Spectrum(1024, STEP_M)
    spectrum.consume(noise(4096) * np.array([[0.0], [1e-3]]))
    assert fit(spectrum, 0) is None
    assert fit(spectrum, 1) is not None
    assert bands_of(spectrum).psd_m3[0].max() == 0.0
