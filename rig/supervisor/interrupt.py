"""Ctrl-C and SIGTERM while a run is on: counted in the handler, acted upon by the supervisor."""

import signal
from types import FrameType, TracebackType
from typing import Any


class Interrupt:
    """Within ``with``, SIGINT and SIGTERM are counted instead of ending the program."""

    def __init__(self) -> None:
        self.total = 0
        self._taken = 0
        self._before: dict[signal.Signals, Any] = {}

    def take(self) -> int:
        """How many came since the last call."""
        new = self.total - self._taken
        self._taken = self.total
        return new

    def _count(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.total += 1

    def __enter__(self) -> "Interrupt":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._count)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
