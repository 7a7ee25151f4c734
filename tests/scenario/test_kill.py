"""The whole host dies by kill -9 in mid-run: the rig comes to rest at neutral. One process alone: `tests/faults`."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from drivers.frames import DeviceState, DeviceStatus
from drivers.modbus import ModbusHardware
from rig.config import load_rig
from tests.commands import bench, rig_file_for, start_rig, wait_for
from tests.stolen_time import again_where_the_device_ran_dry

pytestmark = pytest.mark.alone

RIG = load_rig("one_corner")
AT_REST = (200, 100, 60)  # codes: 2 mm, 25 N·m, 0.3 rad/s
MARGIN_S = 1.0  # for a busy machine; the device's own times are exact


@contextmanager
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], ModbusHardware, psutil.Process]]:
    """A run at pace real that moves, a second client of its device, and the loop's process."""
    with bench("--pace", "real") as addresses:
        port = int(addresses["modbus"].rpartition(":")[2])
        words = ("--rig", str(rig_file_for(addresses, tmp_path)), "--pace", "real", "--runs", str(tmp_path / "runs"))
        process = start_rig("run", "dune_loop", *words, "--json")
        second = ModbusHardware("127.0.0.1", port, 1, len(RIG.axes), len(RIG.channels), RIG.sample_rate_hz, 1.0)
        try:
            wait_for(process, "RUNNING")
            second.open()
            while second.status().samples_played < 1000:
                assert second.status().state is DeviceState.RUN
            assert not at_rest(second.status())
            yield process, second, loop_process(process.pid, port)
        finally:
            second.close()
            process.kill()
            process.communicate(timeout=60)


def loop_process(supervisor: int, port: int) -> psutil.Process:
    """The process under the supervisor that talks to the servo controller."""
    for child in psutil.Process(supervisor).children(recursive=True):
        if any(c.raddr and c.raddr.port == port for c in child.net_connections("tcp")):
            return child
    raise AssertionError("no process talks to the servo controller")


def family_of(pid: int) -> list[psutil.Process]:
    """The processes that a run started, but for Python's own, which clears the shared memory away."""
    children = psutil.Process(pid).children(recursive=True)
    return [child for child in children if "resource_tracker" not in " ".join(child.cmdline())]


def at_rest(status: DeviceStatus) -> bool:
    """Whether every axis is at neutral, give or take the noise of its sensor."""
    return all(abs(int(code)) < most for code, most in zip(status.feedback, AT_REST, strict=False))


def wait_until(client: ModbusHardware, states: set[DeviceState], within_s: float) -> None:
    """The device reaches one of the states, and all axes come to rest, in time."""
    started_s = time.monotonic()
    while (status := client.status()).state not in states or not at_rest(status):
        assert time.monotonic() - started_s < within_s + MARGIN_S, f"{status.state.name}, {status.feedback}"


@again_where_the_device_ran_dry
def test_the_whole_host_dies_and_the_device_s_watchdog_stops_it(tmp_path: Path) -> None:
    """With nobody left to ask it, the device ramps to neutral by itself within watchdog and ramp."""
    with running(tmp_path) as (process, second, loop):
        for member in [psutil.Process(process.pid), *family_of(process.pid)]:
            member.kill()
        wait_until(second, {DeviceState.FAULT}, RIG.watchdog_ms * 1e-3 + RIG.ramp_s)
        assert not loop.is_running() or loop.status() == psutil.STATUS_ZOMBIE
