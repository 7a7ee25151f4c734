"""How late the loop wakes while the recorder drains its rows, against the same loop while the recorder stands still."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rig.record import manifest
from rig.record.recorder import FINISH, READER, SYNC_S, RecorderReady, record
from rig.record.ring import Ring
from tests.benchmark import waker
from tests.benchmark.recorder_share import wide_manifest, wide_rows
from tests.benchmark.slices import Durations, note, note_quantiles, ratio, take_turns

CHANNELS, RATE_HZ = 64, 1000
CYCLES, SLICES = 4000, 6  # 4 s a slice: eight syncs of the recorder
GOAL_P99 = 1.5

_spawn = get_context("spawn")


@contextmanager
def recording(folder: Path) -> Iterator[tuple[Ring, int]]:
    """A ring whose rows a recorder drains, and the recorder's process number."""
    described = wide_manifest(CHANNELS, RATE_HZ)
    manifest.write(folder, described)
    ours, theirs = _spawn.Pipe()
    with Ring.create(wide_rows(described, 1.0).dtype, 1 << 16, (READER,)) as ring:
        process = _spawn.Process(target=record, args=(ring.name, str(folder), theirs, SYNC_S))
        process.start()
        assert isinstance(ours.recv(), RecorderReady)
        assert process.pid is not None
        try:
            yield ring, process.pid
        finally:
            os.kill(process.pid, signal.SIGCONT)
            ours.send(FINISH)
            ours.recv()
            process.join(20)
            process.close()


def test_wake_up_beside_the_recorder(benchmark: Any, tmp_path: Path) -> None:
    """The loop's pacer at 1 kHz, pushing a row of 64 channels at each wake-up; the recorder runs, or is stopped."""
    with recording(tmp_path) as (ring, recorder):
        ours, theirs = _spawn.Pipe()
        loop = _spawn.Process(target=waker.serve_rows, args=(theirs, ring.name))
        loop.start()
        given = ours.recv()

        def wake(signal_number: signal.Signals) -> Durations:
            os.kill(recorder, signal_number)
            ours.send((CYCLES, 1_000_000_000 // RATE_HZ))
            late: Durations = ours.recv()
            return late

        still = {"recorder stopped": lambda: wake(signal.SIGSTOP)}
        pools = take_turns(benchmark, lambda: wake(signal.SIGCONT), still, slices=SLICES)
        ours.close()
        loop.join(10)
        loop.close()
    note(benchmark, timing_grade=given.grade, load=os.getloadavg()[0], goal=f"p99 at most {GOAL_P99} times")
    note(benchmark, p99_ratio=ratio(pools, "recorder stopped", 0.99))
    note_quantiles(benchmark, pools)
    assert ratio(pools, "recorder stopped", 0.99) < 10 * GOAL_P99
