"""What must hold of a run directory after a power cut, whatever the moment.

`CHECKS` is the list: each looks at a state and yields what is wrong with it, in words. A check may change the directory
only where it stands in `CHANGES`; each of these gets a copy of its own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from profiles.schema import InputError
from rig.ledger import UNREADABLE, entries
from rig.record.checkpoint import Checkpoint
from rig.record.columns import plain
from rig.record.events import FILE_NAME, EventLog, read_events
from rig.record.manifest import FILE_NAME as MANIFEST
from rig.record.recorder import READER, Recorder
from rig.record.ring import Ring
from rig.record.seconds import iter_both, seconds_of
from rig.record.slow import SlowLog
from rig.record.takeup import take_up
from rig.runs import VERDICT_NAME, Run, open_run
from rig.verify import Mark, verify
from tests.powercut import known
from tests.powercut.writer import Promise

_ROWS = known.make_rows()


@dataclass
class After:
    """A run directory after a cut.

    Attributes:
        runs: the folder of runs.
        promise: what had been acknowledged when the power went.
        second_ago: what had been pushed a second before.
    """

    runs: Path
    promise: Promise
    second_ago: int

    @property
    def run_dir(self) -> Path:
        return self.runs / self.promise.run

    @cached_property
    def run(self) -> Run | None:
        """None where there is none."""
        try:
            return open_run(self.run_dir)
        except InputError as error:
            if "a run directory with a manifest.json" not in str(error) or (self.run_dir / MANIFEST).exists():
                raise
            return None

    @cached_property
    def count(self) -> int:
        """How many samples there are, those counted of which only a summary is left."""
        return self.run.count() if self.run else 0


Check = Callable[[After], Iterator[str]]


def opens(after: After) -> Iterator[str]:
    """A run is there once its manifest was written; before, it is there whole or said not to be there."""
    if after.run is None and after.promise.manifest:
        yield "no run, although its manifest was written"
    if after.run is not None and after.run.manifest != known.DESCRIBED:
        yield "another manifest than was written"


def samples(after: After) -> Iterator[str]:
    """The first rows of the run and no others, as many as were safe, and all that are older than a second."""
    count = after.count
    yield from _as_recorded(after, count)
    if count < after.second_ago:
        yield f"{count} samples, {after.second_ago} were older than a second"
    if count < after.promise.durable:
        yield f"{count} samples, {after.promise.durable} were said to be safe"


def _as_recorded(after: After, count: int) -> Iterator[str]:
    """Segment after segment bit for bit; of a thinned one its seconds, and those rows that must stay and no others."""
    at = 0
    for table, left in iter_both(after.run_dir) if after.run else ():
        rows = known.COLUMNS.rows(table)
        told = _ROWS[at : at + (len(rows) if left is None else int(plain(left["rows"]).sum()))]
        if left is not None:
            summary = seconds_of(known.COLUMNS, pa.Table.from_batches([known.COLUMNS.batch(told)]), known.RATE_HZ)
            if not left.equals(summary):
                yield f"the seconds of segment {at} are not those of its samples"
        stay = told if left is None else told[told["sample"] < known.RATE_HZ * (known.AFTER_S + 1)]
        if rows.tobytes() != stay.tobytes():
            yield f"{len(rows)} samples from {at} on, not all as they were recorded"
        at += len(told)
    if at != count:
        yield f"{count} samples by the heads of the files, {at} in them"


def events(after: After) -> Iterator[str]:
    """The first events of the run, each that was acknowledged among them; a tail is torn, never broken."""
    record = read_events(after.run_dir / FILE_NAME)
    texts = [one.text for one in record.events]
    if record.broken:
        yield record.broken
    if texts != [known.event_text(number) for number in range(len(texts))]:
        yield "other events than were written"
    if len(texts) < after.promise.events:
        yield f"{len(texts)} events, {after.promise.events} were acknowledged"


def checkpoint(after: After) -> Iterator[str]:
    """The last one that was acknowledged, or the one after it."""
    if not after.run_dir.is_dir():
        return
    state, least = Checkpoint(after.run_dir).read(), after.promise.checkpoint
    if state is None:
        if least >= 0:
            yield f"no checkpoint, {least} was acknowledged"
    elif state not in [known.checkpoint(number) for number in (least, least + 1)]:
        yield f"checkpoint {state.get('number')} is not as it was written, or older than {least}"


def readings(after: After) -> Iterator[str]:
    """The first readings, each that was acknowledged among them."""
    if after.run is None:
        return
    if after.run.slow != [known.reading(number) for number in range(len(after.run.slow))]:
        yield "other readings than were written"
    if len(after.run.slow) < after.promise.readings:
        yield f"{len(after.run.slow)} readings, {after.promise.readings} were acknowledged"


def verifies(after: After) -> Iterator[str]:
    """Nothing bad is found; whole with its hash once the verdict was written."""
    if after.run is None:
        return
    found = verify(after.run_dir)
    bad = [f"rig verify: {one.part}: {one.text}" for one in found.findings if one.mark is Mark.BAD]
    if after.run.verdict is None and not after.promise.verdict and found.head:
        # The only moment that leaves something missing: the run has ended, its verdict is being written.
        bad = [text for text in bad if not text.startswith(f"rig verify: {VERDICT_NAME}: there is none")]
    yield from bad
    if after.promise.ended and found.head != after.promise.ended:
        yield "rig verify: the head is not that of the event that ended the run"
    if after.promise.verdict and after.run.verdict is None:
        yield "no verdict, although it was written"


def is_listed(after: After) -> Iterator[str]:
    """``rig runs`` lists it, or nothing."""
    if not after.runs.is_dir():
        return
    found = [one.state for one in entries(after.runs)]
    if UNREADABLE in found or len(found) != (after.run is not None):
        yield f"rig runs lists {found}"


def takes_a_note(after: After) -> Iterator[str]:
    """The chain of the events goes on, after a torn tail has been cut."""
    if after.run is None:
        return
    with EventLog(after.run_dir) as log:
        log.append("engineer_note", "after the cut", time_s=0.0)
    record = read_events(after.run_dir / FILE_NAME)
    if record.broken or record.torn or record.events[-1].text != "after the cut":
        yield f"the events do not go on: {record.broken or record.torn}"
    if len(record.events) != len(after.run.events.events) + 1:
        yield "events were lost when the next one was added"


def is_taken_up(after: After) -> Iterator[str]:
    """What is there becomes segments, changed in nothing, and a recorder, readings and events go on after it."""
    if after.run is None:
        return
    count = take_up(after.run_dir)
    if count != after.count:
        yield f"{count} samples taken up, {after.count} were there"
    with Ring.create(known.COLUMNS.dtype, 1 << 12, (READER,)) as ring:
        recorder = Recorder(ring.reader(READER), after.run_dir)
        ring.push(_ROWS[count : count + 10])
        recorder.finish()
    SlowLog(after.run_dir).close()
    again = After(after.runs, after.promise, after.second_ago)
    if again.count != count + len(_ROWS[count : count + 10]):
        yield "the samples do not go on"
    yield from _as_recorded(again, again.count)
    yield from readings(again)
    if not after.run.events.events:
        with EventLog(after.run_dir) as log:  # as rig recover does
            log.append("run_started", known.event_text(0), time_s=0.0)
    found = verify(after.run_dir)
    if not found.head:
        bad = [f"{one.part}: {one.text}" for one in found.findings if one.mark is Mark.BAD]
        yield from (f"rig verify, taken up: {text}" for text in bad)


CHECKS: tuple[Check, ...] = (opens, samples, events, checkpoint, readings, verifies, is_listed)
CHANGES: tuple[Check, ...] = (takes_a_note, is_taken_up)
"""Checks of what writes to a left directory."""
