"""Starts what the rig file's ``launch`` says and takes the addresses that it prints; stops it again."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from profiles.yaml_nodes import shown

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0
_GLANCE_S = 0.2
_LONGEST_ANSWER_BYTES = 1 << 16


class LaunchError(Exception):
    """The command could not be started, ended early or did not print its addresses in time."""


class NoSuchCommandError(LaunchError):
    """There is no such command, or it may not be started."""


class Launched:
    """A running bench. It stays until `stop`, or until this process dies and its standard input closes.

    What it says on standard error goes into the log. ``glance`` is called while it is waited for; what that raises
    ends the waiting.

    Raises:
        LaunchError: see there; whatever had started is gone then.
    """

    def __init__(self, command: tuple[str, ...], log: Path, glance: Callable[[], None] = lambda: None) -> None:
        self._log, self._glance = log, glance
        words = [sys.executable if word == "python" else word for word in command]
        try:
            with log.open("ab") as errors:
                self._process = subprocess.Popen(
                    words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
                )
        except OSError as error:
            raise NoSuchCommandError((error.strerror or str(error)).lower()) from None
        try:
            self.addresses = self._read_addresses(command)
        except BaseException:
            self.stop()
            raise

    def _read_addresses(self, command: tuple[str, ...]) -> dict[str, str]:
        line = self._read_line()
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
                return found
        raise LaunchError(f"{' '.join(command)} {self._what_it_did(line)}{self._last_words()}")

    def _read_line(self) -> bytes:
        """Its first line, or as much as came before it closed its output or the time was over."""
        assert self._process.stdout is not None
        output, line = self._process.stdout.fileno(), b""
        for _ in range(round(START_TIMEOUT_S / _GLANCE_S)):
            self._glance()
            if select.select([output], [], [], _GLANCE_S)[0]:
                part = os.read(output, 4096)
                line += part
                if not part or b"\n" in part or len(line) > _LONGEST_ANSWER_BYTES:
                    break
        return line.partition(b"\n")[0]

    def _what_it_did(self, line: bytes) -> str:
        if line:
            return f"printed {shown(line.decode(errors='replace'))} instead of its addresses as one JSON object"
        with contextlib.suppress(subprocess.TimeoutExpired):
            return f"ended with exit code {self._process.wait(timeout=1.0)} before it printed its addresses"
        return f"printed no addresses within {START_TIMEOUT_S:.0f} s"

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"; it said last: {shown(said[-1])}, see {self._log}" if said else ""

    @property
    def running(self) -> bool:
        """Whether the launched process is still there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End it: closed standard input, then SIGTERM, then SIGKILL. Idempotent."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        for number in (None, signal.SIGTERM, signal.SIGKILL):
            if number is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)  # it leads a session of its own: its children with it
            try:
                self._process.wait(timeout=STOP_TIMEOUT_S)
                return
            except subprocess.TimeoutExpired:
                continue

    def __enter__(self) -> "Launched":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def addresses_of(launched: Launched | None, modbus: str, instruments: dict[str, str]) -> dict[str, str]:
    """The address of the servo controller (``modbus``) and of each instrument by role; ``launched`` is replaced.

    Raises:
        LaunchError: the rig file counts on an address that was not printed.
    """
    wanted = {"modbus": modbus, **instruments}
    printed = launched.addresses if launched else {}
    missing = [role for role, address in wanted.items() if address == "launched" and role not in printed]
    if missing:
        raise LaunchError(
            f"no address was printed for {', '.join(missing)}; give it in the rig file or launch the bench"
        )
    return {role: printed[role] if address == "launched" else address for role, address in wanted.items()}
