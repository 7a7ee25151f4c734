"""Feeds the loop: prepared drive blocks into the drive queue, always some seconds ahead."""

import numpy as np
from numpy.typing import NDArray

from rig.bridge import Bridge, Slot
from rig.plan import Plan, drive_rows


class DriveFeeder:
    """Keeps the queue of a bridge full from a plan's blocks; says where the drive ends once it is known.

    Args:
        plan: whose drive is fed.
        bridge: which is fed.
        first_row: of the drive, where a run goes on; the queue counts from 0 all the same.
        reached_m: how far the car had come then. Rows before it are run-up: they stand at that distance, so that no
            metre counts twice.
    """

    def __init__(self, plan: Plan, bridge: Bridge, first_row: int = 0, reached_m: float = 0.0) -> None:
        self._blocks = plan.blocks(first_row)
        self._first_row, self._reached_m = first_row, reached_m
        self._bridge = bridge
        self._rest: NDArray[np.float64] = np.zeros((0, bridge.shape.columns))
        self._written = 0

    @property
    def finished(self) -> bool:
        """Whether the whole drive has been written."""
        return self._bridge.get(Slot.DRIVE_ENDS_AT) >= 0

    def fill(self) -> None:
        """Write as many rows as there is room for."""
        while not self.finished and (room := self._bridge.room()) > 0:
            if not len(self._rest):
                block = next(self._blocks, None)
                self._bridge.beat()  # making a block takes its time
                if block is None:
                    self._bridge.set(Slot.DRIVE_ENDS_AT, self._written)
                    return
                self._rest = self._run_up(drive_rows(block), block.first_sample)
            part = self._rest[:room]
            self._bridge.write_drive(part)
            self._written += len(part)
            self._rest = self._rest[len(part) :]

    def _run_up(self, rows: NDArray[np.float64], first: int) -> NDArray[np.float64]:
        rows = rows[max(0, self._first_row - first) :]
        distance_m = rows[:, -3]
        np.maximum(distance_m, self._reached_m, out=distance_m)
        return rows
