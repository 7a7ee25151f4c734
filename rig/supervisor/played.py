"""Where the drive stands and how much of it was played in full, by the rows alone: what a run goes on from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.record.events import Event
from rig.state import RigState

RECOVERED = "run_recovered"
"""The event from which on a run was gone on with; `Event.data` holds ``first_row`` and ``full_row``."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a run between two interruptions: its first sample, and the drive row that it began with.

    ``full_row``: the first row that it owed at full span; what came before was run-up.
    """

    first_sample: int
    first_row: int
    full_row: int
    run_up: bool


START = Part(0, 0, 0, run_up=False)


def parts_of(events: Sequence[Event]) -> list[Part]:
    """The parts of a run, oldest first, by its events."""
    parts = [START]
    for event in events:
        if event.kind == RECOVERED and event.sample is not None:
            parts.append(Part(event.sample, int(event.data["first_row"]), int(event.data["full_row"]), run_up=True))
    return parts


@dataclass(slots=True)
class Played:
    """Reads a run's rows, in order, once.

    Attributes:
        parts: of the run, oldest first.
        samples: rows so far.
        row: drive rows used up to the last sample.
        full_row: drive rows played at the span that was wanted: from here on they are owed.
        owed_m: the distance of the first row that is owed; None where it was not played at all.
        distance_m, mono_ns, segment, span: of the last sample.
    """

    parts: list[Part] = field(default_factory=lambda: [START])
    samples: int = 0
    row: int = 0
    full_row: int = 0
    owed_m: float | None = None
    distance_m: float = 0.0
    mono_ns: int = 0
    segment: int = -1
    span: float = 1.0

    def read(self, rows: NDArray[np.void]) -> None:
        """The next rows, structured array of `rig.record.rows.row_dtype`."""
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
            self.row, self.full_row, self.span = part.first_row, part.full_row, 0.0 if part.run_up else 1.0
        before = np.concatenate([[self.span], rows["span"][:-1]])
        running = rows["state"] == RigState.RUNNING
        used = self.row + np.cumsum(running | (before > 0.0))
        settled = np.flatnonzero(running & (rows["span"] == before) & (before > 0.0))
        if len(settled):
            self.full_row, self.owed_m = max(self.full_row, int(used[settled[-1]])), None
        owed = np.flatnonzero(used > self.full_row)
        if self.owed_m is None and len(owed):
            self.owed_m = float(rows["distance_m"][owed[0]])
        self.row, self.span = int(used[-1]), float(rows["span"][-1])

    def state(self) -> dict[str, Any]:
        """What the rows so far came to, as JSON values; the parts are on record as events."""
        return {name: getattr(self, name) for name in _KINDS}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            KeyError, ValueError, TypeError: it is none.
        """
        owed_m = state["owed_m"]
        found = {name: kind(state[name]) for name, kind in _KINDS.items() if name != "owed_m"}
        self._refuse(**{name: found[name] for name in ("samples", "row", "full_row")})
        for name, value in found.items():
            setattr(self, name, value)
        self.owed_m = None if owed_m is None else float(owed_m)

    def _refuse(self, samples: int, row: int, full_row: int) -> None:
        """Rows that can't have been played by then: a part uses at most one a sample."""
        part = next((each for each in reversed(self.parts) if each.first_sample < samples), START)
        most = part.first_row + samples - part.first_sample
        if not (0 <= row <= most and 0 <= full_row <= max(row, part.full_row)):
            raise ValueError(f"{row} drive rows, {full_row} in full, can't have been played by sample {samples}")

    def stands_at(self, row: np.void) -> bool:
        """Whether the last sample, by what was restored, is this row of the record."""
        there = (int(row["sample"]) + 1, float(row["distance_m"]), int(row["mono_ns"]), int(row["segment"]))
        told = (self.samples, self.distance_m, self.mono_ns, self.segment)
        return there == told and float(row["span"]) == self.span


_KINDS: dict[str, type] = {
    "samples": int,
    "row": int,
    "full_row": int,
    "owed_m": float,
    "distance_m": float,
    "mono_ns": int,
    "segment": int,
    "span": float,
}
