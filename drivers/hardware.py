"""The one interface to anything that moves: the real rig and every stand-in pass the same contract suite."""

from typing import Protocol

from drivers.frames import DeviceIdentity, DeviceStatus, FeedbackBlock, SetpointBlock


class Hardware(Protocol):
    """A servo controller with a FIFO of samples, a watchdog of its own, and a latched first-out fault.

    The verbs are called from one thread. Every verb may raise a `BusError`; after one, only `safe` and
    `close` may be called, and the socket, where there is one, is closed already.
    """

    def open(self) -> DeviceIdentity:
        """Connect and identify; moves nothing.

        Raises:
            BusClosedError: refused or unreachable.
            IdentityError: the device is not the one described.
        """
        ...

    def arm(self) -> None:
        """Ask for power (`Command.ARM`). Returns at once; the device is ready when an exchange reports READY."""
        ...

    def exchange(self, block: SetpointBlock) -> FeedbackBlock:
        """Send samples and a command, receive state and all new feedback: one bus transaction.

        Stamps the block's sequence, key and most_frames in place, see `SetpointBlock`. Not retried. Bounded by the
        driver's timeout.

        Raises:
            BusTimeoutError: no answer; the socket is closed, so nothing sent earlier can arrive later.
            BusClosedError: the connection is gone.
            BusProtocolError: an exception code, or a torn, stale or malformed answer.
        """
        ...

    def status(self) -> DeviceStatus:
        """What the device shows to anybody: takes nothing from whoever drives it, and is no heartbeat.

        Raises:
            BusTimeoutError, BusClosedError, BusProtocolError: as `exchange`.
        """
        ...

    def reset(self) -> FeedbackBlock:
        """Ask a tripped device to be OFF again (`Command.RESET`), once; a person has asked for it.

        The answer shows whether it is OFF. It refuses while it ramps to neutral and while an interlock is open.

        Raises:
            BusTimeoutError, BusClosedError, BusProtocolError: as `exchange`.
        """
        ...

    def safe(self) -> bool:
        """Ask the device to trip, by whatever way still works (a new connection where the old one failed).

        Idempotent; never raises. True when the device acknowledged; False means that only the device's own
        watchdog protects now.
        """
        ...

    def close(self) -> None:
        """Let go of the connection. Idempotent; never raises; sends nothing."""
        ...
