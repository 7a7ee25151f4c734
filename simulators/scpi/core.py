"""The command core of an instrument: finds the command of each unit, runs it, collects the replies.

Knows neither sockets nor what is measured: an instrument gives a table of header patterns and handlers, a
server gives bytes and waits where a command is not through yet.
"""

from collections.abc import Callable, Generator, Mapping
from typing import NamedTuple

from simulators.scpi.status import ConditionRegister, StandardEvent, Status
from simulators.scpi.syntax import ScpiError, Unit, header_pattern, parse
from simulators.scpi.values import whole_number

SCPI_VERSION = "1999.0"


class Call(NamedTuple):
    """What a handler gets: the numeric suffixes of its header (1 where left out) and its arguments as sent."""

    suffixes: tuple[int, ...]
    arguments: tuple[str, ...]


Reply = str | bytes | None
Waiting = Generator[None, None, Reply]
"""A handler that can't answer yet yields until it can."""


class Command(NamedTuple):
    """An entry of a command table: the handler, and how many arguments it takes."""

    run: Callable[[Call], Reply | Waiting]
    least: int = 0
    most: int = 0


class Instrument(NamedTuple):
    """What the core needs of an instrument.

    Attributes:
        identity: reply to ``*IDN?``: maker, model, serial number, version.
        commands: header patterns (see `header_pattern`; a query's ends in ``?``) and what they do.
        reset: ``*RST``.
        busy: whether an overlapped operation is under way, for ``*OPC?`` and ``*WAI``.
        trigger: ``*TRG``; raises ScpiError where it is ignored.
        advance: lets the instrument's time go on to this many seconds.
        status: shared with the instrument, which sets conditions in it.
    """

    identity: str
    commands: Mapping[str, Command]
    reset: Callable[[], None]
    busy: Callable[[], bool]
    trigger: Callable[[], None]
    advance: Callable[[float], None]
    status: Status


class Interpreter:
    """Executes messages on one instrument, whichever connection they come from.

    Attributes:
        identity: what ``*IDN?`` answers.
    """

    def __init__(self, instrument: Instrument) -> None:
        self.instrument, self.identity = instrument, instrument.identity
        self._status = instrument.status
        self._message_available = False
        table = {**self._common(), **_register_commands(self._status), **instrument.commands}
        self._table = [
            (header_pattern(pattern.removesuffix("?")), pattern.endswith("?"), command)
            for pattern, command in table.items()
        ]

    def report(self, error: ScpiError) -> None:
        """Queue an error that was found before a message could be read."""
        self._status.report(error)

    def answer(self, message: bytes) -> Waiting:
        """Execute a message; yields while it must wait; returns the reply with its newline, or no bytes.

        A command error ends the message, an execution error only its unit; both go to the error queue.
        """
        replies: list[bytes] = []
        path = ""
        try:
            for unit in parse(message):
                command, suffixes, path = self._find(unit, path)
                self._message_available = bool(replies)
                reply = yield from self._run(command, Call(suffixes, unit.arguments))
                if reply is not None:
                    replies.append(reply.encode("latin-1") if isinstance(reply, str) else reply)
        except ScpiError as error:
            self._status.report(error)
        return b";".join(replies) + b"\n" if replies else b""

    def _find(self, unit: Unit, path: str) -> tuple[Command, tuple[int, ...], str]:
        """The unit's command, and the path from which the next relative header starts."""
        header = unit.header
        if not header.startswith(("*", ":")):
            header = path + header
        header = header.removeprefix(":")
        for pattern, query, command in self._table:
            if query == unit.query and (found := pattern.fullmatch(header)) is not None:
                suffixes = tuple(int(suffix or 1) for suffix in found.groups(default=""))
                return command, suffixes, path if header[0] == "*" else _parent(header)
        raise ScpiError(-113, "Undefined header")

    def _run(self, command: Command, call: Call) -> Waiting:
        if len(call.arguments) > command.most:
            raise ScpiError(-108, "Parameter not allowed")
        if len(call.arguments) < command.least:
            raise ScpiError(-109, "Missing parameter")
        try:
            result = command.run(call)
            if isinstance(result, Generator):
                result = yield from result
        except ScpiError as error:
            if -200 < error.code <= -100:
                raise
            self._status.report(error)
            return None
        return result

    def _common(self) -> dict[str, Command]:
        status, instrument = self._status, self.instrument
        return {
            "*IDN?": Command(lambda _: self.identity),
            "*RST": Command(lambda _: instrument.reset()),
            "*CLS": Command(lambda _: status.clear()),
            "*TST?": Command(lambda _: "+0"),
            "*TRG": Command(lambda _: instrument.trigger()),
            "*WAI": Command(lambda _: self._wait(None)),
            "*OPC": Command(lambda _: self._complete()),
            "*OPC?": Command(lambda _: self._wait("1")),
            "*ESR?": Command(lambda _: f"{status.read_event():+d}"),
            "*ESE": Command(
                lambda call: setattr(status, "event_enable", whole_number(call.arguments[0], 0, 255)), 1, 1
            ),
            "*ESE?": Command(lambda _: f"{status.event_enable:+d}"),
            "*SRE": Command(
                lambda call: setattr(status, "service_enable", whole_number(call.arguments[0], 0, 255)), 1, 1
            ),
            "*SRE?": Command(lambda _: f"{status.service_enable:+d}"),
            "*STB?": Command(lambda _: f"{status.byte(self._message_available):+d}"),
            "SYSTem:ERRor[:NEXT]?": Command(lambda _: status.next_error()),
            "SYSTem:ERRor:COUNt?": Command(lambda _: f"{status.error_count:+d}"),
            "SYSTem:VERSion?": Command(lambda _: SCPI_VERSION),
        }

    def _wait(self, reply: Reply) -> Waiting:
        while self.instrument.busy():
            yield
        return reply

    def _complete(self) -> None:
        # While something is under way the bit would come later; the driver asks with *OPC? where it matters.
        if not self.instrument.busy():
            self._status.event |= StandardEvent.OPERATION_COMPLETE


def _parent(header: str) -> str:
    head, colon, _ = header.rpartition(":")
    return head + colon


def _register_commands(status: Status) -> dict[str, Command]:
    table: dict[str, Command] = {"STATus:PRESet": Command(lambda _: _preset(status))}
    for name, register in (("QUEStionable", status.questionable), ("OPERation", status.operation)):
        table |= _commands_of(f"STATus:{name}", register)
    return table


def _commands_of(path: str, register: ConditionRegister) -> dict[str, Command]:
    return {
        f"{path}[:EVENt]?": Command(lambda _: f"{register.read_event():+d}"),
        f"{path}:CONDition?": Command(lambda _: f"{register.condition:+d}"),
        f"{path}:ENABle": Command(
            lambda call: setattr(register, "enable", whole_number(call.arguments[0], 0, 32767)), 1, 1
        ),
        f"{path}:ENABle?": Command(lambda _: f"{register.enable:+d}"),
    }


def _preset(status: Status) -> None:
    status.questionable.enable = 0
    status.operation.enable = 0
