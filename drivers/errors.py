"""What can go wrong on a bus, told apart by whose fault it is and by what the loop must do."""


class BusError(Exception):
    """Base of all: the device can't be trusted any more; the caller must go to its safe state."""


class BusTimeoutError(BusError):
    """No answer within the timeout. The driver has closed its socket: no stale write can follow."""


class BusClosedError(BusError):
    """Refused, reset or closed by the other side, or used before `open` or after `close`."""


class BusProtocolError(BusError):
    """An answer that breaks the rules of the wire: exception code, wrong length, torn or stale frame."""


class IdentityError(BusError):
    """The device is not the one that the rig file describes: map version, axes, channels or sample rate differ."""


class InstrumentError(Exception):
    """An instrument refused a command, answered nonsense or not at all; never safety-related, never ends a run."""
