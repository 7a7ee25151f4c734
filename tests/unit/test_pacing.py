"""Paces: deadlines that are kept, skipped and never made up; meetings."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from rig.bridge import Bridge, Slot
from rig.rt import pacing
from rig.rt.pacing import MEETING_SAMPLES, RealPacer, SteppedPacer
from rig.rt.timing import LoopTiming

PERIOD_NS = 2_000_000


@dataclass
class HandClock:
    """A clock that a test sets; a sleeper wakes ``overshoot_ns`` after its deadline."""

    now: int = 0
    overshoot_ns: int = 0
    slept_to: list[int] = field(default_factory=list)

    def now_ns(self) -> int:
        """As set."""
        return self.now

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """Noted."""
        self.slept_to.append(deadline_ns)
        self.now = max(self.now, deadline_ns) + self.overshoot_ns


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    """A bridge that is gone after the test."""
    made = Bridge.create(1, 16)
    yield made
    made.close()
    made.unlink()


@pytest.fixture
def real(bridge: Bridge) -> RealPacer:
    """A real pacer whose clock the test sets, started at time 0."""
    pacer = RealPacer(PERIOD_NS, 8, LoopTiming(), bridge)
    pacer.clock = HandClock()
    pacer.start()
    return pacer


def test_deadlines_are_absolute(real: RealPacer) -> None:
    """A wake-up that comes late does not push the next deadline away."""
    clock = real.clock
    assert isinstance(clock, HandClock)
    clock.overshoot_ns = 300_000
    for _ in range(5):
        real.wait()
    assert clock.slept_to == [PERIOD_NS * k for k in range(1, 6)]


def test_a_late_cycle_is_counted_and_whole_periods_are_skipped(real: RealPacer, bridge: Bridge) -> None:
    """After 3.4 periods of work: one late cycle, no sleep, and the next deadline is the next whole period."""
    clock = real.clock
    assert isinstance(clock, HandClock)
    clock.now = int(3.4 * PERIOD_NS)
    real.wait()
    assert clock.slept_to == []
    assert bridge.get(Slot.LATE_CYCLES) == 1
    real.wait()
    assert clock.slept_to == [4 * PERIOD_NS]
    assert bridge.get(Slot.LATE_CYCLES) == 1


def test_a_cycle_that_is_just_in_time_is_not_late(real: RealPacer, bridge: Bridge) -> None:
    """The deadline itself is in time."""
    clock = real.clock
    assert isinstance(clock, HandClock)
    clock.now = PERIOD_NS
    real.wait()
    assert bridge.get(Slot.LATE_CYCLES) == 0


def test_catching_up_never_bursts(real: RealPacer) -> None:
    """However long a stall, no two of the cycles after it begin in the same period."""
    clock = real.clock
    assert isinstance(clock, HandClock)
    clock.now = 100 * PERIOD_NS + 7
    begins = []
    for _ in range(5):
        real.wait()
        begins.append(clock.now // PERIOD_NS)
    assert begins == [100, 101, 102, 103, 104]


def test_stepped_time_advances_by_cycles_only(bridge: Bridge) -> None:
    """No wall clock gets into what is recorded."""
    pacer = SteppedPacer(PERIOD_NS, 8, bridge, lambda: True)
    pacer.start()
    for _ in range(3):
        pacer.wait()
    assert pacer.clock.now_ns() == 3 * PERIOD_NS


def test_no_sample_beyond_a_meeting_is_sent_before_it(bridge: Bridge) -> None:
    """The room shrinks to nothing at the meeting, and is there again after it."""
    pacer = SteppedPacer(PERIOD_NS, 8, bridge, lambda: True)
    assert [pacer.room(sent) for sent in (0, MEETING_SAMPLES - 3, MEETING_SAMPLES)] == [8, 3, 0]
    bridge.set(Slot.MEETING_DONE, MEETING_SAMPLES)
    pacer.meet(MEETING_SAMPLES)
    assert pacer.room(MEETING_SAMPLES) == 8


def test_a_meeting_waits_until_the_others_are_done(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly until then: neither before the meeting, nor on a done that is an older one's."""
    pacer, waits = SteppedPacer(PERIOD_NS, 8, bridge, lambda: True), []

    def others(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            bridge.set(Slot.MEETING_DONE, bridge.get(Slot.MEETING_AT))

    monkeypatch.setattr(pacing, "pause", others)
    pacer.meet(MEETING_SAMPLES - 1)
    assert (waits, bridge.get(Slot.MEETING_AT)) == ([], 0)
    pacer.meet(MEETING_SAMPLES)
    assert (len(waits), bridge.get(Slot.MEETING_AT)) == (3, MEETING_SAMPLES)


def test_nobody_is_waited_for_who_is_gone(bridge: Bridge) -> None:
    """The loop must come to its ramp when the supervisor died, or to a trip that is asked for."""
    wanted = iter([True, True, False])
    SteppedPacer(PERIOD_NS, 8, bridge, lambda: next(wanted)).meet(MEETING_SAMPLES)
    assert next(wanted, None) is None
