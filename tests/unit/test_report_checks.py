"""What the report says of the checks before a run, and of how tight its loop was."""

from pathlib import Path
from typing import Any

import pytest
from page_data import data_of
from synthetic_run import Recipe, make_checks, make_manifest, make_run, make_timing

from profiles.schema import InputError
from rig import runs
from rig.record import checks
from rig.report import build
from rig.report.timing import histograms, timing_table


def page_of(run_dir: Path, recipe: Recipe) -> tuple[str, dict[str, Any]]:
    """The report's text, and the data within it."""
    text = build(make_run(run_dir, recipe)).read_text(encoding="utf-8")
    return text, data_of(text)


def test_passed_checks_are_told_with_their_moves(tmp_path: Path) -> None:
    """The table with what was measured and allowed, and each move as a plot with its gaps."""
    text, data = page_of(tmp_path, Recipe(seconds=2.0, checks=make_checks()))
    assert "Checks before the run" in text
    assert "all 3 passed" in text
    assert "Keysight &lt;E36312A&gt;" in text
    assert "0.8 to 1.2" in text
    assert "at least 8" in text
    panel = next(one for one in data["panels"].values() if one["title"].endswith("the small move"))
    setpoint, feedback = (series["values"] for series in panel["series"])
    assert feedback[0] is None
    assert feedback[100] == pytest.approx(1.01 * setpoint[100], rel=1e-4)
    assert max(setpoint) == pytest.approx(8.0, rel=1e-3)  # shown in mm
    assert 'class="notice"' not in text


def test_an_override_is_the_first_thing_that_is_told(tmp_path: Path) -> None:
    """Who let it go on, why, and which check failed; nothing that people write becomes markup."""
    text, _ = page_of(tmp_path, Recipe(seconds=2.0, checks=make_checks("overridden")))
    notice = text.index("1 check before the run failed; ines let it go on: the &lt;old&gt; sensor is known")
    assert notice < text.index("<h2>Verdict</h2>")
    assert "it goes the &lt;wrong&gt; way" in text
    assert "OVERRIDDEN" in text


def test_a_run_without_checks_says_so(tmp_path: Path) -> None:
    """A rig file that has none is told; a run that ended before them shows no empty section."""
    text, _ = page_of(tmp_path, Recipe(seconds=2.0))
    assert "The rig file has no checks" in text


def test_broken_checks_are_bad_input(tmp_path: Path) -> None:
    """A checks.json that was meddled with is named; one that is not there is none."""
    make_run(tmp_path, Recipe(seconds=1.0))
    assert runs.open_run(tmp_path).checks is None
    (tmp_path / checks.FILE_NAME).write_text('{"outcome": "splendid"}')
    with pytest.raises(InputError, match=r"checks\.json"):
        runs.open_run(tmp_path)


def test_checks_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Whole, and each outcome with its line."""
    for outcome, said in {"passed": "all 3 passed", "failed": "1 of 3 failed", "broken_off": "broken off"}.items():
        wanted = make_checks(outcome)  # type: ignore[arg-type]
        checks.write(tmp_path, wanted)
        assert checks.read(tmp_path) == wanted
        assert wanted.summary() == said
    assert make_checks("overridden").summary() == "1 of 3 failed, overridden by ines: the <old> sensor is known"


def test_timing_tells_grade_reason_late_cycles_and_what_was_stolen() -> None:
    """The grade with its reason and the processor, the counts in words, the stolen time in seconds and as a share."""
    about = make_manifest(Recipe())
    told = timing_table(about, make_timing(9000) | {"underruns": 2})
    for words in ("in step with the wire", "time advances with the samples", "0.25 s (1.0%)", "9,000", "own work"):
        assert words in told
    assert '<span class="bad"><b>2</b>FIFO underruns' in told
    assert '<span class="warn"><b>3</b>late cycles' in told
    assert "–</b>stolen" in timing_table(about, make_timing(10) | {"steal_s": None})


def test_histograms_mark_median_99_percent_and_the_largest() -> None:
    """Over whole decades that hold all of it, with no bar where nothing was counted."""
    timing = make_timing(9000)
    timing["histograms"]["wake_up_us"] = {"edges": [10.0, 20.0, 40.0, 80.0], "counts": [5, 0, 1]}
    timing["wake_up_us"] = {"p50": 15.0, "p99": 60.0, "max": 1234.0}
    timing["histograms"]["work_us"] = {"edges": [], "counts": []}
    wake_up, exchange = histograms(timing)
    assert wake_up["title"] == "Wake-up after the deadline"
    assert exchange["title"] == "Exchange, there and back"
    assert wake_up["series"][0]["values"] == [5.0, None, 1.0]
    assert [(line["label"], line["at"]) for line in wake_up["lines"]] == [
        ("median", 15.0), ("99 %", 60.0), ("largest", 1234.0)
    ]  # fmt: skip
    assert wake_up["ends"] == [10.0, 10_000.0]
    assert wake_up["logy"]
