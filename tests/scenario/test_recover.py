"""``rig recover``: a run that was killed, or stopped, goes on from its metre to the same end. Many: `tests.kills`."""

import json
import os
import shutil
import signal
import time
from pathlib import Path
from random import Random

import pytest

from rig.record.events import read_events
from rig.runs import open_run
from rig.verify import verify
from tests.commands import SHORT_RUN, refused, rig
from tests.kills.campaign import Campaign, reference_run
from tests.kills.judging import judge_whole, rows_of
from tests.kills.killing import COURSE, Part

DAMAGE = (0.97, 1.35)
"""Of the uninterrupted run's: each interruption adds the cycles of its ramps, which a run of half a minute feels."""


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that is never interrupted."""
    return reference_run(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short run that survived; for reading and copying only."""
    folder = tmp_path_factory.mktemp("ended")
    shutil.copy(Path(__file__).parents[2] / "rig" / "library" / "specimens" / "new_parts.yaml", folder / "parts.yaml")
    done = rig(*SHORT_RUN, "--pace", "stepped", "--specimens", str(folder / "parts.yaml"), cwd=folder)
    assert done.code == 0, done.err
    return next((folder / "runs").iterdir())


def died(ended: Path, folder: Path, *, after_its_end: bool = False) -> Path:
    """A copy of an ended run that died just before its verdict: before the event that ends it, or after."""
    run = folder / "runs" / ended.name
    shutil.copytree(ended, run)
    for name in ("verdict.json", "report.html", "junit.xml"):
        (run / name).unlink()
    lines = (run / "events.jsonl").read_bytes().splitlines(keepends=True)
    assert b'"run_ended"' in lines[-1]
    if not after_its_end:
        (run / "events.jsonl").write_bytes(b"".join(lines[:-1]))
    return run


@pytest.mark.parametrize("victims", [("all at once", "recorder")], ids=" then ".join)
def test_a_killed_run_goes_on_to_the_same_end(victims: tuple[str, ...], reference: Path, tmp_path: Path) -> None:
    """Acknowledged rows are back bit for bit, the joined record has no gap and no overlap, the verdict is the same."""
    campaign = Campaign(reference, tmp_path, Random(len(victims[0])))
    campaign.one_run(len(victims), print, victims)
    assert [killed.victim for killed in campaign.killed] == list(victims)
    assert all(DAMAGE[0] < ratio < DAMAGE[1] for ratio in campaign.ratios[0].values()), campaign.ratios


def test_a_run_that_a_person_stopped_goes_on(reference: Path, tmp_path: Path) -> None:
    """Its verdict is set aside, its ramp down is owed again."""
    part = Part(("run", *COURSE), tmp_path)
    part.await_ring()
    while part.ring is None or part.ring.written < 2000:
        time.sleep(0.01)
    os.kill(part.process.pid, signal.SIGINT)
    assert part.end()[0] == 4
    run = next((tmp_path / "runs").iterdir())
    stopped = open_run(run)
    assert stopped.verdict is not None
    code, out = Part(("recover", str(run)), tmp_path).end()
    assert code == 0, part.log.read_text()
    assert json.loads(out)["recoveries"] == 1
    judge_whole(run, reference)
    assert json.loads((run / "verdict-1.json").read_text())["outcome"] == "SUSPENDED"
    assert json.loads((run / "checks-1.json").read_text()) != json.loads((run / "checks.json").read_text())
    kinds = [event.kind for event in read_events(run / "events.jsonl").events]
    assert kinds.count("run_ended") == 2
    assert kinds.index("run_ended") < kinds.index("run_recovered")


@pytest.mark.parametrize("after_its_end", [False, True])
def test_a_run_that_only_lacks_its_verdict_gets_it_and_nothing_moves(
    ended: Path, tmp_path: Path, after_its_end: bool
) -> None:
    """It died when the road was done: no process is started, no sample is added."""
    run = died(ended, tmp_path, after_its_end=after_its_end)
    assert verify(run).whole is not after_its_end
    before, manifest = rows_of(run), json.loads((run / "manifest.json").read_text())
    done = rig("recover", str(run), "--json")
    assert done.code == 0, done.err
    whole = open_run(ended).verdict
    assert whole is not None
    assert done.verdict["samples_sha256"] == whole.samples_sha256
    assert done.verdict["damage"] == whole.damage
    assert done.verdict["outcome"] == "SURVIVED"
    assert (rows_of(run) == before).all()
    assert json.loads((run / "manifest.json").read_text()) == manifest
    assert verify(run).whole
    assert (run / "report.html").exists()


def test_what_has_ended_is_not_gone_on_with(ended: Path, tmp_path: Path) -> None:
    """Survived is survived."""
    refused(rig("recover", str(ended)), "it has ended: reached 0.01 km", "a run that stopped before its target")
    refused(rig("recover", str(tmp_path)), "manifest.json", "a run directory")


def test_a_broken_chain_is_not_gone_on_with(ended: Path, tmp_path: Path) -> None:
    """Nobody could say what it goes on from."""
    run = died(ended, tmp_path)
    events = run / "events.jsonl"
    altered = events.read_bytes().replace(b"the rig is ARMED", b"the rig is armed", 1)
    events.write_bytes(altered)
    refused(rig("recover", str(run)), "carries the hash", "see rig verify")
    assert events.read_bytes() == altered


def test_other_files_would_make_another_run(ended: Path, tmp_path: Path) -> None:
    """Which of them has changed is said; nothing is written."""
    run = died(ended, tmp_path)
    parts = ended.parents[1] / "parts.yaml"
    text, events = parts.read_text(), (run / "events.jsonl").read_bytes()
    try:
        parts.write_text(text + "# another hand\n")
        refused(rig("recover", str(run)), "parts.yaml", "another content than when the run began")
        parts.unlink()
        refused(rig("recover", str(run)), "parts.yaml", "no such file")
    finally:
        parts.write_text(text)
    assert (run / "events.jsonl").read_bytes() == events


def test_a_record_from_before_orders_were_kept(ended: Path, tmp_path: Path) -> None:
    """It can't be planned again. (No event vouches for this manifest: the run died before its first one.)"""
    run = died(ended, tmp_path)
    (run / "events.jsonl").unlink()
    manifest = json.loads((run / "manifest.json").read_text())
    del manifest["order"]
    (run / "manifest.json").write_text(json.dumps(manifest))
    refused(rig("recover", str(run)), "does not keep what was asked for")


def test_a_run_that_goes_on_is_left_alone(ended: Path, tmp_path: Path) -> None:
    """Its supervisor holds the events."""
    import fcntl

    run = died(ended, tmp_path)
    with (run / "events.jsonl").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(rig("recover", str(run)), "written by another process", "a run whose supervisor is gone")
