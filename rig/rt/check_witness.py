"""What sees the moves of a check: an outbox that keeps the samples, a device that also tells its status."""

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from drivers.frames import DeviceIdentity, DeviceState, DeviceStatus, FeedbackBlock, SetpointBlock
from drivers.hardware import Hardware
from rig.bridge import EventKind
from rig.config import Rig
from rig.record.ring import Ring
from rig.rt.beginning import START, Beginning
from rig.rt.control import Outcome
from rig.rt.outbox import Outbox

STATUS_EVERY = 8
"""Samples between two looks at the device's status: each is a transaction of its own beside the cycle's."""


class KeepingOutbox(Outbox):
    """Keeps the samples of a check instead of pushing them as rows; events go the way of all events.

    Attributes:
        setpoints: float64[samples, axes], NaN where nothing was commanded yet.
        codes: int16[samples, channels], `CODE_NAN` where nothing was measured yet.
    """

    def __init__(self, rig: Rig, rows: Ring, events: Ring, samples: int, beginning: Beginning = START) -> None:
        super().__init__(rig, rows, events, beginning)
        self.setpoints: NDArray[np.float64] = np.full((samples, len(rig.axes)), np.nan)
        self.codes: NDArray[np.int16] = np.full((samples, len(rig.channels)), CODE_NAN, np.int16)

    def commanded(self, first: int, count: int, out: Outcome, codes: NDArray[np.int16]) -> None:
        """Keep the set points; what comes after the moves is the rig at neutral."""
        del codes
        count = max(0, min(count, len(self.setpoints) - first))
        self.setpoints[first : first + count] = out["setpoints"][:count]

    def measured(self, first: int, codes: NDArray[np.int16], mono_ns: int, done_at: int) -> None:
        """Keep the feedback."""
        del mono_ns, done_at
        count = max(0, min(len(codes), len(self.codes) - first))
        self.codes[first : first + count] = codes[:count]

    def event(self, kind: EventKind, index: int, sample: int, value: float, text: str = "") -> None:
        """As of any outbox; the run's own samples are still to come, so they stand at its first."""
        del sample
        super().event(kind, index, 0, value, text)


class Witness:
    """A device, and what it says of itself beside its answers: see `rig.rt.checks.Seen`."""

    def __init__(self, device: Hardware) -> None:
        self._device = device
        self._next = STATUS_EVERY
        self.identity: DeviceIdentity | None = None
        self.ready: DeviceStatus | None = None
        self.statuses: list[DeviceStatus] = []

    def open(self) -> DeviceIdentity:
        """See `Hardware.open`."""
        self.identity = self._device.open()
        return self.identity

    def arm(self) -> None:
        """See `Hardware.arm`."""
        self._device.arm()

    def exchange(self, block: SetpointBlock) -> FeedbackBlock:
        """See `Hardware.exchange`; now and then the status is read after it."""
        answer = self._device.exchange(block)
        if answer.state is DeviceState.READY and self.ready is None:
            self.ready = self._device.status()
        elif answer.state is DeviceState.RUN and answer.samples_played >= self._next:
            status = self._device.status()
            self.statuses.append(status)
            self._next = status.samples_played + STATUS_EVERY
        return answer

    def status(self) -> DeviceStatus:
        """See `Hardware.status`."""
        return self._device.status()

    def reset(self) -> FeedbackBlock:
        """See `Hardware.reset`."""
        return self._device.reset()

    def safe(self) -> bool:
        """See `Hardware.safe`."""
        return self._device.safe()

    def close(self) -> None:
        """See `Hardware.close`."""
        self._device.close()
