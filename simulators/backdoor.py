"""The back door: how tests and people break the simulated rig. One JSON object a line, one answer a line, on loopback.

Entirely apart from Modbus and SCPI: a port of its own. Requests say what to ``do``:

| request | answer |
|---|---|
| ``{"do": "fault", "fault": "sensor_stuck", "channel": "strut_force_n", "at_sample": 500}`` | ``{"ok": true, "number": 1}`` |
| ``{"do": "clear"}``, or ``{"do": "clear", "number": 1}`` | ``{"ok": true}`` |
| ``{"do": "faults"}`` | ``{"ok": true, "faults": [...]}``, each with its state: waits, lasts, over |
| ``{"do": "log"}``, with ``exchanges_after`` and ``changes_after`` if wanted | ``exchanges`` and ``changes``, see `device_log` |
| ``{"do": "state"}`` | state, first fault, samples played, FIFO level and time of the device |

The instruments' door has no ``log`` and no ``state``. What is wrong is answered as ``{"ok": false, "error": "..."}``
and changes nothing.
"""  # noqa: E501 - a table

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from simulators.faults import FaultError, parse
from simulators.faults.base import AnyFault
from simulators.gate import Gate

LONGEST_LINE_BYTES = 65_536

Told = dict[str, Any]
Commands = Mapping[str, Callable[[Told], Told]]


def fault_commands(
    add: Callable[[AnyFault], int], clear: Callable[[int | None], None], shown: Callable[[], list[Told]]
) -> Commands:
    """What every back door understands.

    Args:
        add: begins a fault, returns its number; raises FaultError.
        clear: ends one, or all; raises FaultError.
        shown: all faults so far.
    """

    def do_clear(told: Told) -> Told:
        check_keys(told, "number")
        clear(told.get("number"))
        return {}

    def do_faults(told: Told) -> Told:
        check_keys(told)
        return {"faults": shown()}

    return {"fault": lambda told: {"number": add(parse(told))}, "clear": do_clear, "faults": do_faults}


def check_keys(told: Told, *allowed: str) -> None:
    """Check that a request has no other keys than these, each a whole number from 0.

    Raises:
        FaultError: it has.
    """
    for key, value in told.items():
        if key not in allowed:
            raise FaultError(f"{key}: found an unknown key; allowed: {', '.join(('do', *allowed))}")
        if type(value) is not int or not value >= 0:
            raise FaultError(f"{key}: found {value!r}; allowed: a whole number from 0")


def answer(line: bytes, commands: Commands) -> bytes:
    """The answer to one line, with its newline."""
    try:
        told = _read(line)
        what = told.pop("do", None)
        if not isinstance(what, str) or what not in commands:
            raise FaultError(f"do: found {what!r}; allowed: {', '.join(commands)}")
        return msgspec.json.encode({"ok": True, **commands[what](told)}) + b"\n"
    except FaultError as error:
        return msgspec.json.encode({"ok": False, "error": str(error)}) + b"\n"


def _read(line: bytes) -> Told:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FaultError(f"the line: found no JSON ({error}); allowed: one JSON object a line") from None
    if not isinstance(told, dict):
        raise FaultError(f"the line: found {type(told).__name__}; allowed: one JSON object a line")
    return told


class BackdoorServer:
    """Listens on a free loopback port while it is entered with ``async with``."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self._clients: set[asyncio.Task[None]] = set()
        self._gate = Gate(self._talk)

    @property
    def port(self) -> int:
        """Where it listens, on the loopback interface."""
        return self._gate.port

    async def __aenter__(self) -> "BackdoorServer":
        """Serve."""
        await self._gate.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it and its connections."""
        await self._gate.close()
        for task in self._clients:
            task.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await self._answer_all(reader, writer)
        finally:
            self._clients.discard(task)
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readline()
            except ValueError:  # longer than the limit
                told = f"the line: found more than {LONGEST_LINE_BYTES} bytes; allowed: one JSON object a line"
                writer.write(msgspec.json.encode({"ok": False, "error": told}) + b"\n")
                await writer.drain()
                return
            if not line:
                return
            if line.strip():
                writer.write(answer(line, self._commands))
                await writer.drain()
