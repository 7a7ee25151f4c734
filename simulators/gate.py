"""A listening socket that can refuse for a while, and connections that end with a reset."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

HOST = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Close a connection so that the other side sees a reset, not an end."""
    found: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
    if found is not None and isinstance(transport, asyncio.Transport):
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.abort()


class Gate:
    """Listens on a loopback port from the start; serves once it is `open`.

    Args:
        talk: serves one connection.
        port: where; 0 is any free one.

    Attributes:
        port: where it listens.
    """

    def __init__(self, talk: Talk, port: int = 0) -> None:
        self._talk = talk
        self._socket = socket.create_server((HOST, port))
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self.port: int = self._socket.getsockname()[1]

    async def open(self) -> None:
        """Serve connections."""
        self._server = await asyncio.start_server(self._talk, sock=self._socket)

    def refuse(self) -> None:
        """Refuse new connections; the port stays taken, so that nobody else gets it."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, self.port))

    def listen(self) -> None:
        """Take new connections again, from now on."""
        if self._server is None and (self._opening is None or self._opening.done()):
            self._socket.listen()
            self._opening = asyncio.create_task(self.open())

    async def close(self) -> None:
        """No more connections; those that there are stay."""
        if self._opening is not None:
            await self._opening
        if self._server is not None:
            self._server.close()
        self._socket.close()
