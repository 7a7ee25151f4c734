"""Time. Nothing else in the program touches the `time` module."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the loop needs of time."""

    def now_ns(self) -> int:
        """Nanoseconds since an arbitrary start; never goes back."""
        ...

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """Return at the deadline, or at once where it has passed."""
        ...


class RealClock:
    """The machine's monotonic clock."""

    def now_ns(self) -> int:
        """Nanoseconds of CLOCK_MONOTONIC."""
        return time.monotonic_ns()

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """Sleep to an absolute deadline; a deadline in the past returns at once."""
        remaining_ns = deadline_ns - time.monotonic_ns()
        if remaining_ns > 0:
            time.sleep(remaining_ns * 1e-9)


class SteppedClock:
    """Time that advances only when it is slept: as fast as the wire answers."""

    def __init__(self) -> None:
        self._now_ns = 0

    def now_ns(self) -> int:
        """Nanoseconds that have been slept."""
        return self._now_ns

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """Jump to the deadline; a deadline in the past changes nothing."""
        self._now_ns = max(self._now_ns, deadline_ns)


def pause(seconds: float) -> None:
    """Wait in real time, for processes that wait for other processes at any pace."""
    time.sleep(seconds)


def utc_now() -> datetime:
    """The date and time of day, for people and the manifest's anchor; never for intervals."""
    return datetime.now(UTC)
