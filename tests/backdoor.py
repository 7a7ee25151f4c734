"""The back doors of the simulated rig for tests: break it, mend it, read the device's own log.

    with Backdoor(addresses["backdoor"]) as door:          # the servo controller's; "backdoor_instruments" beside it
        door.fault("sensor_stuck", channel="strut_force_n", at_sample=5000)
        ...
        door.clear()
        door.log()["exchanges"][-1]["sequence"]

The faults and their parameters: `docs/faults.md` and `simulators/faults`.
"""

import json
import socket
from types import TracebackType
from typing import Any, Self


class BackdoorError(AssertionError):
    """The back door refused: with what it said."""


class Backdoor:
    """A connection to one back door, ``host:port``; several may be open at once. Each call is one line and one answer.

    Raises:
        BackdoorError: from any call that is refused.
    """

    def __init__(self, address: str, timeout_s: float = 10.0) -> None:
        host, _, port = address.partition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=timeout_s)
        self._lines = self._socket.makefile("rb")

    def do(self, what: str, **parameters: Any) -> dict[str, Any]:
        """Any request: ``{"do": what, ...}``; gives the answer."""
        self._socket.sendall(json.dumps({"do": what, **parameters}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline() or b'{"ok": false, "error": "the door was closed"}')
        if not answer.pop("ok"):
            raise BackdoorError(answer["error"])
        return answer

    def fault(self, name: str, **parameters: Any) -> int:
        """Break something, at once or at a sample; gives the number of the fault."""
        number: int = self.do("fault", fault=name, **parameters)["number"]
        return number

    def clear(self, number: int | None = None) -> None:
        """End one fault, or all of them, those that wait to begin included."""
        self.do("clear", **({} if number is None else {"number": number}))

    def faults(self) -> list[dict[str, Any]]:
        """All faults since the start: number, fault, state (``waits``, ``lasts``, ``over``), begun_at_sample."""
        found: list[dict[str, Any]] = self.do("faults")["faults"]
        return found

    def log(self) -> dict[str, Any]:
        """The device's log: ``exchanges`` and ``changes``, oldest first; see `simulators.servo.device_log`."""
        return self.do("log")

    def close(self) -> None:
        """Idempotent."""
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
