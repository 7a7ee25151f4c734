"""``rig recover`` of a run that is kept as a summary: what has been thinned is known from the checkpoint alone."""

import json
import shutil
import time
from pathlib import Path

import numpy as np

from rig.record import segments
from rig.runs import open_run
from rig.verify import verify
from tests.commands import refused, rig
from tests.kills.killing import Part

COURSE = ("run", "dune_loop", "--pace", "stepped", "--until-km", "1.4", "--recording", "summary")


def killed(folder: Path) -> Path:
    """A run whose first minute was thinned, and all of whose processes were killed then."""
    part = Part(COURSE, folder)
    part.await_ring()
    while part.process.poll() is None:
        run = next((folder / "runs").iterdir())
        if (run / "samples" / "seals.jsonl").exists() and segments.thinned_until(run):
            break
        time.sleep(0.01)
    for process in part.family().values():
        process.kill()
    part.process.communicate(timeout=60.0)
    return next((folder / "runs").iterdir())


def test_a_thinned_run_goes_on_and_not_without_its_checkpoint(tmp_path: Path) -> None:
    """Judged and played are what the checkpoint says; the joined record is whole, and its end SURVIVED."""
    run = killed(tmp_path)
    before, count = open_run(run), open_run(run).count()
    assert before.verdict is None
    assert segments.thinned_until(run) == 30_000
    left = before.numpy(["sample", "distance_m"])
    assert verify(run).whole
    lost = tmp_path / "lost" / run.name
    shutil.copytree(run, lost)
    saved = json.loads((lost / "checkpoint.json").read_text())
    assert saved["played"]["samples"] > 60_000
    (lost / "checkpoint.json").unlink()
    refused(rig("recover", str(lost)), "only a summary is left of its first 30000 samples", "no checkpoint says")
    code, out = Part(("recover", str(run)), tmp_path).end()
    assert code == 0, (tmp_path / "rig.log").read_text()
    verdict = json.loads(out)
    assert (verdict["outcome"], verdict["recoveries"], verdict["samples_sha256"]) == ("SURVIVED", 1, "")
    assert verdict["samples"] == open_run(run).count() > count
    found = open_run(run).numpy(["sample", "distance_m", "segment"])
    for name, values in left.items():
        assert np.array_equal(found[name][: len(values)], values)
    assert verify(run).whole
    at = next(event.sample for event in open_run(run).events.events if event.kind == "run_recovered")
    assert at == count
    assert verdict["damage"]["coil_spring"] > 0.0
