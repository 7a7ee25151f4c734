"""The instruments on TCP sockets, in a process of their own."""

import asyncio
import signal
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from multiprocessing.connection import Connection

from simulators.instruments import cabled_instruments
from simulators.scpi_core import Instrument, Interpreter
from simulators.scpi_syntax import MessageSplitter, ScpiError
from simulators.wires import Wires

TICK_S = 0.02
"""How often an instrument's own time goes on while nobody talks to it."""
WAIT_S = 0.002
"""How often a command that waits looks again."""
_READ_BYTES = 65_536


class ScpiServer:
    """One instrument behind one listening socket; any number of connections, one error queue."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._interpreter = Interpreter(instrument)
        self._clients: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> "ScpiServer":
        """Listen on a free port of the loopback interface."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._ticking = asyncio.create_task(self._tick())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the listening socket and all connections."""
        self._server.close()
        tasks = [self._ticking, *self._clients]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

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
        splitter = MessageSplitter()
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while data := await reader.read(_READ_BYTES):
                    await self._answer_all(splitter, data, writer)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _answer_all(self, splitter: MessageSplitter, data: bytes, writer: asyncio.StreamWriter) -> None:
        try:
            for message in splitter.feed(data):
                writer.write(await self._answer(message))
                await writer.drain()
        except ScpiError as error:  # a message that never ends
            self._interpreter.report(error)

    async def _answer(self, message: bytes) -> bytes:
        self._advance()
        running = self._interpreter.answer(message)
        while True:
            try:
                next(running)
            except StopIteration as done:
                reply: bytes = done.value
                return reply
            await asyncio.sleep(WAIT_S)
            self._advance()


async def serve_instruments(instruments: Mapping[str, Instrument], connection: Connection) -> None:
    """Serve until the connection is closed or anything comes in on it, or SIGTERM; first sends the ports by role."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(connection.fileno(), stop.set)
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with AsyncExitStack() as stack:
        servers = {role: await stack.enter_async_context(ScpiServer(one)) for role, one in instruments.items()}
        connection.send({role: server.port for role, server in servers.items()})
        await stop.wait()
    loop.remove_reader(connection.fileno())


def serve(seed: int, wires_name: str, connection: Connection) -> None:
    """Entry of the process that simulates the instruments.

    SIGINT is left to the bench: a Ctrl-C in a terminal goes to every process of it.

    Args:
        seed: of the readings' noise.
        wires_name: of the bench's `Wires`.
        connection: to the bench; gets the ports by role when all listen, and ends the serving when it is closed.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wires = Wires.attach(wires_name)
    try:
        asyncio.run(serve_instruments(cabled_instruments(wires, seed), connection))
    finally:
        wires.close()
