"""Whole runs of what is more than a terrain: a campaign with a night, and a drive that was made to fit the rig."""

from pathlib import Path

import numpy as np

from rig.record import manifest
from rig.record.events import read_events
from rig.runs import open_run
from tests.commands import RIG_FILE, rig
from tests.plans import stage_file


def test_a_campaign_runs_through_its_night(tmp_path: Path) -> None:
    """Two stages with a minute and a half between: the rig rests at neutral, goes on, and all parts reach the end."""
    parts = "  - {surface: reg, length_km: 0.2}\n"
    stage_file(tmp_path, parts=parts)
    (tmp_path / "nights.yaml").write_text(
        "kind: campaign\nname: nights\ndescription: for a test\ndays:\n"
        "  - {label: one, ambient_degc: 30.0, stages: [{stage: short.yaml}], service_min: 0.5}\n"
        "  - {label: two, ambient_degc: 15.0, soak_h: 0.0167, stages: [{stage: short.yaml, seed: 9}]}\n"
    )
    done = rig("run", str(tmp_path / "nights.yaml"), "--runs", str(tmp_path / "runs"), "--json")
    assert done.code == 0, done.err
    assert {row["outcome"] for row in done.verdict["verdicts"]} == {"SURVIVED"}
    run = open_run(Path(done.verdict["run"]))
    legs = run.manifest.legs
    assert [(leg.day, leg.end_km) for leg in legs] == [("one", 0.2), ("two", 0.4)]
    assert 80.0 < legs[1].rest_s < 95.0
    rows = run.samples(["distance_m", "setpoint.pan_displacement_m"], 0, done.verdict["samples"])
    still = np.abs(rows["distance_m"] - 200.0) < 1e-3
    assert still.sum() / 500.0 > legs[1].rest_s
    assert np.abs(rows["setpoint.pan_displacement_m"][still][1000:-1000]).max() < 1e-3


def test_a_clipped_run_says_so_everywhere(tmp_path: Path) -> None:
    """On a rig that is too weak, clipped: told at the start, in the manifest, in the events and on the report."""
    weak = tmp_path / "weak.yaml"
    weak.write_text(RIG_FILE.read_text().replace("acceleration_per_s2: 250.0", "acceleration_per_s2: 30.0"))
    words = ("run", str(stage_file(tmp_path)), "--rig", str(weak), "--until-km", "0.1")
    refused = rig(*words, "--runs", str(tmp_path / "runs"))
    assert refused.code == 2
    assert not (tmp_path / "runs").exists()
    done = rig(*words, "--over-envelope", "clip", "--runs", str(tmp_path / "runs"), "--json")
    assert done.code == 0, done.err
    assert "note: CLIPPED:" in done.err
    run_dir = Path(done.verdict["run"])
    described = manifest.read(run_dir)
    assert described.over_envelope == "clip"
    assert described.clipped_samples["pan_displacement_m"] > 0
    assert read_events(run_dir / "events.jsonl").events[0].data["fitted"].startswith("CLIPPED: ")
    assert "The drive was clipped" in (run_dir / "report.html").read_text()
