"""One instrument on a TCP socket."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from simulators.faults.instruments import AnswerFault
from simulators.scpi_core import Instrument, Interpreter
from simulators.scpi_line import Client, ScpiLine
from simulators.scpi_syntax import ScpiError

HOST = "127.0.0.1"
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
        interpreter, line: where it can be broken.
    """

    def __init__(self, instrument: Instrument, look: Callable[[], None] = lambda: None) -> None:
        self._instrument, self._look = instrument, look
        self.interpreter, self.line = Interpreter(instrument), ScpiLine()
        self._clients: set[asyncio.Task[None]] = set()
        self._socket = socket.create_server((HOST, 0))
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self.port: int = self._socket.getsockname()[1]

    async def __aenter__(self) -> "ScpiServer":
        """Listen on a free port of the loopback interface."""
        self._ticking = asyncio.create_task(self._tick())
        await self._serve()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the listening socket and all connections."""
        if self._server is not None:
            self._server.close()
        tasks = [self._ticking, *self._clients, *([self._opening] if self._opening else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
        self._socket.close()

    def refuse(self) -> None:
        """Refuse new connections; the port stays taken."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._socket = socket.socket()
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((HOST, self.port))

    def listen(self) -> None:
        """Take new connections again."""
        if self._server is None:
            self._socket.listen()
            self._opening = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._talk, sock=self._socket)

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
            self.refuse()
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
