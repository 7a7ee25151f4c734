"""One SCPI session with one instrument, over pyvisa with pyvisa-py: queries, blocks, error queue, recovery.

What is particular about pyvisa-py 0.8 on TCPIP sockets, found by measuring:

- Its ``query_binary_values`` cuts a block at every newline byte in it; blocks are read here by their length
  header, with the termination character off.
- ``VI_ATTR_TCPIP_NODELAY`` can be read but not set; with Nagle's algorithm on, a command that follows another
  waits up to 40 ms for the acknowledgement of the first. It is switched off on the socket itself.
- A refused connection looks like an open one until the first write.
- After a timeout the late answer would be taken for the answer to the next query. So the connection is closed on
  every failure, and the next use opens a new one.
"""

import socket
import threading
from collections.abc import Callable
from typing import TypeVar

import pyvisa
from pyvisa.constants import AccessModes
from pyvisa.resources import MessageBasedResource

from drivers.errors import InstrumentError

T = TypeVar("T")

_ERRORS_AT_MOST = 32
"""Entries read from an error queue at once; the queues are 20 deep."""


class _SharedManager:
    """pyvisa's resource manager is one for all sessions of a process; it is closed after the last of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._manager: pyvisa.ResourceManager | None = None

    def acquire(self) -> pyvisa.ResourceManager:
        with self._lock:
            self._users += 1
            if self._manager is None:
                self._manager = pyvisa.ResourceManager("@py")
            return self._manager

    def release(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._manager is not None:
                self._manager.close()
                self._manager = None


_MANAGER = _SharedManager()


class ScpiSession:
    """A conversation with one instrument. Opens itself at the first use, and again after a failure.

    Every method that talks raises `InstrumentError` where the instrument does not answer within the timeout,
    refuses the connection or answers nonsense; the connection is closed then, and the next use opens a new one,
    so that an old answer can't be taken for a new one.

    Args:
        resource: a VISA resource name, such as ``TCPIP0::127.0.0.1::5025::SOCKET``.
        timeout_s: for an answer, and for opening.
    """

    def __init__(self, resource: str, timeout_s: float = 2.0) -> None:
        self.resource = resource
        self._timeout_ms = max(1, round(1000 * timeout_s))
        self._open: MessageBasedResource | None = None

    def write(self, command: str) -> None:
        """Send one message; nothing is read."""
        self._talk(lambda visa: visa.write(command))

    def query(self, command: str) -> str:
        """Send one message and read one line, given without its end."""
        return self._talk(lambda visa: visa.query(command)).strip()

    def write_block(self, command: str, data: bytes) -> None:
        """Send a message that ends in a definite-length block."""
        length = str(len(data))
        head = f"{command}#{len(length)}{length}".encode("ascii")
        self._talk(lambda visa: visa.write_raw(head + data + b"\n"))

    def query_block(self, command: str) -> bytes:
        """Send one message and read a definite-length block."""
        return self._talk(lambda visa: _read_block(visa, command))

    def errors(self) -> list[str]:
        """All entries of the instrument's error queue, oldest first; reading empties it."""
        found: list[str] = []
        while len(found) < _ERRORS_AT_MOST:
            entry = self.query("SYST:ERR?")
            if _error_code(entry) == 0:
                return found
            found.append(entry)
        raise self._failed("its error queue does not come to an end")

    def check(self, what: str) -> None:
        """Ask whether everything since the last check went well; also waits until it is done.

        Raises:
            InstrumentError: with what the instrument complains of; ``what`` says what was being done.
        """
        found = self.errors()
        if found:
            raise InstrumentError(f"{self.resource}: {what}: the instrument reports {'; '.join(found)}")

    def close(self) -> None:
        """Let go of the connection. Idempotent; never raises."""
        visa, self._open = self._open, None
        if visa is None:
            return
        try:
            visa.close()
        except (pyvisa.Error, OSError):
            pass  # it was broken already; its socket is closed in any case
        finally:
            _MANAGER.release()

    def _talk(self, action: Callable[[MessageBasedResource], T]) -> T:
        visa = self._open or self._connect()
        try:
            return action(visa)
        except pyvisa.VisaIOError as error:
            raise self._failed(error.abbreviation.removeprefix("VI_ERROR_").lower()) from None
        except (pyvisa.Error, OSError, ValueError) as error:
            raise self._failed(str(error)) from None

    def _connect(self) -> MessageBasedResource:
        manager = _MANAGER.acquire()
        try:
            visa = manager.open_resource(self.resource, AccessModes.no_lock, self._timeout_ms)
        except Exception as error:  # noqa: BLE001 - pyvisa-py raises bare Exception where it can't connect
            _MANAGER.release()
            raise InstrumentError(f"{self.resource}: can't be opened: {error}") from None
        if not isinstance(visa, MessageBasedResource):
            visa.close()
            _MANAGER.release()
            raise InstrumentError(f"{self.resource}: not an instrument that understands messages")
        visa.timeout = self._timeout_ms
        visa.read_termination = visa.write_termination = "\n"
        _switch_nagle_off(visa)
        self._open = visa
        return visa

    def _failed(self, why: str) -> InstrumentError:
        self.close()
        return InstrumentError(f"{self.resource}: {why}")


def _switch_nagle_off(visa: MessageBasedResource) -> None:
    sessions = getattr(visa.visalib, "sessions", {})
    interface = getattr(sessions.get(visa.session), "interface", None)
    if isinstance(interface, socket.socket):
        interface.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _read_block(visa: MessageBasedResource, command: str) -> bytes:
    visa.write(command)
    visa.read_termination = None
    try:
        head = visa.read_bytes(2)
        if head[:1] != b"#" or not b"1" <= head[1:] <= b"9":
            raise ValueError(f"a block was expected, not {head!r}")
        length = int(visa.read_bytes(int(head[1:])))
        data = visa.read_bytes(length) if length else b""
        if visa.read_bytes(1) != b"\n":
            raise ValueError("a block is longer than its header says")
        return data
    finally:
        visa.read_termination = "\n"


def _error_code(entry: str) -> int:
    try:
        return int(entry.partition(",")[0])
    except ValueError:
        raise InstrumentError(f"an entry of an error queue was expected, not {entry!r}") from None
