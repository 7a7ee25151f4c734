"""The streaming filters: gains, phase, and the inverse of an actuator."""

import numpy as np
import pytest
from numpy.typing import NDArray

from profiles.drive.filters import Fade, Fir, HighPass, MovingAverage, Stage, inverse_actuator, low_pass, stop_hz

FloatArray = NDArray[np.float64]


def _gain(stage: Stage, f_hz: float, rate_hz: float, factor: int = 1) -> complex:
    """Complex gain at a frequency, from the middle of a long sine, relative to the input at the same time."""
    t = np.arange(round(40 * rate_hz)) / rate_hz
    y = stage.feed(np.sin(2 * np.pi * f_hz * t), True)
    s = t[::factor][len(y) // 4 : -len(y) // 4]
    basis = np.stack([np.sin(2 * np.pi * f_hz * s), np.cos(2 * np.pi * f_hz * s)], axis=1)
    (a, b), *_ = np.linalg.lstsq(basis, y[len(y) // 4 : -len(y) // 4], rcond=None)
    return complex(a, b)


@pytest.mark.parametrize(
    ("f_hz", "gain", "tolerance"), [(1, 1.0, 0.002), (30, 1.0, 0.002), (40, 0.5, 0.01), (48, 0, 0.003), (90, 0, 0.001)]
)
def test_the_low_pass_keeps_its_band_without_phase(f_hz: float, gain: float, tolerance: float) -> None:
    """At 2 kHz in, 500 Hz out: flat to 30 Hz, half at 40 Hz, 50 dB down from 48 Hz, and no phase anywhere."""
    assert _gain(Fir(low_pass(2000.0, 40.0), 4), f_hz, 2000.0, 4) == pytest.approx(gain, abs=tolerance)


@pytest.mark.parametrize(
    ("f_hz", "gain", "tolerance"),
    [
        (0.02, 0.0, 0.006),
        (0.05, 0.031, 0.001),
        (0.3, 0.7071, 0.005),
        (0.6, 1.0, 0.01),
        (1.0, 1.0, 0.01),
        (5.0, 1.0, 0.001),
    ],
)
def test_the_high_pass_takes_drift_away_without_phase(f_hz: float, gain: float, tolerance: float) -> None:
    """3 dB down at its edge, within 1 % above twice the edge, 3 % left a factor of six below it."""
    assert _gain(HighPass(500.0, 0.3), f_hz, 500.0) == pytest.approx(gain, abs=tolerance)


@pytest.mark.parametrize("f_hz", [0.5, 2.0, 10.0, 25.0, 40.0, 48.0])
def test_the_inverse_undoes_an_actuator(f_hz: float) -> None:
    """Times second order, dead time and straight lines between samples, the inverse is 1 within 0.1 %."""
    ratio = f_hz / 45.0
    hold = np.sinc(f_hz / 500.0) ** 2
    actuator = hold * np.exp(-2j * np.pi * f_hz * 0.003) / (1 + 2j * 0.65 * ratio - ratio**2)
    told = _gain(Fir(inverse_actuator(500.0, stop_hz(40.0), 45.0, 0.65, 0.003)), f_hz, 500.0)
    assert told * actuator == pytest.approx(1.0, abs=0.001)


def test_a_constant_passes_and_a_drift_does_not() -> None:
    """Low-pass, average and inverse keep a constant; the high-pass makes it 0."""
    x = np.full(5000, 3.0)
    inverse = inverse_actuator(500.0, 48.0, 45.0, 0.65, 0.003)
    stages: list[Stage] = [Fir(low_pass(2000.0, 40.0), 4), MovingAverage(801), Fir(inverse)]
    for stage in stages:
        np.testing.assert_allclose(stage.feed(x, True), 3.0, rtol=1e-12)
    np.testing.assert_allclose(HighPass(500.0, 0.3).feed(x, True), 0.0, atol=1e-12)


def test_a_fade_starts_and_ends_at_nothing() -> None:
    """First and last sample are 0, the middle is untouched."""
    y = Fade(3000, 1000).feed(np.ones(3000), True)
    assert y[0] == 0.0
    assert y[-1] == 0.0
    np.testing.assert_array_equal(y[1000:2000], 1.0)
    assert (np.diff(y[:1000]) > 0).all()


@pytest.mark.parametrize("make", [lambda: MovingAverage(8), lambda: Fir(np.ones(8)), lambda: Fir(np.ones(5), 4)])
def test_filters_without_a_middle_are_refused(make: object) -> None:
    """An even length has no sample in the middle; too few taps would leave samples out."""
    with pytest.raises(ValueError, match="odd"):
        make()  # type: ignore[operator]
