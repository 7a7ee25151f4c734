"""What the TCP proxy can do to the messages that go through it, as plain data with strict checking.

To add one: a class with a name under ``behaviour``, its parameters, and what `Behaviour.pass_on` makes of a message;
then a word in `Every`, and a test.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Field

from profiles.schema import Strict
from simulators.faults.parsing import parse_told
from simulators.framing import Framing

Direction = Literal["requests", "replies"]
TRANSACTION_AT, LENGTH_AT, UNIT_AT, FUNCTION_AT = 0, 4, 6, 7
"""In a Modbus TCP frame (Modbus Messaging on TCP/IP V1.0b, 3.1.3)."""

Milliseconds = Annotated[float, Field(ge=0.0, le=60_000.0)]


@dataclass
class State:
    """What a behaviour remembers while it acts.

    Attributes:
        passed: messages let through before it began to act.
        count: messages that it has concerned.
        held: a message that waits for the next one.
        swallowed_bytes: so many, by those that count bytes.
        draws: for those that draw.
    """

    passed: int = 0
    count: int = 0
    held: bytes | None = None
    swallowed_bytes: int = 0
    draws: random.Random = field(default_factory=random.Random)


class Behaviour(Strict):
    """One thing that happens to messages.

    Attributes:
        direction: ``requests`` go to the device, ``replies`` come from it.
        after: so many messages of that direction pass unharmed, from when it is switched on.
        times: so many messages are concerned; None is all.
        framing: only where messages are framed so; None is any.
        ends: whether the connection is reset or closed instead of the message, on both sides.
    """

    behaviour: str
    direction: Direction = "replies"
    after: Annotated[int, Field(ge=0)] = 0
    times: Annotated[int, Field(ge=1)] | None = None
    framing: ClassVar[Framing | None] = None
    ends: ClassVar[Literal["", "reset", "close"]] = ""

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """What goes on instead of a message."""
        del state
        return [message]

    def wait_s(self, state: State) -> float:
        """How long the message waits, and all behind it."""
        del state
        return 0.0

    def is_over(self, state: State) -> bool:
        """Whether it has done what it should."""
        return state.count == self.times


class Delay(Behaviour):
    """Messages take longer, by so much, and by up to ``jitter_ms`` more, drawn from ``seed``."""

    behaviour: Literal["delay"]
    ms: Milliseconds
    jitter_ms: Milliseconds = 0.0
    seed: int = 0

    def wait_s(self, state: State) -> float:
        """As drawn."""
        if state.count == 0:
            state.draws.seed(self.seed)
        return (self.ms + self.jitter_ms * state.draws.random()) / 1000.0


class Drop(Behaviour):
    """Messages vanish; the connection stays."""

    behaviour: Literal["drop"]

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """Nothing."""
        del message, state
        return []


class DropBytes(Behaviour):
    """The next so many bytes vanish, wherever messages begin."""

    behaviour: Literal["drop_bytes"]
    count: Annotated[int, Field(ge=1)]

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """What is left of it."""
        lost = min(self.count - state.swallowed_bytes, len(message))
        state.swallowed_bytes += lost
        return [message[lost:]] if lost < len(message) else []

    def is_over(self, state: State) -> bool:
        """All are gone."""
        return state.swallowed_bytes == self.count


class Duplicate(Behaviour):
    """Messages come more than once, directly behind each other."""

    behaviour: Literal["duplicate"]
    copies: Annotated[int, Field(ge=1, le=1000)] = 1

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """The message and its copies."""
        del state
        return [message] * (1 + self.copies)


class Reorder(Behaviour):
    """Two messages are swapped: one waits until the next one has gone. ``times`` counts swaps."""

    behaviour: Literal["reorder"]

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """None, or both."""
        if state.held is None:
            state.held = message
            state.count -= 1  # counted with the next one
            return []
        held, state.held = state.held, None
        return [message, held]


class Corrupt(Behaviour):
    """A bit is flipped.

    Attributes:
        byte: which byte, from the start of the message; from its end where negative. A shorter message passes.
        bit: which bit, 0 is the lowest.
    """

    behaviour: Literal["corrupt"]
    byte: int
    bit: Annotated[int, Field(ge=0, le=7)] = 0

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """With the bit flipped."""
        del state
        if not -len(message) <= self.byte < len(message):
            return [message]
        changed = bytearray(message)
        changed[self.byte] ^= 1 << self.bit
        return [bytes(changed)]


class Truncate(Behaviour):
    """Only the first so many bytes of a message come; the connection stays."""

    behaviour: Literal["truncate"]
    to_bytes: Annotated[int, Field(ge=1)]

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """Its beginning."""
        del state
        return [message[: self.to_bytes]]


class Insert(Behaviour):
    """Bytes that nobody sent come before or behind a message.

    Attributes:
        hex: which, as hexadecimal digits.
    """

    behaviour: Literal["insert"]
    hex: Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2})+$")] = "deadbeef0a"
    where: Literal["before", "behind"] = "before"

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """The message with them."""
        del state
        strange = bytes.fromhex(self.hex)
        return [strange, message] if self.where == "before" else [message, strange]


class Cut(Behaviour):
    """Instead of the message both sides see a reset."""

    behaviour: Literal["cut"]
    ends: ClassVar[Literal["", "reset", "close"]] = "reset"


class Close(Behaviour):
    """Instead of the message both sides see an orderly end."""

    behaviour: Literal["close"]
    ends: ClassVar[Literal["", "reset", "close"]] = "close"


class HeadWord(Behaviour):
    """A number in the head of a Modbus TCP frame is another than it should be; a longer head than the message passes.

    Attributes:
        add: so much more, modulo its range.
        at, width: where it stands, and in how many bytes.
    """

    framing: ClassVar[Framing | None] = "modbus"
    add: int = 1
    at: ClassVar[int]
    width: ClassVar[int] = 2

    def pass_on(self, message: bytes, state: State) -> list[bytes]:
        """With the wrong number."""
        del state
        end = self.at + self.width
        if len(message) < end:
            return [message]
        number = (int.from_bytes(message[self.at : end], "big") + self.add) % (1 << 8 * self.width)
        return [message[: self.at] + number.to_bytes(self.width, "big") + message[end:]]


class WrongTransaction(HeadWord):
    """The transaction number is another."""

    behaviour: Literal["wrong_transaction"]
    at: ClassVar[int] = TRANSACTION_AT


class WrongLength(HeadWord):
    """The length is another; the bytes are as many as they were."""

    behaviour: Literal["wrong_length"]
    at: ClassVar[int] = LENGTH_AT


class WrongUnit(HeadWord):
    """The unit number is another."""

    behaviour: Literal["wrong_unit"]
    at: ClassVar[int] = UNIT_AT
    width: ClassVar[int] = 1


class WrongFunction(HeadWord):
    """The function code is another."""

    behaviour: Literal["wrong_function"]
    at: ClassVar[int] = FUNCTION_AT
    width: ClassVar[int] = 1


Every = Annotated[
    Delay | Drop | DropBytes | Duplicate | Reorder | Corrupt | Truncate | Insert | Cut | Close | WrongTransaction
    | WrongLength | WrongUnit | WrongFunction,
    Field(discriminator="behaviour"),
]  # fmt: skip


class _Told(Strict):
    it: Every


def classes() -> tuple[type[Behaviour], ...]:
    """All behaviours there are, in the order of the documentation."""
    found: tuple[type[Behaviour], ...] = get_args(get_args(Every)[0])
    return found


def names() -> list[str]:
    """Their names."""
    return [get_args(one.model_fields["behaviour"].annotation)[0] for one in classes()]


def parse(told: Mapping[str, Any]) -> Behaviour:
    """The behaviour that a mapping of plain values describes.

    Raises:
        FaultError: with everything that is wrong with it.
    """
    return parse_told(told, _Told, "behaviour", names()).it
