"""Ctrl-C, SIGTERM and a closed terminal while a run is on: counted in the handler, acted upon by the supervisor."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

_HEARD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StoppedEarly(Exception):
    """A person stopped the run before the loop was let go: nothing has moved."""


@contextlib.contextmanager
def unheard_by_children() -> Iterator[None]:
    """Processes started within ``with`` never hear what is sent to all at once; ours is only held up.

    That is Ctrl-C and a closed terminal, to the process group, and a service manager's SIGTERM.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Interrupt:
    """Within ``with``, SIGINT, SIGTERM and SIGHUP are counted instead of ending the program.

    Ctrl-Z does nothing, here and in the processes started within: it would stop all of them in mid-motion.
    """

    def __init__(self) -> None:
        self.total = 0
        self._taken = 0
        self._before: dict[signal.Signals, Any] = {}

    def check(self) -> None:
        """Called while a run starts, wherever it can be given up.

        Raises:
            StoppedEarly: a person has asked to stop.
        """
        if self.total:
            raise StoppedEarly

    def take(self) -> int:
        """How many came since the last call."""
        new = self.total - self._taken
        self._taken = self.total
        return new

    def _count(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.total += 1

    def __enter__(self) -> "Interrupt":
        for number in _HEARD:
            self._before[number] = signal.signal(number, self._count)
        self._before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
