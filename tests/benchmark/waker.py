"""A process that wakes by turns: as the loop's pacer does, and as a C program that inherits its scheduling."""

import subprocess
from multiprocessing.connection import Connection

import numpy as np

from rig.bridge import Bridge
from rig.rt.pacing import RealPacer
from rig.rt.realtime import freeze_garbage, request_realtime
from rig.rt.timing import LoopTiming
from tests.benchmark.slices import Durations


class _Kept:
    """Stands where a histogram does, and keeps what it is given."""

    def __init__(self) -> None:
        self.late_ns: list[int] = []

    def add(self, duration_ns: int) -> None:
        """Keep one."""
        self.late_ns.append(duration_ns)


def _by_pacer(bridge: Bridge, cycles: int, period_ns: int) -> Durations:
    timing, kept = LoopTiming(), _Kept()
    timing.wake_up = kept  # type: ignore[assignment]
    pacer = RealPacer(period_ns, 1, timing, bridge)
    pacer.start()
    for _ in range(cycles):
        pacer.wait()
    return np.array(kept.late_ns)


def _by_c(program: str, cycles: int, period_ns: int) -> Durations:
    done = subprocess.run([program, str(cycles), str(period_ns)], capture_output=True, text=True, check=True)
    return np.array([int(line) for line in done.stdout.split()])


def serve(connection: Connection, program: str) -> None:
    """Answer ``(who, cycles, period_ns)`` with how late the wake-ups were; first says the timing it was given."""
    bridge = Bridge.create(1, 2)
    connection.send(request_realtime())
    freeze_garbage()
    try:
        while True:
            who, cycles, period_ns = connection.recv()
            connection.send(_by_c(program, cycles, period_ns) if who == "c" else _by_pacer(bridge, cycles, period_ns))
    except EOFError:
        pass
    finally:
        bridge.close()
        bridge.unlink()
