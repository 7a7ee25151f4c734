"""The checks before a run, judged on what a healthy corner answers and on everything that can be wrong with it."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest

from drivers.channel import CODE_NAN
from rig.rt.checks import Seen, judge_checks, moves_of
from tests.check_bench import CHANNELS, MOVES, RIG, checks_of, failed, healthy, with_channel

PAN, TORQUE, SPEED = (axis.name for axis in RIG.axes)


def test_a_healthy_corner_passes_every_check() -> None:
    """Each check of the library's rig is made, has a number, and passes."""
    results = judge_checks(RIG, checks_of(), MOVES, healthy())
    assert [one.words for one in results] == [""] * len(results)
    assert all(one.measured is not None for one in results)
    assert len(results) == 2 + 1 + 3 * 4 + 2 + 7 + 4 + 2 * 2


def test_the_figures_are_those_of_the_simulated_actuators() -> None:
    """Gain 1, and the delay of a dead time and a second-order answer: 3 ms and 2 x 0.65 / (2 pi 45 Hz) for the pan."""
    found = {f"{one.subject} {one.what}": one.measured for one in judge_checks(RIG, checks_of(), MOVES, healthy())}
    assert found[f"{PAN} gain"] == pytest.approx(1.0, abs=0.003)
    assert found[f"{PAN} delay"] == pytest.approx(3.0 + 1e3 * 2 * 0.65 / (2 * np.pi * 45), abs=0.2)
    assert found[f"{SPEED} delay"] == pytest.approx(2.0 + 1e3 * 2 * 0.8 / (2 * np.pi * 10), abs=0.8)
    assert found["strut_force_n gain on pan_displacement_m"] == pytest.approx(53_000.0, rel=0.05)
    assert found[f"{PAN} valve moving"] == pytest.approx(1.25, abs=0.05)


def delayed(samples: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda codes: np.concatenate((np.full(samples, codes[0]), codes[:-samples]))


def sticking(codes: np.ndarray) -> np.ndarray:
    """Stays where it is until the wanted place is 6 mm away, then jumps there."""
    found, at = codes.copy(), codes[0]
    for index, code in enumerate(codes):
        at = code if abs(code - at) > 600 else at
        found[index] = at + (index % 7 - 3)
    return found


def loose(codes: np.ndarray) -> np.ndarray:
    """Gone to the middle for a moment, again and again, while the pan moves."""
    gone = (np.arange(len(codes)) % 50 < 6) & (np.arange(len(codes)) >= MOVES.rest.stop)
    return np.where(gone, 0.0, codes)


def torn(codes: np.ndarray) -> np.ndarray:
    """One sample is missing in the middle of the pan's move."""
    return np.where(np.arange(len(codes)) == MOVES.of_axis[0].start + 200, CODE_NAN, codes)


SPOILED = {
    "flipped sign": (PAN, np.negative, {f"{PAN} gain"}, "wrong way: look at the polarity"),
    "gain 0.6": (PAN, lambda codes: 0.6 * codes, {f"{PAN} gain"}, "look at the sensor's span"),
    "gain 1.4": (TORQUE, lambda codes: 1.4 * codes, {f"{TORQUE} gain"}, "look at the sensor's span"),
    "offset": (PAN, lambda codes: codes + 200, {f"{PAN} zero"}, "adjust the sensor's zero"),
    "delay of 30 ms": (PAN, delayed(15), {f"{PAN} delay"}, "look at the valve"),
    "stick and slip": (PAN, sticking, {f"{PAN} delay"}, "look at the valve"),
    "loose cable": (PAN, loose, {f"{PAN} fit"}, "a loose cable"),
    "force the other way": (
        "strut_force_n", np.negative, {"strut_force_n gain on pan_displacement_m"}, "wrong way: look at the polarity"
    ),
    "force that sees nothing": (
        "strut_force_n",
        lambda codes: codes[MOVES.rest][np.arange(len(codes)) % 500],
        {"strut_force_n gain on pan_displacement_m", "strut_force_n fit"},
        "does not answer the move",
    ),
    "force offset": ("strut_force_n", lambda codes: codes + 150, {"strut_force_n at rest"}, "adjust the sensor's zero"),
    "dead accelerometer": (
        "body_acceleration_mps2", lambda codes: 0 * codes, {"body_acceleration_mps2 noise"}, "is it connected?"
    ),
    "noisy accelerometer": (
        "body_acceleration_mps2", lambda codes: 20 * codes, {"body_acceleration_mps2 noise"}, "look at its shield"
    ),
    "torn": (PAN, torn, {f"{PAN} gain", f"{PAN} delay", f"{PAN} fit"}, "nothing was measured"),
    "hot damper": (
        "damper_temperature_degc",
        lambda codes: codes + 10_000,
        {"damper_temperature_degc at rest"},
        "allowed -10 to 110 °C",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_each_fault_fails_its_own_check_and_no_other(case: str) -> None:
    """The check that is meant for it, with words that say where to look."""
    channel, change, wanted, said = SPOILED[case]
    found = failed(with_channel(channel, change))
    assert set(found) == wanted
    assert any(said in one.words for one in found.values())
    assert all(one.words.startswith(f"{channel} ") for one in found.values())


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_sensor_that_is_not_there_fails_all_its_checks(channel: str) -> None:
    """NaN fails, in every comparison."""
    found = failed(with_channel(channel, lambda codes: np.full(len(codes), float(CODE_NAN))))
    made = [one for one in judge_checks(RIG, checks_of(), MOVES, healthy()) if one.subject == channel]
    about_sensor = {f"{one.subject} {one.what}" for one in made if not one.what.startswith("valve")}
    assert set(found) == about_sensor
    assert all(one.measured is None for one in found.values())


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_channel_that_does_not_change_is_no_live_sensor(channel: str) -> None:
    """Frozen at its first code: the noise floor says so whatever else does."""
    found = failed(with_channel(channel, lambda codes: np.full(len(codes), codes[0])))
    assert "is it connected?" in found[f"{channel} noise"].words


def test_nothing_seen_fails_everything() -> None:
    """No sample, no status, no identity."""
    seen = healthy()
    nothing = Seen(np.full_like(seen.setpoints, np.nan), np.full_like(seen.codes, CODE_NAN))
    results = judge_checks(RIG, checks_of(), MOVES, nothing)
    assert not any(one.passed for one in results)


def test_pressure_valve_and_device_are_looked_at() -> None:
    """Low pressure, a valve that is open at rest, one that opens the wrong way, a slower watchdog, a small FIFO."""
    seen = healthy()
    assert seen.ready is not None
    assert seen.identity is not None
    weak = dataclasses.replace(seen, ready=dataclasses.replace(seen.ready, oil_pressure_bar=60.0))
    assert set(failed(weak)) == {"oil pressure"}
    absent = dataclasses.replace(seen, ready=dataclasses.replace(seen.ready, oil_pressure_bar=float("nan")))
    assert set(failed(absent)) == {"oil pressure"}
    drifted = _valves(seen, lambda valve: valve + 500)
    assert set(failed(drifted)) == {f"{PAN} valve at rest"}
    turned = _valves(seen, np.negative)
    assert "polarity" in failed(turned)[f"{PAN} valve moving"].words
    assert set(failed(_valves(seen, lambda valve: 0 * valve))) == {f"{PAN} valve moving"}
    assert set(failed(dataclasses.replace(seen, statuses=()))) == {f"{PAN} valve at rest", f"{PAN} valve moving"}
    slow = dataclasses.replace(seen, identity=dataclasses.replace(seen.identity, watchdog_ms=5000))
    assert set(failed(slow)) == {"servo controller watchdog"}
    off = dataclasses.replace(seen, identity=dataclasses.replace(seen.identity, watchdog_ms=0))
    assert set(failed(off)) == {"servo controller watchdog"}
    small = dataclasses.replace(seen, identity=dataclasses.replace(seen.identity, fifo_capacity=4))
    assert set(failed(small)) == {"servo controller FIFO"}


def _valves(seen: Seen, change: Callable[[np.ndarray], np.ndarray]) -> Seen:
    statuses = tuple(dataclasses.replace(one, valve=change(one.valve).astype(np.int16)) for one in seen.statuses)
    return dataclasses.replace(seen, statuses=statuses)


def test_what_was_played_is_kept_for_the_record() -> None:
    """Each axis with the channels that must follow it; a missing sample is None, which JSON knows."""
    kept = moves_of(RIG, checks_of(), MOVES, with_channel(PAN, torn))
    assert [one.axis for one in kept] == [PAN, TORQUE, SPEED]
    assert list(kept[0].feedback) == [PAN, "strut_force_n", "strut_travel_m"]
    assert kept[0].feedback[PAN].count(None) == 1
    assert max(kept[0].setpoint) == pytest.approx(0.008)
    assert min(kept[0].setpoint) == pytest.approx(-0.008)
    assert {len(values) for values in kept[0].feedback.values()} == {len(kept[0].setpoint)}
    assert max(percent for _, percent in kept[0].valve_percent) > 1.0
