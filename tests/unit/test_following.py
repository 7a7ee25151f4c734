"""Whether an exact actuator that is told the drive does what the set point says; it is written here once more."""

import math

import numpy as np
import pytest
from scipy.signal import cont2discrete, lfilter

from profiles.drive.actuator import Actuator
from profiles.drive.prepare import DriveBlock, iter_drive
from profiles.driver.speed import plan_speed
from profiles.signal import FloatArray
from tests.drives import BENCH, CAR, PAN, SHAFT, STAGE_PACE, TORQUE, route_of

INNER = 20
"""Steps of the actuator in one sample of 2 ms; dead times are whole numbers of them."""
DUNETTES = {"type": "dunettes", "rate_per_km": 35.0, "height_m": (0.15, 0.5), "length_m": (8.0, 20.0)}
ROUTES = {
    "dunes": route_of({"length_m": 300.0, "soil": "lete_sand", "features": (DUNETTES,)}),
    "rough": route_of({"length_m": 300.0, "roughness": {"iso_class": "F"}}),
}


def _played(drive: FloatArray, actuator: Actuator) -> FloatArray:
    """Where the actuator is at each sample: straight lines between samples, dead time, second order; from rest at 0.

    y'' = w² (u - y) - 2 z w y', solved exactly for an input that is straight within each small step.
    """
    omega = 2.0 * math.pi * actuator.natural_frequency_hz
    system = ([omega**2], [1.0, 2.0 * actuator.damping_ratio * omega, omega**2])
    numerator, denominator, _ = cont2discrete(system, 0.002 / INNER, method="foh")
    late = round(actuator.delay_s / 0.002 * INNER)
    assert late == pytest.approx(actuator.delay_s / 0.002 * INNER)
    at = np.arange(len(drive) * INNER) - late
    told = np.where(at >= 0, np.interp(at / INNER, np.arange(len(drive)), drive), 0.0)
    return np.asarray(lfilter(numerator.ravel(), denominator, told))[::INNER]


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(values**2)))


@pytest.fixture(scope="module", params=ROUTES)
def blocks(request: pytest.FixtureRequest) -> list[DriveBlock]:
    """The drive of a short route."""
    route = ROUTES[request.param]
    return list(iter_drive(route, plan_speed(route, CAR, STAGE_PACE), CAR, BENCH))


def _column(blocks: list[DriveBlock], what: str, column: int) -> FloatArray:
    return np.concatenate([getattr(block, what)[:, column] for block in blocks])


def test_the_reference_actuator_answers_as_the_textbook_says() -> None:
    """A step is passed by exp(-z π / √(1 - z²)), and nothing moves before the dead time is over."""
    answer = _played(np.concatenate((np.zeros(10), np.ones(500))), PAN)
    beyond = math.exp(-0.65 * math.pi / math.sqrt(1.0 - 0.65**2))
    assert answer.max() - 1.0 == pytest.approx(beyond, abs=0.02)
    assert np.abs(answer[:11]).max() == 0.0
    assert answer[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("actuator", [PAN, TORQUE, SHAFT], ids=lambda actuator: actuator.name)
def test_told_the_drive_it_follows_the_set_point(blocks: list[DriveBlock], actuator: Actuator) -> None:
    """Within 0.5 % RMS of the set point, over dunes and over a rough road."""
    column = BENCH.actuators.index(actuator)
    setpoint = _column(blocks, "setpoint", column)
    error = _played(_column(blocks, "drive", column), actuator) - setpoint
    assert _rms(error) < 0.005 * _rms(setpoint)


def test_told_the_set_point_itself_it_would_lag(blocks: list[DriveBlock]) -> None:
    """Ten times as far off and more: the preview is what makes it follow."""
    setpoint = _column(blocks, "setpoint", 0)
    assert _rms(_played(setpoint, PAN) - setpoint) > 0.05 * _rms(setpoint)
