"""The program itself fails in mid-run: the rig comes to rest all the same, and no part has survived or failed."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from drivers.frames import DeviceState, FaultCode
from drivers.modbus import ModbusHardware
from rig.config import load_rig
from rig.life.judge import Judge
from rig.life.verdict import Finding
from rig.record.events import read_events
from rig.supervisor.conduct import conduct
from rig.supervisor.session import Order, prepare
from tests.commands import bench, rig_file_for

RIG = load_rig("one_corner")


def fail_after(samples: int, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the judge raise once it has been given so many samples."""
    good = Judge.consume

    def consume(self: Judge, rows: np.ndarray) -> list[Finding]:
        if rows["sample"][-1] >= samples:
            raise error
        return good(self, rows)

    monkeypatch.setattr(Judge, "consume", consume)


def test_a_judge_that_raises_ends_in_a_ramp_and_suspends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rig ramps down and powers off; exit 3, every part suspended, the fault with its traceback on record."""
    fail_after(1700, ZeroDivisionError("a judge's fault"), monkeypatch)
    session = prepare(Order("dune_loop", until_km=0.2, runs=tmp_path))
    run_dir, verdict = conduct(session, Console(quiet=True))
    assert (verdict.exit_code, verdict.outcome) == (3, "SUSPENDED")
    assert "ZeroDivisionError: a judge's fault" in verdict.reason
    assert 2000 <= verdict.samples < 5000
    events = read_events(run_dir / "events.jsonl").events
    states = [event.data["state"] for event in events if event.kind == "state_changed"]
    assert states[-3:] == ["STOPPING", "IDLE", "OFFLINE"]
    assert any("consume" in event.data.get("traceback", "") for event in events)


def test_a_supervisor_that_is_torn_away_trips_the_rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What not even the supervisor catches: the device is tripped before the other processes are ended."""
    with bench("--pace", "stepped") as addresses:
        port = int(addresses["modbus"].rpartition(":")[2])
        second = ModbusHardware("127.0.0.1", port, 1, len(RIG.axes), len(RIG.channels), RIG.sample_rate_hz, 1.0)
        fail_after(1700, KeyboardInterrupt(), monkeypatch)
        file = str(rig_file_for(addresses, tmp_path))
        session = prepare(Order("dune_loop", rig=file, until_km=0.2, runs=tmp_path / "runs"))
        with pytest.raises(KeyboardInterrupt):
            conduct(session, Console(quiet=True))
        second.open()
        status = second.status()
        second.close()
    assert (status.state, status.first_fault) == (DeviceState.FAULT, FaultCode.HOST_TRIP)
