"""The disk foreseen and watched: what a run takes, what is refused, and what is said while it goes on, once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from profiles.schema import InputError
from rig.bridge import End, Request, Slot
from rig.plan import Wanted, load_plan
from rig.record.columns import Columns
from rig.record.events import read_events
from rig.record.journal import SampleWriter
from rig.record.room import RESULT_BYTES, Room, free_bytes, in_bytes
from rig.record.rows import row_dtype
from rig.record.segments import FOLDER
from rig.supervisor import space
from rig.supervisor.estimate import Estimate, room_of, samples_until
from rig.supervisor.space import GONE, Space
from tests.fake_crew import Stage, stage
from tests.synthetic_run import AXES, CHANNELS, Recipe, make_manifest

ROOM = Room(len(AXES), len(CHANNELS), 500)
ROWS = 1_000_000
REST, END = ROOM.usual(ROWS), ROOM.end()


def noise(rows: int) -> np.ndarray:
    """Rows in which nothing can be compressed: every bit of every field by chance, but for order in number and time."""
    dtype = row_dtype(len(AXES), len(CHANNELS))
    made = np.frombuffer(np.random.default_rng(3).bytes(rows * dtype.itemsize), dtype).copy()
    made["sample"] = np.arange(rows)
    return made


def written(folder: Path, suffix: str) -> int:
    return sum(path.stat().st_size for path in (folder / FOLDER).glob(f"*.{suffix}"))


def test_the_worst_that_a_row_can_take_is_foreseen(tmp_path: Path) -> None:
    """A minute of nothing but noise, in the journal in batches as they come, and as a segment: within what is kept."""
    rows, writer = noise(30_000), SampleWriter(tmp_path, Columns(make_manifest(Recipe())), 60_000)
    for first in range(0, len(rows), 250):
        writer.append(rows[first : first + 250])
    journal = written(tmp_path, "arrows")
    writer.close()
    segment = written(tmp_path, "parquet")
    assert 0.9 * ROOM.most(30_000) < segment < ROOM.most(30_000)
    assert 0.9 * (END - RESULT_BYTES) < journal + segment < END - RESULT_BYTES


def test_a_summary_takes_its_seconds_and_what_stays() -> None:
    """Three whole minutes, of the rest the share that lies near events, and a row a second; as a file takes them."""
    made = Room(len(AXES), len(CHANNELS), 500, 0.1)
    day = 500 * 3600 * 10
    assert made.usual(1000) > ROOM.usual(1000)
    assert 0.1 * ROOM.usual(day) < made.usual(day) < 0.125 * ROOM.usual(day)
    plan = load_plan(Wanted("dune_loop"))
    assert room_of(plan, "full").share == 1.0
    assert room_of(plan, "summary").share == pytest.approx(len(plan.segments) * 16 * 500 / plan.samples)


def test_samples_until_a_target_are_those_of_the_plan() -> None:
    """All of them for the whole way, a part for a part; a rest counts where the way goes on after it."""
    plan = load_plan(Wanted("dune_loop"))
    assert samples_until(plan, plan.distance_m) == plan.samples
    assert samples_until(plan, 300.0) == pytest.approx(18_281, rel=0.05)  # recorded by a run up to there
    first = plan.legs[0]
    rested = [SimpleNamespace(start_m=0.0, rest_samples=0), SimpleNamespace(start_m=100.0, rest_samples=7)]
    segment = SimpleNamespace(start_m=0.0, end_m=200.0, duration_s=2.0)
    course: object = SimpleNamespace(segments=(segment,), legs=rested, rig=plan.rig, health=None)
    assert first.rest_samples == 0
    assert [samples_until(course, at) for at in (100.0, 200.0)] == [500, 1007]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("free", "refused", "close"),
    [
        (REST + 2 * END - 1, True, True),
        (REST + 2 * END, False, True),
        (ROOM.most(ROWS) + 2 * END - 1, False, True),
        (ROOM.most(ROWS) + 2 * END, False, False),
        (None, False, False),
    ],
)
def test_what_is_not_enough_is_refused_and_what_is_close_is_told(free: int | None, refused: bool, close: bool) -> None:
    """By what runs usually take, and by what the worst takes; where nothing is known nothing is refused."""
    made = Estimate(Path("runs"), ROWS, ROOM, free)
    assert bool(made.note()) == close
    assert made.words().startswith("up to about 20 MB, ")
    if not refused:
        made.refuse()
        return
    with pytest.raises(InputError) as caught:
        made.refuse()
    (fault,) = caught.value.faults
    assert (fault.file, fault.key, fault.found) == ("runs", "--runs", "32 MB free on the disk")
    assert "32 MB for 1,000,000 samples and the end of the run: make room" in fault.allowed


def test_free_space_is_that_of_the_nearest_folder_that_is_there(tmp_path: Path) -> None:
    """A runs folder that is not made yet has its parent's."""
    assert free_bytes(tmp_path / "not" / "yet") == pytest.approx(free_bytes(tmp_path), rel=0.01)


@pytest.mark.parametrize(("count", "words"), [(0, "0.0 MB"), (9_940_000, "9.9 MB"), (2e8, "200 MB"), (3e9, "3.0 GB")])
def test_sizes_as_people_say_them(count: int, words: str) -> None:
    assert in_bytes(int(count)) == words


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made, made.supervisor._link:
        yield made


@pytest.fixture
def look(real: Stage, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], str]:
    """Look while so much is free; gives what the display says of the disk."""
    order = SimpleNamespace(recording="full")
    session: object = SimpleNamespace(samples=ROWS, plan=real.supervisor._session.plan, order=order)
    watcher = Space(session, real.run_dir, real.bridge, real.tell)  # type: ignore[arg-type]

    def at(free: int) -> str:
        found = SimpleNamespace(f_bavail=free, f_frsize=1)
        monkeypatch.setattr(space, "os", SimpleNamespace(**{**vars(os), "statvfs": lambda _: found}))
        watcher.look(real.supervisor.progress)
        return real.supervisor.progress.disk

    return at


def test_a_warning_comes_once_and_again_only_after_there_was_room(real: Stage, look: Callable[[int], str]) -> None:
    """Free space goes up and down with each minute's journal: that is no reason to say it again."""
    assert look(REST + END) == ""
    assert "the rest of the run needs 26 MB" in look(REST + END - 1)
    for free in (REST, REST + 2 * END - 1, REST):
        assert look(free)
    assert real.events.count("disk_low") == 1
    assert look(REST + 2 * END) == ""
    assert look(REST)
    assert real.events.count("disk_low") == 2
    assert real.tell.reason == ""
    assert real.bridge.get(Slot.REQUEST) == Request.NONE


def test_what_is_needed_shrinks_with_the_way(real: Stage, look: Callable[[int], str]) -> None:
    """The same room is enough for the rest."""
    real.supervisor.progress.sample = ROWS - 1000
    assert look(REST) == ""
    real.supervisor.progress.sample = 0
    assert look(REST)
    real.supervisor.progress.sample = ROWS + 1000  # a rig that held has more than were planned: it needs no less
    assert look(2 * END - 1)
    assert look(2 * END) == ""


def test_the_run_is_stopped_once_while_there_is_room_to_close_it(real: Stage, look: Callable[[int], str]) -> None:
    """The rig's stop, a suspension; the record is no worse for it."""
    look(END)
    assert real.bridge.get(Slot.REQUEST) == Request.NONE
    look(END - 1)
    assert real.bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG
    look(END - 2)
    told = [one for one in read_events(real.run_dir / "events.jsonl").events if one.kind == "disk_low"]
    assert [one.data for one in told] == [
        {"free_bytes": END, "needed_bytes": REST + END},
        {"free_bytes": END - 1, "needed_bytes": END},
    ]
    assert (
        real.tell.reason
        == told[1].text
        == "the disk is nearly full: 5.9 MB free, 5.9 MB are kept to close the record: stop"
    )
    assert real.tell.disk_failure == ""


def _deleted(run_dir: Path) -> None:
    run_dir.rename(run_dir.with_name("moved"))


def _replaced(run_dir: Path) -> None:
    _deleted(run_dir)
    run_dir.mkdir()


@pytest.mark.parametrize("do", [_deleted, _replaced])
def test_a_run_directory_that_is_gone_is_told(tmp_path: Path, do: Callable[[Path], None]) -> None:
    """Another one of the same name is not the run's; a run goes to its end as far as it can."""
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    with stage(run_dir) as made:

        def check() -> None:
            assert made.bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG
            made.end(End.RIG_STOP)

        made.supervisor._look_due_ns = 1 << 62
        made.script = {1: lambda: do(run_dir), 2: lambda: _due(made), 4: check, 5: made.finish}
        ended = made.run()
    assert (ended.end, ended.whole, ended.reason) == (End.RIG_STOP, False, GONE)


def _due(made: Stage) -> None:
    made.supervisor._look_due_ns = 0


def test_an_event_log_that_is_deleted_is_missed_although_nothing_happens(real: Stage) -> None:
    """Else what happens next would be written into nothing."""

    def check() -> None:
        assert real.bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG
        real.end(End.RIG_STOP)

    real.script = {1: (real.run_dir / "events.jsonl").unlink, 2: lambda: _due(real), 5: check, 6: real.finish}
    ended = real.run()
    assert (ended.end, ended.whole) == (End.RIG_STOP, False)
    assert ended.reason.startswith("an event can't be written: deleted, moved or replaced while it was written (")
