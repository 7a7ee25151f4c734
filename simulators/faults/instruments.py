"""What an instrument on the bench can do wrong."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from simulators.faults.base import InstrumentFault

if TYPE_CHECKING:
    from simulators.faults.bench import InstrumentBench


class AnswerFault(InstrumentFault):
    """A fault of answers, in the server of one instrument."""

    def begin(self, bench: "InstrumentBench") -> None:
        """After so many good answers."""
        bench.lines[self.role].spoil(self)

    def end(self, bench: "InstrumentBench") -> None:
        """Good answers again."""
        bench.lines[self.role].mend(self)


class InstrumentTimeout(AnswerFault):
    """A query gets no answer, and is not executed; commands are."""

    fault: Literal["instrument_timeout"]


class InstrumentGarbage(AnswerFault):
    """The answer is a line of random bytes.

    Attributes:
        seed: of the bytes, which are never a newline.
        length: how many.
    """

    fault: Literal["instrument_garbage"]
    seed: int = 0
    length: Annotated[int, Field(ge=1, le=100_000)] = 24


class InstrumentClosed(AnswerFault):
    """The connection is reset when a query comes.

    Attributes:
        refuses: whether new connections are refused from then on, until the fault ends.
    """

    fault: Literal["instrument_closed"]
    refuses: bool = False


class InstrumentLateAnswer(AnswerFault):
    """The answer comes too late: before the answer to the next query on the same connection.

    Attributes:
        by_ms: or after so long, if that comes first; None waits for the next query.
    """

    fault: Literal["instrument_late_answer"]
    by_ms: Annotated[float, Field(gt=0.0, le=600_000.0)] | None = None


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

    def begin(self, bench: "InstrumentBench") -> None:
        """In the queue, until somebody reads or clears it."""
        bench.report(self.role, self.code, self.text, self.entries)


class InstrumentIdentity(InstrumentFault):
    """``*IDN?`` answers something else.

    Attributes:
        identity: the whole answer.
    """

    fault: Literal["instrument_identity"]
    identity: str = "somebody else,X-1,0,1.0"

    def begin(self, bench: "InstrumentBench") -> None:
        """Another instrument."""
        bench.interpreters[self.role].identity = self.identity

    def end(self, bench: "InstrumentBench") -> None:
        """The truth."""
        bench.interpreters[self.role].restore_identity()


class SensorInput(InstrumentFault):
    """A fault at one input of the data-acquisition unit.

    Attributes:
        channel: of the unit, such as 101.
    """

    role: Literal["data_acquisition"] = "data_acquisition"
    channel: int
    reads: ClassVar[float]

    def begin(self, bench: "InstrumentBench") -> None:
        """From the next scan on."""
        bench.broken_inputs[self.channel] = self.reads

    def end(self, bench: "InstrumentBench") -> None:
        """Its sensor is there again."""
        bench.broken_inputs.pop(self.channel, None)

    def refusals(self, bench: "InstrumentBench") -> Iterator[str]:
        """An input without a sensor."""
        yield from super().refusals(bench)
        if self.channel not in bench.inputs:
            yield f"channel: found {self.channel}; allowed: {', '.join(str(one) for one in bench.inputs)}"


class DeadSensor(SensorInput):
    """The sensor is dead: its reading is no number, 9.91E37."""

    fault: Literal["instrument_dead_sensor"]
    reads: ClassVar[float] = float("nan")


class Overload(SensorInput):
    """The input is open or overloaded: its reading is 9.9E37."""

    fault: Literal["instrument_overload"]
    reads: ClassVar[float] = float("inf")
