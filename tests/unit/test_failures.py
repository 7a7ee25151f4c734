"""The failure log: every specimen of every run, by what the record says and nothing else."""

import json
from pathlib import Path

import pytest

from rig.failures import DIED, Entry, Filter, failure_log, runs_in
from rig.life.verdict import Outcome
from rig.record.events import EventLog
from tests.commands import rig
from tests.synthetic_run import COMPONENTS, Recipe, make_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that survived, one in which the spring broke, one that died."""
    make_run(tmp_path / "runs" / "a", Recipe())
    make_run(tmp_path / "runs" / "b", Recipe(broken_at_s=10.0))
    make_run(tmp_path / "runs" / "c", Recipe(closed=False, with_verdict=False))
    return tmp_path / "runs"


def log(folder: Path, wanted: Filter) -> list[Entry]:
    found, unreadable = failure_log(runs_in([folder]), wanted)
    assert unreadable == []
    return found


def test_failures_and_suspensions(folder: Path) -> None:
    """One failure with its evidence; the parts beside it are suspended, and so are all of a run that died."""
    found = log(folder, Filter())
    assert [(one.run, one.component, one.outcome) for one in found] == [
        *(("b", name, "FAILED" if name == "coil_spring" else "SUSPENDED") for name in COMPONENTS),
        *(("c", name, "SUSPENDED") for name in COMPONENTS),
    ]
    failed = next(one for one in found if one.outcome == "FAILED")
    assert (failed.mode, failed.severity, failed.means) == ("fracture", "failure", "stiffness")
    assert (failed.value, failed.limit) == (0.02, 0.6)
    assert (failed.mechanism, failed.cycles) == ("fatigue of the wire", 1234.5)
    assert (failed.first_sample, failed.last_sample) == (4750, 5250)
    assert (failed.serial, failed.batch) == ("C-0001", "2026-03")
    assert failed.cause is None
    died = found[-1]
    assert (died.reason, died.mode) == (DIED, None)
    assert died.distance_km == pytest.approx(0.3, abs=0.05)


def test_filters(folder: Path) -> None:
    """By outcome, component, serial and batch."""
    assert {one.run for one in log(folder, Filter([Outcome.SURVIVED]))} == {"a"}
    assert len(log(folder, Filter([*Outcome], component="damper"))) == 3
    assert len(log(folder, Filter([*Outcome], serial="D-0001"))) == 3
    assert log(folder, Filter([*Outcome], batch="2025-01")) == []


def test_notes_are_in_it(folder: Path) -> None:
    """The last word on cause, action and disposition; all texts; only of that component."""
    about = ("note", str(folder / "b"))
    assert rig(*about, "crack at coil 2", "--component", "coil_spring", "--cause", "unknown").code == 0
    assert rig(*about, "pit at coil 2", "--component", "coil_spring", "--cause", "corrosion pit").code == 0
    assert rig(*about, "night shift was cold").code == 0
    spring = next(one for one in log(folder, Filter()) if one.outcome == "FAILED")
    assert (spring.cause, spring.action) == ("corrosion pit", None)
    assert [note.split(": ")[1] for note in spring.notes] == ["crack at coil 2", "pit at coil 2"]
    assert all(one.notes == () for one in log(folder, Filter()) if one.component != "coil_spring")


def test_the_command(folder: Path) -> None:
    """A table, JSON, one run by itself; what can't be read is told and the rest shown; no folder is bad input."""
    shown = rig("failures", str(folder))
    assert shown.code == 0, shown.err
    assert "fracture" in shown.out
    assert "8 entries of 3 runs" in shown.out
    told = json.loads(rig("failures", str(folder), "--json", "--outcome", "failed").out)
    assert [one["component"] for one in told] == ["coil_spring"]
    assert "0 entries of 1 runs" in rig("failures", str(folder / "a")).out
    assert "4 entries of 1 runs" in rig("failures", str(folder / "a"), "--all").out
    (folder / "a" / "manifest.json").write_text("{")
    broken = rig("failures", str(folder))
    assert broken.code == 3
    assert "8 entries of 3 runs" in broken.out
    assert "manifest.json" in broken.err
    missing = rig("failures", str(folder / "none"))
    assert missing.code == 2
    assert "run directories, or a folder of them" in missing.err


def test_a_run_that_goes_on_has_no_entry_yet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither a failure nor a suspension."""
    monkeypatch.setattr("rig.failures.live_in", lambda _: {(folder / "c").resolve()})
    assert {one.run for one in log(folder, Filter())} == {"b"}


def test_a_failure_on_record_outlives_the_run(folder: Path) -> None:
    """The run died after it, before a verdict: the part has failed all the same, the others are suspended."""
    with EventLog(folder / "c") as events:
        data = {"component": "damper", "mode": "leak", "feature": "damping", "value": 0.4, "limit": 0.6}
        data["mechanism"] = "wear"
        events.append("component_failed", "damper: leak", time_s=5.0, sample=2500, distance_km=0.07, data=data)
    died = [one for one in log(folder, Filter()) if one.run == "c"]
    assert [one.component for one in died if one.outcome == "FAILED"] == ["damper"]
    assert (died[0].distance_km, died[0].mode, died[0].means, died[0].limit) == (0.07, "leak", "damping", 0.6)
    assert (died[0].mechanism, died[0].cycles) == ("wear", None)
    assert (died[0].text, died[0].reason) == ("damper: leak", DIED)
