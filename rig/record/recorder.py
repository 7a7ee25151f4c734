"""The recorder: a process of its own that drains the ring to the disk. It never makes the loop wait."""

import contextlib
import gc
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from rig.clock import RealClock, pause
from rig.record import manifest
from rig.record.columns import Columns
from rig.record.digest import digest_of
from rig.record.files import in_words
from rig.record.journal import SampleWriter
from rig.record.ring import Reader, Ring, Rows
from rig.record.seals import BrokenSealsError
from rig.record.segments import SEGMENT_S
from rig.record.takeup import BrokenSamplesError, take_up
from rig.record.thinning import Thinner

READER = "recorder"
"""The name of the recorder's place in the ring; `Ring.acknowledged(READER)` rows are in the journal."""
SYNC_S = 0.5
"""Between two times that the journal is brought to the disk."""
FINISH = "finish"
"""What the supervisor sends when no more rows will come."""

_BATCH_ROWS = 500
_QUIET_S = 2.0


@dataclass(frozen=True, slots=True)
class RecorderReady:
    """The files are open; rows may come."""


@dataclass(frozen=True, slots=True)
class RecorderFault:
    """The disk refused, in words; the recorder has ended, and what was acknowledged is in the files."""

    text: str


@dataclass(frozen=True, slots=True)
class RecorderFinished:
    """All rows are in closed segments: how many, their hash (see `SampleDigest`), and how many the ring lost.

    ``seals_head`` stands for the files, see `rig.record.seals`. ``sha256`` is empty where a run was gone on with of
    whose first samples only a summary is left.
    """

    samples: int
    sha256: str
    rows_lost: int
    seals_head: str = ""


class Recorder:
    """Drains a ring's reader into the samples of a run directory, batch by batch; goes on after those that are there.

    Rows are gathered to `_BATCH_ROWS`, or for `SYNC_S`, before they are written, as each Arrow batch costs about
    a kilobyte of head. The ring's `acknowledged` counter moves when rows are in the journal (they survive
    ``kill -9``), its `durable` counter when they are on the disk (they survive a loss of power).
    """

    def __init__(self, reader: Reader, run_dir: Path) -> None:
        described = manifest.read(run_dir)
        columns = Columns(described)
        self._reader = reader
        self._waiting: list[Rows] = []
        self._synced = first = take_up(run_dir)
        self._digest = digest_of(run_dir, columns)
        self._writer = SampleWriter(run_dir, columns, SEGMENT_S * described.sample_rate_hz, first)
        self._thinner = None
        if described.recording == "summary":
            self._thinner = Thinner(run_dir, columns, self._writer.sealer, described.sample_rate_hz)

    def turn(self, now_s: float, last_sync_s: float) -> float:
        """Take what waits and write what is due; returns when the journal was last brought to the disk."""
        rows = self._reader.drain()
        if len(rows):
            self._waiting.append(rows)
        due = now_s - last_sync_s >= SYNC_S
        if due or sum(map(len, self._waiting)) >= _BATCH_ROWS:
            self._write()
        if due:
            self._sync()
            return now_s
        return last_sync_s

    def finish(self) -> RecorderFinished:
        """Take and write all that is left, and close it into a segment."""
        self._waiting.append(self._reader.drain())
        self._write()
        self._writer.close()
        self._reader.make_durable(self._reader.cursor)
        sha256 = self._digest.hexdigest() if self._digest else ""
        return RecorderFinished(self._writer.rows, sha256, self._reader.lost, self._writer.sealer.head)

    def abandon(self) -> None:
        """Leave the files as they are."""
        self._writer.abandon()

    def _write(self) -> None:
        if self._waiting:
            rows = self._waiting[0] if len(self._waiting) == 1 else np.concatenate(self._waiting)
            self._writer.append(rows)
            if self._digest:
                self._digest.update(rows)
        self._waiting.clear()
        self._reader.acknowledge(self._reader.cursor)

    def _sync(self) -> None:
        if self._writer.rows != self._synced:
            self._writer.sync()
            self._synced = self._writer.rows
        self._reader.make_durable(self._reader.cursor)
        if self._thinner:
            self._thinner.turn(self._writer.rows)


def record(ring_name: str, run_dir: str, connection: Connection, poll_s: float = 0.02) -> None:
    """The recorder process: drain the ring of that name into the run directory until told to finish.

    Sends `RecorderReady`, then in the end `RecorderFinished` or `RecorderFault`. When the supervisor's end of the
    connection is gone, it goes on until no rows have come for two seconds, so that a run outlives its supervisor on
    the disk. Ctrl-C reaches the whole process group and is for the supervisor to decide: it is ignored here.

    Args:
        ring_name: of a ring with a reader `READER`.
        run_dir: a run directory with a manifest.
        connection: to the supervisor.
        poll_s: how long to sleep between two looks at the ring; never beyond the next
            sync. Short at pace stepped, where the loop waits for it; each look costs a wake-up.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ring = Ring.attach(ring_name)
    recorder = None
    try:
        recorder = Recorder(ring.reader(READER), Path(run_dir))
        gc.freeze()  # what is there stays; each look for garbage would go through all of Arrow's objects
        _tell(connection, RecorderReady())
        _until_finish(recorder, ring, connection, poll_s)
        _tell(connection, recorder.finish())
    except OSError as error:
        _tell(connection, RecorderFault(in_words(error, "the samples can't be recorded")))
    except (BrokenSamplesError, BrokenSealsError) as error:
        _tell(connection, RecorderFault(f"the samples that are there can't be gone on with: {error}"))
    finally:
        if recorder is not None:
            recorder.abandon()
        ring.close()
        connection.close()


def _until_finish(recorder: Recorder, ring: Ring, connection: Connection, poll_s: float) -> None:
    clock, orphaned = RealClock(), False
    last_sync_s = last_rows_s = clock.now_ns() * 1e-9
    written = 0
    while True:
        now_s = clock.now_ns() * 1e-9
        if ring.written != written:
            written, last_rows_s = ring.written, now_s
        last_sync_s = recorder.turn(now_s, last_sync_s)
        if orphaned:
            if now_s - last_rows_s > _QUIET_S:
                return
            pause(poll_s)
            continue
        # Not beyond the moment when the journal is due, however long the poll.
        if connection.poll(max(0.0, min(poll_s, last_sync_s + SYNC_S - clock.now_ns() * 1e-9))):
            try:
                if connection.recv() == FINISH:
                    return
            except (EOFError, OSError):
                orphaned = True


def _tell(connection: Connection, message: object) -> None:
    with contextlib.suppress(OSError):  # the supervisor is gone; the files hold what there is to tell
        connection.send(message)
