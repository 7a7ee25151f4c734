"""Going on with a run: what the checkpoint is worth, which clock the rows have, what only lacks its verdict."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic_run import Recipe, make_manifest, make_rows, make_run

from profiles.schema import InputError
from rig.bridge import End
from rig.clock import RealClock
from rig.config import load_rig
from rig.life.components import components_of
from rig.life.judge import Judge
from rig.life.specimens import load_specimens
from rig.life.verdict import FAILURE, RIG, WARNING, Evidence, Finding
from rig.record import manifest
from rig.record.events import Event, EventLog
from rig.record.files import sha256_of, to_json
from rig.runs import open_run
from rig.supervisor import recovery
from rig.supervisor.outset import Outset
from rig.supervisor.progress import Progress
from rig.supervisor.recap import restored
from rig.verify import Mark, verify

RIG_FILE = load_rig("one_corner")
SPECIMENS = load_specimens("new_parts")
ROWS = make_rows(Recipe(seconds=25.0))


def judge_of(surfaces: tuple[str, ...] = ("sand_track",)) -> Judge:
    return Judge(RIG_FILE, components_of(SPECIMENS), SPECIMENS, surfaces)


@settings(deadline=None, max_examples=8)
@given(saved=st.integers(2, len(ROWS) - 1), cuts=st.lists(st.integers(1, len(ROWS) - 1), max_size=4))
def test_a_judge_that_goes_on_is_one_that_never_stopped(saved: int, cuts: list[int]) -> None:
    """Bit for bit, wherever the checkpoint was taken, through JSON; with or without it."""
    whole, before = judge_of(), judge_of()
    whole.consume(ROWS)
    for block in np.split(ROWS[:saved], sorted(cut for cut in cuts if cut < saved)):
        before.consume(block)
    state = {"sample": saved - 1, "life": before.state()}
    after = judge_of()
    judged = restored(after, json.loads(to_json(state)), len(ROWS))
    assert judged == saved
    after.consume(ROWS[judged:])
    assert to_json(after.state()) == to_json(whole.state())
    assert after.damage() == whole.damage()


@pytest.mark.parametrize(
    "saved",
    [
        {},
        {"sample": "many", "life": {}},
        {"sample": 100, "life": {}},
        {"sample": 100, "life": {"damage": 3}},
        {"sample": 0, "life": {}},
    ],
    ids=["none", "no number", "empty", "foreign", "before the first sample"],
)
def test_a_checkpoint_that_does_not_fit_is_none(saved: dict[str, Any]) -> None:
    """The judge is shown all samples then, and starts as a new one."""
    judge = judge_of()
    assert restored(judge, saved, 1000) == 0
    assert to_json(judge.state()) == to_json(judge_of().state())


def test_half_a_checkpoint_leaves_nothing_in_the_judge() -> None:
    """It fits at first, and then does not."""
    before, judge = judge_of(), judge_of()
    before.consume(ROWS[:1000])
    life = {**before.state(), "detectors": []}
    assert restored(judge, {"sample": 999, "life": life}, 1000) == 0
    assert to_json(judge.state()) == to_json(judge_of().state())


def test_a_checkpoint_of_samples_that_are_lost_is_none() -> None:
    """Else what the judge had seen and the record has lost would count twice."""
    before, judge = judge_of(), judge_of()
    before.consume(ROWS[:1000])
    state = {"sample": 999, "life": before.state()}
    assert restored(judge, state, 999) == 0
    assert judge.damage() == judge_of().damage()
    assert restored(judge, state, 1000) == 1000


def test_what_was_learned() -> None:
    """As the loop left it; nothing where the law could not have learned it, or has not said anything yet."""
    good = [[1.02, 1.0, 1.5, 1.0, 0.0], [1.0, 1.0, 0.0, 0.0, 0.5], [1.0, 1.0, 0.0, 0.0, 0.0]]
    assert recovery._learned({"learned": good}, RIG_FILE) == tuple(map(tuple, good))
    for wrong in ([[0.0] * 5] * 3, good[:2], [[9.0, *good[0][1:]], *good[1:]], "nothing", [[None] * 5] * 3):
        assert recovery._learned({"learned": wrong}, RIG_FILE) == ()
    assert recovery._learned({}, RIG_FILE) == ()


def test_the_rows_time_goes_on_after_another_boot() -> None:
    """The monotonic clock of the run's start and that of today may have nothing in common."""
    now_ns, described = RealClock().now_ns(), make_manifest(Recipe())
    same = recovery._shift_ns(_at(described, now_ns - 60 * 10**9, "real"), now_ns - 10**9, 60.0)
    assert same == 0
    other = recovery._shift_ns(_at(described, now_ns + 10**15, "real"), now_ns + 10**15 + 10**9, 60.0)
    assert now_ns + other == pytest.approx(now_ns + 10**15 + 60 * 10**9, abs=10**9)
    back = recovery._shift_ns(_at(described, now_ns + 10**15, "real"), now_ns + 2 * 10**15, 60.0)
    assert RealClock().now_ns() + back > now_ns + 2 * 10**15
    assert recovery._shift_ns(_at(described, 0, "stepped"), 5_000_000, 60.0) == 7_000_000


def _at(described: Any, mono_ns: int, pace: str) -> Any:
    return SimpleNamespace(anchor=SimpleNamespace(mono_ns=mono_ns), pace=pace, sample_rate_hz=described.sample_rate_hz)


def finding(component: str, severity: str) -> Finding:
    return Finding(
        component=component, severity=severity, mode="leak", distance_km=1.0, sample=7, feature="f", value=1.0,
        limit=0.5, evidence=Evidence(0, 7), detected_km=1.0, text=f"{component} is not what it was",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("place_m", "full_row", "owed_m", "found", "end"),
    [
        (999.0, 10, None, [], End.NOT_YET),
        (999.0, 10, 990.0, [finding("damper", WARNING)], End.NOT_YET),
        (1000.1, 10, 1000.0, [], End.COMPLETED),
        (999.9, 5000, None, [], End.COMPLETED),
        (999.0, 10, None, [finding("damper", FAILURE)], End.COMPONENT),
    ],
    ids=["on the way", "warned", "at the target", "the drive is done", "a part failed"],
)
def test_what_only_lacks_its_verdict(
    place_m: float, full_row: int, owed_m: float | None, found: list[Finding], end: End
) -> None:
    """Nothing moves any more then."""
    judge = judge_of()
    outset = Outset(full_row=full_row, owed_m=owed_m, progress=Progress(distance_m=place_m))
    judge._findings = found
    session: Any = SimpleNamespace(target_m=1000.0, plan=SimpleNamespace(samples=5000))
    run: Any = SimpleNamespace(path=Path("somewhere"))
    assert recovery.what_is_left(session, run, outset, judge) is end


@pytest.mark.parametrize(("place_m", "owed_m"), [(1000.0, 999.0), (1003.0, None), (np.nan, None)])
def test_a_target_in_the_ramp_down_is_not_survived(place_m: float, owed_m: float | None) -> None:
    """The last metres were not played in full, and there is no distance left in which they could be."""
    session: Any = SimpleNamespace(target_m=1000.0, plan=SimpleNamespace(samples=5000))
    run: Any = SimpleNamespace(path=Path("somewhere"))
    outset = Outset(full_row=10, owed_m=owed_m, progress=Progress(distance_m=place_m))
    with pytest.raises(InputError, match="its target lies in its ramp down"):
        recovery.what_is_left(session, run, outset, judge_of())


def test_a_judge_that_has_closed_judges_nothing_more() -> None:
    """After a sensor that it does not believe, what follows would survive unseen."""
    judge, run = judge_of(), SimpleNamespace(path=Path("somewhere"))
    judge._findings = [finding(RIG, FAILURE)]
    session: Any = SimpleNamespace(target_m=1000.0, plan=SimpleNamespace(samples=5000))
    fake: Any = run
    with pytest.raises(InputError, match="its judge has closed"):
        recovery.what_is_left(session, fake, Outset(), judge)


def test_what_nobody_had_put_on_record() -> None:
    """A finding of the last moment, whose event was lost with the supervisor, is told now; the others are not again."""
    one, other = finding("damper", WARNING), finding("top_mount", WARNING)
    told = Event(number=0, time_s=0.0, kind="component_warning", text=one.text, sample=one.sample, prev="")
    assert recovery._untold((one, other), (told,)) == (other,)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": "SURVIVED"}, "it has ended"),
        ({"outcome": "FAILED"}, "a part failed"),
        ({"outcome": "SUSPENDED", "rows_lost": 3}, "3 samples were lost"),
    ],
    ids=["survived", "failed", "rows lost"],
)
def test_what_is_over(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """In words, from the verdict."""
    run = make_run(tmp_path / "run", Recipe(seconds=2.0))
    verdict = json.loads((run / "verdict.json").read_text())
    (run / "verdict.json").write_text(json.dumps({**verdict, **changes}))
    with pytest.raises(InputError, match=said):
        recovery._refuse_ended(open_run(run))


def test_a_manifest_that_was_altered_is_not_gone_on_with(tmp_path: Path) -> None:
    """It says how codes become values; what came after it would be sealed over it."""
    path = manifest.write(tmp_path, make_manifest(Recipe()))
    with EventLog(tmp_path) as log:
        log.append("run_started", "it begins", time_s=0.0, data={"manifest_sha256": sha256_of(path)})
    recovery._refuse_ended(open_run(tmp_path))
    assert "0.25" in path.read_text()
    path.write_text(path.read_text().replace("0.25", "0.26", 1))
    with pytest.raises(InputError, match="not the one that it began with"):
        recovery._refuse_ended(open_run(tmp_path))


def test_a_verdict_of_before_the_run_was_gone_on_with_is_none(tmp_path: Path) -> None:
    """It died again, between the event that says so and the verdict's being set aside."""
    run = make_run(tmp_path / "run", Recipe(seconds=2.0))
    with EventLog(run) as log:
        log.append("run_recovered", "the run goes on", time_s=9.0, sample=100, data={"first_row": 0, "full_row": 0})
    recovery._refuse_ended(open_run(run))
    found = verify(run)
    assert found.whole, found.findings
    assert found.head == ""
    texts = [one.text for one in found.findings if one.mark is Mark.NOTE]
    assert "it is of before the run was gone on with" in texts
    assert "the run never came to its end: nothing vouches for the last event" in texts
