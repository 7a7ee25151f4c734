"""Too many late cycles in a second: the rig holds, says so once, and goes on when a person resumes."""

import numpy as np
import pytest

from rig.bridge import Bridge, End, EventKind, Operate, Request
from rig.record.ring import Rows
from rig.rt.pacing import LateWatch
from rig.state import RigState
from tests.loop_bench import ScriptPacer, Told, device_of, rig_with, rigged, waves

S = 1_000_000_000
UNLIMITED = rig_with(progress=False, ramp_s=0.1)


def test_as_many_as_are_allowed_are_not_too_many() -> None:
    """Ten in a second are; the eleventh is one too many."""
    watch = LateWatch(10)
    for number in range(10):
        watch.add(number * 1000)
    assert watch.take() == 0
    watch.add(S)
    assert watch.take() == 11


def test_a_crowd_is_told_once() -> None:
    """And the next needs as many again."""
    watch = LateWatch(3)
    for number in range(4):
        watch.add(number)
    assert (watch.take(), watch.take()) == (4, 0)
    for number in range(3):
        watch.add(10 + number)
    assert watch.take() == 0
    watch.add(20)
    assert watch.take() == 4


def test_late_cycles_that_are_spread_are_none_too_many() -> None:
    """Eleven in a second and a nanosecond, for an hour."""
    watch = LateWatch(10)
    for number in range(36_000):
        watch.add(number * (S + 10) // 10)
        assert watch.take() == 0


def test_the_second_slides() -> None:
    """It is any second, not one that begins with a tick of the clock."""
    watch = LateWatch(2)
    for at_ns in (0, 900_000_000, 1_700_000_000, 1_800_000_000):
        watch.add(at_ns)
    assert watch.take() == 3


class LatePacer(ScriptPacer):
    """Says at given numbers of samples that too many cycles were late."""

    def __init__(self, late_at: set[int], script: dict[int, object], bridge: Bridge) -> None:
        super().__init__(8, script, bridge)  # type: ignore[arg-type]
        self._late_at, self._received = late_at, 0

    def meet(self, received: int) -> None:
        """See `rig.rt.pacing.Pacer.meet`."""
        super().meet(received)
        self._received = received

    def too_many_late(self) -> int:
        """See `rig.rt.pacing.Pacer.too_many_late`."""
        return 12 if self._received in self._late_at else 0


def run_late(late_at: set[int], script: dict[int, object]) -> tuple[End, Rows, list[Told]]:
    """A run of 900 drive rows."""
    drive = waves(900, np.random.default_rng(1))
    with device_of(UNLIMITED) as device:
        made_with = rigged(UNLIMITED, device, drive, lambda bridge: LatePacer(late_at, script, bridge))
        with made_with as made:
            return made.loop.run(), made.row_ring.reader("r").drain(), made.events()


@pytest.mark.parametrize("late_at", [{160}, {160, 168, 176, 320}])
def test_the_rig_holds_and_goes_on_when_it_is_resumed(late_at: set[int]) -> None:
    """From the next cycle on the span falls; told once while it is held; after a resume the drive completes."""
    end, rows, events = run_late(late_at, {400: lambda bridge: bridge.operate(Operate.RESUME)})
    assert end is End.COMPLETED
    assert [(one.sample, one.value) for one in events if one.kind is EventKind.LATE_CYCLES] == [(160, 12.0)]
    states = [(RigState(one.index), one.sample) for one in events if one.kind is EventKind.STATE]
    assert states[3:5] == [(RigState.HOLDING, 160), (RigState.RUNNING, 400)]
    assert (rows["span"][:160] == 1.0).all()
    assert (rows["span"][[160, 209, 399]] == np.array([0.98, 0.0, 0.0], np.float32)).all()
    assert len(rows) == 900 + (400 - 210)  # while it is at rest no drive row is used


def test_a_rig_that_stops_does_not_hold() -> None:
    """Late cycles during a stop change nothing: the ramp goes on to its end."""
    end, rows, events = run_late(
        set(range(168, 900, 8)), {160: lambda bridge: bridge.raise_request(Request.STOP_FOR_PERSON)}
    )
    assert end is End.PERSON
    assert len(rows) == 160 + 49
    assert EventKind.LATE_CYCLES not in [one.kind for one in events]
