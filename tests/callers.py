"""An operator in the same process as the run, for tests: asks, lets the run take turns, and reads what came back."""

import contextlib
import json
import os
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

from rig.operator.folder import live_runs
from rig.operator.server import OperatorServer


class Caller:
    """A raw connection to a published server; use with ``with``."""

    def __init__(self, folder: Path) -> None:
        (run,) = live_runs([folder], os.geteuid())
        self.socket = run.connect(1.0)
        self.socket.setblocking(False)
        self._rest = b""

    def say(self, data: bytes) -> None:
        """Send bytes as they are, as far as they go."""
        self.socket.send(data)

    def ask(self, command: str, **more: int) -> None:
        """Send a question."""
        self.say(json.dumps({"command": command, **more}).encode() + b"\n")

    def heard(self) -> list[dict[str, Any]]:
        """The answers that have come."""
        with contextlib.suppress(BlockingIOError, ConnectionResetError):
            while data := self.socket.recv(1 << 16):
                self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        return [json.loads(line) for line in lines]

    @property
    def hung_up(self) -> bool:
        """Whether the run has closed the connection; what came before is lost to `heard`."""
        try:
            return self.socket.recv(1 << 16) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def half_close(caller: Caller) -> None:
    """Say nothing more, and listen on."""
    caller.socket.shutdown(socket.SHUT_WR)


def turns(server: OperatorServer, count: int = 5) -> list[Any]:
    """Some turns of a server; the questions that it understood."""
    return [question for _ in range(count) for _, question in server.turn()]
