"""The checks before a run by the command line, on a rig that is broken on purpose: what starts, and what does not."""

import json
from pathlib import Path
from typing import Any

import pytest

from rig.cli import run as run_command
from rig.record.events import Event, read_events
from rig.supervisor.interrupt import StoppedEarly
from tests.commands import RIG_FILE, SHORT_RUN, Done, refused, rig, typed

LOW_PRESSURE = "{fault: low_pressure, bar: 150.0, interlock: false}"
FLIPPED = "{fault: sensor_flipped, channel: pan_displacement_m}"


def broken(folder: Path, *faults: str, **changed: str) -> str:
    """A rig file whose bench has these faults, with some of its text changed."""
    file = folder / "broken.yaml"
    file.write_text(f"kind: faults\nname: broken\nfaults: [{', '.join(faults)}]\n")
    text = RIG_FILE.read_text().replace("[python, -m, simulators]", f"[python, -m, simulators, --faults, '{file}']")
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "x.yaml"
    path.write_text(text)
    return str(path)


def run(folder: Path, rig_file: str, *more: str) -> Done:
    """A run of ten metres on a rig."""
    return rig(*SHORT_RUN[:-1], str(folder / "runs"), "--rig", rig_file, "--json", *more)


def events_of(done: Done) -> list[Event]:
    """What happened in a run."""
    return list(read_events(Path(done.verdict["run"]) / "events.jsonl").events)


def states_of(done: Done) -> list[str]:
    """The states that the rig went through."""
    return [event.data["state"] for event in events_of(done) if event.kind == "state_changed"]


def checks_of(done: Done) -> dict[str, Any]:
    """What stands in checks.json."""
    return dict(json.loads((Path(done.verdict["run"]) / "checks.json").read_text()))


def test_a_rig_that_is_not_in_order_does_not_start(tmp_path: Path) -> None:
    """A flipped sensor and low pressure: exit 3 before the drive, parts suspended at 0 km, both told."""
    done = run(tmp_path, broken(tmp_path, FLIPPED, LOW_PRESSURE))
    assert "Traceback" not in done.err
    assert done.code == 3, done.err
    assert {(row["outcome"], row["distance_km"]) for row in done.verdict["verdicts"]} == {("SUSPENDED", 0.0)}
    assert done.verdict["samples"] == 0
    for said in ("2 of 35 failed", "pan_displacement_m gain: -", "polarity", "oil pressure: 150 bar", "pump"):
        assert said in done.verdict["reason"], said
        assert said in " ".join(done.err.split()), said
    assert "--override-checks" in done.verdict["reason"]
    assert "RUNNING" not in states_of(done)
    failed = [one for one in checks_of(done)["results"] if not one["passed"]]
    assert {f"{one['subject']} {one['what']}" for one in failed} == {"pan_displacement_m gain", "oil pressure"}
    report = (Path(done.verdict["run"]) / "report.html").read_text()
    assert "Checks before the run" in report
    assert "the small move" in report


def test_a_reason_lets_it_run_and_goes_into_the_record(tmp_path: Path) -> None:
    """Exit 0, with who, why and what failed in events, manifest, checks.json, verdict, JUnit and report."""
    why = "the gauge is away for calibration"
    done = run(tmp_path, broken(tmp_path, LOW_PRESSURE), "--override-checks", why)
    assert done.code == 0, done.err
    run_dir = Path(done.verdict["run"])
    assert done.verdict["checks"].startswith("1 of 35 failed, overridden by ")
    assert done.verdict["checks"].endswith(why)
    assert json.loads((run_dir / "manifest.json").read_text())["override_checks"]["reason"] == why
    assert checks_of(done)["override"]["reason"] == why
    event = next(event for event in events_of(done) if event.kind == "checks_failed")
    assert event.data["override"]["reason"] == why
    assert "oil pressure: 150 bar" in event.data["failed"][0]["words"]
    for name in ("report.html", "junit.xml"):
        assert why in (run_dir / name).read_text(), name
    assert states_of(done).count("RUNNING") == 1


@pytest.mark.alone
def test_checks_alone_need_no_run(tmp_path: Path) -> None:
    """``rig precheck`` by the wall clock passes on a good rig, with its figures as JSON, and leaves nothing behind."""
    done = rig("precheck", "--pace", "real", "--json", cwd=tmp_path)
    assert done.code == 0, done.out + done.err
    told = json.loads(done.out)
    assert (told["outcome"], len(told["results"]), told["end"]) == ("passed", 35, "NOT_YET")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_instrument_is_found_before_anything_moves(tmp_path: Path) -> None:
    """The supply is another one than the rig file says: exit 3, told what it is, and nothing else was looked at."""
    done = rig("precheck", "--rig", broken(tmp_path, **{"identity: E36312A": "identity: E36999Z"}), cwd=tmp_path)
    assert "Traceback" not in done.err
    assert done.code == 3
    assert "a E36999Z was expected, not 'erg simulators,E36312A" in done.out
    assert "1 of 3 failed" in done.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.yaml", "x.yaml"]


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A rig file without checks, in the folder where the command is given."""
    monkeypatch.chdir(tmp_path)
    head, rest = RIG_FILE.read_text().split("\nchecks:", 1)
    Path("bare.yaml").write_text(head + "\ninstruments:" + rest.split("\ninstruments:", 1)[1])
    return "bare.yaml"


def test_an_override_without_a_reason_is_bad_input(
    bare: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So are checks that the rig file does not have."""
    refused(typed(capsys, monkeypatch, *SHORT_RUN, "--override-checks", " "), "--override-checks: found nothing")
    refused(typed(capsys, monkeypatch, "precheck", "--rig", bare), "bare.yaml: checks: found nothing")


def test_a_run_on_a_rig_file_without_checks_says_so(
    bare: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it starts, among its notes."""

    def no_more(*_: object) -> None:
        raise StoppedEarly

    monkeypatch.setattr(run_command, "conduct", no_more)
    done = typed(capsys, monkeypatch, *SHORT_RUN, "--rig", bare)
    assert done.code == 4
    assert "the rig file has no checks: nothing is looked at before the drive" in " ".join(done.err.split())
