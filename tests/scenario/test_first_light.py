"""Whole runs by the command line: terrain file to verdict over real protocols."""

import json
import signal
from pathlib import Path

import pytest

from profiles.catalogue import names
from rig.kinds import KINDS
from rig.plan import Wanted, load_plan
from rig.record.events import read_events
from rig.report.overview import overview
from rig.runs import open_run
from tests.broken import judge_broken, serials
from tests.browser import CHROMIUM, INK, Window
from tests.commands import bench, rig, rig_file_for, start_rig, wait_for


def test_same_seed_same_samples_other_seed_another_drive(tmp_path: Path) -> None:
    """Stepped runs of all parts of the corner are reproducible to the bit, wire and instruments included.

    What nothing has shown is suspended at the target, and the run is a good one.
    """
    whole = ("--specimens", "whole_corner", "--until-km", "0.06")
    words = ("run", "dune_loop", *whole, "--runs", str(tmp_path), "--json")
    first, second = rig(*words), rig(*words)
    assert [done.code for done in (first, second)] == [0, 0]
    assert first.verdict["samples_sha256"] == second.verdict["samples_sha256"]
    drives = [load_plan(Wanted("dune_loop", seed=seed, until_m=60.0)).drive_sha256 for seed in (None, 7)]
    started = next(event for event in read_events(Path(first.verdict["run"]) / "events.jsonl").events)
    assert started.data["drive_sha256"] == drives[0] != drives[1]
    assert first.verdict["verdicts"] == second.verdict["verdicts"]
    parts = first.verdict["verdicts"]
    assert [part["serial"] for part in parts] == serials("whole_corner")
    assert {(part["outcome"], part["to_inspect"]) for part in parts} == {("SURVIVED", False), ("SUSPENDED", True)}
    assert first.verdict["outcome"] == "SURVIVED"


FOLDER_OF = {kind.word: kind.folder for kind in KINDS}
WEAK = {"weak_damper": "damper", "weak_half_shaft": "half_shaft"}
"""Specimens files of the library, and what breaks; a run of ``weak_spring`` shows its page too."""


def test_the_library_is_run() -> None:
    """Each terrain and each specimens file is, in one of these tests."""
    assert set(names(FOLDER_OF["terrain"])) == {"dune_loop", "belgian_block", "health_block"}
    assert set(names(FOLDER_OF["specimens"])) == {"new_parts", "whole_corner", "weak_spring", *WEAK}


def test_the_measured_road_runs_to_a_verdict(tmp_path: Path) -> None:
    """Belgian block, from the OpenCRG file to SURVIVED on all parts, at pace stepped."""
    done = rig("run", "belgian_block", "--runs", str(tmp_path), "--json")
    assert done.code == 0, done.err
    assert {verdict["outcome"] for verdict in done.verdict["verdicts"]} == {"SURVIVED"}
    assert [verdict["serial"] for verdict in done.verdict["verdicts"]] == serials("new_parts")
    assert done.verdict["distance_km"] == pytest.approx(done.verdict["target_km"])
    pan = overview(open_run(Path(done.verdict["run"]))).following["pan_displacement_m"]
    assert 0.0 < pan.error_rms / pan.setpoint_rms < 0.005  # the sensor's noise of 0.05 mm is in it


@pytest.mark.parametrize(("specimens", "component"), WEAK.items())
def test_a_weak_part_breaks_and_is_found(specimens: str, component: str, tmp_path: Path) -> None:
    """The part that breaks is found from measured signals: exit 1, kilometre and evidence; the others are suspended."""
    done = rig("run", "dune_loop", "--specimens", specimens, "--runs", str(tmp_path), "--json")
    judge_broken(done, specimens, component)


def test_a_weak_spring_breaks_and_its_page_draws_its_plots(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """As the others; then the page that ``rig run`` leaves draws every curve and the evidence in a real browser."""
    done = rig("run", "dune_loop", "--specimens", "weak_spring", "--runs", str(tmp_path), "--json")
    judge_broken(done, "weak_spring", "coil_spring")
    if CHROMIUM is None:
        pytest.skip("the run is good; no Chromium on the PATH to draw its page (Debian: apt-get install chromium)")
    window: Window = request.getfixturevalue("window")
    window.open(Path(done.verdict["run"]) / "report.html")
    ink = window.page.evaluate(INK)
    assert len(ink) >= 12
    assert [title for title, pixels in ink if pixels < 50] == []
    assert "coil_spring" in window.page.inner_text("body")
    assert all(url.startswith("file:") for url in window.requests), window.requests
    assert window.complaints == []


def test_a_bench_that_runs_already_is_used_where_it_is(tmp_path: Path) -> None:
    """A rig file with addresses and nothing to launch: the same run on a bench that was started by itself."""
    with bench("--pace", "stepped") as addresses:
        file = rig_file_for(addresses, tmp_path)
        words = ("--until-km", "0.03", "--runs", str(tmp_path / "runs"), "--json")
        done = rig("run", "health_block", "--rig", str(file), *words)
    assert done.code == 0, done.err


def test_first_interrupt_ramps_down_and_suspends(tmp_path: Path) -> None:
    """Ctrl-C once: exit 4, all parts suspended, the record whole and the reason a person."""
    process = start_rig("run", "dune_loop", "--runs", str(tmp_path), "--json")
    wait_for(process, "RUNNING")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    verdict = json.loads(out)
    assert process.returncode == 4
    assert verdict["reason"].startswith("stopped by ")
    assert {row["outcome"] for row in verdict["verdicts"]} == {"SUSPENDED"}
    assert verdict["samples"] > 0
