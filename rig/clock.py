"""Time. Nothing else in the program touches the `time` module."""

import time
from datetime import UTC, datetime
from typing import Protocol

AWAKE_NS = 100_000
"""So long before a deadline the real clock wakes: more than a wake-up usually takes, 5 % of a period of 2 ms."""


class Clock(Protocol):
    """What the loop needs of time."""

    def now_ns(self) -> int:
        """Nanoseconds since an arbitrary start; never goes back."""
        ...

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """Return at the deadline, or at once where it has passed."""
        ...


class RealClock:
    """The machine's monotonic clock; ``awake_ns``: see `AWAKE_NS`."""

    def __init__(self, awake_ns: int = AWAKE_NS) -> None:
        self._awake_ns = awake_ns

    def now_ns(self) -> int:
        """Nanoseconds of CLOCK_MONOTONIC."""
        return time.monotonic_ns()

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """Sleep to just before a deadline, then look at the clock until it is there; a past one returns at once."""
        remaining_ns = deadline_ns - time.monotonic_ns()
        if remaining_ns > self._awake_ns:
            time.sleep((remaining_ns - self._awake_ns) * 1e-9)
        while time.monotonic_ns() < deadline_ns:
            pass


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
