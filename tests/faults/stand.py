"""What the rows of the loop share: the simulated servo controller in a process of its own, its back door, a drive."""

import gc
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.config import Rig, load_rig
from rig.rt.process import warm_up
from simulators.bench import bench_config
from simulators.servo.modbus_server import PRIORITY as DEVICE_PRIORITY
from simulators.servo.modbus_server import serve
from simulators.wires import Wires
from tests.backdoor import Backdoor
from tests.commands import ROOT, environment

RAMP_S = 0.2
"""Short, so that many rows fit in little time; the library's rig has a second."""
PRIORITY = 60
_spawn = multiprocessing.get_context("spawn")

RIG = load_rig("one_corner").model_copy(
    update={"ramp_s": RAMP_S, "late_cycles_per_s": 2000, "instruments": (), "checks": None}
)
"""The library's rig, with a short ramp, and patient with late cycles: a busy machine is no fault of most rows."""


@dataclass
class Stand:
    """One simulated servo controller for many rows.

    Attributes:
        address: of its Modbus server, ``host:port``.
        door: its back door.
        line_address, line_door: of a proxy before it.
    """

    address: str
    door: Backdoor
    line_address: str
    line_door: Backdoor
    _exchanges: int = 0
    _changes: int = 0

    def begin(self) -> None:
        """All faults mended, the device as it is after power-on, its log read up to here."""
        self.line_door.do("clear")
        self.door.clear()
        self.door.fault("reboot")
        self._await_state({"OFF"}, 2.0)
        log = self.log()
        self._exchanges = max([self._exchanges, *(one["number"] for one in log["exchanges"])])
        self._changes = max([self._changes, *(one["number"] for one in log["changes"])])

    def log(self) -> dict[str, Any]:
        """What the device has noted since `begin`."""
        return self.door.do("log", exchanges_after=self._exchanges, changes_after=self._changes)

    def state(self) -> dict[str, Any]:
        """State, first fault and counters of the device now."""
        return self.door.do("state")

    def settle(self, ramps: bool) -> None:
        """Wait until the device is off or has tripped, and where it ramps, until that is over; not longer than a
        second.
        """
        self._await_state({"OFF", "FAULT", "EMERGENCY_STOP"}, 1.0)
        deadline_s = time.monotonic() + 1.0
        while ramps and time.monotonic() < deadline_s and self._ramps():
            time.sleep(0.01)

    def _ramps(self) -> bool:
        changes = self.log()["changes"]
        ran = any(one["state"] == "RUN" for one in changes)
        return ran and not any(one["what"] == "neutral" for one in changes)

    def _await_state(self, wanted: set[str], within_s: float) -> None:
        deadline_s = time.monotonic() + within_s
        while self.state()["state"] not in wanted and time.monotonic() < deadline_s:
            time.sleep(0.005)


@contextmanager
def stand() -> Iterator[Stand]:
    """A stand; everything is gone afterwards."""
    config = replace(bench_config(RIG, "real", 1, None), power_step_ms=5)
    with ExitStack() as stack:
        wires = Wires.create()
        stack.callback(wires.unlink)
        stack.callback(wires.close)
        ours, theirs = _spawn.Pipe()
        process = _spawn.Process(target=serve, args=(config, wires.name, theirs), daemon=True)
        process.start()
        theirs.close()
        stack.callback(process.close)
        stack.callback(process.join, 10)
        stack.callback(ours.close)
        assert ours.poll(60), "the servo controller does not listen"
        host, port = ours.recv()
        door = stack.enter_context(Backdoor(":".join(map(str, ours.recv()))))
        line = stack.enter_context(_proxy(f"{host}:{port}"))
        line_door = stack.enter_context(Backdoor(line["backdoor"]))
        warm_up(RIG)
        yield Stand(f"{host}:{port}", door, line["address"], line_door)


@contextmanager
def _proxy(to: str) -> Iterator[dict[str, str]]:
    """``python -m simulators.proxy``, as punctual as the device: a network is no process either."""
    command = [sys.executable, "-m", "simulators.proxy", "--to", to]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, env=environment()) as process:
        try:
            assert process.stdout is not None
            with suppress(PermissionError):
                os.sched_setscheduler(process.pid, os.SCHED_FIFO, os.sched_param(DEVICE_PRIORITY))
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def precedence() -> Iterator[None]:
    """As the loop's process has it, for this thread: before other processes where that is permitted, no collector."""
    gc.disable()
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    try:
        yield
    finally:
        with suppress(PermissionError):
            os.sched_setscheduler(0, *before)
        gc.enable()


def drive(samples: int, rig: Rig = RIG) -> NDArray[np.float64]:
    """A drive that keeps every axis and channel moving, from rest to rest: float64[samples, 2 x axes + 3].

    Pan: 20 mm at 2 Hz with 2 mm at 7 Hz; half-shaft: 300 N·m at 1.5 Hz; shaft: 3 rad/s at 1 Hz.
    """
    time_s = np.arange(samples) / rig.sample_rate_hz
    edge = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) / 0.2)
    fade = np.sin(0.5 * np.pi * edge) ** 2
    wave = 2.0 * np.pi * time_s
    rows = np.zeros((samples, 9))
    rows[:, 0] = fade * (0.02 * np.sin(2.0 * wave) + 0.002 * np.sin(7.0 * wave))
    rows[:, 1] = fade * 300.0 * np.sin(1.5 * wave)
    rows[:, 2] = fade * 3.0 * np.sin(wave)
    rows[:, 3:6] = rows[:, :3]
    rows[:, 6], rows[:, 7] = 0.02 * np.arange(samples), 10.0
    return rows
