"""Broken sensors and actuators, seen at the wire: exact to the sample, and nothing else disturbed."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from corner_bench import CHANNELS, Codes, corner
from faulty_bench import FORCE_N, NAMES, PAN_M, TRAVEL_M, FaultyBench, faulty, undisturbed, wave

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN

AT, FOR, SAMPLES = 10, 7, 30
WITHIN = slice(AT, AT + FOR)
SINCE = np.arange(FOR)
FORCE_SCALE = CHANNELS[3].scale

Expected = Callable[[Codes, Codes], np.ndarray]
"""From the undisturbed codes of the channel, whole and within the fault, to those within the fault."""

SENSORS: dict[str, tuple[dict[str, Any], Expected, int]] = {
    # name or variant: parameters, what is expected, by how many codes it may differ
    "sensor_stuck": ({}, lambda whole, _: np.full(FOR, whole[AT - 1]), 0),
    "sensor_nan": ({}, lambda _, __: np.full(FOR, CODE_NAN), 0),
    "sensor_saturated": ({}, lambda _, __: np.full(FOR, CODE_MAX), 0),
    "sensor_saturated, low": ({"limit": "low"}, lambda _, __: np.full(FOR, CODE_MIN), 0),
    "sensor_spike": ({"value": 3000.0}, lambda _, there: np.where(SINCE == 0, 1000, there), 0),
    "sensor_spike, often": (
        {"value": 3000.0, "every_samples": 3}, lambda _, there: np.where(SINCE % 3 == 0, 1000, there), 0
    ),
    "sensor_drift": ({"per_s": 3000.0}, lambda _, there: there + 3000.0 * (SINCE + 1) / 500 / FORCE_SCALE, 1),
    "sensor_flipped": ({}, lambda _, there: -there, 0),
    "sensor_flipped, about": ({"about": 300.0}, lambda _, there: 200 - there, 0),
    "sensor_gain": ({"factor": 2.0}, lambda _, there: 2 * there, 1),
    "sensor_offset": ({"value": -600.0}, lambda _, there: there - 200, 1),
}  # fmt: skip


@pytest.fixture
def bench() -> Iterator[FaultyBench]:
    with faulty(corner("stepped")) as running:
        yield running


@pytest.mark.parametrize(
    ("variant", "batch"), [*((one, 7) for one in SENSORS), ("sensor_drift", 1), ("sensor_spike, often", 4)]
)
def test_a_sensor_is_broken_for_exactly_these_samples(bench: FaultyBench, variant: str, batch: int) -> None:
    """From at_sample for for_samples, however they are batched; before, after and beside it each code is as it was."""
    parameters, expected, tolerance = SENSORS[variant]
    name = variant.partition(",")[0]
    bench.door.fault(name, channel=FORCE_N, at_sample=AT, for_samples=FOR, **parameters)
    seen, clean = bench.host().ready().play(wave(SAMPLES), batch), undisturbed(corner(), wave(SAMPLES))
    column = NAMES.index(FORCE_N)
    within = expected(clean[:, column], clean[WITHIN, column])
    assert np.abs(seen[WITHIN, column] - within).max() <= tolerance
    seen[WITHIN, column] = clean[WITHIN, column]
    np.testing.assert_array_equal(seen, clean)


def test_noiseless(bench: FaultyBench) -> None:
    """At rest the pan's code is 0 and nothing else; its noise afterwards is that which it would have had."""
    bench.door.fault("sensor_noiseless", channel=PAN_M, at_sample=AT, for_samples=FOR)
    still = np.zeros((SAMPLES, 3))
    seen, clean = bench.host().ready().play(still), undisturbed(corner(), still)
    assert not seen[WITHIN, 0].any()
    assert clean[WITHIN, 0].any()
    seen[WITHIN, 0] = clean[WITHIN, 0]
    np.testing.assert_array_equal(seen, clean)


def test_sensor_that_is_broken_at_rest(bench: FaultyBench) -> None:
    """Without at_sample it begins at once; a stuck sensor that has measured nothing yet sticks at its first code."""
    bench.door.fault("sensor_stuck", channel=TRAVEL_M)
    seen = bench.host().ready().play(wave(SAMPLES))
    assert np.unique(seen[:, NAMES.index(TRAVEL_M)]).size == 1
    assert np.unique(seen[:, 0]).size > 10


def test_two_faults_of_one_sensor_act_one_after_the_other(bench: FaultyBench) -> None:
    """First the offset, then the gain on it."""
    bench.door.fault("sensor_offset", channel=FORCE_N, value=300.0)
    bench.door.fault("sensor_gain", channel=FORCE_N, factor=-1.0)
    seen, clean = bench.host().ready().play(wave(8)), undisturbed(corner(), wave(8))
    assert np.abs(seen[:, 3] + clean[:, 3] + 100).max() <= 1


def test_clear_mends(bench: FaultyBench) -> None:
    """After clear the same sensor reads as if nothing had been."""
    number = bench.door.fault("sensor_nan", channel=FORCE_N)
    host = bench.host().ready()
    assert (host.play(wave(8))[:, 3] == CODE_NAN).all()
    bench.door.clear(number)
    host.send(wave(16)[8:12])
    np.testing.assert_array_equal(host.answers[-1].codes, undisturbed(corner(), wave(12))[8:])


def test_actuator_gain(bench: FaultyBench) -> None:
    """It goes half as far as it is told, from neutral."""
    bench.door.fault("actuator_gain", axis=PAN_M, factor=0.5)
    seen = bench.host().ready().play(np.tile([0.04, 0.0, 0.0], (100, 1)))
    assert seen[-20:, 0].mean() == pytest.approx(2000, abs=15)


def test_actuator_delay(bench: FaultyBench) -> None:
    """It answers 20 ms later: ten samples."""
    bench.door.fault("actuator_delay", axis=PAN_M, extra_s=0.02)
    seen, clean = bench.host().ready().play(wave(80)), undisturbed(corner(), wave(80))
    assert np.abs(seen[10:, 0] - clean[:-10, 0]).max() < 40  # eight times the noise
    assert np.abs(seen[10:, 0] - clean[10:, 0]).max() > 1000


def test_frozen_actuator_does_not_move(bench: FaultyBench) -> None:
    """The valve opens and nothing moves, neither the pan's sensor nor the strut; afterwards it moves again."""
    bench.door.fault("actuator_frozen", axis=PAN_M, at_sample=20, for_samples=40)
    host = bench.host().ready()
    seen = host.play(wave(60), 5)
    frozen = seen[22:60, [0, NAMES.index(TRAVEL_M)]]
    assert np.ptp(frozen[:, 0]) < 60
    assert np.ptp(frozen[10:, 1]) < 100
    assert np.ptp(undisturbed(corner(), wave(60))[22:60, 0]) > 2000
    assert abs(host.hardware.status().valve[0]) > 500
    host.send(wave(68)[60:68])
    assert np.ptp(host.answers[-1].codes[:, 0]) > 200
