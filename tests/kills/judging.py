"""What must hold after a kill, and of the joined record in the end."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rig.record.columns import Columns
from rig.record.journal import iter_tables
from rig.record.takeup import take_up
from rig.runs import open_run
from rig.state import RigState
from rig.verify import Mark, verify
from tests.kills.killing import Killed

PLANNED = ("speed_mps", "segment", "span", "setpoint")
"""What comes from the plan alone: bit for bit that of a run that never stopped. What is measured has its noise."""


def rows_of(run: Path) -> NDArray[np.void]:
    """All rows of a run, structured array."""
    columns = Columns(open_run(run).manifest)
    tables = [columns.rows(table) for table in iter_tables(run)]
    return np.concatenate(tables) if tables else np.zeros(0, columns.dtype)


def judge_kill(killed: Killed) -> int:
    """Every acknowledged row is back, bit for bit, in order, and the record is whole; the samples there are now."""
    report = verify(killed.run)
    bad = [f"{one.part}: {one.text}" for one in report.findings if one.mark is Mark.BAD]
    assert not bad, bad
    rows = rows_of(killed.run)
    assert np.array_equal(rows["sample"], np.arange(len(rows))), "the samples are not numbered without a gap"
    part = rows[killed.before :]
    assert len(part) >= killed.acknowledged, f"{killed.acknowledged} rows were acknowledged, {len(part)} came back"
    assert np.array_equal(part, killed.rows[: len(part)]), "a row is not as it lay in the ring"
    assert take_up(killed.run) == len(rows)
    assert np.array_equal(rows_of(killed.run), rows), "to take the samples up has changed them"
    return len(rows)


def full(run: Path) -> NDArray[np.void]:
    """The rows in which the road was played at full span, without those of run-ups, whose last may be at full span."""
    rows = rows_of(run)
    owed = (rows["state"] == RigState.RUNNING) & (rows["span"] == 1.0)
    for event in open_run(run).events.events:
        if event.kind == "run_recovered" and event.sample is not None:
            owed[event.sample : event.sample + event.data["full_row"] - event.data["first_row"]] = False
    return rows[owed]


def judge_whole(run: Path, reference: Path) -> dict[str, float]:
    """The joined record against that of a run that never stopped; the damage of each part, as a ratio.

    Each sample of the drive was played at full span once, in order, bit for bit; the distance neither jumps nor goes
    back; the verdict is the same.
    """
    report = verify(run)
    assert report.whole, [one for one in report.findings if one.mark is Mark.BAD]
    joined, whole = rows_of(run), rows_of(reference)
    mine, theirs = full(run), full(reference)
    assert len(mine) == len(theirs), f"{len(mine)} samples at full span, wanted {len(theirs)}"
    for name in PLANNED:
        assert np.array_equal(mine[name], theirs[name]), f"{name} differs"
    assert (mine["distance_m"] >= theirs["distance_m"]).all()
    step_m = np.diff(joined["distance_m"])
    assert (step_m >= 0.0).all()
    assert step_m.max() <= np.diff(whole["distance_m"]).max(), "the distance jumps"
    one, other = open_run(run).verdict, open_run(reference).verdict
    assert one is not None
    assert other is not None
    assert (one.outcome, one.exit_code, one.reason) == (other.outcome, other.exit_code, other.reason)
    assert [each["outcome"] for each in one.verdicts] == [each["outcome"] for each in other.verdicts]
    return {name: one.damage[name] / damage for name, damage in other.damage.items()}
