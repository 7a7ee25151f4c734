"""Starts what the rig file's ``launch`` says and takes the addresses that it prints; stops it again."""

import json
import select
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 5.0


class LaunchError(Exception):
    """The command could not be started, ended early or did not print its addresses in time."""


class Launched:
    """A running bench. It stays until `stop`, or until this process dies and its standard input closes.

    What it says on standard error goes into the log.
    """

    def __init__(self, command: tuple[str, ...], log: Path) -> None:
        self._log = log
        words = [sys.executable if word == "python" else word for word in command]
        try:
            with log.open("ab") as errors:
                self._process = subprocess.Popen(
                    words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
                )
        except OSError as error:
            raise LaunchError(f"cannot start {' '.join(command)}: {(error.strerror or str(error)).lower()}") from None
        try:
            self.addresses = self._read_addresses(command)
        except LaunchError:
            self.stop()
            raise

    def _read_addresses(self, command: tuple[str, ...]) -> dict[str, str]:
        stream = self._process.stdout
        assert stream is not None
        ready, _, _ = select.select([stream], [], [], START_TIMEOUT_S)
        line = stream.readline() if ready else b""
        try:
            addresses = json.loads(line)
        except ValueError:
            what = "ended early" if self._process.poll() is not None else "printed no addresses"
            raise LaunchError(f"{' '.join(command)} {what}; see {self._log}") from None
        return {str(key): str(value) for key, value in addresses.items()}

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
                self._process.send_signal(number)
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
