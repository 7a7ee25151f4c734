"""The loop's process dies: the device saves itself, and the supervisor tells it to."""

import json
import time
from pathlib import Path

import psutil
import pytest

from drivers.frames import DeviceState
from drivers.modbus import ModbusHardware
from rig.config import load_rig
from rig.record.events import read_events
from tests.commands import bench, rig_file_for, start_rig, wait_for


def loop_process(supervisor: int, port: int) -> psutil.Process:
    """The process under the supervisor that talks to the servo controller."""
    for child in psutil.Process(supervisor).children(recursive=True):
        if any(c.raddr and c.raddr.port == port for c in child.net_connections("tcp")):
            return child
    raise AssertionError("no process talks to the servo controller")


@pytest.mark.parametrize("supervisor_lives", [True, False])
def test_kill_of_the_loop_ends_at_neutral(supervisor_lives: bool, tmp_path: Path) -> None:
    """After kill -9 a second client sees FAULT and neutral within watchdog and ramp.

    Where the supervisor lives it says what happened and ends with exit 3.
    """
    rig = load_rig("one_corner")
    with bench("--pace", "real") as addresses:
        file, port = rig_file_for(addresses, tmp_path), int(addresses["modbus"].rpartition(":")[2])
        process = start_rig(
            "run", "dune_loop", "--rig", str(file), "--pace", "real", "--runs", str(tmp_path / "runs"), "--json"
        )
        second = ModbusHardware("127.0.0.1", port, 1, len(rig.axes), len(rig.channels), rig.sample_rate_hz, 1.0)
        try:
            wait_for(process, "RUNNING")
            second.open()
            while second.status().samples_played < 1000:
                assert second.status().state is DeviceState.RUN
            victim = loop_process(process.pid, port)
            if not supervisor_lives:
                process.kill()
                process.wait()
            victim.kill()
            killed_s = time.monotonic()
            while second.status().state not in (DeviceState.FAULT, DeviceState.EMERGENCY_STOP):
                assert time.monotonic() - killed_s < (rig.watchdog_ms * 1e-3) + 0.5
            while max(abs(code) for code in second.status().feedback[:1].tolist()) > 200:
                assert time.monotonic() - killed_s < rig.watchdog_ms * 1e-3 + rig.ramp_s + 0.5
        finally:
            second.close()
            out, _ = process.communicate(timeout=60)
        if supervisor_lives:
            assert process.returncode == 3
            events = read_events(Path(json.loads(out)["run"]) / "events.jsonl").events
            assert "process_lost" in [event.kind for event in events]
