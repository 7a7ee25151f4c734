"""Random roughness held to ISO 8608: classes, spectrum, variance, coherence, and the seed."""

import math

import numpy as np
import pytest
from scipy import signal

from profiles.road.roughness import (
    ISO_G0_M3,
    TILE_STATIONS,
    ExponentialCoherence,
    FixedCoherence,
    Roughness,
    synthesise_tile,
)
from profiles.signal import FloatArray

STEP_M = 0.05
TRACK_M = 1.77
EXPONENTIAL = ExponentialCoherence(model="exponential", mu=1.0)


def tiles(count: int, roughness: Roughness, seed: int = 7) -> list[FloatArray]:
    return [synthesise_tile(roughness, EXPONENTIAL, TRACK_M, STEP_M, seed, 0, tile) for tile in range(count)]


@pytest.fixture(scope="module")
def class_e() -> list[FloatArray]:
    """Forty kilometres of class E."""
    return tiles(40, Roughness(iso_class="E"))


def near_n0(values: FloatArray, per_m: FloatArray) -> float:
    """The mean over a third of an octave about 0.1 cycle/m."""
    return float(values[(per_m > 0.089) & (per_m < 0.112)].mean())


def test_iso_classes_are_the_geometric_means_of_the_standard() -> None:
    """Classes A to H of ISO 8608 at 0.1 cycle/m, in 1e-6 m³, exactly."""
    wanted = {"A": 16, "B": 64, "C": 256, "D": 1024, "E": 4096, "F": 16_384, "G": 65_536, "H": 262_144}
    assert {letter: round(value * 1e6, 9) for letter, value in ISO_G0_M3.items()} == wanted


@pytest.mark.parametrize("iso_class", ["C", "D", "E"])
def test_welch_spectrum_at_n0_is_the_class_value(iso_class: str) -> None:
    """The PSD of both tracks, as Welch estimates it, is within 10 % of G0 at n0 (twice the variance would be 100 %)."""
    level = ISO_G0_M3[iso_class]
    made = tiles(20, Roughness.model_validate({"iso_class": iso_class}))
    for track in (0, 1):
        spectra = [signal.welch(tile[track], 1 / STEP_M, nperseg=4096) for tile in made]
        per_m = spectra[0][0]
        relative = np.mean([power for _, power in spectra], axis=0) * (np.maximum(per_m, 1e-9) / 0.1) ** 2
        assert near_n0(relative, per_m) == pytest.approx(level, rel=0.10)


def test_root_mean_square_is_that_of_the_band(class_e: list[FloatArray]) -> None:
    """RMS = sqrt(G0 n0² (1/n1 - 1/n2)) over 0.011 to 2.83 cycle/m."""
    wanted = math.sqrt(4096e-6 * 0.1**2 * (1 / 0.011 - 1 / 2.83))
    assert float(np.sqrt(np.mean(np.square(class_e)))) == pytest.approx(wanted, rel=0.05)


def test_waviness_is_the_slope_of_the_spectrum() -> None:
    """With waviness w the PSD falls by 10^-w over a decade."""
    made = tiles(10, Roughness(g0_m3=1e-4, waviness=2.4))
    per_m, power = signal.welch(np.hstack([tile[0] for tile in made]), 1 / STEP_M, nperseg=8192)
    band = (per_m > 0.05) & (per_m < 1.5)
    slope = np.polyfit(np.log10(per_m[band]), np.log10(power[band]), 1)[0]
    assert slope == pytest.approx(-2.4, abs=0.05)


@pytest.mark.parametrize(("track_m", "wanted"), [(1.77, 0.493), (1.90, 0.468)])
def test_coherence_of_both_tracks_is_as_asked_for(track_m: float, wanted: float) -> None:
    """gamma² at n0 is exp(-4 mu n0 B): 0.468 +- 0.05 for tracks 1.90 m apart, a little more for closer ones."""
    roughness = Roughness(iso_class="E")
    made = [synthesise_tile(roughness, EXPONENTIAL, track_m, STEP_M, 3, 0, tile) for tile in range(40)]
    left, right = (np.hstack([tile[track] for tile in made]) for track in (0, 1))
    per_m, found = signal.coherence(left, right, 1 / STEP_M, nperseg=4096)
    assert near_n0(found, per_m) == pytest.approx(wanted, abs=0.05)


def gamma_squared_of(coherence: ExponentialCoherence | FixedCoherence) -> tuple[FloatArray, FloatArray]:
    """Frequencies, and the coherence of both tracks over 40 km as Welch estimates it."""
    made = [synthesise_tile(Roughness(iso_class="D"), coherence, TRACK_M, STEP_M, 3, 0, tile) for tile in range(40)]
    left, right = (np.hstack([tile[track] for tile in made]) for track in (0, 1))
    per_m, found = signal.coherence(left, right, 1 / STEP_M, nperseg=4096)
    return per_m, found


@pytest.mark.parametrize("mu", [0.3, 1.0, 3.0])
def test_coherence_falls_with_frequency_as_its_mu_says(mu: float) -> None:
    """gamma² is exp(-4 mu n B) at several frequencies: alike in ruts, independent among rocks."""
    per_m, found = gamma_squared_of(ExponentialCoherence(model="exponential", mu=mu))
    for n in (0.05, 0.1, 0.2, 0.5, 1.0):
        band = np.abs(per_m - n) < 0.12 * n
        wanted = float(np.mean(np.exp(-4.0 * mu * per_m[band] * TRACK_M)))
        assert float(found[band].mean()) == pytest.approx(wanted, abs=0.05)


def test_a_fixed_coherence_is_the_same_at_all_frequencies() -> None:
    """gamma² = 0.5 is found in each part of the band."""
    per_m, found = gamma_squared_of(FixedCoherence(model="fixed", gamma_squared=0.5))
    for low, high in ((0.03, 0.1), (0.1, 0.5), (0.5, 2.5)):
        assert float(found[(per_m > low) & (per_m < high)].mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("coherence", [EXPONENTIAL, FixedCoherence(model="fixed", gamma_squared=0.5)])
def test_coherence_leaves_the_spectrum_of_each_track_alone(coherence: ExponentialCoherence | FixedCoherence) -> None:
    """However alike both tracks are, each has the variance of its class."""
    made = [synthesise_tile(Roughness(iso_class="D"), coherence, TRACK_M, STEP_M, 5, 0, tile) for tile in range(40)]
    wanted = 1024e-6 * 0.1**2 * (1 / 0.011 - 1 / 2.83)
    for track in (0, 1):
        assert float(np.mean([tile[track].var() for tile in made])) == pytest.approx(wanted, rel=0.10)


def test_fixed_coherence_ranges_from_equal_to_independent_tracks() -> None:
    """gamma² = 1 gives the same track twice, 0 gives two that have nothing to do with each other."""
    for gamma_squared, wanted in ((1.0, 1.0), (0.0, 0.0)):
        model = FixedCoherence(model="fixed", gamma_squared=gamma_squared)
        tile = synthesise_tile(Roughness(iso_class="C"), model, TRACK_M, STEP_M, 1, 0, 0)
        left, right = np.diff(tile)
        assert np.corrcoef(left, right)[0, 1] == pytest.approx(wanted, abs=0.05)


def test_nothing_lies_outside_the_band() -> None:
    """There is no mean, no wave longer than 91 m and none shorter than 0.35 m."""
    spectrum = np.abs(np.fft.rfft(tiles(1, Roughness(iso_class="D"))[0][0]))
    per_m = np.fft.rfftfreq(TILE_STATIONS, STEP_M)
    inside = (per_m >= 0.011) & (per_m <= 2.83)
    assert spectrum[~inside].max() < 1e-9 * spectrum[inside].max()


def test_seed_segment_and_tile_each_give_other_roads() -> None:
    """The same three give the same bits; another one of them gives an independent road."""

    def made(seed: int, segment: int, tile: int) -> FloatArray:
        return np.diff(synthesise_tile(Roughness(iso_class="C"), EXPONENTIAL, TRACK_M, STEP_M, seed, segment, tile))

    first = made(1, 0, 0)
    assert np.array_equal(first, made(1, 0, 0))
    for other in (made(2, 0, 0), made(1, 1, 0), made(1, 0, 1)):
        assert abs(np.corrcoef(first[0], other[0])[0, 1]) < 0.05
