"""The disk of a run broken for real: too small, filled, full at once, read-only, and the run directory deleted."""

import io
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from rig.record.events import read_events
from rig.record.journal import count_rows
from rig.record.room import Room
from rig.record.segments import FOLDER
from rig.runs import VerdictFile
from rig.supervisor.conduct import conduct
from rig.supervisor.session import Order, Session, prepare
from rig.supervisor.space import GONE
from rig.verify import Mark, verify
from tests.commands import refused, start_rig, typed, wait_for
from tests.faults.site import small_disk

SIZE_MB = 24
ROOM = Room(3, 7, 500)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, as the runs folder."""
    with mounted(tmp_path / "runs", SIZE_MB) as folder:
        yield folder


@contextmanager
def mounted(folder: Path, size_mb: int) -> Iterator[Path]:
    folder.mkdir()
    with small_disk(folder, size_mb) as is_mounted:
        if not is_mounted:
            pytest.skip("a file system of its own can't be mounted here: that takes root")
        yield folder


def free_bytes(folder: Path) -> int:
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def leave(folder: Path, free: int) -> None:
    """Fill the file system until no more than that is free; other programs do."""
    with (folder / "ballast").open("ab", buffering=0) as file, suppress(OSError):
        while (room := free_bytes(folder) - free) > 0:
            file.write(bytes(min(room, 1 << 20)) if room > 4096 else bytes(4096))


@pytest.fixture(scope="module")
def session() -> Session:
    """Two kilometres, planned once: nobody waits for their end."""
    return prepare(Order("dune_loop", pace="stepped"))


@dataclass
class Broken:
    """A run that was broken while it was under way: what it left, and what stood on the screen."""

    run_dir: Path
    verdict: VerdictFile
    said: str
    recorded: int

    @property
    def is_suspended(self) -> bool:
        """Exit 3, and no part has survived or failed because of a disk."""
        outcomes = {row["outcome"] for row in self.verdict.verdicts}
        return self.verdict.exit_code == 3 and outcomes == {"SUSPENDED"}


def play(session: Session, runs: Path, act: Callable[[Path, io.StringIO], None]) -> Broken:
    """What ``rig run`` calls once it has planned; ``act`` breaks something as soon as samples are recorded."""
    screen = io.StringIO()
    console = Console(file=screen, width=200)
    with ThreadPoolExecutor() as pool:
        breaking = pool.submit(_break, runs, screen, act)
        run_dir, verdict = conduct(replace(session, order=replace(session.order, runs=runs)), console)
        return Broken(run_dir, verdict, screen.getvalue(), breaking.result())


def _break(runs: Path, screen: io.StringIO, act: Callable[[Path, io.StringIO], None]) -> int:
    await_(lambda: any(count_rows(path) for path in runs.glob("*-dune_loop")))
    run_dir = next(runs.glob("*-dune_loop"))
    recorded = count_rows(run_dir)
    act(run_dir, screen)
    return recorded


def await_(true: Callable[[], bool]) -> None:
    """Wait until something is true."""
    deadline_s = time.monotonic() + 60.0
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def samples_hold(run_dir: Path) -> bool:
    """Every sample that is there is whole, and numbered without a gap."""
    return [one.mark for one in verify(run_dir).findings if one.part == FOLDER] == [Mark.GOOD]


def test_a_run_that_has_no_room_does_not_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is needed, what is free, where, and what to do; nothing is made."""
    with mounted(tmp_path / "runs", 8) as folder:
        done = typed(capsys, monkeypatch, "run", "dune_loop", "--until-km", "0.1", "--runs", str(folder))
        refused(
            done,
            f"{folder}: --runs: found 8.4 MB free on the disk; allowed: at least 12 MB for 5,928 samples",
            "--until-km",
        )
        assert list(folder.iterdir()) == []


def test_a_read_only_folder_is_told(
    disk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's own word counts for nothing there."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    done = typed(capsys, monkeypatch, "run", "dune_loop", "--until-km", "0.1", "--runs", str(disk))
    refused(done, "--runs: found read-only file system; allowed: a folder that can be written to")


def test_a_disk_that_fills_up_warns_and_then_stops_the_run_in_time(session: Session, disk: Path) -> None:
    """On record twice; everything that was driven is closed, sealed and judged, and the room foreseen was enough."""

    def fill(_: Path, screen: io.StringIO) -> None:
        leave(disk, ROOM.end() + 1_000_000)
        await_(lambda: "the rest of the run needs" in screen.getvalue())
        leave(disk, ROOM.end() - 200_000)

    broken = play(session, disk, fill)
    verdict, run_dir = broken.verdict, broken.run_dir
    assert broken.is_suspended
    assert verdict.reason.startswith("the disk is nearly full: ")
    assert verdict.reason in broken.said
    assert 0.0 < verdict.distance_km < 2.0
    verified = verify(run_dir)
    assert verified.whole, verified
    assert verdict.samples == count_rows(run_dir) >= broken.recorded
    told = read_events(run_dir / "events.jsonl").events
    needed = [one.data["needed_bytes"] for one in told if one.kind == "disk_low"]
    assert len(needed) == 2
    assert needed[0] > needed[1] == ROOM.end()
    assert "disk low" in (run_dir / "report.html").read_text()
    assert (run_dir / "junit.xml").exists()


def test_a_run_directory_that_is_deleted_stops_the_run(session: Session, tmp_path: Path) -> None:
    """Files that are open would go on taking rows into nothing: noticed, told, and nothing else is touched."""
    (tmp_path / "another").mkdir()
    broken = play(session, tmp_path, lambda run_dir, _: shutil.rmtree(run_dir))
    assert broken.is_suspended
    # Files go one by one, the folder last: a file is missed while its folder is there, or with it.
    told = ("deleted, moved or replaced while it was written", "deleted or moved with its folder", GONE)
    assert any(words in broken.verdict.reason for words in told), broken.verdict
    assert broken.verdict.samples == 0
    assert [path.name for path in tmp_path.iterdir()] == ["another"]


def test_a_disk_that_becomes_read_only_stops_the_run(session: Session, disk: Path, tmp_path: Path) -> None:
    """As after a fault of the disk: no new file can be made; what was recorded stays, and the samples hold.

    A file system with files that are being written can't be made read-only by hand; a read-only view of it is put over
    its place, so that files that are open go on, and no name can be made.
    """
    view = tmp_path / "view"
    view.mkdir()

    def cover(_: Path, __: io.StringIO) -> None:
        for words in (["--bind", disk, view], ["-o", "remount,bind,ro", view], ["--bind", view, disk]):
            subprocess.run(["mount", *map(str, words)], check=True)

    try:
        broken = play(session, disk, cover)
    finally:
        for place in (disk, view):
            subprocess.run(["umount", "--lazy", str(place)], check=False)
    assert broken.is_suspended
    assert broken.verdict.reason.startswith("the checkpoint can't be written: read-only file system")
    assert count_rows(broken.run_dir) >= broken.recorded
    assert samples_hold(broken.run_dir)


def test_a_disk_that_is_full_at_once_stops_the_run_safely(disk: Path) -> None:
    """By the command as people type it: the words are the disk's, and every sample that was acknowledged stays."""
    process = start_rig("run", "dune_loop", "--pace", "stepped", "--runs", str(disk), "--json")
    try:
        said = wait_for(process, "RUNNING   0.2")
        run_dir = next(disk.glob("*-dune_loop"))
        recorded = count_rows(run_dir)
        leave(disk, 0)
        out, err = process.communicate(timeout=90)
    finally:
        process.kill()
        process.communicate()
    assert "record: up to about 2.5 MB, 25 MB free" in said
    assert "Traceback" not in out + err
    assert process.returncode == 3
    assert "no space left on device" in json.loads(out)["reason"].lower()
    assert {row["outcome"] for row in json.loads(out)["verdicts"]} == {"SUSPENDED"}
    assert count_rows(run_dir) >= recorded > 0
    assert samples_hold(run_dir)
