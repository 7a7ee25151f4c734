"""What a sample costs the loop without a wire, against its period of 2 ms and a goal of 5 µs for the kernels."""

import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.frames import Command, FeedbackBlock, SetpointBlock
from rig.bridge import End
from rig.config import load_rig
from rig.record.ring import Rows
from rig.rt.clamp import clamp_of
from rig.rt.control import WINDOW, ControlLaw, outcome_of
from rig.rt.limits import LimitJudge, limit_table
from rig.rt.loop import PROGRESS_SAMPLES
from rig.rt.progress import ProgressWatch
from tests.benchmark.slices import Durations, no_collector, note, quantile_us, take_turns, timed
from tests.fakes import EchoDevice, drive, run_loop_on

RIG = load_rig("one_corner")
PERIOD_US = 1e6 / RIG.sample_rate_hz
GOAL_US = 5.0
"""For judge, progress check, control law and clamp of one sample together."""
SAMPLES = 4000


def long_drive() -> NDArray[np.float64]:
    """The drive of the loop's tests, with a shaft speed that stays in range however long it lasts."""
    rows = drive(SAMPLES)
    rows[:, 2] = rows[:, 5] = 40.0 + 20.0 * np.sin(np.arange(SAMPLES) / 500.0)
    return rows


@pytest.fixture(scope="module")
def played() -> Rows:
    """The rows of a loop that has run: feedback that fits the drive."""
    result = run_loop_on(long_drive())
    assert result.end is End.COMPLETED
    return result.rows


class Kernels:
    """Judge, progress, control law and clamp of one loop, called as the loop calls them."""

    def __init__(self, rows: Rows, count: int) -> None:
        axes = len(RIG.axes)
        self._recorded, self._drive = np.ascontiguousarray(rows["feedback"]), long_drive()
        self._feedback = np.zeros((WINDOW, len(RIG.channels)), np.int16)
        self._judge, self._progress = LimitJudge(limit_table(RIG), RIG.sample_rate_hz), ProgressWatch(RIG)
        self._law, self._clamp = ControlLaw(RIG, 1e9), clamp_of(RIG)
        self._count, self._out = count, outcome_of(WINDOW, axes)
        self._commands = self._out["commands"]
        self._codes, self._requests = np.zeros((WINDOW, axes), np.int16), np.full(WINDOW, -1, np.int64)
        self._law.command(0, self._feedback, self._requests, self._drive, -1, self._out, RIG.lead_samples)

    def receive(self, first: int) -> None:
        """The feedback that is there when sample ``first`` is commanded."""
        for number in range(first - RIG.lead_samples, first - RIG.lead_samples + self._count):
            self._feedback[number % WINDOW] = self._recorded[number]

    def judge(self, first: int) -> None:
        """The samples that are one lead before ``first`` and on."""
        start, expected = first - RIG.lead_samples, self._law.expected
        _, told = self._judge.judge(start, self._count, self._feedback, expected, self._requests)
        assert not told

    def progress(self, first: int) -> None:
        """Whether those move as they should."""
        ready = first - RIG.lead_samples + self._count
        if not ready % PROGRESS_SAMPLES:
            start = ready - PROGRESS_SAMPLES
            assert not self._progress.judge(start, PROGRESS_SAMPLES, self._feedback, self._law.expected)

    def control(self, first: int) -> None:
        """The commands of ``first`` and on."""
        self._law.command(first, self._feedback, self._requests, self._drive, -1, self._out, self._count)

    def clamp(self, first: int) -> None:
        """Their codes."""
        assert self._clamp.encode(self._commands, self._codes, self._count) == -1

    def all(self, first: int) -> None:
        """In the loop's order."""
        self.judge(first)
        self.progress(first)
        self.control(first)
        self.clamp(first)

    def all_but(self, name: str, first: int) -> None:
        """The others, so that the next sample finds what it needs."""
        for other in ("judge", "progress", "control", "clamp"):
            if other != name:
                getattr(self, other)(first)


@pytest.mark.parametrize("count", [1, RIG.lead_samples])
def test_kernels_of_a_sample(benchmark: Any, played: Rows, count: int) -> None:
    """Judge, progress, law and clamp, one sample at a time as at pace real, a lead at a time as at pace stepped."""
    numbers = range(RIG.lead_samples, SAMPLES - WINDOW, count)

    def slice_of(name: str) -> Durations:
        kernels = Kernels(played, count)
        step, durations = getattr(kernels, name), []
        for first in numbers:
            kernels.receive(first)
            started_ns = time.perf_counter_ns()
            step(first)
            durations.append(time.perf_counter_ns() - started_ns)
            if name != "all":
                kernels.all_but(name, first)
        return np.array(durations)

    parts = {name: lambda name=name: slice_of(name) for name in ("judge", "progress", "control", "clamp")}
    pools = take_turns(benchmark, lambda: slice_of("all"), parts)
    sample_us = quantile_us(pools["candidate"], 0.5) / count
    note(benchmark, sample_p50_us=sample_us, sample_p99_us=quantile_us(pools["candidate"], 0.99) / count)
    note(benchmark, ratio_to_goal_of_5_us=sample_us / GOAL_US, share_of_period=sample_us / PERIOD_US)
    for name in parts:
        note(benchmark, **{f"{name}_p50_us": quantile_us(pools[name], 0.5) / count})
    assert sample_us < 0.1 * PERIOD_US


@pytest.mark.parametrize("batch", [1, RIG.lead_samples])
def test_cycle_without_a_wire(benchmark: Any, batch: int) -> None:
    """The whole cycle of the loop on a device that answers at once, that device's own time beside it."""
    rows = long_drive()

    def cycles() -> Durations:
        seen: list[int] = []

        def mark(_: FeedbackBlock) -> None:
            seen.append(time.perf_counter_ns())

        with no_collector():
            assert run_loop_on(rows, batch=batch, meddle=mark).end is End.COMPLETED
        return np.diff(seen)[20:-20]

    device = EchoDevice(RIG)
    block = SetpointBlock(0, Command.NONE, 0, 0, np.zeros((batch, len(RIG.axes)), np.int16))
    pools = take_turns(
        benchmark, cycles, {"device": lambda: timed(lambda _: device.exchange(block), range(SAMPLES // batch))}
    )
    cycle_us, device_us = quantile_us(pools["candidate"], 0.5), quantile_us(pools["device"], 0.5)
    note(benchmark, cycle_p50_us=cycle_us, cycle_p99_us=quantile_us(pools["candidate"], 0.99), device_p50_us=device_us)
    note(
        benchmark,
        loop_us_a_sample=(cycle_us - device_us) / batch,
        share_of_period=(cycle_us - device_us) / batch / PERIOD_US,
    )
    assert (cycle_us - device_us) / batch < 0.5 * PERIOD_US
