"""The whole host dies by kill -9 at pace real, on a rig that stays: a person resets it, and the run goes on."""

import time
from pathlib import Path

import psutil
import pytest

from rig.record.events import read_events
from rig.verify import verify
from tests.commands import bench, patient, rig, rig_file_for, start_rig, wait_for
from tests.kills.judging import full, rows_of
from tests.stolen_time import again_where_the_device_ran_dry

pytestmark = pytest.mark.alone


@again_where_the_device_ran_dry
def test_a_rig_that_its_watchdog_stopped_must_be_reset_before_the_run_goes_on(tmp_path: Path) -> None:
    """Gone on with at once, the fault that the device has latched ends it again; after the reset it survives."""
    with bench("--pace", "real") as addresses:
        rig_file = patient(rig_file_for(addresses, tmp_path))
        words = ("--rig", str(rig_file), "--pace", "real", "--runs", str(tmp_path / "runs"), "--until-km", "0.03")
        _kill_all(start_rig("run", "belgian_block", *words))
        run = next((tmp_path / "runs").glob("2*"))
        before = len(rows_of(run))
        assert before > 0

        refused = rig("recover", str(run), "--json")
        assert refused.code == 3, refused.err
        assert "the device faulted" in refused.verdict["reason"]
        assert {each["outcome"] for each in refused.verdict["verdicts"]} == {"SUSPENDED"}

        assert rig("reset", str(run), "--reason", "the host had died").code == 0
        done = rig("recover", str(run), "--json")
    assert done.code == 0, done.err + done.out
    assert verify(run).whole
    rows = rows_of(run)
    assert (rows["mono_ns"][1:] >= rows["mono_ns"][:-1]).all()
    assert (rows["sample"] == range(len(rows))).all()
    assert len(full(run)) > before / 2
    kinds = [event.kind for event in read_events(run / "events.jsonl").events]
    assert kinds.count("run_recovered") == 2


def _kill_all(process) -> None:  # type: ignore[no-untyped-def]
    """Kill a run's processes at once, some seconds after it began to move; and wait until the watchdog has bitten."""
    wait_for(process, "RUNNING")
    time.sleep(2.0)
    root = psutil.Process(process.pid)
    family = [root, *root.children(recursive=True)]
    for member in family:
        if "resource_tracker" not in " ".join(member.cmdline()):
            member.kill()
    process.communicate(timeout=60)
    time.sleep(2.0)
