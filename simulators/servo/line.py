"""The servo controller's line: pymodbus's server with a look at each request. The place where the line goes wrong."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from pymodbus.constants import ExcCodes
from pymodbus.datastore import ModbusServerContext
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from drivers.fc23 import WriteReadRequest, WriteReadResponse
from simulators.faults.line import LineFault
from simulators.framing import Splitter
from simulators.gate import HOST, reset
from simulators.servo.device_log import Outcome
from simulators.servo.servo import Servo

Clock = Callable[[], float]

_WRITES = (5, 6, 15, 16, 22, 23)
_NO_DEVICE = SimDevice(0, [SimData(0, datatype=DataType.REGISTERS)])
"""What pymodbus wants to be given; nothing is read from it."""


class Store(Protocol):
    """Where registers are read and written: `simulators.servo.modbus_server.RegisterMap`."""

    def read(self, unit: int, function: int, address: int, count: int) -> list[int] | ExcCodes:
        """The registers, or why not."""
        ...

    def write(self, unit: int, function: int, address: int, values: Sequence[int] | Sequence[bool]) -> ExcCodes | None:
        """Why not; None where they have been taken."""
        ...


class _Context:
    """A store as pymodbus asks it. Its own would look at each register of each message by itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def async_getValues(  # noqa: N802 - pymodbus's name
        self, unit: int, function: int, address: int, count: int = 1
    ) -> list[int] | ExcCodes:
        return self._store.read(unit, function, address, count)

    async def async_setValues(  # noqa: N802 - pymodbus's name
        self, unit: int, function: int, address: int, values: Sequence[int] | Sequence[bool]
    ) -> ExcCodes | None:
        return self._store.write(unit, function, address, values)


class _WriteRead(WriteReadRequest):
    """The message of every cycle, answered in one piece as well."""

    async def datastore_update(self, context: ModbusServerContext, device_id: int) -> ModbusPDU:
        """Write, read, answer."""
        answer = await super().datastore_update(context, device_id)
        return answer if answer.isError() else WriteReadResponse(dev_id=device_id, registers=answer.registers)


class _Spoiled:
    """A fault that acts, how many requests it has concerned, and since when."""

    def __init__(self, fault: LineFault) -> None:
        self.fault, self.count = fault, 0
        self.since_s: float | None = None


class Line:
    """What is wrong with the line at present, and who is on it.

    Attributes:
        on_over: called with a fault whose ``times`` or ``for_s`` are over.
    """

    def __init__(self, servo: Servo, clock: Clock) -> None:
        self.servo, self.clock = servo, clock
        self.connections: set[Connection] = set()
        self._spoiled: list[_Spoiled] = []
        self.on_over: Callable[[LineFault], None] = self.mend

    def spoil(self, fault: LineFault) -> None:
        """Let the line be bad from the next request on; of several faults the first one that concerns it acts."""
        self._spoiled.append(_Spoiled(fault))

    def mend(self, fault: LineFault) -> None:
        """A good line again."""
        self._spoiled = [one for one in self._spoiled if one.fault is not fault]

    def cut(self) -> None:
        """Reset all connections."""
        for connection in list(self.connections):
            connection.reset()

    def trouble_with(self, function: int) -> LineFault | None:
        """What happens to a request that has just come in; None where all is well."""
        for one in list(self._spoiled):
            if one.fault.concerns(function in _WRITES) and not self._over(one):
                one.count += 1
                if one.count == one.fault.times:
                    self.on_over(one.fault)
                return one.fault
        return None

    def _over(self, one: _Spoiled) -> bool:
        now_s = self.clock()
        one.since_s = now_s if one.since_s is None else one.since_s
        if one.fault.for_s is None or now_s - one.since_s < one.fault.for_s:
            return False
        self.on_over(one.fault)
        return True


class Connection(ServerRequestHandler):
    """One client. A request is looked at when it has come in, and an answer when it is to go out.

    Requests are given to pymodbus one by one: it forgets what has come behind the one that it is about.
    """

    def __init__(self, server: "LineServer", line: Line) -> None:
        super().__init__(server, None, None, None)  # type: ignore[no-untyped-call]
        self._line = line
        self._splitter, self._frames, self._busy = Splitter("modbus"), deque[bytes](), False
        self._late_s: float | None = 0.0
        self._task: asyncio.Task[None] | None = None  # asyncio keeps no hold on a task
        self.peer = ""

    def callback_connected(self) -> None:
        """Note who it is."""
        super().callback_connected()
        host, port = self.transport.get_extra_info("peername")[:2]
        self.peer = f"{host}:{port}"
        self._line.connections.add(self)
        self._note("connected")

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Note that it is gone."""
        super().callback_disconnected(exc)
        self._line.connections.discard(self)
        self._note("disconnected")

    def data_received(self, data: bytes) -> None:
        """Bytes, which may be less or more than one request."""
        self._frames.extend(self._splitter.feed(data))
        if not self._busy:
            self._take_next()

    def _take_next(self) -> None:
        self._busy = False
        while self._frames and not self._busy:
            super().data_received(self._frames.popleft())
            self._busy = self.last_pdu is not None  # then `handle_request` comes

    def handle_later(self) -> None:
        """In the next turn of the event loop; pymodbus would wake it by a pipe of its own, behind others."""
        self._task = self.loop.create_task(self.handle_request())

    async def handle_request(self) -> None:
        """Execute a request, then take the next one."""
        try:
            await self._handle()
        finally:
            self._take_next()

    async def _handle(self) -> None:
        """Let the device execute it and answer, unless a fault has it otherwise."""
        if self.last_pdu is None:
            return
        self._line.servo.log.peer = self.peer
        fault = self._line.trouble_with(self.last_pdu.function_code)
        if fault is None:
            await super().handle_request()  # type: ignore[no-untyped-call]
            return
        self._late_s = fault.late_s
        if fault.reaches_device:
            await super().handle_request()  # type: ignore[no-untyped-call]
        else:
            self._refuse(self.last_pdu, fault.exception)
        self._late_s = 0.0

    def server_send(self, pdu: ModbusPDU, addr: tuple[str, int] | None) -> None:
        """Send an answer: now, late, or never."""
        if self._late_s:
            self.loop.call_later(self._late_s, super().server_send, pdu, addr)
        elif self._late_s is not None:
            super().server_send(pdu, addr)  # type: ignore[no-untyped-call]

    def reset(self) -> None:
        """Close it so that the other side sees a reset, not an end."""
        reset(self.transport)

    def _refuse(self, request: ModbusPDU, code: int | None) -> None:
        outcome: Outcome = "swallowed" if code is None else "refused"
        if request.function_code in _WRITES:
            values = getattr(request, "write_registers", None) or getattr(request, "registers", None) or [0]
            self._line.servo.advance(self._line.clock())
            self._line.servo.note_refused(outcome, int(values[0]))
        if code is not None:
            answer = ExceptionResponse(request.function_code, code)
            answer.transaction_id, answer.dev_id = request.transaction_id, request.dev_id
            self.server_send(answer, self.last_addr)

    def _note(self, what: str) -> None:
        self._line.servo.advance(self._line.clock())
        self._line.servo.note(what, self.peer)


class LineServer(ModbusTcpServer):
    """Listens on a free loopback port."""

    def __init__(self, store: Store, line: Line) -> None:
        super().__init__(_NO_DEVICE, custom_pdu=[_WriteRead], address=(HOST, 0))
        self.context = _Context(store)  # type: ignore[assignment]
        self._line = line

    def callback_new_connection(self) -> Connection:
        """For each client."""
        return Connection(self, self._line)

    @property
    def port(self) -> int:
        """Where it listens, once it does."""
        number: int = self.transport.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        return number
