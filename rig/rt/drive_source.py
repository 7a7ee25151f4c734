"""Where the loop takes its drive from: the queue that the supervisor fills, or rows that are there from the start."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rig.bridge import Bridge, Slot

FloatArray = NDArray[np.float64]


class DriveSource(Protocol):
    """Drive rows by number.

    ``rows``: float64[capacity, 2 x axes + 3], row ``number`` modulo the capacity: drive and set point of each axis,
    distance, speed, segment.
    """

    rows: FloatArray

    def ends_at(self) -> int:
        """The number of rows in all; -1 while that is not known."""
        ...

    def written(self) -> int:
        """Rows that are there."""
        ...

    def read(self, number: int) -> None:
        """Rows before this number have been used."""
        ...


class QueuedDrive:
    """The drive queue of a bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.rows = bridge.drive

    def ends_at(self) -> int:
        """See `DriveSource.ends_at`."""
        return self._bridge.get(Slot.DRIVE_ENDS_AT)

    def written(self) -> int:
        """See `DriveSource.written`."""
        return self._bridge.get(Slot.DRIVE_WRITTEN)

    def read(self, number: int) -> None:
        """See `DriveSource.read`."""
        self._bridge.set(Slot.DRIVE_READ, number)


class FixedDrive:
    """Rows that are all there: the small moves of a check before the run."""

    def __init__(self, rows: FloatArray) -> None:
        self.rows = rows

    def ends_at(self) -> int:
        """See `DriveSource.ends_at`."""
        return len(self.rows)

    def written(self) -> int:
        """See `DriveSource.written`."""
        return len(self.rows)

    def read(self, number: int) -> None:
        """Nobody refills."""
