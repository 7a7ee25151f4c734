"""The envelope check: each quantity judged against its bound, told once, where it is worst."""

from itertools import pairwise

import numpy as np
import pytest

from profiles.drive.actuator import Actuator
from profiles.drive.envelope import EnvelopeCheck, Excess
from profiles.drive.prepare import FELT, DriveBlock
from tests.drives import PAN, TORQUE


def _block(setpoint: np.ndarray, strut_n: float | np.ndarray = 0.0, first: int = 0) -> DriveBlock:
    count = len(setpoint)
    number = np.arange(first, first + count)
    columns = np.asarray(setpoint, dtype=np.float64).reshape(count, -1)
    felt = np.zeros((count, len(FELT)))
    felt[:, FELT.index("strut_force_n")] = strut_n
    segment, clipped = (number // 1000).astype(np.int16), np.zeros(columns.shape[1], dtype=np.int64)
    return DriveBlock(
        first, columns, columns, number * 0.02, np.full(count, 10.0), segment, felt, clipped, (25.0, 25.0)
    )


def _findings(actuator: Actuator, *blocks: DriveBlock) -> list[Excess]:
    check = EnvelopeCheck((actuator,), 500.0)
    for block in blocks:
        check.consume(block)
    return check.findings


def _sine(amplitude: float, f_hz: float, samples: int = 2000) -> np.ndarray:
    t = np.arange(samples) / 500.0
    return np.asarray(amplitude * np.clip(t, 0.0, 1.0) ** 2 * np.sin(2 * np.pi * f_hz * t))


def _kinds(findings: list[Excess]) -> set[str]:
    return {excess.quantity for excess in findings}


def test_a_drive_within_the_envelope_has_no_findings() -> None:
    """0.15 m at 2 Hz: 1.9 m/s and 24 m/s²."""
    assert _findings(PAN, _block(_sine(0.15, 2.0), 10_000.0)) == []


@pytest.mark.parametrize(
    ("amplitude", "f_hz", "strut_n", "kinds"),
    [
        (0.21, 1.0, 0.0, {"stroke", "drive"}),
        (0.15, 5.5, 0.0, {"rate"}),
        (0.02, 20.0, 0.0, {"acceleration"}),
        (0.15, 4.0, 40_000.0, {"rate"}),
        (0.01, 1.0, -61_000.0, {"force", "rate"}),
    ],
)
def test_each_bound_is_judged(amplitude: float, f_hz: float, strut_n: float, kinds: set[str]) -> None:
    """Too far, too fast, too sudden, too fast under load (3.8 of 5·√(1 - 40/60) = 2.9 m/s), beyond the stall force."""
    findings = _findings(PAN, _block(_sine(amplitude, f_hz), strut_n))
    assert {kind for kind in _kinds(findings) if kind != "acceleration" or kinds == {"acceleration"}} == kinds


def test_torque_may_not_slew_faster_than_the_drive() -> None:
    """A jump of 4 kN·m within one sample is 2e6 N·m/s."""
    findings = _findings(TORQUE, _block(np.repeat([0.0, 4000.0], 500)))
    assert [(excess.quantity, excess.value) for excess in findings] == [("rate", 2.0e6)]


def test_a_finding_tells_where_it_is_worst() -> None:
    """One stretch, two peaks: the higher one is told, with its distance, time and segment."""
    setpoint = np.zeros(3000)
    setpoint[1990:2011] = 0.3 * np.hanning(21)
    setpoint[2100:2121] = 0.4 * np.hanning(21)
    stroke = [excess for excess in _findings(PAN, _block(setpoint)) if excess.quantity == "stroke"]
    assert stroke == [Excess("pan_displacement_m", "stroke", 0.4, 0.2, pytest.approx(2110 * 0.02), 4.22, 2)]


def test_excesses_far_apart_are_told_apart_and_near_ones_as_one() -> None:
    """More than half a second of peace makes a new finding."""
    setpoint = np.zeros(3000)
    setpoint[[500, 700, 1500]] = 0.25
    stroke = [excess for excess in _findings(PAN, _block(setpoint)) if excess.quantity == "stroke"]
    assert [excess.time_s for excess in stroke] == [1.0, 3.0]


def test_cutting_into_blocks_changes_no_finding() -> None:
    """An excess that spans blocks is one, and rates go on across them."""
    setpoint = np.concatenate((_sine(0.3, 3.0), np.zeros(1000), _sine(0.25, 8.0)))
    whole = _findings(PAN, _block(setpoint))
    cuts = [0, 1, 700, 1234, 3400, len(setpoint)]
    parts = [_block(setpoint[a:b], first=a) for a, b in pairwise(cuts)]
    assert len(whole) >= 4
    assert _findings(PAN, *parts) == whole


def test_a_value_that_is_no_number_fails() -> None:
    """NaN is an excess, not a pass."""
    setpoint = np.zeros(100)
    setpoint[50] = np.nan
    assert {"stroke", "rate", "acceleration"} <= _kinds(_findings(PAN, _block(setpoint)))


def test_the_largest_use_of_each_quantity_is_told() -> None:
    """At 0.1 m and 2 Hz: half of the stroke, a quarter of the rate, 6 % of the acceleration; half of the force."""
    check = EnvelopeCheck((PAN,), 500.0)
    setpoint = _sine(0.1, 2.0)
    check.consume(_block(setpoint[:1000], 30_000.0))
    check.consume(_block(setpoint[1000:], 1000.0, first=1000))
    shares = {use.quantity: use.share for use in check.usage}
    rate = 0.1 * 4.0 * np.pi / (5.0 * np.sqrt(0.5))
    wanted = {"stroke": 0.5, "drive": 0.5, "rate": rate, "acceleration": 0.1 * (4.0 * np.pi) ** 2 / 250.0, "force": 0.5}
    assert shares == pytest.approx(wanted, rel=0.02)


def test_all_excesses_are_counted_where_not_all_are_kept() -> None:
    """A stage that is outside 1,200 times keeps the first thousand."""
    setpoint = np.zeros(1200 * 300)
    setpoint[150::300] = 0.25
    check = EnvelopeCheck((PAN,), 500.0)
    check.consume(_block(setpoint))
    stroke = [excess for excess in check.findings if excess.quantity == "stroke"]
    assert check.count == 4 * 1200
    assert len(check.findings) < 1010
    assert stroke[0].time_s == pytest.approx(0.3)
