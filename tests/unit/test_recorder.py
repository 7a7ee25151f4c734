"""The recorder: from ring to disk, in a process of its own, with torn tails, full disks and lost supervisors."""

import hashlib
import multiprocessing
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet
import pytest
from synthetic_run import Recipe, make_manifest, make_rows

from rig.record import manifest
from rig.record.columns import Columns
from rig.record.digest import SampleDigest
from rig.record.journal import SampleWriter, count_rows, iter_tables, read_journal
from rig.record.recorder import (
    FINISH,
    READER,
    Recorder,
    RecorderFault,
    RecorderFinished,
    RecorderReady,
    record,
)
from rig.record.ring import Ring, Rows
from rig.record.seals import FILE_NAME as SEALS
from rig.record.seals import read_seals
from rig.record.segments import FOLDER

DESCRIBED = make_manifest(Recipe())
COLUMNS = Columns(DESCRIBED)
ROWS = make_rows(Recipe(seconds=70.0))


def read_back(run_dir: Path) -> Rows:
    return np.concatenate([np.empty(0, COLUMNS.dtype), *(COLUMNS.rows(table) for table in iter_tables(run_dir))])


def hash_of(rows: Rows) -> str:
    digest = SampleDigest()
    digest.update(rows)
    return digest.hexdigest()


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    manifest.write(tmp_path, DESCRIBED)
    return tmp_path


@dataclass
class Child:
    ring: Ring
    process: BaseProcess
    connection: Connection

    def wait_for(self, rows: int) -> None:
        end = time.monotonic() + 20
        while self.ring.acknowledged(READER) < rows and time.monotonic() < end:
            time.sleep(0.002)
        assert self.ring.acknowledged(READER) >= rows

    def finish(self) -> object:
        self.connection.send(FINISH)
        assert self.connection.poll(20)
        return self.connection.recv()


@pytest.fixture
def child(run_dir: Path, request: pytest.FixtureRequest) -> Iterator[Child]:
    """A recorder that looks each 2 ms, or as often as the test says."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with Ring.create(COLUMNS.dtype, 65_536, (READER,)) as ring:
        process = context.Process(
            target=record, args=(ring.name, str(run_dir), theirs, getattr(request, "param", 0.002))
        )
        process.start()
        theirs.close()
        assert ours.poll(30)
        assert isinstance(ours.recv(), RecorderReady)
        yield Child(ring, process, ours)
        ours.close()
        process.join(20)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def test_recorded_rows_are_those_pushed(run_dir: Path, child: Child) -> None:
    """In step with the recorder, 70 s of rows end in two segments, all the same, with the hash of what was pushed."""
    for first in range(0, len(ROWS), 500):
        child.ring.push(ROWS[first : first + 500])
        child.wait_for(first + 500)
    finished = child.finish()
    sealed = read_seals(run_dir / FOLDER / SEALS)
    assert finished == RecorderFinished(len(ROWS), hash_of(ROWS), 0, sealed.head)
    assert [one.rows for one in sealed.seals] == [30000, len(ROWS) - 30000]
    assert (read_back(run_dir) == ROWS).all()
    assert sorted(path.name for path in (run_dir / FOLDER).iterdir()) == [
        "000000000000.parquet",
        "000000030000.parquet",
        "pyramid-256.bin",
        "pyramid-4096.bin",
        SEALS,
    ]
    assert child.ring.durable(READER) == len(ROWS)


def test_killed_recorder_leaves_what_it_acknowledged(run_dir: Path, child: Child) -> None:
    """After kill -9 every row that was acknowledged is in the files, whole and once."""
    child.ring.push(ROWS[:7000])
    child.wait_for(7000)
    child.ring.push(ROWS[7000:7100])
    assert child.process.pid is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.join(20)
    rows = read_back(run_dir)
    assert len(rows) in (7000, 7100)
    assert (rows == ROWS[: len(rows)]).all()


def test_interrupt_is_left_to_the_supervisor(child: Child) -> None:
    """Ctrl-C, which reaches the whole process group, does not end the recorder."""
    assert child.process.pid is not None
    os.kill(child.process.pid, signal.SIGINT)
    child.ring.push(ROWS[:500])
    child.wait_for(500)
    assert isinstance(child.finish(), RecorderFinished)


@pytest.mark.parametrize("child", [60.0], indirect=True)
def test_rows_are_on_the_disk_when_they_are_due(child: Child) -> None:
    """However seldom it is to look at the ring: the journal is brought to the disk when half a second is over."""
    child.ring.push(ROWS[:5])
    child.wait_for(5)
    child.ring.push(ROWS[5:9])
    child.wait_for(9)
    assert isinstance(child.finish(), RecorderFinished)


def test_lost_supervisor_loses_no_rows(run_dir: Path, child: Child) -> None:
    """When the supervisor is gone the recorder writes what still comes, closes the files and ends by itself."""
    child.ring.push(ROWS[:300])
    child.connection.close()
    child.wait_for(300)
    child.ring.push(ROWS[300:900])
    child.process.join(20)
    assert child.process.exitcode == 0
    assert (read_back(run_dir) == ROWS[:900]).all()


def test_overtaken_recorder_says_so(run_dir: Path) -> None:
    """Rows that the ring lost are counted, and the rest is recorded."""
    with Ring.create(COLUMNS.dtype, 1024, (READER,)) as ring:
        recorder = Recorder(ring.reader(READER), run_dir)
        ring.push(ROWS[:1000])
        ring.push(ROWS[1000:1500])
        finished = recorder.finish()
    assert (finished.samples, finished.rows_lost) == (1024, 476)
    assert (read_back(run_dir) == ROWS[476:1500]).all()


def test_few_rows_wait_for_each_other(run_dir: Path) -> None:
    """They are written when there are many, or when half a second is over; then they are on the disk too."""
    with Ring.create(COLUMNS.dtype, 4096, (READER,)) as ring:
        recorder = Recorder(ring.reader(READER), run_dir)
        told = []
        for first, last, now_s in ((0, 100, 0.1), (100, 300, 0.2), (300, 301, 0.5), (301, 400, 0.6), (400, 900, 0.7)):
            ring.push(ROWS[first:last])
            recorder.turn(now_s, 0.0 if now_s < 0.6 else 0.5)
            told.append((ring.acknowledged(READER), ring.durable(READER)))
        recorder.abandon()
    assert told == [(0, 0), (0, 0), (301, 301), (301, 301), (900, 301)]
    assert (read_back(run_dir) == ROWS[:900]).all()


def test_hash_does_not_depend_on_blocks_or_wall_clock() -> None:
    """The hash is the same for any cut, ignores mono_ns, and notices a change in any other field."""
    whole, digest = hash_of(ROWS[:1000]), SampleDigest()
    for first, last in ((0, 1), (1, 1), (1, 700), (700, 1000)):
        digest.update(ROWS[first:last])
    assert digest.hexdigest() == whole
    for name in COLUMNS.dtype.names or ():
        changed = ROWS[:1000].copy()
        changed[name][999] += 1
        assert (hash_of(changed) == whole) == (name == "mono_ns"), name


def test_hash_is_defined_for_ever() -> None:
    """One row of zeros is 53 bytes without mono_ns and padding, so its hash is that of 53 zero bytes."""
    assert hash_of(np.zeros(1, COLUMNS.dtype)) == hashlib.sha256(bytes(53)).hexdigest()


def test_journal_torn_anywhere_keeps_its_whole_batches(run_dir: Path, tmp_path: Path) -> None:
    """Cut at any length, or with a tail of zeros, a journal gives its whole batches, each row as it was written."""
    writer = SampleWriter(run_dir, COLUMNS, 30_000)
    ends = []
    for k in range(3):
        writer.append(ROWS[20 * k : 20 * k + 20])
        ends.append(writer._good_bytes)
    writer.abandon()
    good = next((run_dir / FOLDER).glob("*.arrows")).read_bytes()
    torn = tmp_path / "torn.arrows"
    for end in [*range(1, len(good), 61), *ends, len(good)]:
        for tail in (b"", bytes(300)):
            torn.write_bytes(good[:end] + tail)
            table = read_journal(torn)
            whole = sum(end >= batch_end for batch_end in ends)
            assert (table.num_rows if table else 0) == 20 * whole, end
            if table:
                assert (COLUMNS.rows(table) == ROWS[: 20 * whole]).all()


def test_crash_between_segment_and_journal_counts_rows_once(run_dir: Path) -> None:
    """A journal that is still there beside its closed segment is passed over."""
    writer = SampleWriter(run_dir, COLUMNS, 30_000)
    writer.append(ROWS[:600])
    journal = next((run_dir / FOLDER).glob("*.arrows"))
    data = journal.read_bytes()
    writer.close()
    journal.write_bytes(data)
    assert count_rows(run_dir) == 600
    assert (read_back(run_dir) == ROWS[:600]).all()


def test_the_head_of_a_journal_is_there_before_any_row(run_dir: Path) -> None:
    """It has no checksum: garbage in it after a loss of power could name other columns. Alone it holds no rows."""
    writer = SampleWriter(run_dir, COLUMNS, 30_000)
    journal = next((run_dir / FOLDER).glob("*.arrows"))
    head = journal.read_bytes()
    assert b"feedback.damper_temperature_degc" in head
    assert (read_journal(journal), count_rows(run_dir), len(read_back(run_dir))) == (None, 0, 0)
    writer.append(ROWS[:600])
    data = journal.read_bytes()
    writer.abandon()
    assert data.startswith(head)
    journal.write_bytes(head + bytes(len(data) - len(head)))
    assert read_journal(journal) is None
    journal.write_bytes(data)
    assert (read_back(run_dir) == ROWS[:600]).all()


class SmallDisk:
    """Stands in for `os.write`: takes so many bytes, the last of them as a short write, then says that it is full."""

    def __init__(self, room: int) -> None:
        self.room = room

    def __call__(self, handle: int, data: memoryview) -> int:
        if self.room <= 0:
            raise OSError(28, "No space left on device")
        count = os.write(handle, data[: self.room])
        self.room -= count
        return count


def test_full_disk_is_told_in_words_and_leaves_what_was_written(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full the supervisor is told, and exactly what was acknowledged stays readable."""
    ours, theirs = multiprocessing.Pipe()
    monkeypatch.setattr("rig.record.files.os", SimpleNamespace(**{**vars(os), "write": SmallDisk(60_000)}))
    with Ring.create(COLUMNS.dtype, 65_536, (READER,)) as ring, ours:
        thread = threading.Thread(target=record, args=(ring.name, str(run_dir), theirs, 0.001))
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # only a main thread may
        thread.start()
        assert isinstance(ours.recv(), RecorderReady)
        for first in range(0, 10_000, 250):
            ring.push(ROWS[first : first + 250])
            while ring.acknowledged(READER) < first + 250 and not ours.poll(0.002):
                pass
            if ours.poll():
                break
        fault = ours.recv()
        thread.join(20)
        assert fault == RecorderFault(
            f"the samples can't be recorded: no space left on device ({run_dir / FOLDER / '000000000000.arrows'})"
        )
        acknowledged = ring.acknowledged(READER)
    monkeypatch.undo()
    assert 0 < acknowledged < 10_000
    assert (read_back(run_dir) == ROWS[:acknowledged]).all()


def test_half_a_batch_is_taken_back(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a full disk took of a batch before it refused is cut off again: its space may be needed."""
    writer = SampleWriter(run_dir, COLUMNS, 30_000)
    writer.append(ROWS[:100])
    size = writer._journal.stat().st_size
    monkeypatch.setattr("rig.record.files.os", SimpleNamespace(**{**vars(os), "write": SmallDisk(5000)}))
    with pytest.raises(OSError, match="No space"):
        writer.append(ROWS[100:300])
    writer.abandon()
    assert writer._journal.stat().st_size == size


def test_full_disk_at_the_closing_of_a_segment_keeps_the_journal(
    run_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a segment can't be written its rows stay in the journal, and no half segment is left."""
    writer = SampleWriter(run_dir, COLUMNS, 30_000)
    writer.append(ROWS[:600])

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyarrow.parquet, "write_table", refuse)
    with pytest.raises(OSError, match="No space"):
        writer.close()
    writer.abandon()
    assert sorted(path.suffix for path in (run_dir / FOLDER).iterdir()) == [".arrows", ".jsonl"]
    assert (read_back(run_dir) == ROWS[:600]).all()


def test_a_journal_that_is_deleted_is_missed_and_loses_no_row(run_dir: Path, child: Child) -> None:
    """Writing to it would succeed for ever; what it held is still in memory, and goes into a segment."""
    child.ring.push(ROWS[:500])
    child.wait_for(500)
    path = next((run_dir / FOLDER).glob("*.arrows"))
    path.unlink()
    child.ring.push(ROWS[500:600])
    assert child.connection.poll(20)
    fault = child.connection.recv()
    words = f"the samples can't be recorded: deleted, moved or replaced while it was written ({path})"
    assert fault == RecorderFault(words)
    acknowledged = child.ring.acknowledged(READER)
    assert acknowledged in (500, 600)
    assert (read_back(run_dir) == ROWS[:acknowledged]).all()
    assert [one.rows for one in read_seals(run_dir / FOLDER / SEALS).seals] == [acknowledged]


def _another_journal(run_dir: Path) -> None:
    path = next((run_dir / FOLDER).glob("*.arrows"))
    path.unlink()
    path.touch()


def _made_again(run_dir: Path) -> None:
    shutil.rmtree(run_dir)
    (run_dir / FOLDER).mkdir(parents=True)


def _no_seals(run_dir: Path) -> None:
    (run_dir / FOLDER / SEALS).unlink()


@pytest.mark.parametrize("do", [_another_journal, shutil.rmtree, _made_again, _no_seals])
def test_samples_that_are_deleted_are_missed(run_dir: Path, do: Callable[[Path], None]) -> None:
    """At the next time that the journal is brought to the disk, with the file's name: not a row goes in silence."""
    with Ring.create(COLUMNS.dtype, 1024, (READER,)) as ring:
        recorder = Recorder(ring.reader(READER), run_dir)
        ring.push(ROWS[:500])
        assert recorder.turn(1.0, 0.0) == 1.0
        do(run_dir)
        ring.push(ROWS[500:600])
        with pytest.raises(FileNotFoundError, match="while it was written") as caught:
            recorder.turn(2.0, 1.0)
        recorder.abandon()
    assert ("with its folder" in str(caught.value)) == (do is shutil.rmtree)
    assert caught.value.filename == str(run_dir / FOLDER / (SEALS if do is _no_seals else "000000000000.arrows"))


def test_int16_channels_are_small_and_described(run_dir: Path) -> None:
    """Codes are stored as int16 with scale, unit and meaning beside them, at few bytes a sample."""
    writer = SampleWriter(run_dir, COLUMNS, 30_000)
    writer.append(ROWS[:30_000])
    writer.close()
    path = next((run_dir / FOLDER).glob("*.parquet"))
    schema = pyarrow.parquet.read_schema(path)
    metadata = schema.field("feedback.strut_force_n").metadata
    assert (metadata[b"unit"], metadata[b"scale"], metadata[b"nan_code"]) == (b"N", b"3.0", b"-32768")
    head = pyarrow.parquet.read_metadata(path).row_group(0)
    sizes = {head.column(k).path_in_schema: head.column(k).total_compressed_size for k in range(head.num_columns)}
    assert sizes["feedback.pan_displacement_m"] < 1.6 * 30_000
    assert sizes["sample"] < 2_000
