"""The IRI against the published step of its source, a second derivation of its response, and what must hold anyway."""

import math

import numpy as np
import pytest

from profiles.road_analysis.iri import IriMeter, iri, transition
from profiles.signal import FloatArray

STEP_M = 0.05


def sine(amplitude_m: float, wavelength_m: float, length_m: float = 3000.0) -> FloatArray:
    """Heights of one wave, float64[stations]."""
    return np.asarray(amplitude_m * np.sin(2 * np.pi * np.arange(round(length_m / STEP_M)) * STEP_M / wavelength_m))


def slope_gain(wavelength_m: float) -> float:
    """|body - wheel| over the road's height, times the wave number: from the car's equations of motion as matrices."""
    omega = 2j * np.pi * (80.0 / 3.6) / wavelength_m
    sprung = omega**2 + 6.0 * omega + 63.3  # over the sprung mass: body, then wheel
    wheel = 0.15 * omega**2 + 6.0 * omega + 63.3 + 653.0
    coupled = -(6.0 * omega + 63.3)
    body, axle = np.linalg.solve(np.array([[sprung, coupled], [coupled, wheel]]), np.array([0.0, 653.0]))
    return float(abs(body - axle)) * 2 * math.pi / wavelength_m


def test_the_step_of_250_mm_is_the_published_one() -> None:
    """First row of ST and the whole of PR in Sayers (1995): seven digits are printed, of single precision."""
    step = transition(0.25)
    assert step.state[0] == pytest.approx([0.9966071, 0.01091514, -0.002083274, 0.0003190145], rel=2e-6)
    assert step.slope == pytest.approx([0.005476107, 1.388776, 0.2275968, 35.79262], rel=2e-6, abs=1.2e-7)


def test_on_an_even_slope_body_and_wheel_go_on_as_they_are() -> None:
    """What the step takes from the states it gets back from the slope, to the last digits."""
    step = transition(0.05)
    assert step.state @ np.array([1.0, 0.0, 1.0, 0.0]) + step.slope == pytest.approx([1.0, 0.0, 1.0, 0.0], abs=1e-11)


def test_five_steps_of_50_mm_are_one_of_250_mm() -> None:
    """The step is exact: with the same slope all along, how it is divided does not matter."""
    small, large = transition(0.05), transition(0.25)
    state = np.array([0.01, -0.2, 0.02, 0.5])
    wanted = large.state @ state + large.slope * 0.03
    for _ in range(5):
        state = small.state @ state + small.slope * 0.03
    assert state == pytest.approx(wanted, rel=1e-9)


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="step_m is 0"):
        transition(0.0)


@pytest.mark.parametrize("slope", [0.0, 0.04])
def test_a_perfectly_smooth_road_has_no_roughness(slope: float) -> None:
    """Level or climbing evenly, the golden car starts as it goes on: its suspension never moves."""
    assert iri(slope * np.arange(20_000) * STEP_M, STEP_M) == pytest.approx(0.0, abs=1e-9)


def test_a_sine_of_twice_the_height_has_twice_the_iri() -> None:
    assert iri(sine(0.02, 8.0), STEP_M) == pytest.approx(2.0 * iri(sine(0.01, 8.0), STEP_M), rel=1e-9)


@pytest.mark.parametrize("wavelength_m", [40.0, 15.4, 8.0, 2.4, 1.0])
def test_one_wave_gives_what_the_equations_of_motion_give(wavelength_m: float) -> None:
    """Mean of a rectified sine: 2 / pi of its amplitude; the mean over 0.25 m takes sinc(0.25 / wavelength) of it."""
    wanted = 1000.0 * 0.01 * slope_gain(wavelength_m) * 2 / math.pi * float(np.sinc(0.25 / wavelength_m))
    settled = IriMeter(STEP_M).consume(sine(0.01, wavelength_m))[round(500 / STEP_M) :]
    assert 1000.0 * settled.mean() == pytest.approx(wanted, rel=0.006)


def test_the_golden_car_answers_most_to_waves_of_15_and_2_and_a_half_metres() -> None:
    """Sayers and Karamihas (1998): over slope, the peaks are near 0.065 and 0.42 cycle/m, with a dip between."""
    per_m = np.geomspace(0.03, 1.0, 120)
    gain = np.array([iri(sine(0.01, 1 / n, 800.0), STEP_M) / n for n in per_m])
    peaks = per_m[1:-1][(gain[1:-1] > gain[:-2]) & (gain[1:-1] > gain[2:])]
    assert peaks[0] == pytest.approx(0.065, rel=0.15)
    assert peaks[-1] == pytest.approx(0.42, rel=0.15)


def test_blocks_of_any_length_give_the_same_to_the_last_bit() -> None:
    height_m = np.cumsum(np.random.default_rng(1).normal(0.0, 1e-3, 5000))
    whole, meter, parts = IriMeter(STEP_M).consume(height_m), IriMeter(STEP_M), []
    for start, stop in ((0, 3), (3, 150), (150, 221), (221, 223), (223, 4000), (4000, 5000)):
        parts.append(meter.consume(height_m[start:stop]))
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(whole) == 5000 - 5  # the last 0.25 m have no slope


def test_the_car_starts_on_the_slope_of_the_first_11_m() -> None:
    """After a step in height at 20 m nothing moves before it; on a bend of slope at 5 m, it does from the start."""
    x_m = np.arange(2000) * STEP_M
    assert IriMeter(STEP_M).consume(np.where(x_m < 20.0, 0.0, 0.05))[:390].max() == 0.0
    bent = IriMeter(STEP_M).consume(np.maximum(0.0, x_m - 5.0) * 0.02)
    assert bent[0] > 1e-5


def test_a_road_of_11_m_has_no_iri() -> None:
    assert math.isnan(iri(np.zeros(220), STEP_M))
    assert iri(np.zeros(221), STEP_M) == 0.0
