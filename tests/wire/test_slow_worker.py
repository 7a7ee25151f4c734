"""The VISA worker on the simulated instruments: readings, fan and shaker, and what it leaves behind."""

from collections.abc import Iterator
from multiprocessing import get_context
from typing import Any

import numpy as np
import pytest
from instrument_bench import instrument_process

from rig.config import Rig, load_rig
from rig.visa.worker import Poll, SlowWorker, run_worker


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    with instrument_process() as running:
        yield running


@pytest.fixture(scope="module")
def rig() -> Rig:
    return load_rig("one_corner")


BLOCKS = (np.sin(np.arange(4096) / 5.0), np.zeros(4096), np.sin(np.arange(4096) / 5.0))


def polls(bench: Any, rig: Rig) -> list[Poll]:
    worker = SlowWorker(rig, bench.resources, BLOCKS)
    opened = worker.open()
    assert (len(opened.identities), opened.faults) == (3, ())
    found = [worker.poll(500 * i, 20.0 * i, i // 2) for i in range(6)]
    assert worker.close() == ()
    return found


def test_worker_scans_cools_and_shakes(bench: Any, rig: Rig) -> None:
    """The fan follows the damper's temperature on the wires, the shaker the segment; the end leaves them safe."""
    bench.wires.damper_temperature_degc = 90.0
    found = polls(bench, rig)
    assert [poll.faults for poll in found] == [()] * 6
    assert [poll.waveform for poll in found] == ["SEG0", None, "SEG1", None, "SEG0", None]
    readings = found[-1].readings
    assert readings["damper_temperature_degc"] == pytest.approx(90.0, abs=0.4)
    assert readings["fan_voltage_v"] == pytest.approx(10.0 + 5 * 0.01 * 20, abs=0.3)
    assert readings["fan_current_a"] == pytest.approx(readings["fan_voltage_v"] / 30.0)
    assert set(readings) >= {"cv_joint_temperature_degc", "hub_temperature_degc", "lower_arm_strain"}
    assert not bench.wires.shaker_on
    assert bench.wires.fan_voltage_v == 24.0


def test_worker_leaves_a_cool_damper_alone(bench: Any, rig: Rig) -> None:
    """Below the target the fan is off, in the run and after it."""
    bench.wires.damper_temperature_degc = 40.0
    assert polls(bench, rig)[-1].readings["fan_voltage_v"] == 0.0
    assert bench.wires.fan_voltage_v == 0.0


def test_worker_reads_the_same_in_two_runs(rig: Rig) -> None:
    """With the same seed, fresh instruments and the same polls, every reading comes again, bit for bit."""
    with instrument_process(seed=5) as first:
        once = polls(first, rig)
    with instrument_process(seed=5) as second:
        assert polls(second, rig) == once


def test_worker_survives_its_instruments(rig: Rig) -> None:
    """When they are gone, each poll says so and goes on; nothing is raised."""
    with instrument_process() as gone:
        worker = SlowWorker(rig, gone.resources, BLOCKS)
        worker.open()
        assert worker.poll(0, 0.0, 0).faults == ()
    poll = worker.poll(500, 10.0, 1)
    assert poll.readings == {}
    assert {fault.partition(":")[0] for fault in poll.faults} == {"data_acquisition", "supply", "waveform_generator"}
    assert len(worker.close()) == 3


def test_worker_process_answers_and_leaves_the_instruments_when_its_parent_is_gone(bench: Any, rig: Rig) -> None:
    """Requests over the connection; a closed connection is the end, and the shaker is off then."""
    bench.wires.damper_temperature_degc = 90.0
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=run_worker, args=(theirs, rig, bench.resources, BLOCKS), daemon=True)
    process.start()
    theirs.close()
    try:
        ours.send(("open",))
        assert ours.recv().faults == ()
        ours.send(("poll", 0, 0.0, 0))
        assert ours.recv().waveform == "SEG0"
        assert bench.wires.shaker_on
    finally:
        ours.close()
        process.join(10)
    assert process.exitcode == 0
    process.close()
    assert not bench.wires.shaker_on
    assert bench.wires.fan_voltage_v == 24.0
