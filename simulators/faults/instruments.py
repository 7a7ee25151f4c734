"""What an instrument on the bench can do wrong."""

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from simulators.faults.base import Anatomy, InstrumentFault, Refusal, Times, only_one_of

if TYPE_CHECKING:
    from simulators.instruments.rack import Rack


class AnswerFault(InstrumentFault):
    """A fault of answers, in the server of one instrument. It counts queries: messages with a question mark.

    Attributes:
        after: so many queries are still answered well, from when it begins.
        times: so many queries are concerned; None is all.
        executes: whether the query is executed.
        resets: whether the connection is reset instead of an answer.
        holds: whether the answer is held back until the next one.
    """

    after: Annotated[int, Field(ge=0)] = 0
    times: Times | None = None
    executes: ClassVar[bool] = True
    resets: ClassVar[bool] = False
    holds: ClassVar[bool] = False

    @property
    def held_s(self) -> float | None:
        """How long it is held back at most; None waits for the next answer."""
        return None

    @property
    def refuses_connections(self) -> bool:
        """Whether new connections are refused from then on, until the fault ends."""
        return False

    def reply(self, reply: bytes, count: int) -> bytes:
        """What is answered instead; ``count`` queries were concerned before this one."""
        del count
        return reply

    def begin(self, rack: "Rack") -> None:
        """After so many good answers."""
        rack.servers[self.role].line.spoil(self)

    def end(self, rack: "Rack") -> None:
        """Good answers again."""
        rack.servers[self.role].line.mend(self)


class InstrumentTimeout(AnswerFault):
    """A query gets no answer, and is not executed; commands are."""

    fault: Literal["instrument_timeout"]
    executes: ClassVar[bool] = False


class InstrumentGarbage(AnswerFault):
    """The answer is a line of random bytes.

    Attributes:
        seed: of the bytes, which are never a newline.
        length: how many.
    """

    fault: Literal["instrument_garbage"]
    seed: int = 0
    length: Annotated[int, Field(ge=1, le=100_000)] = 24

    def reply(self, reply: bytes, count: int) -> bytes:
        """Any bytes but a newline, then one."""
        del reply
        drawn = random.Random(f"{self.seed}/{count}").randbytes(self.length)
        return drawn.replace(b"\n", b"\r") + b"\n"


class InstrumentClosed(AnswerFault):
    """The connection is reset when a query comes; with ``refuses``, new ones are refused until the fault is cleared."""

    fault: Literal["instrument_closed"]
    executes: ClassVar[bool] = False
    resets: ClassVar[bool] = True
    refuses: bool = False

    @property
    def refuses_connections(self) -> bool:
        """As told."""
        return self.refuses

    def end(self, rack: "Rack") -> None:
        """Connections are welcome again."""
        super().end(rack)
        rack.servers[self.role].gate.listen()

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """What refuses connections counts no queries."""
        yield from super().refusals(anatomy)
        yield from only_one_of(self, "refuses", "times")


class InstrumentLateAnswer(AnswerFault):
    """The answer comes too late: before the answer to the next query on the same connection.

    Attributes:
        by_ms: or after so long, if that comes first; None waits for the next query.
    """

    fault: Literal["instrument_late_answer"]
    holds: ClassVar[bool] = True
    by_ms: Annotated[float, Field(gt=0.0, le=600_000.0)] | None = None

    @property
    def held_s(self) -> float | None:
        """As told."""
        return None if self.by_ms is None else self.by_ms / 1000.0


class InstrumentErrorQueue(InstrumentFault):
    """Something went wrong in it: entries in its error queue, at once.

    Attributes:
        code, text: as ``SYSTem:ERRor?`` tells them.
        entries: how many.
    """

    fault: Literal["instrument_error_queue"]
    lasts: ClassVar[bool] = False
    code: Annotated[int, Field(ge=-999, le=-100)] = -222
    text: str = "Data out of range"
    entries: Annotated[int, Field(ge=1, le=20)] = 1

    def begin(self, rack: "Rack") -> None:
        """In the queue, until somebody reads or clears it."""
        rack.report(self.role, self.code, self.text, self.entries)


class InstrumentIdentity(InstrumentFault):
    """``*IDN?`` answers something else.

    Attributes:
        identity: the whole answer.
    """

    fault: Literal["instrument_identity"]
    identity: str = "somebody else,X-1,0,1.0"

    def begin(self, rack: "Rack") -> None:
        """Another instrument."""
        rack.servers[self.role].interpreter.identity = self.identity

    def end(self, rack: "Rack") -> None:
        """The truth."""
        rack.servers[self.role].interpreter.identity = rack.instruments[self.role].identity


class SensorInput(InstrumentFault):
    """A fault at one input of the data-acquisition unit.

    Attributes:
        channel: of the unit, such as 101.
    """

    role: Literal["data_acquisition"] = "data_acquisition"
    channel: int
    reads: ClassVar[float]

    def begin(self, rack: "Rack") -> None:
        """From the next scan on."""
        rack.broken_inputs[self.channel] = self.reads

    def end(self, rack: "Rack") -> None:
        """Its sensor is there again."""
        rack.broken_inputs.pop(self.channel, None)

    def refusals(self, anatomy: Anatomy) -> Iterator[Refusal]:
        """An input without a sensor."""
        yield from super().refusals(anatomy)
        if self.channel not in anatomy.inputs:
            yield Refusal("channel", str(self.channel), ", ".join(str(one) for one in anatomy.inputs))


class DeadSensor(SensorInput):
    """The sensor is dead: its reading is no number, 9.91E37."""

    fault: Literal["instrument_dead_sensor"]
    reads: ClassVar[float] = float("nan")


class Overload(SensorInput):
    """The input is open or overloaded: its reading is 9.9E37."""

    fault: Literal["instrument_overload"]
    reads: ClassVar[float] = float("inf")
