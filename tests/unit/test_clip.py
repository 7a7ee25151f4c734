"""Clipping: within what an actuator can do, and untouched where the drive is within it already."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from profiles.drive.actuator import Actuator
from profiles.drive.clip import MARGIN, Clipper, rate_allowed
from profiles.drive.envelope import EnvelopeCheck
from profiles.drive.prepare import iter_drive
from profiles.driver.speed import plan_speed
from profiles.signal import FloatArray
from tests.drives import BENCH, CAR, PAN, STAGE_PACE, TORQUE, route_of

WEAK = replace(PAN, lowest=-0.05, highest=0.08, rate_per_s=1.0, acceleration_per_s2=40.0)
NO_ACCELERATION = replace(WEAK, acceleration_per_s2=None)


def _clipped(
    wanted: FloatArray, actuator: Actuator = WEAK, strut_n: float | FloatArray = 0.0
) -> tuple[FloatArray, int]:
    """What is given for one axis at 500 Hz, and how many of its samples have been changed."""
    setpoints = [wanted.copy()]
    counts = Clipper((actuator,), 500.0).clip(setpoints, np.zeros(len(wanted)) + strut_n)
    return setpoints[0], int(counts[0])


def _sine(amplitude: float, f_hz: float, samples: int = 3000) -> FloatArray:
    t = np.arange(samples) / 500.0
    return np.asarray(amplitude * np.clip(t, 0.0, 1.0) ** 2 * np.sin(2 * np.pi * f_hz * t))


def _noise(seed: int, scale: float, samples: int = 3000) -> FloatArray:
    """Motion that goes beyond everything: a random walk about 0."""
    random, at, out = np.random.default_rng(seed), 0.0, np.empty(samples)
    for k, step in enumerate(random.normal(scale=0.1 * scale, size=samples)):
        at = 0.98 * at + step
        out[k] = at
    return out


def _speeds(given: FloatArray) -> FloatArray:
    return np.diff(np.concatenate(([0.0], given))) * 500.0


WANTED = {
    "too far": _sine(0.2, 0.5),
    "too fast": _sine(0.045, 6.0),
    "a step": np.where(np.arange(3000) < 500, 0.0, 0.07),
    "up and down": np.where(np.arange(3000) // 150 % 2 == 0, -0.2, 0.2),
    "noise": _noise(1, 0.1),
    "more noise": _noise(2, 0.4),
}


@pytest.mark.parametrize("name", WANTED)
@pytest.mark.parametrize("actuator", [WEAK, NO_ACCELERATION], ids=["with acceleration", "without"])
def test_stroke_and_rate_are_kept_whatever_is_wanted(name: str, actuator: Actuator) -> None:
    """Nothing of what is given leaves the envelope; something had to be changed."""
    given, changed = _clipped(WANTED[name], actuator)
    assert changed > 0
    assert actuator.lowest < given.min()
    assert given.max() < actuator.highest
    assert np.abs(_speeds(given)).max() <= actuator.rate_per_s


@pytest.mark.parametrize("name", WANTED)
def test_acceleration_is_kept_whatever_is_wanted(name: str) -> None:
    """Also where the actuator must stop at the end of its stroke."""
    given, _ = _clipped(WANTED[name])
    assert np.abs(np.diff(_speeds(given))).max() * 500.0 <= 40.0


def test_under_load_less_rate_is_left() -> None:
    """The root of 1 - 3/4 is a half: of a step's way, as much is covered in twice the time."""
    free, _ = _clipped(WANTED["a step"], NO_ACCELERATION)
    loaded, _ = _clipped(WANTED["a step"], NO_ACCELERATION, -45_000.0)
    assert np.abs(_speeds(free)).max() == pytest.approx(MARGIN * 1.0)
    assert np.abs(_speeds(loaded)).max() == pytest.approx(MARGIN * 0.5)


def test_at_the_stall_force_nothing_moves() -> None:
    """And beyond it neither; an axis without a stall force feels no load."""
    loads = np.array([0.0, 45_000.0, 60_000.0, -70_000.0])
    np.testing.assert_allclose(rate_allowed(WEAK, loads), [1.0, 0.5, 0.0, 0.0])
    np.testing.assert_array_equal(rate_allowed(TORQUE, loads), TORQUE.rate_per_s)
    assert np.abs(_clipped(WANTED["a step"], NO_ACCELERATION, 61_000.0)[0]).max() == 0.0


def test_the_rate_falls_with_a_load_that_grows() -> None:
    """Sample by sample it is within what the load of that sample leaves."""
    loads = np.linspace(0.0, 55_000.0, 3000)
    given, changed = _clipped(_sine(0.045, 4.0), NO_ACCELERATION, loads)
    assert changed > 0
    assert (np.abs(_speeds(given)) <= rate_allowed(WEAK, loads)).all()


@pytest.mark.parametrize("actuator", [WEAK, NO_ACCELERATION], ids=["with acceleration", "without"])
def test_what_is_inside_is_given_to_the_last_bit(actuator: Actuator) -> None:
    """Nothing is changed and nothing counted."""
    wanted = _sine(0.04, 2.0)
    given, changed = _clipped(wanted, actuator, 20_000.0)
    assert changed == 0
    np.testing.assert_array_equal(given, wanted)


@pytest.mark.parametrize("actuator", [WEAK, NO_ACCELERATION], ids=["with acceleration", "without"])
def test_after_an_excess_it_comes_back_to_what_is_wanted(actuator: Actuator) -> None:
    """One wave too far: before it and from half a second after it on, the bits of what is wanted."""
    wanted = _sine(0.03, 1.0, 5000)
    wanted[2000:2500] += 0.1 * np.hanning(500)
    given, changed = _clipped(wanted, actuator)
    differs = np.flatnonzero(given != wanted)
    assert 2000 <= differs[0] < 2250 < differs[-1] < 2750
    assert changed == len(differs)


def test_each_axis_is_clipped_by_its_own_actuator() -> None:
    """The torque beside the pan keeps its own limits, and its samples are counted apart."""
    pan, torque = _sine(0.04, 2.0), _sine(9000.0, 1.0)
    setpoints = [pan.copy(), torque.copy()]
    counts = Clipper((WEAK, TORQUE), 500.0).clip(setpoints, np.zeros(3000))
    np.testing.assert_array_equal(setpoints[0], pan)
    assert setpoints[1].max() == pytest.approx(MARGIN * 6000.0)
    assert counts.tolist() == [0, int((setpoints[1] != torque).sum())]
    assert counts[1] > 0


@pytest.mark.parametrize("cuts", [[1], [700], [3, 4, 5, 1000, 2999]])
def test_blocks_do_not_matter(cuts: list[int]) -> None:
    """The state goes on from block to block, to the last bit."""
    wanted, loads = WANTED["more noise"], np.abs(_noise(3, 40_000.0))
    whole, changed = _clipped(wanted, WEAK, loads)
    clipper, parts, counted = Clipper((WEAK,), 500.0), [], 0
    for a, b in pairwise([0, *cuts, len(wanted)]):
        setpoints = [wanted[a:b].copy()]
        counted += int(clipper.clip(setpoints, loads[a:b])[0])
        parts.append(setpoints[0])
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert counted == changed


@pytest.mark.parametrize("over", ["refuse", "slow", "clip"])
def test_only_a_drive_that_is_to_be_clipped_is(over: str) -> None:
    """Dunes that are too high for the stroke: clipped they stay inside it, else they are told as they are."""
    dunettes = {"type": "dunettes", "rate_per_km": 35.0, "height_m": (0.3, 0.8), "length_m": (8.0, 20.0)}
    route = route_of({"length_m": 200.0, "soil": "lete_sand", "features": (dunettes,)})
    bench = replace(BENCH, actuators=(replace(PAN, lowest=-0.05, highest=0.05),))
    check, clipped = EnvelopeCheck(bench.actuators, 500.0), 0
    for block in iter_drive(route, plan_speed(route, CAR, STAGE_PACE), CAR, bench, over=over):  # type: ignore[arg-type]
        check.consume(block)
        clipped += int(block.clipped[0])
    outside = {use.quantity for use in check.usage if use.share > 1.0}
    assert (clipped > 0) == (over == "clip")
    assert ("stroke" in outside) == (over != "clip")
