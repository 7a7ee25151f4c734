"""Damage and shock spectra against closed forms, another filter, and themselves in pieces."""

import json

import numpy as np
import pytest
from scipy.signal import cont2discrete, lfilter

from rig.life.rainflow import RainflowCounter
from rig.life.response_spectra import Response, ResponseSpectra, filter_bank

Q = 10.0


def transmissibility(ratio: float) -> float:
    """Of absolute acceleration, at f0 / fn."""
    zeta = 0.5 / Q
    return float(np.sqrt((1 + (2 * zeta * ratio) ** 2) / ((1 - ratio**2) ** 2 + (2 * zeta * ratio) ** 2)))


@pytest.mark.parametrize("natural_hz", [10.0, 20.0, 45.0])
def test_damage_of_a_sine(natural_hz: float) -> None:
    """f0 · T · (A · T_abs(f0 / fn))^b, and 10.049876 at resonance."""
    size, f0, seconds, rate, b = 1.7, 20.0, 200.0, 2000.0, 4.0
    time_s = np.arange(round(seconds * rate)) / rate
    spectra = ResponseSpectra(rate, [natural_hz], [b])
    spectra.count(size * np.sin(2.0 * np.pi * f0 * time_s))
    expected = f0 * seconds * (size * transmissibility(f0 / natural_hz)) ** b
    assert transmissibility(1.0) == pytest.approx(10.049876, abs=5e-7)
    tolerance = 0.015 if natural_hz == 10.0 else 0.005  # off resonance the first swings are the larger ones
    assert spectra.damage()[0, 0] == pytest.approx(expected, rel=tolerance)


def test_filters_are_the_published_ones() -> None:
    """Smallwood's ramp-invariant coefficients for absolute acceleration (ISO 18431-4:2007), in closed form."""
    rate, natural_hz = 2000.0, np.array([1.0, 35.0, 190.0])
    angle = 2.0 * np.pi * natural_hz / rate
    decay = np.exp(-angle * 0.5 / Q)
    damped = angle * np.sqrt(1.0 - (0.5 / Q) ** 2)
    sine, cosine = decay * np.sin(damped) / damped, decay * np.cos(damped)
    expected = np.array([1.0 - sine, 2.0 * (sine - cosine), decay**2 - sine, -2.0 * cosine, decay**2]).T
    found = filter_bank(natural_hz, rate, Q, Response.ABSOLUTE_ACCELERATION)
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-12)


def test_pseudo_velocity_is_scipy_s_first_order_hold() -> None:
    """-ω / (s² + ω/Q s + ω²), discretised by scipy."""
    for natural_hz in (0.5, 35.0, 190.0):
        omega = 2.0 * np.pi * natural_hz
        above, below, _ = cont2discrete(([-omega], [1.0, omega / Q, omega**2]), 1.0 / 2000.0, method="foh")
        (found,) = filter_bank(np.array([natural_hz]), 2000.0, Q, Response.PSEUDO_VELOCITY)
        np.testing.assert_allclose(found, [*np.ravel(above), *below[1:]], rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("response", list(Response))
def test_spectra_are_those_of_each_oscillator(response: Response) -> None:
    """Each line is the filtered channel's own rainflow and extremes."""
    noise = np.random.default_rng(3).normal(size=20_000)
    noise[0] = 0.0
    frequencies = np.geomspace(2.0, 100.0, 11)
    spectra = ResponseSpectra(1000.0, frequencies, (3.0, 8.0), Q, response)
    spectra.count(noise)
    for k, row in enumerate(filter_bank(frequencies, 1000.0, Q, response)):
        answer = lfilter(row[:3], [1.0, *row[3:]], noise)
        counter = RainflowCounter()
        parts = [counter.count(answer), counter.residue_cycles()]
        sums = [sum((p.weights * (p.ranges / 2.0) ** b).sum() for p in parts) for b in (3.0, 8.0)]
        np.testing.assert_allclose(spectra.damage()[k], sums, rtol=1e-6)
        np.testing.assert_allclose(spectra.extremes[k], [answer.min(), answer.max()], rtol=1e-9)
        np.testing.assert_allclose(spectra.shock[k], np.abs(answer).max(), rtol=1e-9)


def test_shock_of_a_long_step() -> None:
    """A step of base acceleration overshoots to 1 + exp(-ζπ/√(1-ζ²)) times its static deflection."""
    spectra = ResponseSpectra(4000.0, [5.0, 20.0], quality=Q, response=Response.PSEUDO_VELOCITY)
    spectra.count(np.concatenate((np.zeros(10), np.full(8000, 3.0))))
    overshoot = 3.0 * (1.0 + np.exp(-0.05 * np.pi / np.sqrt(1.0 - 0.05**2)))
    np.testing.assert_allclose(spectra.shock * 2.0 * np.pi * spectra.frequencies_hz, overshoot, rtol=1e-3)


def test_a_constant_shakes_nothing() -> None:
    """Gravity on the sensor from the first sample on is no shock, and no damage."""
    spectra = ResponseSpectra(1000.0, [3.0, 50.0], (4.0,))
    assert np.isnan(spectra.shock).all()
    spectra.count(np.full(5000, 9.81))
    np.testing.assert_allclose(spectra.shock, 9.81, rtol=1e-9)
    assert spectra.damage().max() < 1e-30


def test_pieces_and_a_saved_state_give_the_same_bits() -> None:
    """Cut anywhere, and gone on with from JSON."""
    noise = np.random.default_rng(4).normal(size=9_000)
    whole, first, second = (ResponseSpectra(500.0, [2.0, 10.0, 50.0], (4.0,)) for _ in range(3))
    whole.count(noise)
    for part in np.split(noise[:5_000], [1, 2, 3, 4_200, 4_200]):
        first.count(part)
    second.restore(json.loads(json.dumps(first.state())))
    second.count(noise[5_000:])
    assert second.damage().tobytes() == whole.damage().tobytes()
    assert second.shock.tobytes() == whole.shock.tobytes()
    assert second.state() == whole.state()


@pytest.mark.parametrize(
    ("rate_hz", "frequencies_hz", "quality", "said"),
    [
        (1000.0, [101.0], 10.0, "up to 100 Hz"),
        (1000.0, [], 10.0, "one frequency or more"),
        (1000.0, [0.0, 1.0], 10.0, "all above 0"),
        (1000.0, [np.nan], 10.0, "all above 0"),
        (np.inf, [1.0], 10.0, "samples a second"),
        (1000.0, [1.0], 0.5, "quality is 0.5"),
    ],
)
def test_bad_settings_are_refused(rate_hz: float, frequencies_hz: list[float], quality: float, said: str) -> None:
    """Too few samples a period, no frequency, no oscillation."""
    with pytest.raises(ValueError, match=said):
        ResponseSpectra(rate_hz, frequencies_hz, quality=quality)


def test_a_missing_value_is_refused() -> None:
    """NaN would shake for ever: refused, and nothing counted."""
    spectra = ResponseSpectra(1000.0, [10.0])
    with pytest.raises(ValueError, match="finite"):
        spectra.count([0.0, np.nan])
    assert np.isnan(spectra.shock).all()
