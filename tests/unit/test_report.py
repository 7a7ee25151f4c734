"""The report's page: decimation that keeps extremes, tables that tell, names that are no markup."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_data import data_of
from synthetic_run import RATE_HZ, Recipe, make_rows, make_run

from profiles.schema import InputError
from rig import runs
from rig.record.events import EventLog
from rig.record.segments import FOLDER
from rig.report import build
from rig.report.overview import MOST_POINTS, extremes, overview
from rig.report.words import duration, kilometres, number


def page_of(tmp_path: Path, recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """The report's text, and the data within it."""
    text = build(make_run(tmp_path, recipe)).read_text(encoding="utf-8")
    return text, data_of(text)


def test_overview_keeps_every_extreme(tmp_path: Path) -> None:
    """However long the run, no peak is lost, the points are few and their x ascends; segments join seamlessly."""
    recipe = Recipe(seconds=130.0)
    run_dir = make_run(tmp_path, recipe)
    seen, rows = overview(runs.open_run(run_dir)), make_rows(recipe)
    force = 3.0 * rows["feedback"][:, 3]
    series = seen.series["feedback.strut_force_n"]
    assert (series.max(), series.min()) == (force.max(), force.min())
    assert MOST_POINTS // 2 < len(series) <= MOST_POINTS
    assert (np.diff(seen.time_s) > 0).all()
    assert (np.diff(seen.distance_km) >= 0).all()
    whole = len(force) // seen.bucket * seen.bucket
    buckets = force[:whole].reshape(-1, seen.bucket)
    assert (series[: 2 * len(buckets)].reshape(-1, 2).max(axis=1) == buckets.max(axis=1)).all()


def test_short_run_is_shown_whole(tmp_path: Path) -> None:
    """A run of fewer samples than points is shown sample by sample."""
    recipe = Recipe(seconds=7.0)
    seen = overview(runs.open_run(make_run(tmp_path, recipe)))
    assert seen.bucket == 1
    assert (seen.series["feedback.strut_force_n"] == 3.0 * make_rows(recipe)["feedback"][:, 3]).all()


def test_extremes_come_in_their_order() -> None:
    """Minimum and maximum stand in the order in which they came; NaN is passed over where there is anything else."""
    nan = np.nan
    buckets = np.array([[1.0, 5.0, 3.0], [5.0, nan, 1.0], [nan, nan, nan]])
    assert extremes(buckets)[:4].tolist() == [1.0, 5.0, 5.0, 1.0]
    assert np.isnan(extremes(buckets)[4:]).all()


def test_following_error_is_that_of_the_samples(tmp_path: Path) -> None:
    """RMS and largest following error are those of the samples at full span, over all segments."""
    recipe = Recipe(seconds=70.0)
    seen, rows = overview(runs.open_run(make_run(tmp_path, recipe))), make_rows(recipe)
    full = rows["span"] >= 1
    error = np.where(full, 0.25 * (rows["setpoint"][:, 1].astype(float) - rows["feedback"][:, 1]), 0)
    following = seen.following["halfshaft_torque_nm"]
    assert following.samples == full.sum()
    assert following.error_rms == pytest.approx(np.sqrt((error[full] ** 2).mean()))
    assert (following.worst, following.worst_sample) == (np.abs(error).max(), np.abs(error).argmax())


def test_stretches_are_the_segments_as_driven(tmp_path: Path) -> None:
    """Each segment is one stretch, also across the border of two files; together they are the whole distance."""
    seen = overview(runs.open_run(make_run(tmp_path, Recipe(seconds=70.0))))
    assert [stretch.segment for stretch in seen.stretches] == list(range(6))
    assert sum(seen.segment_km.values()) == pytest.approx(seen.distance_km[-1], abs=0.001)


def test_page_tells_the_verdict_and_the_run(tmp_path: Path) -> None:
    """Verdict, facts, hashes, events and input files are on the page, and every panel has its box."""
    text, data = page_of(tmp_path, Recipe(seconds=20.0))
    run = runs.open_run(tmp_path)
    assert run.verdict is not None
    for told in ("SURVIVED", "coil_spring", run.verdict.samples_sha256, run.events.head, "segment entered", "seed"):
        assert told in text
    assert "kind: terrain\nname: dune_loop" in text
    titles = [panel["title"] for panel in data["panels"].values()]
    for title in ("Speed and distance", "Pan displacement", "Strut force", "Temperatures and fan", "Own work"):
        assert title in titles
    for name, panel in data["panels"].items():
        assert f'id="{name}"' in text
        x = panel.get("own_x") or panel.get("x", data["x"])["time_s"]
        assert all(len(series["values"]) == len(x) for series in panel["series"])


def test_failure_shows_its_evidence_at_full_rate(tmp_path: Path) -> None:
    """A failure has its sentence, its numbers and four panels, with every sample of the window in them."""
    text, data = page_of(tmp_path, Recipe(seconds=30.0, broken_at_s=20.0))
    assert "Stiffness is 2 % of the reference" in text
    assert "limit 0.6" in text
    by_title = {panel["title"]: panel for panel in data["panels"].values()}
    cloud = by_title["Strut force against strut travel"]
    window = next(series for series in cloud["series"] if series["label"] == "evidence window")
    assert sum(value is not None for value in window["values"]) == 501
    assert cloud["own_x"] == sorted(cloud["own_x"])
    over_time = next(panel for panel in data["panels"].values() if "window" in panel)
    assert over_time["window"] == [19.5, 20.5]
    assert np.diff(over_time["own_x"]).max() == pytest.approx(1 / RATE_HZ)
    assert "Strut force against strut velocity" in by_title
    assert [mark["kind"] for mark in data["marks"]] == ["component_failed"]


def test_evidence_of_the_half_shaft_is_its_torque(tmp_path: Path) -> None:
    """A finding on the half-shaft shows torque against its set point."""
    run_dir = make_run(tmp_path, Recipe(seconds=30.0, broken_at_s=20.0))
    verdict = json.loads((run_dir / runs.VERDICT_NAME).read_text())
    verdict["findings"][0] |= {"component": "half_shaft", "feature": "torque_ratio"}
    (run_dir / runs.VERDICT_NAME).write_text(json.dumps(verdict))
    text = build(run_dir).read_text(encoding="utf-8")
    assert "Halfshaft torque against halfshaft torque set point" in text


def test_evidence_of_a_hot_bearing_is_its_temperature(tmp_path: Path) -> None:
    """Temperatures as they were read, and the speed, from a minute before the window on; no strut."""
    run_dir = make_run(tmp_path, Recipe(seconds=200.0, broken_at_s=190.0))
    verdict = json.loads((run_dir / runs.VERDICT_NAME).read_text())
    evidence = {"first_sample": 100 * RATE_HZ, "last_sample": 130 * RATE_HZ}
    verdict["findings"][0] |= {"component": "hub_bearing", "feature": "friction", "evidence": evidence}
    (run_dir / runs.VERDICT_NAME).write_text(json.dumps(verdict))
    text = build(run_dir).read_text(encoding="utf-8")
    panels = {panel["title"]: panel for panel in data_of(text)["panels"].values() if panel.get("window")}
    assert set(panels) == {"Temperatures", "Shaft speed"}
    warm = panels["Temperatures"]
    assert [series["label"] for series in warm["series"]] == ["cv joint temperature", "damper temperature"]
    assert (warm["window"], warm["own_x"][0], warm["own_x"][-1]) == ([100.0, 130.0], 40.0, 190.0)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(seconds=0.0, with_slow=False),
        Recipe(seconds=0.002),
        Recipe(seconds=30.0, with_verdict=False, closed=False),
        Recipe(seconds=5.0, long=True, broken_at_s=4.9),
    ],
    ids=["no samples", "one sample", "interrupted", "long names, window beyond the end"],
)
def test_odd_runs_have_a_report(tmp_path: Path, recipe: Recipe) -> None:
    """A run without samples, with one, without a verdict or with long names has a report all the same."""
    text, data = page_of(tmp_path, recipe)
    assert ("NO VERDICT" in text) == (not recipe.with_verdict)
    assert ("No samples were recorded" in text) == (recipe.seconds == 0)
    assert data["x"]["time_s"] == sorted(data["x"]["time_s"])


def test_names_are_never_markup(tmp_path: Path) -> None:
    """Whatever a name, label or event says, it stays text: in the page and in the data within it."""
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(1)>&\"'"
    recipe = Recipe(seconds=5.0, name=evil, reason=evil, extra_events=[("component_warning", evil)])
    text, data = page_of(tmp_path, recipe)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert data["marks"][0]["text"] == evil


def test_page_asks_for_nothing_from_outside(tmp_path: Path) -> None:
    """There is no address of anything outside the file in it: no script, style, font or picture is fetched."""
    text, _ = page_of(tmp_path, Recipe(seconds=5.0))
    assert not re.search(r"<(script|link|img|iframe)[^>]*\s(src|href)=", text)
    assert not re.search(r"url\(|@import|https?://", re.sub(r"https?://(www\.w3\.org|github\.com)\S*", "", text))


def test_what_a_reader_must_know_is_told(tmp_path: Path) -> None:
    """A broken chain, a torn log, missing samples and a foreign head are told at the top of the page."""
    run_dir = make_run(tmp_path, Recipe(seconds=61.0))
    sorted((run_dir / FOLDER).glob("*.parquet"))[-1].unlink()
    events = run_dir / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join([*lines[:2], *lines[3:], b'{"number"']))
    text = build(run_dir).read_text(encoding="utf-8")
    assert "line 3: it carries the hash" in text
    assert "the last line is torn" in text
    assert "The verdict counts 30,500 samples, the files hold 30,000." in text
    assert "the head in the verdict is not in it" in text


def test_events_after_the_verdict_are_counted(tmp_path: Path) -> None:
    """A reset goes on record when the run is over: the chain of the verdict holds, and has grown."""
    run_dir = make_run(tmp_path, Recipe(seconds=5.0))
    with EventLog(run_dir) as log:
        log.append("operator_reset", "ines reset the rig: bolt replaced", time_s=3600.0)
    assert "the chain holds, 1 of them after the verdict" in build(run_dir).read_text(encoding="utf-8")


def test_no_run_no_report(tmp_path: Path) -> None:
    """A folder that is no run directory is an input error, and gets no report."""
    with pytest.raises(InputError):
        build(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_numbers_as_people_read_them() -> None:
    """Numbers have few digits, thousands apart, small ones a power of ten; what is missing is a dash."""
    assert [number(v) for v in (1234567, 1003.0, 12.345, 0.0123456, 0, -2.5e-5, None, float("nan"))] == [
        "1,234,567",
        "1,003",
        "12.3",
        "0.0123",
        "0",
        "-2.50 × 10⁻⁵",
        "–",
        "–",
    ]
    assert (kilometres(1.23456), kilometres(None)) == ("1.235 km", "–")
    assert [duration(s) for s in (9.04, 75.0, 7384.0)] == ["9.0 s", "1 min 15.0 s", "2 h 3 min 4 s"]


def test_a_clipped_drive_is_marked(tmp_path: Path) -> None:
    """Clipping is told at the top and among the facts, with its axis; a drive that was not has nothing of it."""
    clipped = build(make_run(tmp_path / "clipped", Recipe(seconds=2.0, clipped=1234))).read_text()
    assert "The drive was clipped to the rig&#x27;s envelope" in clipped
    assert "clipped: 1,234 samples of pan displacement m" in clipped
    whole = build(make_run(tmp_path / "whole", Recipe(seconds=2.0))).read_text()
    assert "clipped" not in whole.split("<script")[0]
    assert "nothing changed" in whole


def test_stages_of_a_campaign_are_listed_with_their_rests(tmp_path: Path) -> None:
    """Where there are several; a run of one has no table of stages."""
    page = build(make_run(tmp_path / "several", Recipe(seconds=2.0, legs=3))).read_text()
    assert "<h2>Stages</h2>" in page
    assert "stage 2" in page
    assert "20 min 0.0 s" in page
    assert "<h2>Stages</h2>" not in build(make_run(tmp_path / "one", Recipe(seconds=2.0))).read_text()
