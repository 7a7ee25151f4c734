"""How much of the disk the record of a run takes, and what the end of a run still writes."""

import contextlib
import math
import shutil
from dataclasses import dataclass
from pathlib import Path

from rig.record.rows import row_dtype
from rig.record.segments import SEGMENT_S

USUAL_CODE_BYTES = 2
"""For each axis and each channel of a row. Runs of the library's rig take less: what compression saves on the codes
is more than what distance, time and the readings of slow instruments cost."""
BATCH_ROW_BYTES = 8
"""Of the journal: the head of a batch, shared by its rows."""
SECOND_BYTES = 8
"""Of a summary, for each quantity and second: lowest, highest, mean (`rig.record.seconds`); counts and head besides."""
WHOLE_SEGMENTS = 3
"""Of a run that is recorded as a summary, so many of the last are whole: see `rig.record.thinning`."""
RESULT_BYTES = 2_000_000
"""Checkpoint, events, verdict, report and JUnit, with margin."""


@dataclass(frozen=True, slots=True)
class Room:
    """What runs of a rig take: so many axes, channels and samples a second.

    ``share``: of the samples that stay; below 1 where the rest is kept as a summary.
    """

    axes: int
    channels: int
    rate_hz: int
    share: float = 1.0

    def usual(self, rows: int) -> int:
        """Bytes of so many rows in closed segments, as runs usually are, on the safe side."""
        return self._lasting(rows, USUAL_CODE_BYTES * (self.axes + self.channels))

    def most(self, rows: int) -> int:
        """Bytes of so many rows in closed segments where nothing can be compressed: noise of full scale everywhere."""
        return self._lasting(rows, self._row_bytes)

    def end(self) -> int:
        """Bytes that a run may write until it is closed, if it is ended now.

        A minute of rows in the journal, the same once more as the segment that takes the journal's place, and the
        results.
        """
        rows = SEGMENT_S * self.rate_hz
        return rows * (self._row_bytes + BATCH_ROW_BYTES) + rows * self._row_bytes + RESULT_BYTES

    def _lasting(self, rows: int, row_bytes: int) -> int:
        if self.share >= 1.0:
            return rows * row_bytes
        whole = min(rows, WHOLE_SEGMENTS * SEGMENT_S * self.rate_hz)
        stay = whole + math.ceil(self.share * (rows - whole))
        second_bytes = SECOND_BYTES * (2 * self.axes + self.channels) + self._row_bytes
        return stay * row_bytes + math.ceil(rows / self.rate_hz) * second_bytes

    @property
    def _row_bytes(self) -> int:
        return row_dtype(self.axes, self.channels).itemsize


def free_bytes(path: Path) -> int | None:
    """Free for this user's files where a path is, or would be made; None where that can't be asked."""
    for place in (path.absolute(), *path.absolute().parents):
        with contextlib.suppress(OSError):
            if place.exists():
                return shutil.disk_usage(place).free
    return None


def in_bytes(count: int) -> str:
    """``31.4 GB``, ``210 MB``, ``0.4 MB``."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{count / 1e6:.0f} MB" if count >= 1e7 else f"{count / 1e6:.1f} MB"
