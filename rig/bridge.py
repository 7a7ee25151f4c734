"""The shared memory between the loop's process and its supervisor: a panel of numbers, the drive queue, the events.

One writer for each slot, no locks: the loop never waits for anybody here.
"""

from enum import IntEnum
from multiprocessing import shared_memory
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rig.rt.beginning import LEARNED


class Slot(IntEnum):
    """The integers of the panel, each with its one writer."""

    # written by the loop
    HEARTBEAT = 0
    DRIVE_READ = 1
    LATE_CYCLES = 2
    UNDERRUNS = 3
    MEETING_AT = 4  # the sample at which the loop waits for the others (pace stepped)
    ENDED = 5  # an `End`, once the loop is through
    OPERATE_TAKEN = 6  # the number of the last operator's command that the loop has dealt with
    OPERATE_REFUSED = 7  # 1 where that one changed nothing, as it did not fit the state
    SPAN_PERMILLE = 8  # the present span
    STATE = 9  # the present `RigState`
    # written by the supervisor
    DRIVE_WRITTEN = 16
    DRIVE_ENDS_AT = 17  # number of drive rows in all; -1 while not known
    REQUEST = 18  # a `Request`
    MEETING_DONE = 19  # the last sample for which everybody has caught up
    ALIVE = 20  # its process number
    SUPERVISOR_BEAT = 21  # grows with every turn of the supervisor
    OPERATE = 22  # an `Operate`: what an operator asks for
    OPERATE_VALUE = 23  # for SPAN: the span in permille
    OPERATE_NUMBER = 24  # grows by one with each command; written last


class Request(IntEnum):
    """What the supervisor asks of the loop; only ever raised to something stronger."""

    NONE = 0
    STOP_FOR_COMPONENT = 1
    STOP_FOR_PERSON = 2
    STOP_FOR_RIG = 3
    TRIP = 4


class Operate(IntEnum):
    """What an operator asks of a loop that runs; stop and trip are requests."""

    NONE = 0
    HOLD = 1
    RESUME = 2
    SPAN = 3


class End(IntEnum):
    """Why the loop ended."""

    NOT_YET = 0
    COMPLETED = 1
    COMPONENT = 2
    PERSON = 3
    RIG_STOP = 4
    TRIPPED = 5


_INTEGERS = 32

ROWS_BEHIND = 16
"""Drive rows before the present one that stay as they are: the loop may play the drive a little earlier or later."""


class DriveShape(NamedTuple):
    """The size of the drive queue's rows."""

    axes: int
    capacity: int

    @property
    def columns(self) -> int:
        """Drive and set point of each axis, then distance, speed and segment."""
        return 2 * self.axes + 3


EVENT_DTYPE = np.dtype(
    [("kind", "<i4"), ("index", "<i4"), ("sample", "<i8"), ("distance_m", "<f8"), ("value", "<f8"), ("text", "S200")]
)


class EventKind(IntEnum):
    """What the loop can tell; ``index`` says which limit, state, interlock bits or reason."""

    STATE = 1
    LIMIT = 2
    DEVICE_FAULT = 3
    BUS_FAULT = 4
    DRIVE_LATE = 5
    CLAMP = 6  # index: the axis, value: what was refused
    SUPERVISOR_LOST = 7
    TRIP_UNACKNOWLEDGED = 8
    REQUESTED_TRIP = 9
    LATE_CYCLES = 10  # value: how many in the last second; the rig holds
    SUPERVISOR_SILENT = 11  # value: for how many seconds
    OPERATED = 12  # an operator's command took effect; index: an `Operate`, value: the span wanted


class Bridge:
    """The shared block. Created by the supervisor, attached by the loop; `close` in both, `unlink` in the creator.

    ``drive``: float64[capacity, columns], the drive queue. ``learned``: float64[axes, len(LEARNED)], what the control
    law has learned of each axis, by the loop, a few times a second.
    """

    def __init__(self, memory: shared_memory.SharedMemory, shape: DriveShape) -> None:
        self._memory = memory
        self.shape = shape
        buffer = memory.buf
        self.integers = np.ndarray(_INTEGERS, np.int64, buffer).data  # one by one several times as fast as the array
        size, learned = (shape.capacity, shape.columns), (shape.axes, len(LEARNED))
        self.drive: NDArray[np.float64] = np.ndarray(size, np.float64, buffer, 8 * _INTEGERS)
        self.learned: NDArray[np.float64] = np.ndarray(learned, np.float64, buffer, 8 * _INTEGERS + self.drive.nbytes)

    @classmethod
    def create(cls, axes: int, capacity: int) -> "Bridge":
        """A new block, all zero but for the drive's end, which is not known yet."""
        shape = DriveShape(axes, capacity)
        size = 8 * (_INTEGERS + capacity * shape.columns + axes * len(LEARNED))
        bridge = cls(shared_memory.SharedMemory(create=True, size=size), shape)
        bridge.integers[Slot.DRIVE_ENDS_AT] = -1
        return bridge

    @classmethod
    def attach(cls, name: str, shape: DriveShape) -> "Bridge":
        """The block that another process created.

        Raises:
            FileNotFoundError: there is none of that name.
        """
        return cls(shared_memory.SharedMemory(name=name), shape)

    @property
    def name(self) -> str:
        """What `attach` needs."""
        return self._memory.name

    def get(self, slot: Slot) -> int:
        """One integer of the panel."""
        return self.integers[slot]

    def set(self, slot: Slot, value: int) -> None:
        """Set one integer of the panel."""
        self.integers[slot] = value

    def raise_request(self, request: Request) -> None:
        """Ask the loop for something; a weaker request than the one that stands changes nothing."""
        self.integers[Slot.REQUEST] = max(self.integers[Slot.REQUEST], int(request))

    def beat(self) -> None:
        """The supervisor is alive."""
        self.integers[Slot.SUPERVISOR_BEAT] += 1

    def operate(self, what: Operate, value: int = 0) -> int:
        """Ask for a hold, a resume or a span; returns the command's number, which comes back in OPERATE_TAKEN.

        One at a time: the caller waits for the answer before it asks again.
        """
        self.set(Slot.OPERATE, int(what))
        self.set(Slot.OPERATE_VALUE, value)
        number = self.get(Slot.OPERATE_NUMBER) + 1
        self.set(Slot.OPERATE_NUMBER, number)
        return number

    def room(self) -> int:
        """Drive rows that can be written now; the loop still looks at a few rows behind the one that it has read."""
        return self.shape.capacity - ROWS_BEHIND - (self.get(Slot.DRIVE_WRITTEN) - self.get(Slot.DRIVE_READ))

    def write_drive(self, rows: NDArray[np.float64]) -> None:
        """Append drive rows, float64[rows, columns]; the caller has seen that there is `room`."""
        start = self.get(Slot.DRIVE_WRITTEN)
        where = np.arange(start, start + len(rows)) % self.shape.capacity
        self.drive[where] = rows
        self.set(Slot.DRIVE_WRITTEN, start + len(rows))

    def close(self) -> None:
        """Let go of the block in this process."""
        self.integers.release()
        for name in ("drive", "learned"):
            self.__dict__.pop(name, None)
        self._memory.close()

    def unlink(self) -> None:
        """Remove the block; by its creator, once."""
        self._memory.unlink()
