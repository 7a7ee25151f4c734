"""A TCP connection passed on, message by message, and what can be done to it on the way."""

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any

import msgspec

from simulators.faults.parsing import FaultError
from simulators.framing import Framing, Splitter
from simulators.gate import Gate, reset
from simulators.proxy.behaviours import Behaviour, Direction, State

MOST_SEEN = 4096
_READ_BYTES = 65_536


class Seen(msgspec.Struct, frozen=True, gc=False):
    """One message that came to the proxy.

    Attributes:
        time_ns: monotonic, the machine's own.
        connection: counted from 1.
        hex: as it came; ``passed`` is what went on, empty where nothing did.
    """

    time_ns: int
    connection: int
    direction: str
    hex: str
    passed: str


class _Acting:
    """A behaviour that is switched on."""

    def __init__(self, number: int, behaviour: Behaviour) -> None:
        self.number, self.behaviour, self.state = number, behaviour, State()


class _Pair:
    """One client's connection and the one to the device that belongs to it."""

    def __init__(self, number: int, client: asyncio.StreamWriter, device: asyncio.StreamWriter) -> None:
        self.number, self.writers = number, (client, device)

    def end(self, how: str) -> None:
        for writer in self.writers:
            if how == "reset":
                reset(writer.transport)
            else:
                writer.close()


class Relay:
    """Listens, and passes on to the device what comes, and back.

    Args:
        host, port: of the device.
        framing: what a message is.
        listen: at which port; 0 is any free one.

    Attributes:
        half_open: while set, everything is taken and nothing is passed on; connections stay.
        seen: the last messages.
        connections: how many there have been.
    """

    def __init__(self, host: str, port: int, framing: Framing, listen: int = 0) -> None:
        self._device, self._framing = (host, port), framing
        self.gate = Gate(self._talk, listen)
        self.half_open = False
        self.seen: deque[Seen] = deque(maxlen=MOST_SEEN)
        self.connections = self._number = 0
        self._acting: list[_Acting] = []
        self._pairs: set[_Pair] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def behave(self, behaviour: Behaviour) -> int:
        """Switch a behaviour on; several act one after the other. Returns its number.

        Raises:
            FaultError: it needs messages that are framed otherwise.
        """
        if behaviour.framing not in (None, self._framing):
            found = f"messages framed as {self._framing}"
            raise FaultError(f"{behaviour.behaviour}: found {found}; allowed: as {behaviour.framing}")
        self._number += 1
        self._acting.append(_Acting(self._number, behaviour))
        return self._number

    def clear(self, number: int | None = None) -> None:
        """Switch one behaviour off, or all, the refusing and swallowing too; a message that is held is lost."""
        self._acting = [one for one in self._acting if number not in (None, one.number)]
        if number is None:
            self.half_open = False
            self.gate.listen()

    def end_all(self, how: str) -> None:
        """End all connections, by ``reset`` or ``close``."""
        for pair in list(self._pairs):
            pair.end(how)

    def shown(self) -> list[dict[str, Any]]:
        """The behaviours that are switched on, and how many messages each has concerned."""
        return [
            {"number": one.number, **one.behaviour.model_dump(exclude_none=True), "count": one.state.count}
            for one in self._acting
        ]

    async def close(self) -> None:
        """End everything."""
        await self.gate.close()
        self.end_all("close")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._join(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back_reader, back_writer = await asyncio.open_connection(*self._device)
        except OSError:
            reset(writer.transport)
            return
        self.connections += 1
        pair = _Pair(self.connections, writer, back_writer)
        self._pairs.add(pair)
        pumps = [
            asyncio.create_task(self._pump(pair, "requests", reader, back_writer)),
            asyncio.create_task(self._pump(pair, "replies", back_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._pairs.discard(pair)
            back_writer.close()

    async def _pump(
        self, pair: _Pair, direction: Direction, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        splitter = Splitter(self._framing)
        with suppress(OSError):
            while data := await reader.read(_READ_BYTES):
                for message in splitter.feed(data):
                    if not await self._pass(pair, direction, message, writer):
                        return

    async def _pass(self, pair: _Pair, direction: Direction, message: bytes, writer: asyncio.StreamWriter) -> bool:
        """Pass a message on, or what becomes of it; False where the connection has been ended instead."""
        time_ns = time.monotonic_ns()
        pieces = [] if self.half_open else [message]
        for one in self._concerned(direction) if pieces else []:
            if one.behaviour.ends:
                self.seen.append(Seen(time_ns, pair.number, direction, message.hex(), ""))
                pair.end(one.behaviour.ends)
                return False
            if (wait_s := one.behaviour.wait_s(one.state)) > 0.0:
                await asyncio.sleep(wait_s)
            pieces = [after for piece in pieces for after in one.behaviour.pass_on(piece, one.state)]
            one.state.count += 1
            if one.behaviour.is_over(one.state):
                self._acting = [other for other in self._acting if other is not one]
        passed = b"".join(pieces)
        self.seen.append(Seen(time_ns, pair.number, direction, message.hex(), passed.hex()))
        if passed:
            writer.write(passed)
            await writer.drain()
        return True

    def _concerned(self, direction: Direction) -> list[_Acting]:
        found = []
        for one in [one for one in self._acting if one.behaviour.direction == direction]:
            if one.state.passed < one.behaviour.after:
                one.state.passed += 1
            else:
                found.append(one)
        return found
