"""One instrument on a TCP socket."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from simulators.faults.instruments import AnswerFault
from simulators.gate import Gate
from simulators.scpi.core import Instrument, Interpreter
from simulators.scpi.line import Client, ScpiLine
from simulators.scpi.syntax import ScpiError

TICK_S = 0.02
"""How often an instrument's own time goes on while nobody talks to it."""
WAIT_S = 0.002
"""How often a command that waits looks again."""
_READ_BYTES = 65_536


class ScpiServer:
    """One instrument behind one listening socket; any number of connections, one error queue.

    Args:
        instrument: which.
        look: called whenever a message has come, before it is executed.

    Attributes:
        interpreter, line, gate: where it can be broken.
    """

    def __init__(self, instrument: Instrument, look: Callable[[], None] = lambda: None) -> None:
        self._instrument, self._look = instrument, look
        self.interpreter, self.line = Interpreter(instrument), ScpiLine()
        self._clients: set[asyncio.Task[None]] = set()
        self.gate = Gate(self._talk)

    @property
    def port(self) -> int:
        """Where it listens, on the loopback interface."""
        return self.gate.port

    async def __aenter__(self) -> "ScpiServer":
        """Serve."""
        self._ticking = asyncio.create_task(self._tick())
        await self.gate.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the listening socket and all connections."""
        await self.gate.close()
        tasks = [self._ticking, *self._clients]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _advance(self) -> None:
        self._instrument.advance(asyncio.get_running_loop().time())

    async def _tick(self) -> None:
        while True:
            self._advance()
            await asyncio.sleep(TICK_S)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        client = Client(writer)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while data := await reader.read(_READ_BYTES):
                    await self._answer_all(client, data, writer)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _answer_all(self, client: Client, data: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            for message in client.splitter.feed(data):
                self._look()
                trouble = self.line.trouble_with(message)
                if trouble is None:
                    client.send(await self._answer(message))
                else:
                    await self._answer_badly(client, message, *trouble)
                await writer.drain()
        except ScpiError as error:  # a message that never ends
            self.interpreter.report(error)

    async def _answer_badly(self, client: Client, message: bytes, fault: AnswerFault, count: int) -> None:
        if fault.refuses_connections:
            self.gate.refuse()
        if fault.resets:
            client.reset()
            raise ConnectionResetError
        if not fault.executes:
            return
        reply = fault.reply(await self._answer(message), count)
        if fault.holds:
            client.hold(reply, fault.held_s)
        else:
            client.send(reply)

    async def _answer(self, message: bytes) -> bytes:
        self._advance()
        running = self.interpreter.answer(message)
        while True:
            try:
                next(running)
            except StopIteration as done:
                reply: bytes = done.value
                return reply
            await asyncio.sleep(WAIT_S)
            self._advance()
