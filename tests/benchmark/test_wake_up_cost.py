"""How late the loop wakes at its deadlines, against a loop in C that sleeps to the same ones, and cyclictest."""

import os
import shutil
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from rig.clock import AWAKE_NS
from rig.config import load_rig
from rig.doctor.reference import NoReferenceError, compile_reference
from rig.rt.realtime import Timing
from tests.benchmark import waker
from tests.benchmark.slices import Durations, note, note_quantiles, ratio, take_turns

PERIOD_NS = round(1e9 / load_rig("one_corner").sample_rate_hz)
CYCLES, SLICES = 1250, 5  # 2.5 s a slice
GOAL_P50, GOAL_P99 = 1.25, 2.0

_spawn = get_context("spawn")


@pytest.fixture
def pacer() -> Iterator[tuple[Callable[[int], Durations], Timing]]:
    """A slice of our wake-ups in a process of its own, awake so long before, and the timing that it was given."""
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=waker.serve, args=(theirs,))
    process.start()
    theirs.close()

    def wake(awake_ns: int) -> Durations:
        ours.send((CYCLES, PERIOD_NS, awake_ns))
        late: Durations = ours.recv()
        return late

    yield wake, ours.recv()
    ours.close()
    process.join(10)
    process.close()


def peers(folder: Path, given: Timing) -> dict[str, Callable[[], Durations]]:
    """The loop in C, and cyclictest where it is installed."""
    try:
        program = compile_reference(folder)
    except NoReferenceError as error:
        pytest.skip(f"{error} (Debian: gcc)")
    found = {"c": lambda: waker.by_c(program, given, CYCLES, PERIOD_NS)}
    cyclictest = shutil.which("cyclictest")
    if cyclictest is not None:
        found["cyclictest"] = lambda: waker.by_cyclictest(cyclictest, given, CYCLES, PERIOD_NS)
    return found


def test_wake_up_against_c(benchmark: Any, pacer: tuple[Callable[[int], Durations], Timing], tmp_path: Path) -> None:
    """`RealPacer.wait` in turns with clock_nanosleep in C and with cyclictest, all scheduled as the loop is.

    ``asleep`` is the same pacer with a clock that sleeps to the deadline itself, as the other two do.
    """
    wake, given = pacer
    references = {"asleep": lambda: wake(0), **peers(tmp_path, given)}
    pools = take_turns(benchmark, lambda: wake(AWAKE_NS), references, slices=SLICES)
    note(benchmark, timing_grade=given.grade, late_cycles=SLICES * CYCLES - len(pools["candidate"]))
    note(benchmark, load=os.getloadavg()[0], goal=f"p50 {GOAL_P50} times c, p99 {GOAL_P99} times")
    if "cyclictest" not in references:
        note(benchmark, cyclictest="not compared: it is not on the PATH (Debian: rt-tests)")
    note_quantiles(benchmark, pools)
    note(benchmark, asleep_to_c_p50=ratio({**pools, "candidate": pools["asleep"]}, "c"))
    assert ratio(pools, "c") < 4 * GOAL_P50
    assert ratio(pools, "c", 0.99) < 10 * GOAL_P99
