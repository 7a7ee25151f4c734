"""What the record of an interrupted run says: where the drive stood, how far it came, what had been judged."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rig.life.judge import Judge
from rig.record.digest import SampleDigest
from rig.record.events import Event
from rig.supervisor.played import Played, parts_of
from rig.supervisor.progress import ReducedSpan


def spans_of(events: Sequence[Event]) -> list[tuple[int, float]]:
    """The spans that operators asked for and got: from which sample on, and which."""
    return [
        (event.sample or 0, float(event.data["span"]))
        for event in events
        if event.kind == "operator_span" and event.data.get("taken") and "span" in event.data
    ]


@dataclass(slots=True)
class Recap:
    """Reads a run's rows, in order, once.

    Attributes:
        played: where the drive stood.
        reduced: what was played below full span because a person wanted it so.
        first: the first sample that was read; those before it are known from a checkpoint.
        rows: how many were read.
        digest: over all samples; None where not all were read.
    """

    played: Played
    reduced: ReducedSpan
    first: int = 0
    rows: int = 0
    digest: SampleDigest | None = field(default_factory=SampleDigest)

    def read(self, rows: NDArray[np.void]) -> None:
        """The next rows, structured array of `rig.record.rows.row_dtype`."""
        if self.digest:
            self.digest.update(rows)
        self.reduced.rows(rows)
        self.reduced.settle()
        self.played.read(rows)
        self.rows += len(rows)

    @property
    def is_whole(self) -> bool:
        """Whether no sample was missing."""
        return self.played.samples == self.first + self.rows


def restored(judge: Judge, saved: Mapping[str, Any], samples: int) -> int:
    """How many samples the judge has judged, by a checkpoint of a run of so many; 0 where that is none."""
    sample, life = saved.get("sample"), saved.get("life")
    if not isinstance(sample, int) or not isinstance(life, dict) or not 0 < sample < samples:
        return 0
    fresh = judge.state()
    try:
        judge.restore(life)
    except (KeyError, ValueError, TypeError, IndexError, msgspec.MsgspecError):
        judge.restore(fresh)
        return 0
    return sample + 1


def begin(events: Sequence[Event], saved: Mapping[str, Any], judged: int, thinned_until: int) -> Recap | None:
    """A recap of a run that may have been thinned; None where only a checkpoint could tell of what is gone.

    Args:
        events: of the run.
        saved: its checkpoint.
        judged: how many samples the judge has judged, by that.
        thinned_until: before this sample rows were left out.
    """
    found = Recap(Played(parts_of(events)), ReducedSpan())
    for sample, span in spans_of(events):
        found.reduced.wanted(sample, span)
    if not thinned_until:
        return found
    try:
        found.played.restore(saved["played"])
        found.reduced.restore(saved["reduced"])
    except (KeyError, ValueError, TypeError):
        return None
    found.first, found.digest = judged, None
    return found if thinned_until <= judged == found.played.samples else None


def recap(
    found: Recap,
    blocks: Iterable[NDArray[np.void]],
    readings: Sequence[Mapping[str, Any]],
    judge: Judge,
    judged: int,
) -> None:
    """Read the rows of a run; the judge is shown those that it has not judged yet, and readings at their samples.

    Args:
        found: of the run; has read nothing yet.
        blocks: rows of the run from ``found.first`` on, structured arrays of `rig.record.rows.row_dtype`.
        readings: of the slow instruments, in order, as `rig.record.slow.read_slow` gives them.
        judge: has judged all samples before number ``judged``.
        judged: see there.
    """
    waiting = deque(readings)
    for rows in blocks:
        found.read(rows)
        _show(judge, rows[rows["sample"] >= judged], waiting)


def _show(judge: Judge, rows: NDArray[np.void], waiting: deque[Mapping[str, Any]]) -> None:
    """The judge forgets what readings are held against: each comes right after the row of its sample."""
    while len(rows) and waiting and waiting[0]["sample"] <= rows["sample"][-1]:
        reading = waiting.popleft()
        end = int(np.searchsorted(rows["sample"], reading["sample"], side="right"))
        judge.consume(rows[:end])
        judge.consume_readings(reading["sample"], reading["distance_km"], reading)
        rows = rows[end:]
    judge.consume(rows)
