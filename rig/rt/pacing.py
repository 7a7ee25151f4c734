"""Paces: how the loop waits between cycles, and whether it meets the other processes on its way."""

from typing import Protocol

from rig.bridge import Bridge, Slot
from rig.clock import Clock, RealClock, SteppedClock, pause
from rig.rt.timing import LoopTiming

MEETING_SAMPLES = 500


class Pacer(Protocol):
    """How a pace waits. ``batch``: samples a cycle carries at most; ``clock``: what its time is."""

    batch: int
    clock: Clock

    def start(self) -> None:
        """The first cycle begins now."""
        ...

    def wait(self) -> None:
        """Wait for the next cycle."""
        ...

    def room(self, sent: int) -> int:
        """How many samples may be sent before something else must happen."""
        ...

    def meet(self, received: int) -> None:
        """Called after each cycle with the number of samples received."""
        ...


class RealPacer:
    """Wall clock, absolute deadlines. A late cycle is counted; periods that are gone are skipped, never made up."""

    def __init__(self, period_ns: int, batch: int, timing: LoopTiming, bridge: Bridge) -> None:
        self.batch = batch
        self.clock: Clock = RealClock()
        self._period_ns = period_ns
        self._timing = timing
        self._bridge = bridge
        self._deadline_ns = 0

    def start(self) -> None:
        """The first deadline is one period from now."""
        self._deadline_ns = self.clock.now_ns()

    def wait(self) -> None:
        """Sleep to the next deadline; count how late the wake-up was."""
        self._deadline_ns += self._period_ns
        behind_ns = self.clock.now_ns() - self._deadline_ns
        if behind_ns > 0:
            self._timing.late_cycles += 1
            self._bridge.set(Slot.LATE_CYCLES, self._timing.late_cycles)
            self._deadline_ns += (behind_ns // self._period_ns) * self._period_ns
            return
        self.clock.sleep_until_ns(self._deadline_ns)
        self._timing.wake_up.add(self.clock.now_ns() - self._deadline_ns)

    def room(self, sent: int) -> int:
        """Nothing but the FIFO bounds what may be sent."""
        del sent
        return self.batch

    def meet(self, received: int) -> None:
        """Nobody is waited for."""


class SteppedPacer:
    """As fast as the wire answers. Every so many samples everybody catches up, so that runs are reproducible."""

    def __init__(self, period_ns: int, batch: int, bridge: Bridge, still_wanted: "StillWanted") -> None:
        self.batch = batch
        self.clock: Clock = SteppedClock()
        self._period_ns = period_ns
        self._bridge = bridge
        self._still_wanted = still_wanted
        self._next_meeting = MEETING_SAMPLES

    def start(self) -> None:
        """Time begins at zero."""

    def wait(self) -> None:
        """Time advances by a cycle; no real time passes."""
        self.clock.sleep_until_ns(self.clock.now_ns() + self._period_ns)

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
