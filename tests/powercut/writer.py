"""The program that is traced: a run's files as a run writes them, at times that are only numbers.

``python -m tests.powercut.writer FOLDER MARKERS``: the run goes into FOLDER. Before and after each step a line goes to
MARKERS that says what has been promised by then; the trace shows where between the writes it stands.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from types import SimpleNamespace

from rig.record import manifest, recorder, segments, thinning
from rig.record.checkpoint import Checkpoint
from rig.record.events import EventLog
from rig.record.files import sha256_of, to_json
from rig.record.recorder import READER, Recorder, RecorderFinished
from rig.record.ring import Ring
from rig.record.slow import SlowLog
from rig.runs import VerdictFile, write_verdict
from rig.supervisor.closing import seal_of
from rig.supervisor.session import make_run_dir
from tests.powercut import known


@dataclass
class Promise:
    """What has been acknowledged: what a power cut must leave.

    Attributes:
        time_s: simulated.
        run: the name of the run directory.
        pushed: rows that the loop has given away.
        durable: rows that the recorder says are on the disk.
        manifest: written.
        events: appended.
        readings: appended.
        checkpoint: number of the last one written; -1: none.
        ended: the hash of the event that ends the run, once it is appended; verdict: written.
    """

    time_s: float = 0.0
    run: str = ""
    pushed: int = 0
    durable: int = 0
    manifest: bool = False
    events: int = 0
    readings: int = 0
    checkpoint: int = -1
    ended: str = ""
    verdict: bool = False


def play(folder: Path, tell: Callable[[Promise], None]) -> None:
    """Record the whole run."""
    promise = Promise()
    # The session's own way to a run directory, without a plan.
    session = SimpleNamespace(order=SimpleNamespace(runs=folder / "runs"), plan=SimpleNamespace(name="power_cut"))
    run_dir = make_run_dir(session)  # type: ignore[arg-type]
    promise.run = run_dir.name
    tell(promise)
    manifest.write(run_dir, known.DESCRIBED)
    promise.manifest = True
    tell(promise)
    with Ring.create(known.COLUMNS.dtype, 1 << 14, (READER,)) as ring:
        _Play(run_dir, ring, promise, tell).play()


class _Play:
    def __init__(self, run_dir: Path, ring: Ring, promise: Promise, tell: Callable[[Promise], None]) -> None:
        self._run_dir, self._ring, self._promise, self._tell_it = run_dir, ring, promise, tell
        self._recorder = Recorder(ring.reader(READER), run_dir)
        self._log = EventLog(run_dir)
        self._event("run_started", sample=0, manifest_sha256=sha256_of(run_dir / manifest.FILE_NAME))
        self._slow = SlowLog(run_dir)
        self._checkpoint = Checkpoint(run_dir)
        self._rows = known.make_rows()
        self._last_sync_s = 0.0

    def play(self) -> None:
        """From the first sample to the verdict."""
        for step in range(known.STEPS):
            self._step(step)
        self._slow.close()
        recorded = self._recorder.finish()
        self._tell()
        self._end(recorded)

    def _step(self, step: int) -> None:
        self._promise.time_s = step * known.STEP_S
        self._tell()
        self._ring.push(self._rows[step * known.STEP_ROWS : (step + 1) * known.STEP_ROWS])
        self._promise.pushed = self._ring.written
        self._tell()
        self._last_sync_s = self._recorder.turn(self._promise.time_s, self._last_sync_s)
        self._tell()
        if step % 7 == 3:
            self._event("segment_entered")
        if step % 10 == 6:
            self._slow.append(known.reading(self._promise.readings))
            self._promise.readings += 1
            self._tell()
        if step % 20 == 9:
            self._save()

    def _save(self) -> None:
        self._checkpoint.write(known.checkpoint(self._promise.checkpoint + 1))
        self._promise.checkpoint += 1
        self._tell()

    def _event(self, kind: str, sample: int | None = None, **data: object) -> None:
        promise = self._promise
        text = known.event_text(promise.events)
        self._log.append(kind, text, time_s=promise.time_s, sample=sample, data=data)  # type: ignore[arg-type]
        promise.events += 1
        self._tell()

    def _end(self, recorded: RecorderFinished) -> None:
        verdict = VerdictFile(
            outcome="SURVIVED",
            exit_code=0,
            reason="reached 1 km",
            distance_km=1.0,
            target_km=1.0,
            duration_s=recorded.samples / known.RATE_HZ,
            samples=recorded.samples,
            samples_sha256=recorded.sha256,
        )
        self._event("run_ended", **seal_of(self._run_dir, verdict, recorded))
        verdict.events_head = self._promise.ended = self._log.head
        self._tell()
        write_verdict(self._run_dir, verdict)
        self._promise.verdict = True
        self._tell()
        self._log.close()
        with EventLog(self._run_dir) as self._log:  # as `rig note` does, later
            self._event("engineer_note")

    def _tell(self) -> None:
        self._promise.durable = self._ring.durable(READER)
        self._tell_it(self._promise)


def main(folder: str, markers: str) -> None:
    """Play into a folder, tell a file."""
    recorder.SEGMENT_S = segments.SEGMENT_S = known.SEGMENT_S
    thinning.BEFORE_S, thinning.AFTER_S = known.BEFORE_S, known.AFTER_S
    resource_tracker.ensure_running()  # before anything is open that its process would inherit and close
    handle = os.open(markers, os.O_WRONLY | os.O_CREAT, 0o644)
    play(Path(folder), lambda promise: _say(handle, promise))


def _say(handle: int, promise: Promise) -> None:
    os.write(handle, to_json(asdict(promise)) + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
