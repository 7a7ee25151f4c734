"""How late the loop wakes at its deadlines, against a loop in C that sleeps to the same ones."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from rig.config import load_rig
from tests.benchmark import waker
from tests.benchmark.slices import Durations, note, note_quantiles, ratio, take_turns

PERIOD_NS = round(1e9 / load_rig("one_corner").sample_rate_hz)
CYCLES = 750  # 1.5 s a slice

_spawn = get_context("spawn")
Ask = Callable[[str], Durations]


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[tuple[Ask, str]]:
    """Ask a process of its own for a slice by ``c`` or ``pacer``; and which timing grade both have."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc on the PATH to compile the reference with (Debian: gcc)")
    program = tmp_path / "clock_nanosleep"
    source = Path(__file__).parent / "clock_nanosleep.c"
    subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=waker.serve, args=(theirs, str(program)))
    process.start()
    theirs.close()

    def slice_by(who: str) -> Durations:
        ours.send((who, CYCLES, PERIOD_NS))
        late: Durations = ours.recv()
        return late

    yield slice_by, ours.recv().grade
    ours.close()
    process.join(10)
    process.close()


def test_wake_up_against_c(benchmark: Any, ask: tuple[Ask, str]) -> None:
    """`RealPacer.wait` against clock_nanosleep at the period of a sample, both with the scheduling the loop gets."""
    slice_by, grade = ask
    pools = take_turns(benchmark, lambda: slice_by("pacer"), {"c": lambda: slice_by("c")})
    note(benchmark, timing_grade=grade, skipped_late=4 * CYCLES - len(pools["candidate"]))
    note_quantiles(benchmark, pools)
    assert ratio(pools, "c") < 5.0
    assert ratio(pools, "c", 0.99) < 20.0
