"""A TCP proxy on loopback that delays, drops, cuts, duplicates, reorders and corrupts: for Modbus TCP, SCPI, or bytes.

In a test it runs in a thread of its own:

    with Proxy(addresses["modbus"]) as proxy:
        ... connect to proxy.address instead ...
        proxy.behave("delay", ms=30.0, direction="replies", after=100, times=1)
        proxy.cut()
        proxy.clear()

``python -m simulators.proxy`` is the same in a process.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

from simulators.backdoor import Commands, Told, check_keys
from simulators.faults.parsing import FaultError
from simulators.framing import Framing
from simulators.gate import HOST
from simulators.proxy.behaviours import parse
from simulators.proxy.relay import Relay, Seen

T = TypeVar("T")

START_TIMEOUT_S = 10.0


class Proxy:
    """The proxy in a thread, from `__enter__` to `__exit__`; its methods may be called from any thread.

    Args:
        to: ``host:port`` of the device, or a VISA resource name ``TCPIP0::host::port::SOCKET``.
        framing: what a message is: ``modbus``, ``lines`` (SCPI) or ``bytes``.
        listen: at which port; 0 is any free one.

    Raises:
        FaultError: ``to`` is no address.
        OSError: from `__enter__`, where it can't listen.
    """

    def __init__(self, to: str, framing: Framing = "modbus", listen: int = 0) -> None:
        self._to, self._framing, self._listen = address_of(to), framing, listen
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy", daemon=True)
        self._ready = threading.Event()
        self._relay: Relay | None = None

    @property
    def relay(self) -> Relay:
        """What passes the messages on; belongs to the proxy's thread."""
        assert self._relay is not None, "the proxy is used with `with`"
        return self._relay

    @property
    def address(self) -> str:
        """``host:port`` to connect to."""
        return f"{HOST}:{self.relay.gate.port}"

    @property
    def resource(self) -> str:
        """The same as a VISA resource name."""
        return f"TCPIP0::{HOST}::{self.relay.gate.port}::SOCKET"

    def behave(self, behaviour: str, **parameters: Any) -> int:
        """Switch a behaviour on, see `simulators.proxy.behaviours`; returns its number.

        Raises:
            FaultError: with what is wrong with it.
        """
        wanted = parse({"behaviour": behaviour, **parameters})
        return self._do(lambda: self.relay.behave(wanted))

    def refuse(self) -> None:
        """Refuse new connections until `clear`; those that there are stay."""
        self._do(lambda: self.relay.gate.refuse())

    def half_open(self) -> None:
        """Take everything and pass nothing on until `clear`: connections seem to be there and nobody answers."""
        self._do(lambda: setattr(self.relay, "half_open", True))

    def cut(self) -> None:
        """Reset all connections, now."""
        self._do(lambda: self.relay.end_all("reset"))

    def close_connections(self) -> None:
        """End all connections in order, now."""
        self._do(lambda: self.relay.end_all("close"))

    def clear(self, number: int | None = None) -> None:
        """Switch one behaviour off, or all of them with refusing and half-open."""
        self._do(lambda: self.relay.clear(number))

    def behaviours(self) -> list[Told]:
        """Those that are switched on, each with its number and how many messages it has concerned."""
        return self._do(self.relay.shown)

    def seen(self) -> list[Seen]:
        """The last messages that came to it, oldest first."""
        return self._do(lambda: list(self.relay.seen))

    @property
    def connections(self) -> int:
        """How many there have been."""
        return self.relay.connections

    def _do(self, action: Callable[[], T]) -> T:
        async def run() -> T:
            return action()

        return self._submit(run())

    def _submit(self, action: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(START_TIMEOUT_S)

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.relay.gate.open()
        self._ready.set()
        await self._stop.wait()
        await self.relay.close()

    def __enter__(self) -> Self:
        self._relay = Relay(*self._to, self._framing, self._listen)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S):
            raise TimeoutError("the proxy does not listen")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


def address_of(text: str) -> tuple[str, int]:
    """Host and port of ``host:port``, or of a VISA socket.

    Raises:
        FaultError: it is neither.
    """
    parts = text.split("::")
    host, port = parts[1:3] if len(parts) == 4 and parts[3] == "SOCKET" else text.rpartition(":")[::2]
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65_535:
        raise FaultError(f"the device's address: found {text!r}; allowed: host:port, or TCPIP0::host::port::SOCKET")
    return host, int(port)


def commands(relay: Relay) -> Commands:
    """What the back door of a proxy understands: ``behave``, ``clear``, ``behaviours``, ``seen`` and those below."""

    def plain(action: Callable[[], object]) -> Callable[[Told], Told]:
        def run(told: Told) -> Told:
            check_keys(told)
            action()
            return {}

        return run

    def clear(told: Told) -> Told:
        check_keys(told, "number")
        relay.clear(told.get("number"))
        return {}

    return {
        "behave": lambda told: {"number": relay.behave(parse(told))},
        "clear": clear,
        "behaviours": lambda _: {"behaviours": relay.shown()},
        "seen": lambda _: {"seen": list(relay.seen), "connections": relay.connections},
        "refuse": plain(relay.gate.refuse),
        "half_open": plain(lambda: setattr(relay, "half_open", True)),
        "cut": plain(lambda: relay.end_all("reset")),
        "close": plain(lambda: relay.end_all("close")),
    }
