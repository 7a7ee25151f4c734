"""What can be wrong in the answers of the servo controller, although the line is good."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from drivers import registers
from drivers.frames import DeviceState, FeedbackBlock
from simulators.faults.base import Anatomy, DeviceFault, Refusal, Times, only_one_of

if TYPE_CHECKING:
    from simulators.servo.device import Device

Register = Annotated[int, Field(ge=0, le=0xFFFF)]
STATE_AT = 1
"""Of the feedback frame's head, see `drivers.registers`."""


class FrameFault(DeviceFault):
    """A fault in feedback frames. Only answers to set point frames are concerned, from the next one on.

    Attributes:
        times: so many answers; None is all.
    """

    times: Times | None = None

    def concerns(self, block: FeedbackBlock, before: FeedbackBlock | None) -> bool:
        """Whether there is anything to change in this answer; only such answers count as ``times``."""
        del block, before
        return True

    def block(self, block: FeedbackBlock, before: FeedbackBlock | None) -> None:
        """Change the answer, where the device makes it; ``before`` is the last one as it was sent."""

    def words(self, words: list[int]) -> None:
        """Change the registers, where they are written."""

    def begin(self, device: "Device") -> None:
        """From the next answer on."""
        device.frames.spoil(self)

    def end(self, device: "Device") -> None:
        """Good frames again."""
        device.frames.mend(self)

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """Two ends are one too many."""
        yield from super().refusals(anatomy)
        yield from only_one_of(self, "times", "for_samples")


class FrameTorn(FrameFault):
    """The echo at its end is another than the one at its head."""

    fault: Literal["frame_torn"]

    def words(self, words: list[int]) -> None:
        """As if it had been read while it was written."""
        words[-1] = (words[-1] + 1) & 0xFFFF


class FrameStaleEcho(FrameFault):
    """It answers the sequence before the one that it should."""

    fault: Literal["frame_stale_echo"]

    def block(self, block: FeedbackBlock, before: FeedbackBlock | None) -> None:
        """One less, at both ends."""
        del before
        block.sequence_echo = (block.sequence_echo - 1) & 0xFFFF


class FrameFrozenCounters(FrameFault):
    """Samples played and the number of the first frame stand still, although frames come."""

    fault: Literal["frame_frozen_counters"]

    def block(self, block: FeedbackBlock, before: FeedbackBlock | None) -> None:
        """As they were in the answer before."""
        if before is not None:
            block.samples_played, block.first_sample = before.samples_played, before.first_sample


class FrameNone(FrameFault):
    """No frames come any more, although samples are played and counted; those that would have come are lost."""

    fault: Literal["frame_none"]

    def block(self, block: FeedbackBlock, before: FeedbackBlock | None) -> None:
        """Empty; the number of the next frame stands, too."""
        if before is not None:
            block.first_sample = before.first_sample + len(before.codes)
        block.codes = block.codes[:0]


class FrameLost(FrameFault):
    """Frames are missing: the oldest of an answer, so that there is a gap in the numbers. Once, unless told otherwise.

    Attributes:
        count: so many of each answer, or as many as it has; an answer without frames is not counted.
    """

    fault: Literal["frame_lost"]
    count: Annotated[int, Field(ge=1)] = 1
    times: Times | None = 1

    def concerns(self, block: FeedbackBlock, before: FeedbackBlock | None) -> bool:
        """An answer with frames."""
        del before
        return len(block.codes) > 0

    def block(self, block: FeedbackBlock, before: FeedbackBlock | None) -> None:
        """Without the oldest ones."""
        del before
        lost = min(self.count, len(block.codes))
        block.first_sample, block.codes = block.first_sample + lost, block.codes[lost:]


class FrameRepeated(FrameFault):
    """The frames of the answer before come again, instead of its own, which are lost. Once, unless told otherwise."""

    fault: Literal["frame_repeated"]
    times: Times | None = 1

    def concerns(self, block: FeedbackBlock, before: FeedbackBlock | None) -> bool:
        """There were some."""
        del block
        return before is not None and len(before.codes) > 0

    def block(self, block: FeedbackBlock, before: FeedbackBlock | None) -> None:
        """The old frames under their old number."""
        if before is not None:
            block.first_sample, block.codes = before.first_sample, before.codes


class FrameBadState(FrameFault):
    """The device's state is none that there is.

    Attributes:
        state: the word instead.
    """

    fault: Literal["frame_bad_state"]
    state: Annotated[int, Field(gt=max(DeviceState), le=0xFFFF)] = 99

    def words(self, words: list[int]) -> None:
        """Nonsense."""
        words[STATE_AT] = self.state


class FrameMapVersion(FrameFault):
    """The frame says that it is of another map version.

    Attributes:
        version: the word instead.
    """

    fault: Literal["frame_map_version"]
    version: Register = registers.MAP_VERSION + 1

    def words(self, words: list[int]) -> None:
        """As after an update of the device that nobody told of."""
        words[0] = self.version
