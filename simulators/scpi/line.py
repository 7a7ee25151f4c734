"""The conversation with each client of an instrument, and what can be wrong with it."""

import asyncio
from collections.abc import Callable

from simulators.faults.instruments import AnswerFault
from simulators.gate import reset
from simulators.scpi.syntax import MessageSplitter


class _Spoiled:
    """A fault that acts: queries let through, and queries it has concerned."""

    def __init__(self, fault: AnswerFault) -> None:
        self.fault, self.passed, self.count = fault, 0, 0


class ScpiLine:
    """What is wrong with the answers of one instrument at present.

    Attributes:
        on_over: called with a fault whose ``times`` are over.
    """

    def __init__(self) -> None:
        self._spoiled: list[_Spoiled] = []
        self.on_over: Callable[[AnswerFault], None] = self.mend

    def spoil(self, fault: AnswerFault) -> None:
        """Let answers be bad; of several faults the first one acts."""
        self._spoiled.append(_Spoiled(fault))

    def mend(self, fault: AnswerFault) -> None:
        """Good answers again."""
        self._spoiled = [one for one in self._spoiled if one.fault is not fault]

    def trouble_with(self, message: bytes) -> tuple[AnswerFault, int] | None:
        """What is wrong with this message, and with how many before it; None where all is well."""
        if not self._spoiled or not _asks(message):
            return None
        for one in self._spoiled:
            if one.passed < one.fault.after:
                one.passed += 1
                continue
            one.count += 1
            if one.count == one.fault.times:
                self.on_over(one.fault)
            return one.fault, one.count - 1
        return None


def _asks(message: bytes) -> bool:
    return b"?" in message.partition(b"#")[0]  # behind it stands a block of any bytes


class Client:
    """One connection: what it sent so far, and what is held back for it."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.splitter = MessageSplitter()
        self._writer = writer
        self._held = b""

    def send(self, reply: bytes) -> None:
        """What was held back, then this."""
        if reply:
            self._writer.write(self._held + reply)
            self._held = b""

    def hold(self, reply: bytes, seconds: float | None) -> None:
        """Hold it back until the next reply, or for so long at most."""
        self._held += reply
        if seconds is not None:
            asyncio.get_running_loop().call_later(seconds, self._release)

    def reset(self) -> None:
        """Close it so that the other side sees a reset."""
        reset(self._writer.transport)

    def _release(self) -> None:
        if self._held and not self._writer.is_closing():
            self._writer.write(self._held)
        self._held = b""
