"""The run directory as reviewers open it."""

from pathlib import Path

import numpy as np
import pytest
from synthetic_run import RATE_HZ, Recipe, make_manifest, make_rows, make_run

from profiles.schema import InputError
from rig import runs
from rig.record.columns import Columns
from rig.record.segments import FOLDER


def test_samples_come_in_their_units(tmp_path: Path) -> None:
    """Columns are decoded by scale and offset, over segments, in order."""
    recipe = Recipe(seconds=65.0)
    run = runs.open_run(make_run(tmp_path, recipe))
    rows = make_rows(recipe)
    samples = run.samples(["distance_m", "feedback.strut_force_n", "setpoint.halfshaft_torque_nm"])
    assert (samples["distance_m"] == rows["distance_m"]).all()
    assert (samples["feedback.strut_force_n"] == 3.0 * rows["feedback"][:, 3]).all()
    assert (samples["setpoint.halfshaft_torque_nm"] == 0.25 * rows["setpoint"][:, 1]).all()
    assert run.count() == len(rows) == 65 * RATE_HZ


def test_window_of_samples(tmp_path: Path) -> None:
    """A window across the border of two segments holds its samples, both ends included."""
    run = runs.open_run(make_run(tmp_path, Recipe(seconds=65.0)))
    assert run.samples(["sample"], 29_990, 30_010)["sample"].tolist() == list(range(29_990, 30_011))
    assert len(run.samples(["span"], 10**7)["span"]) == 0


def test_unclosed_run_is_read_from_its_journal(tmp_path: Path) -> None:
    """A run that was killed opens: samples from segments and the torn journal, no verdict."""
    run_dir = make_run(tmp_path, Recipe(seconds=61.0, closed=False, with_verdict=False))
    journal = next((run_dir / FOLDER).glob("*.arrows"))
    journal.write_bytes(journal.read_bytes()[:-100])
    make = Recipe(seconds=61.0)
    run = runs.open_run(run_dir)
    assert run.verdict is None
    assert run.count() == 30_000  # the journal's one batch is torn
    assert (run.samples(["sample"])["sample"] == make_rows(make)["sample"][:30_000]).all()


def test_missing_sensor_is_nan(tmp_path: Path) -> None:
    """The code that stands for NaN is NaN to a reviewer, in that channel alone."""
    columns = Columns(make_manifest(Recipe()))
    codes = np.array([-32768, -32767, 0], dtype=np.int16)
    assert np.isnan(columns.values("feedback.strut_force_n", codes)).tolist() == [True, False, False]
    assert columns.values("segment", codes)[0] == -32768.0


def test_hash_in_the_verdict_is_that_of_the_files(tmp_path: Path) -> None:
    """A reviewer can compute the hash of the samples anew; a changed sample changes it."""
    run = runs.open_run(make_run(tmp_path / "a", Recipe(seconds=61.0)))
    assert run.verdict is not None
    assert run.samples_sha256() == run.verdict.samples_sha256
    other = runs.open_run(make_run(tmp_path / "b", Recipe(seconds=61.0, seed=8)))
    assert other.samples_sha256() != run.samples_sha256()


def test_verdict_takes_numpy_values(tmp_path: Path) -> None:
    """Values of numpy's types, as a judge computes them, are written as plain numbers."""
    verdict = runs.VerdictFile(
        outcome="SURVIVED",
        exit_code=0,
        reason="",
        distance_km=np.float64(1.5),
        target_km=1.5,
        duration_s=1.0,
        samples=np.int64(5),  # type: ignore[arg-type]
        samples_sha256="",
        damage={"damper": np.float64(0.25)},
        timing={"counts": np.arange(3)},
    )
    runs.write_verdict(make_run(tmp_path, Recipe(with_verdict=False)), verdict)
    found = runs.open_run(tmp_path).verdict
    assert found is not None
    assert (found.distance_km, found.samples, found.damage) == (1.5, 5, {"damper": 0.25})
    assert found.timing == {"counts": [0, 1, 2]}


def test_slow_readings_tolerate_a_torn_tail(tmp_path: Path) -> None:
    """A last line without an end is left out and named; a bad line before it is an input error."""
    run_dir = make_run(tmp_path, Recipe())
    path = run_dir / runs.SLOW_NAME
    whole = runs.open_run(run_dir)
    assert (len(whole.slow), whole.slow_torn) == (20, False)
    text = path.read_text()
    path.write_text(text[:-10])
    torn = runs.open_run(run_dir)
    assert (len(torn.slow), torn.slow_torn) == (19, True)
    path.write_text("nonsense\n" + text)
    with pytest.raises(InputError, match=r"slow\.jsonl:1"):
        runs.open_run(run_dir)


def test_what_is_no_run_is_told_in_words(tmp_path: Path) -> None:
    """A folder that is no run, a damaged verdict, a damaged segment and an unknown column are named."""
    with pytest.raises(InputError, match=r"manifest\.json"):
        runs.open_run(tmp_path / "nothing")
    run_dir = make_run(tmp_path / "run", Recipe())
    with pytest.raises(KeyError, match=r"feedback\.strut_force_n"):
        runs.open_run(run_dir).samples(["force"])
    segment = next((run_dir / FOLDER).glob("*.parquet"))
    segment.write_bytes(segment.read_bytes()[:5000])
    with pytest.raises(InputError, match="samples"):
        runs.open_run(run_dir).samples()
    (run_dir / runs.VERDICT_NAME).write_text("{")
    with pytest.raises(InputError, match=r"verdict\.json"):
        runs.open_run(run_dir)
