"""What the servo controller remembers of those who wrote to it and of its own states, for tests that must prove it."""

from collections import deque
from typing import Literal

import msgspec

from drivers.frames import DeviceState, FaultCode, SetpointBlock

MOST_EXCHANGES, MOST_CHANGES = 4096, 1024

Outcome = Literal["taken", "replayed", "refused", "swallowed"]


class Exchange(msgspec.Struct, frozen=True, gc=False):
    """One set point frame that arrived.

    Attributes:
        number: counted since the device was switched on.
        time_ns: of the device's clock, monotonic; it is the machine's own.
        peer: ``host:port`` of who sent it.
        outcome: ``taken``; ``replayed``, the sequence of the one before: nothing was taken from it; ``refused``: no
            set point frame, or a fault that refused it; ``swallowed``: a fault let it vanish.
        sequence, key, command, first_sample, count: as they came; of one that was not taken only the sequence.
        state: after it, as is ``samples_played``.
    """

    number: int
    time_ns: int
    peer: str
    outcome: Outcome
    sequence: int
    key: int
    command: str
    first_sample: int
    count: int
    state: str
    samples_played: int


class Change(msgspec.Struct, frozen=True, gc=False):
    """Something else that happened.

    Attributes:
        what: ``state`` (a new one), ``neutral`` (reached by the device's own ramp), ``connected``, ``disconnected``,
            ``begun`` or ``ended`` (a fault).
        told: which peer, or which fault.
        state, first_fault, samples_played: after it.
    """

    number: int
    time_ns: int
    what: str
    told: str
    state: str
    first_fault: str
    samples_played: int


class DeviceLog:
    """Bounded: the last exchanges, the last changes; older ones are forgotten.

    Attributes:
        peer: who talks at present.
    """

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=MOST_EXCHANGES)
        self.changes: deque[Change] = deque(maxlen=MOST_CHANGES)
        self.peer = ""
        self._exchanges = self._changes = 0

    def exchange(
        self, time_ns: int, block: SetpointBlock, outcome: Outcome, state: DeviceState, samples_played: int
    ) -> None:
        """Note a set point frame, as it was answered."""
        self._exchanges += 1
        head = (self._exchanges, time_ns, self.peer, outcome, block.sequence, block.key, block.command.name)
        self.exchanges.append(Exchange(*head, block.first_sample, len(block.codes), state.name, samples_played))

    def not_taken(self, time_ns: int, outcome: Outcome, sequence: int, state: DeviceState, samples_played: int) -> None:
        """Note a write that changed nothing."""
        self._exchanges += 1
        head = (self._exchanges, time_ns, self.peer, outcome, sequence)
        self.exchanges.append(Exchange(*head, 0, "NONE", 0, 0, state.name, samples_played))

    def change(
        self, time_ns: int, what: str, told: str, state: DeviceState, fault: FaultCode, samples_played: int
    ) -> None:
        """Note anything else."""
        self._changes += 1
        self.changes.append(Change(self._changes, time_ns, what, told, state.name, fault.name, samples_played))
