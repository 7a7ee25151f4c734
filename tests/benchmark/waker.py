"""Who wakes at deadlines: the loop's pacer in a process of its own, a program in C, and cyclictest."""

import re
import subprocess
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from rig.bridge import Bridge
from rig.clock import RealClock
from rig.record.ring import Ring, Rows
from rig.rt.pacing import RealPacer
from rig.rt.realtime import FIFO_PRIORITY, Timing, freeze_garbage, request_realtime
from rig.rt.timing import LoopTiming
from tests.benchmark.slices import Durations

_LONGEST_US = 20_000
"""cyclictest's histogram ends here; what is longer counts as this, and is too rare for a p99."""


class _Kept:
    """Stands where a histogram does, and keeps what it is given."""

    def __init__(self) -> None:
        self.late_ns: list[int] = []

    def add(self, duration_ns: int) -> None:
        """Keep one."""
        self.late_ns.append(duration_ns)


def by_pacer(bridge: Bridge, cycles: int, period_ns: int, awake_ns: int) -> Durations:
    """How late `RealPacer.wait` returned, int64[wake-ups] in ns; late cycles have none. ``awake_ns``: of its clock."""
    timing, kept = LoopTiming(), _Kept()
    timing.wake_up = kept  # type: ignore[assignment]
    pacer = RealPacer(period_ns, 1, timing, bridge)
    pacer.clock = RealClock(awake_ns)
    pacer.start()
    for _ in range(cycles):
        pacer.wait()
    return np.array(kept.late_ns)


def by_c(program: Path, given: Timing, cycles: int, period_ns: int) -> Durations:
    """How late a program in C was, which asks for what our process was given; see `rig.doctor.reference`.

    Raises:
        AssertionError: it was not given it, so that there is nothing to compare.
    """
    priority, cpu = FIFO_PRIORITY if given.fifo else 0, -1 if given.cpu is None else given.cpu
    words = [str(program), str(cycles), str(period_ns), str(priority), str(cpu)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    head, *late = done.stdout.splitlines()
    assert head.startswith("1" if given.fifo else "0"), "the program in C is scheduled in another way than ours"
    return np.array([int(line) for line in late])


def by_cyclictest(program: str, given: Timing, cycles: int, period_ns: int) -> Durations:
    """How late cyclictest's only thread was: to 1 µs, as its histogram has it."""
    policy = ["--policy=fifo", f"--priority={FIFO_PRIORITY}"] if given.fifo else ["--policy=other"]
    options = ["--laptop", "--quiet", *policy, *(["--mlockall"] if given.memory_locked else [])]
    options += [f"--interval={period_ns // 1000}", f"--loops={cycles}", f"--histogram={_LONGEST_US}"]
    done = subprocess.run([program, *options], capture_output=True, text=True, check=True)
    counts = [(int(us), int(count)) for us, count in re.findall(r"(?m)^(\d{6}) (\d{6,})$", done.stdout)]
    late = [1000 * us + 500 for us, count in counts for _ in range(count)]
    return np.array(late + [1000 * _LONGEST_US] * (cycles - len(late)))


def serve(connection: Connection) -> None:
    """First say the timing that was given; then answer ``(cycles, period_ns, awake_ns)`` with how late we woke."""
    bridge = Bridge.create(1, 2)
    connection.send(request_realtime())
    freeze_garbage()
    try:
        while True:
            connection.send(by_pacer(bridge, *connection.recv()))
    except EOFError:
        pass
    finally:
        bridge.close()
        bridge.unlink()


def serve_rows(connection: Connection, ring_name: str) -> None:
    """As `serve`, for ``(cycles, period_ns)``; at each wake-up a row goes into a ring, as a loop's does."""
    bridge, ring = Bridge.create(1, 2), Ring.attach(ring_name)
    row = np.zeros(1, ring.dtype)
    connection.send(request_realtime())
    freeze_garbage()
    try:
        while True:
            connection.send(_by_pacer_with_rows(bridge, ring, row, *connection.recv()))
    except EOFError:
        pass
    finally:
        ring.close()
        bridge.close()
        bridge.unlink()


def _by_pacer_with_rows(bridge: Bridge, ring: Ring, row: Rows, cycles: int, period_ns: int) -> Durations:
    timing, kept = LoopTiming(), _Kept()
    timing.wake_up = kept  # type: ignore[assignment]
    pacer = RealPacer(period_ns, 1, timing, bridge)
    pacer.start()
    for _ in range(cycles):
        pacer.wait()
        row["sample"] = ring.written
        ring.push(row)
    return np.array(kept.late_ns)
