"""What leaves the loop: rows and events, put into shared memory without waiting for anybody."""

import numpy as np
from numpy.typing import NDArray

from drivers.errors import BusError
from rig.bridge import EVENT_DTYPE, EventKind
from rig.config import Rig
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt import row_kernels as kernels
from rig.rt.beginning import START, Beginning
from rig.rt.control import WINDOW, Mode, Outcome, places
from rig.rt.monitor import MonitorFault
from rig.state import RigState

STATE_OF_MODE = np.zeros(len(Mode), np.uint8)
STATE_OF_MODE[[Mode.RUN, Mode.HOLD, Mode.STOP, Mode.DONE]] = [
    RigState.RUNNING,
    RigState.HOLDING,
    RigState.STOPPING,
    RigState.STOPPING,
]
"""uint8[modes]: how a row names the state in which the law does what it does."""


class Outbox:
    """Rows and events of one loop. A row is begun when its command is sent and pushed when its feedback is there."""

    def __init__(self, rig: Rig, rows: Ring, events: Ring, beginning: Beginning = START) -> None:
        self._rows, self._events = rows, events
        self._base, self._shift_ns = beginning.first_sample, beginning.mono_shift_ns
        self._pending = np.zeros(WINDOW, row_dtype(len(rig.axes), len(rig.channels)))
        self._pending["distance_m"] = beginning.distance_m
        self._event = np.zeros(1, EVENT_DTYPE)
        self._scale = np.array([axis.scale for axis in rig.axes])
        self._offset = np.array([axis.offset for axis in rig.axes])
        self.rows_pushed = 0

    def commanded(self, first: int, count: int, out: Outcome, codes: NDArray[np.int16]) -> None:
        """Begin the rows of samples ``first`` and on: what the law said, and the codes that are sent."""
        kernels.begin(first, count, out, codes, self._scale, self._offset, STATE_OF_MODE, self._base, self._pending)

    def measured(self, first: int, codes: NDArray[np.int16], mono_ns: int, done_at: int) -> None:
        """Complete the rows of samples ``first`` and on, push them; rows after the motion is done are not recorded."""
        count = len(codes)
        kernels.complete(first, codes, mono_ns + self._shift_ns, self._pending)
        keep = count if done_at < 0 else min(count, done_at - first)
        if keep > 0:
            self._rows.push(self._pending[places(first, keep)])
            self.rows_pushed += keep

    def event(self, kind: EventKind, index: int, sample: int, value: float, text: str = "") -> None:
        """Tell the supervisor; ``index`` and ``value`` mean what the kind says."""
        distance_m = self._pending["distance_m"][(sample - 1) % WINDOW]
        self._event[0] = (int(kind), index, self._base + sample, distance_m, value, text.encode()[:200])
        self._events.push(self._event)

    def fault(self, error: Exception, sample: int) -> None:
        """Tell of a fault of the bus or the device; a trip that was asked for has told its own event."""
        if isinstance(error, BusError):
            self.event(EventKind.BUS_FAULT, 0, sample, 0.0, str(error))
        elif isinstance(error, MonitorFault):
            self.event(EventKind.DEVICE_FAULT, int(error.fault), sample, float(error.interlocks), str(error))

    def acknowledged(self, answered: bool) -> None:
        """Tell where the device did not acknowledge a trip: then only its own watchdog protects."""
        if not answered:
            self.event(EventKind.TRIP_UNACKNOWLEDGED, 0, 0, 0.0)
