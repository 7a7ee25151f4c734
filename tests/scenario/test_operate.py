"""Operators at another terminal, with the real commands: hold, span, resume, stop; trip, latch, reset."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rig.operator.users import own_name
from rig.record.events import read_events
from tests.commands import RIG_FILE, Done, bench, patient, refused, rig_file_for, start_rig, typed, wait_for
from tests.stolen_time import again_where_the_device_ran_dry

pytestmark = pytest.mark.alone

Typed = Callable[..., Done]


@contextmanager
def running(rig_file: Path, runs: Path) -> Iterator[subprocess.Popen[str]]:
    """A run at pace real that moves."""
    words = ("--rig", str(rig_file), "--pace", "real", "--until-km", "0.5", "--runs", str(runs), "--json")
    process = start_rig("run", "dune_loop", *words)
    try:
        wait_for(process, "RUNNING")
        yield process
    finally:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)  # one that tripped by itself still puts that on record
        process.kill()
        process.communicate(timeout=60)


def events_of(verdict: dict) -> list[tuple[str, dict]]:
    """What operators did, from the record."""
    record = read_events(Path(verdict["run"]) / "events.jsonl")
    assert record.broken is None
    return [(event.kind, event.data) for event in record.events if event.kind.startswith("operator")]


@pytest.fixture
def typed_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    """Commands in this process, so that their start does not cost the test its time; sockets in a folder of its own."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    def command(*words: str) -> Done:
        return typed(capsys, monkeypatch, *words)

    return command


@again_where_the_device_ran_dry
def test_hold_span_resume_stop(typed_here: Typed, tmp_path: Path) -> None:
    """Each acknowledged with the state after it, each on record with the user's name; the run ends with exit 4."""
    (tmp_path / "rig.yaml").write_text(RIG_FILE.read_text())
    runs, command = tmp_path / "runs", typed_here
    with running(patient(tmp_path / "rig.yaml"), runs) as process:
        (run_dir,) = runs.iterdir()
        asked = [("hold",), ("hold",), ("span", "50%"), ("resume",), ("status",), ("stop",)]
        told = [command(*words, str(run_dir), "--json") for words in asked]
        out, err = process.communicate(timeout=60)
    answers = [json.loads(done.out) for done in told]
    states = ["HOLDING", "HOLDING", "HOLDING", "RUNNING", "RUNNING", "STOPPING"]
    assert [answer["standing"]["state"] for answer in answers] == states
    assert [done.code for done in told] == [0, 3, 0, 0, 0, 0]
    assert answers[4]["standing"]["wanted_span"] == 0.5
    assert answers[4]["standing"]["operator"] == f"{own_name()} asked for a resume"
    verdict = json.loads(out)
    assert (process.returncode, verdict["reason"]) == (4, f"stopped by {own_name()}")
    kinds = ["operator_hold", "operator_hold", "operator_span", "operator_resume", "operator_stop"]
    assert [kind for kind, _ in events_of(verdict)] == kinds
    assert {data["user"] for _, data in events_of(verdict)} == {own_name()}
    assert "rig resume goes on, rig stop ends the run" in err
    after = command("status", str(run_dir))
    assert after.code == 0
    assert f"ended: SUSPENDED, stopped by {own_name()}" in after.out
    refused(command("hold", str(run_dir)), "is no live run", "ended: SUSPENDED")


@again_where_the_device_ran_dry
def test_trip_latch_reset(typed_here: Typed, tmp_path: Path) -> None:
    """The device outlives the run: after a trip nothing starts on it until a person has reset it, with a reason."""
    runs, command = tmp_path / "runs", typed_here
    with bench("--pace", "real") as addresses:
        rig_file = patient(rig_file_for(addresses, tmp_path))
        with running(rig_file, runs) as process:
            (run_dir,) = runs.iterdir()
            tripped = command("trip", run_dir.name)
            assert (tripped.code, "latched until a person resets it" in tripped.out) == (0, True), tripped
            out, _ = process.communicate(timeout=60)
        verdict = json.loads(out)
        assert (process.returncode, verdict["reason"]) == (3, f"tripped by {own_name()}")
        again = ("run", "dune_loop", "--rig", str(rig_file), "--runs", str(runs), "--until-km", "0.01")
        refused(command(*again), "tripped in", f"tripped by {own_name()}", f"rig reset {run_dir} --reason")
        done = command("reset", "--runs", str(runs), "--reason", "looked at it", "--json")
        assert done.code == 0, done.err
        assert json.loads(done.out)["text"] == "the device is OFF; a run may start"
    assert not list(runs.glob("latch-*"))
    kind, data = events_of(verdict)[-1]
    assert (kind, data["user"], data["reason"], data["taken"]) == ("operator_reset", own_name(), "looked at it", True)


@again_where_the_device_ran_dry
def test_a_device_that_another_run_drives_is_left_alone(typed_here: Typed, tmp_path: Path) -> None:
    """Whoever comes second is told so and moves nothing; the run goes on to what its own operator asks of it."""
    runs = tmp_path / "runs"
    with bench("--pace", "real") as addresses:
        rig_file = patient(rig_file_for(addresses, tmp_path))
        with running(rig_file, runs) as process:
            (run_dir,) = runs.iterdir()
            second = ("run", "dune_loop", "--rig", str(rig_file), "--pace", "real", "--runs", str(tmp_path / "others"))
            done = typed_here(*second, "--json")
            assert typed_here("stop", run_dir.name).code == 0
            out, _ = process.communicate(timeout=60)
    assert done.code == 3
    assert "the device is in RUN, wanted OFF: another host drives it" in json.loads(done.out)["reason"]
    assert (process.returncode, json.loads(out)["reason"]) == (4, f"stopped by {own_name()}")


@pytest.mark.parametrize("span", ["0", "0%", "101%", "1.01", "80", "-5%", "nan", "inf%", "80%%", "", "eighty", "0.05%"])
def test_a_span_that_is_none_is_refused(span: str, typed_here: Typed) -> None:
    """What was found, what is allowed; no run is looked for."""
    done = typed_here("span", *(("--", span) if span.startswith("-") else (span,)))
    refused(done, "SPAN: found", "more than 0 and at most 100 %")


@pytest.mark.parametrize("words", [("status",), ("hold",), ("resume",), ("stop",), ("trip",), ("span", "80%")])
def test_where_there_is_no_such_run_that_is_said(words: tuple[str, ...], typed_here: Typed) -> None:
    """Exit 2; nothing is asked of any other run."""
    refused(typed_here(*words, "nowhere"), "nowhere is no live run")
