"""The report's panels of how the parts changed."""

from pathlib import Path

import msgspec
from page_data import data_of
from synthetic_run import make_run

from rig import runs
from rig.life.trend import TrendPoint, TrendSeries
from rig.report import build

POINTS = (
    TrendPoint(0, 9_999, 0.0, 0.2, 2, 0.99, 0.98, 1.0, 0.0),
    TrendPoint(10_000, 19_999, 0.2, 0.4, 2, 0.93, 0.90, 0.96, 0.07),
)


def panel_of(folder: Path, trend: TrendSeries) -> dict[str, object]:
    """The panel that a trend gets in the report of a run."""
    run_dir = make_run(folder)
    verdict = runs.open_run(run_dir).verdict
    assert verdict is not None
    runs.write_verdict(run_dir, msgspec.structs.replace(verdict, trends=[trend]))
    text = build(run_dir).read_text(encoding="utf-8")
    assert "How the parts changed" in text
    (found,) = (each for each in data_of(text)["panels"].values() if each["title"] == "Damper: damping")
    return dict(found)


def test_a_share_is_shown_with_its_limits_and_its_sum(tmp_path: Path) -> None:
    """Per cent of the baseline over the distance; lowest and highest where points stand for several blocks."""
    panel = panel_of(tmp_path, TrendSeries("damper", "damping", 0.9, 0.75, 1.0, 0.12, POINTS))
    series = {each["label"]: each["values"] for each in panel["series"]}  # type: ignore[attr-defined]
    assert series == {
        "mean of the blocks": [99.0, 93.0],
        "lowest block": [98.0, 90.0],
        "highest block": [100.0, 96.0],
        "warning": [90.0, 90.0],
        "failure": [75.0, 75.0],
        "sum of small changes": [0.0, 7.0],
    }
    assert panel["x"] == {"time_s": [19.998, 39.998], "distance_km": [0.2, 0.4]}
    assert panel["note"] == (
        "4 blocks were judged; a block's limits: warning 90 %, failure 75 %; the sum of small changes warns at 12 %"
    )


def test_a_ratio_is_shown_in_times(tmp_path: Path) -> None:
    """What grows as it wears has no per cent, and without a sum no right axis."""
    panel = panel_of(tmp_path, TrendSeries("damper", "damping", 1.5, 2.0, 1.0, None, POINTS))
    assert panel["y"] == "times the baseline"
    assert "right" not in panel


def test_a_run_without_trends_has_no_such_section(tmp_path: Path) -> None:
    """As of runs that were made before, or too short for a block."""
    text = build(make_run(tmp_path)).read_text(encoding="utf-8")
    assert "How the parts changed" not in text
