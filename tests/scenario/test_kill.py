"""Processes die by kill -9 in mid-run: the rig comes to rest at neutral, and whoever is left says so."""

import json
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
from rig.record.events import read_events
from tests.commands import bench, rig_file_for, start_rig, wait_for

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


def test_the_loop_dies_and_the_supervisor_trips_the_device(tmp_path: Path) -> None:
    """A second client sees FAULT and neutral within watchdog and ramp; the run ends with exit 3 and says why."""
    with running(tmp_path) as (process, second, loop):
        loop.kill()
        wait_until(second, {DeviceState.FAULT}, RIG.watchdog_ms * 1e-3 + RIG.ramp_s)
        out, _ = process.communicate(timeout=60)
    verdict = json.loads(out)
    assert process.returncode == 3
    assert {row["outcome"] for row in verdict["verdicts"]} == {"SUSPENDED"}
    events = read_events(Path(verdict["run"]) / "events.jsonl").events
    assert "process_lost" in [event.kind for event in events]


def test_the_whole_host_dies_and_the_device_s_watchdog_stops_it(tmp_path: Path) -> None:
    """With nobody left to ask it, the device ramps to neutral by itself within watchdog and ramp."""
    with running(tmp_path) as (process, second, loop):
        for member in [psutil.Process(process.pid), *family_of(process.pid)]:
            member.kill()
        wait_until(second, {DeviceState.FAULT}, RIG.watchdog_ms * 1e-3 + RIG.ramp_s)
        assert not loop.is_running() or loop.status() == psutil.STATUS_ZOMBIE


def test_the_supervisor_dies_and_the_loop_ramps_down(tmp_path: Path) -> None:
    """The loop notices that nobody feeds it, ramps down, powers off and ends; so do the other processes."""
    with running(tmp_path) as (process, second, _):
        family = family_of(process.pid)
        process.kill()
        process.wait()
        wait_until(second, {DeviceState.OFF}, 1.0 + 2 * RIG.ramp_s)
        gone, alive = psutil.wait_procs(family, timeout=20.0)
        assert [child.cmdline() for child in alive] == []
        assert len(gone) == len(family)


@pytest.mark.parametrize("which", ["recorder", "visa"])
def test_another_process_dies_and_the_run_ends_as_a_rig_fault(which: str, tmp_path: Path) -> None:
    """Without recorder or VISA worker the rig ramps down: exit 3, all parts suspended."""
    with running(tmp_path) as (process, second, loop):
        others = [child for child in family_of(process.pid) if child.pid != loop.pid]
        talks = [bool(child.net_connections("tcp")) for child in others]
        victim = others[talks.index(which == "visa")]
        victim.kill()
        wait_until(second, {DeviceState.OFF}, 1.0 + 2 * RIG.ramp_s)
        out, _ = process.communicate(timeout=90)
    verdict = json.loads(out)
    assert process.returncode == 3
    assert {row["outcome"] for row in verdict["verdicts"]} == {"SUSPENDED"}
