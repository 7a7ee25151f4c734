"""Paces: how the loop waits between cycles, and whether it meets the other processes on its way."""

from collections import deque
from typing import Protocol

from rig.bridge import Bridge, Slot
from rig.clock import Clock, RealClock, SteppedClock, pause
from rig.rt.timing import LoopTiming

MEETING_SAMPLES = 500
NO_MEETING = 1 << 62


class Pacer(Protocol):
    """How a pace waits. ``batch``: samples a cycle carries at most; ``clock``: what its time is."""

    batch: int
    clock: Clock

    def start(self) -> None:
        """The first cycle begins now."""
        ...

    def wait(self, resting: bool = False) -> None:
        """Wait for the next cycle; ``resting``: the rig is held, and time is real at every pace."""
        ...

    def too_many_late(self) -> int:
        """How many cycles were late within the last second, where that is more than allowed; else 0."""
        ...

    def room(self, sent: int) -> int:
        """How many samples may be sent before something else must happen."""
        ...

    def meet(self, received: int) -> None:
        """Called after each cycle with the number of samples received."""
        ...


class LateWatch:
    """Late cycles within a second, against the most that are allowed."""

    def __init__(self, most_per_s: int) -> None:
        self._times_ns: deque[int] = deque(maxlen=most_per_s + 1)
        self._too_many = 0

    def add(self, now_ns: int) -> None:
        """One more cycle was late."""
        times_ns = self._times_ns
        times_ns.append(now_ns)
        if len(times_ns) == times_ns.maxlen and now_ns - times_ns[0] <= 1_000_000_000:
            self._too_many = len(times_ns)

    def take(self) -> int:
        """How many there were within a second, where that is more than allowed, else 0; each crowd is told once."""
        if not self._too_many:
            return 0
        found, self._too_many = self._too_many, 0
        self._times_ns.clear()
        return found


class RealPacer:
    """Wall clock, absolute deadlines. A late cycle is counted; periods that are gone are skipped, never made up.

    ``late_per_s``: more late cycles than this in a second are too many; as it stands, more than a rig has cycles.
    """

    def __init__(self, period_ns: int, batch: int, timing: LoopTiming, bridge: Bridge, late_per_s: int = 2000) -> None:
        self.batch = batch
        self.clock: Clock = RealClock()
        self._late = LateWatch(late_per_s)
        self._period_ns = period_ns
        self._timing = timing
        self._bridge = bridge
        self._deadline_ns = 0

    def start(self) -> None:
        """The first deadline is one period from now."""
        self._deadline_ns = self.clock.now_ns()

    def wait(self, resting: bool = False) -> None:
        """Sleep to the next deadline; count how late the wake-up was."""
        del resting
        self._deadline_ns += self._period_ns
        behind_ns = self.clock.now_ns() - self._deadline_ns
        if behind_ns > 0:
            self._timing.late_cycles += 1
            self._late.add(self.clock.now_ns())
            self._bridge.set(Slot.LATE_CYCLES, self._timing.late_cycles)
            self._deadline_ns += (behind_ns // self._period_ns) * self._period_ns
            return
        self.clock.sleep_until_ns(self._deadline_ns)
        self._timing.wake_up.add(self.clock.now_ns() - self._deadline_ns)

    def too_many_late(self) -> int:
        """See `LateWatch.take`."""
        return self._late.take()

    def room(self, sent: int) -> int:
        """Nothing but the FIFO bounds what may be sent."""
        del sent
        return self.batch

    def meet(self, received: int) -> None:
        """Nobody is waited for."""


class SteppedPacer:
    """As fast as the wire answers. Every so many samples everybody catches up, so that runs are reproducible.

    ``meets``: False where there is nobody to meet, in a check before the run.
    """

    def __init__(
        self, period_ns: int, batch: int, bridge: Bridge, still_wanted: "StillWanted", *, meets: bool = True
    ) -> None:
        self.batch = batch
        self.clock: Clock = SteppedClock()
        self._period_ns = period_ns
        self._bridge = bridge
        self._still_wanted = still_wanted
        self._next_meeting = MEETING_SAMPLES if meets else NO_MEETING

    def start(self) -> None:
        """Time begins at zero."""

    def wait(self, resting: bool = False) -> None:
        """Time advances by a cycle; no real time passes, unless the rig is held: a hold may last for hours."""
        self.clock.sleep_until_ns(self.clock.now_ns() + self._period_ns)
        if resting:
            pause(self._period_ns * 1e-9)

    def too_many_late(self) -> int:
        """Nothing is late where time waits."""
        return 0

    def room(self, sent: int) -> int:
        """Samples up to the next meeting."""
        return min(self.batch, self._next_meeting - sent)

    def meet(self, received: int) -> None:
        """At a meeting, wait until recorder, judge and instruments have caught up."""
        if received < self._next_meeting:
            return
        self._bridge.set(Slot.MEETING_AT, self._next_meeting)
        while self._bridge.get(Slot.MEETING_DONE) < self._next_meeting and self._still_wanted():
            pause(20e-6)
        self._next_meeting += MEETING_SAMPLES


class StillWanted(Protocol):
    """Whether the supervisor is still to be waited for."""

    def __call__(self) -> bool:
        """False once it is gone, or asks for a trip."""
        ...
