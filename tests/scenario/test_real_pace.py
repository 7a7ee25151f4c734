"""Whole runs by the wall clock."""

import json
import signal
from pathlib import Path

import pytest

from rig.record.events import read_events
from rig.rt.realtime import steal_ticks
from tests.commands import RIG_FILE, SELDOM_HELD, patient, rig, start_rig, wait_for
from tests.stolen_time import again_where_the_device_ran_dry

pytestmark = pytest.mark.alone

TRIES = 4


def test_real_pace_keeps_500_samples_a_second(tmp_path: Path) -> None:
    """Over the wire by the wall clock: no underrun; late cycles, grade and round-trip quantiles in the record.

    Where the machine's host took processor time in mid-run and the device ran dry, it is played again, at most `TRIES`
    times in all; for nothing else.
    """
    (tmp_path / "rig.yaml").write_text(RIG_FILE.read_text())
    file = patient(tmp_path / "rig.yaml", SELDOM_HELD)
    words = ("--rig", str(file), "--pace", "real", "--until-km", "0.03", "--runs", str(tmp_path / "runs"), "--json")
    for _ in range(TRIES):
        before, done = steal_ticks(), rig("run", "dune_loop", *words)
        if not (done.code == 3 and steal_ticks() > before and "UNDERRUN" in done.verdict["reason"]):
            break
    assert done.code == 0, done.err
    timing = done.verdict["timing"]
    assert timing["underruns"] == 0
    assert timing["grade"] in ("A", "B")
    assert 0 < timing["round_trip_us"]["p50"] < timing["round_trip_us"]["p99"]
    assert "late_cycles" in timing
    rows = json.loads((Path(done.verdict["run"]) / "manifest.json").read_text())
    assert rows["pace"] == "real"
    events = read_events(Path(done.verdict["run"]) / "events.jsonl").events
    running_s = {event.data.get("state"): event.time_s for event in events if event.kind == "state_changed"}
    played_s = running_s["IDLE"] - running_s["RUNNING"]
    assert played_s == pytest.approx(done.verdict["samples"] / 500.0, abs=3.0)


@again_where_the_device_ran_dry
def test_second_interrupt_trips(tmp_path: Path) -> None:
    """Ctrl-C twice: the rig trips at once, exit 3."""
    process = start_rig("run", "dune_loop", "--pace", "real", "--runs", str(tmp_path), "--json")
    wait_for(process, "RUNNING")
    process.send_signal(signal.SIGINT)
    wait_for(process, "STOPPING")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    kinds = [event.kind for event in read_events(Path(json.loads(out)["run"]) / "events.jsonl").events]
    assert process.returncode == 3
    assert "operator_stop" in kinds
    assert "operator_trip" in kinds
