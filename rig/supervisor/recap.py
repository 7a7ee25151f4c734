"""What the record of an interrupted run says: where the drive stood, how far it came, what had been judged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rig.life.judge import Judge
from rig.record.digest import SampleDigest
from rig.record.events import Event
from rig.state import RigState
from rig.supervisor.progress import ReducedSpan

RECOVERED = "run_recovered"
"""The event from which on a run was gone on with; `Session.data` holds ``first_row`` and ``full_row``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a run between two interruptions: its first sample, and the drive row that it began with.

    ``full_row``: the first row that it owed at full span; what came before was run-up.
    """

    first_sample: int
    first_row: int
    full_row: int
    run_up: bool


def parts_of(events: Sequence[Event]) -> list[Part]:
    """The parts of a run, oldest first, by its events."""
    parts = [Part(0, 0, 0, run_up=False)]
    for event in events:
        if event.kind == RECOVERED and event.sample is not None:
            parts.append(Part(event.sample, int(event.data["first_row"]), int(event.data["full_row"]), run_up=True))
    return parts


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
        samples: rows so far.
        row: drive rows used up to the last sample.
        full_row: drive rows played at the span that was wanted: from here on they are owed.
        owed_m: the distance of the first row that is owed; None where it was not played at all.
        distance_m, mono_ns, segment: of the last sample.
    """

    parts: list[Part]
    reduced: ReducedSpan
    samples: int = 0
    row: int = 0
    full_row: int = 0
    owed_m: float | None = None
    distance_m: float = 0.0
    mono_ns: int = 0
    segment: int = -1
    digest: SampleDigest = field(default_factory=SampleDigest)
    _span: float = 1.0

    def read(self, rows: NDArray[np.void]) -> None:
        """The next rows, structured array of `rig.record.rows.row_dtype`."""
        self.digest.update(rows)
        self.reduced.rows(rows)
        self.reduced.settle()
        numbers = rows["sample"].astype(np.int64)
        for at, part in enumerate(self.parts):
            ends = self.parts[at + 1].first_sample if at + 1 < len(self.parts) else np.inf
            mine = rows[(numbers >= part.first_sample) & (numbers < ends)]
            if len(mine):
                self._follow(mine, part)
        last = rows[-1]
        self.samples, self.segment = int(last["sample"]) + 1, int(last["segment"])
        self.distance_m, self.mono_ns = float(last["distance_m"]), int(last["mono_ns"])

    def _follow(self, rows: NDArray[np.void], part: Part) -> None:
        """The drive goes on while the law runs, and in a hold or a stop until the span is 0: see `rig.rt.control`."""
        if int(rows["sample"][0]) == part.first_sample:
            self.row, self.full_row, self._span = part.first_row, part.full_row, 0.0 if part.run_up else 1.0
        before = np.concatenate([[self._span], rows["span"][:-1]])
        running = rows["state"] == RigState.RUNNING
        used = self.row + np.cumsum(running | (before > 0.0))
        settled = np.flatnonzero(running & (rows["span"] == before) & (before > 0.0))
        if len(settled):
            self.full_row, self.owed_m = max(self.full_row, int(used[settled[-1]])), None
        owed = np.flatnonzero(used > self.full_row)
        if self.owed_m is None and len(owed):
            self.owed_m = float(rows["distance_m"][owed[0]])
        self.row, self._span = int(used[-1]), float(rows["span"][-1])


def recap(blocks: Iterable[NDArray[np.void]], events: Sequence[Event], judge: Judge, judged: int) -> Recap:
    """Read the rows of a run; the judge is shown those that it has not judged yet.

    Args:
        blocks: all rows of the run, structured arrays of `rig.record.rows.row_dtype`.
        events: of the run.
        judge: has judged all samples before number ``judged``.
        judged: see there.
    """
    found = Recap(parts_of(events), ReducedSpan())
    for sample, span in spans_of(events):
        found.reduced.wanted(sample, span)
    for rows in blocks:
        found.read(rows)
        judge.consume(rows[rows["sample"] >= judged])
    return found
