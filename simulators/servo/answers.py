"""The servo controller's answers as registers. The place where frames go wrong."""

from collections.abc import Callable

from drivers import registers
from drivers.frames import DeviceIdentity, FeedbackBlock
from simulators.faults.frames import FrameFault


class _Spoiled:
    """A fault that acts, and how many answers it has concerned."""

    def __init__(self, fault: FrameFault) -> None:
        self.fault, self.count = fault, 0


class Answers:
    """What the device says, in registers.

    Attributes:
        identity: registers of the identity that are other than they should be.
        on_over: called with a fault whose ``times`` are over.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._spoiled: list[_Spoiled] = []
        self._before: FeedbackBlock | None = None
        self.identity: dict[int, int] = {}
        self.on_over: Callable[[FrameFault], None] = self.mend

    def encode_identity(self, identity: DeviceIdentity) -> list[int]:
        """See `drivers.registers.encode_identity`."""
        words = registers.encode_identity(identity)
        for address, word in self.identity.items():
            words[address] = word
        return words

    def encode(self, block: FeedbackBlock) -> list[int]:
        """See `drivers.registers.encode_feedback`."""
        words = self._spoil(block) if self._spoiled else registers.encode_feedback(block, self._channels)
        self._before = block
        return words

    def spoil(self, fault: FrameFault) -> None:
        """Let frames be wrong from the next answer on; several faults act one after the other."""
        self._spoiled.append(_Spoiled(fault))

    def mend(self, fault: FrameFault) -> None:
        """Good frames again."""
        self._spoiled = [one for one in self._spoiled if one.fault is not fault]

    def _spoil(self, block: FeedbackBlock) -> list[int]:
        concerned = [one for one in self._spoiled if one.fault.concerns(block, self._before)]
        for one in concerned:
            one.fault.block(block, self._before)
        words = registers.encode_feedback(block, self._channels)
        for one in concerned:
            one.fault.words(words)
            one.count += 1
            if one.count == one.fault.times:
                self.on_over(one.fault)
        return words
