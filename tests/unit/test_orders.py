"""What is asked of the loop: operators' commands, the supervisor's requests, a supervisor that is gone or silent."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from rig.bridge import Bridge, End, EventKind, Operate, Request, Slot
from rig.clock import SteppedClock
from rig.config import load_rig
from rig.rt.control import ControlLaw, Mode
from rig.rt.orders import LOOKS_FOR_SUPERVISOR, SUPERVISOR_TIMEOUT_S, Orders, TripError
from rig.state import RigState

RIG = load_rig("one_corner")
OPERABLE = (RigState.RUNNING, RigState.HOLDING)


@dataclass
class Told:
    """An outbox that keeps what it is told."""

    events: list[tuple[EventKind, int, int, float]] = field(default_factory=list)

    def event(self, kind: EventKind, index: int, sample: int, value: float, text: str = "") -> None:
        """Kept."""
        self.events.append((kind, index, sample, value))

    @property
    def kinds(self) -> list[EventKind]:
        """Without the rest."""
        return [kind for kind, *_ in self.events]


@dataclass
class Desk:
    """Orders with their bridge, law and outbox, and a clock that a test sets."""

    bridge: Bridge
    law: ControlLaw
    told: Told
    clock: SteppedClock
    orders: Orders

    def ask(self, what: Operate, value: int = 0, state: RigState = RigState.RUNNING) -> tuple[int, int]:
        """One command and a cycle: whether its number came back, and whether it was refused."""
        number = self.bridge.operate(what, value)
        self.orders.obey(state, 777)
        return int(self.bridge.get(Slot.OPERATE_TAKEN) == number), self.bridge.get(Slot.OPERATE_REFUSED)

    def wait(self, seconds: float, alive: bool = False) -> None:
        """Time passes, and the loop looks for its supervisor."""
        self.clock.sleep_until_ns(self.clock.now_ns() + round(seconds * 1e9))
        self.bridge.integers[Slot.SUPERVISOR_BEAT] += alive
        self.orders.look_for_supervisor(777)


TAKEN, REFUSED = (1, 0), (1, 1)


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk whose shared memory is gone afterwards."""
    bridge, told, clock = Bridge.create(3, 16), Told(), SteppedClock()
    law = ControlLaw(RIG, 1e9)
    bridge.set(Slot.ALIVE, os.getppid())
    orders = Orders(bridge, law, told, clock)  # type: ignore[arg-type]
    yield Desk(bridge, law, told, clock, orders)
    bridge.close()
    bridge.unlink()


def test_a_hold_and_a_resume_are_taken_and_told(desk: Desk) -> None:
    """Each changes the law, comes back by its number, and is told with the sample at which it takes effect."""
    assert desk.ask(Operate.HOLD) == TAKEN
    assert desk.law.mode is Mode.HOLD
    assert desk.ask(Operate.RESUME, state=RigState.HOLDING) == TAKEN
    assert desk.law.mode is Mode.RUN
    wanted = [(EventKind.OPERATED, what, 777, 0.0) for what in (Operate.HOLD, Operate.RESUME)]
    assert desk.told.events == wanted


@pytest.mark.parametrize(("what", "mode"), [(Operate.RESUME, Mode.RUN), (Operate.HOLD, Mode.HOLD)])
def test_what_would_change_nothing_is_refused(desk: Desk, what: Operate, mode: Mode) -> None:
    """A resume of a run that runs, a hold of one that is held: refused, and not told as if it had been done."""
    if mode is Mode.HOLD:
        desk.law.ask(Mode.HOLD)
    assert desk.ask(what, state=RigState.HOLDING if mode is Mode.HOLD else RigState.RUNNING) == REFUSED
    assert (desk.law.mode, desk.told.events) == (mode, [])


@pytest.mark.parametrize("state", [state for state in RigState if state not in OPERABLE])
@pytest.mark.parametrize("what", [Operate.HOLD, Operate.RESUME, Operate.SPAN])
def test_in_any_other_state_nothing_is_taken(desk: Desk, state: RigState, what: Operate) -> None:
    """Before, during a check, while it stops, and after: answered with a refusal; the law is left alone."""
    assert desk.ask(what, 500, state) == REFUSED
    assert (desk.law.mode, float(desk.law.law["span_wanted"][0]), desk.told.events) == (Mode.RUN, 1.0, [])


@pytest.mark.parametrize("permille", [1, 500, 1000])
def test_a_span_within_its_bounds_is_taken(desk: Desk, permille: int) -> None:
    """From 0.1 % to 100 %, and told."""
    assert desk.ask(Operate.SPAN, permille) == TAKEN
    assert desk.law.law["span_wanted"][0] == permille / 1000.0
    assert desk.told.events == [(EventKind.OPERATED, Operate.SPAN, 777, float(permille))]


@pytest.mark.parametrize("permille", [0, -1, -500, 1001, 1 << 40])
def test_a_span_outside_its_bounds_is_refused(desk: Desk, permille: int) -> None:
    """Nothing is clipped: no span of 0, which would be a hold by another name, and none beyond the drive."""
    assert desk.ask(Operate.SPAN, permille) == REFUSED
    assert desk.law.law["span_wanted"][0] == 1.0


@pytest.mark.parametrize("mode", [Mode.STOP, Mode.DONE])
def test_a_span_is_refused_where_the_law_stops(desk: Desk, mode: Mode) -> None:
    """Also in the one cycle in which the state does not say so yet."""
    desk.law.law["mode"] = mode
    assert desk.ask(Operate.SPAN, 500) == REFUSED


def test_no_operator_can_ask_for_what_there_is_not(desk: Desk) -> None:
    """NONE is refused; a word that is none is an error, which trips the loop."""
    assert desk.ask(Operate.NONE) == REFUSED
    desk.bridge.operate(Operate.HOLD)
    desk.bridge.set(Slot.OPERATE, 99)
    with pytest.raises(ValueError, match="99"):
        desk.orders.obey(RigState.RUNNING, 777)


def test_each_command_is_done_once(desk: Desk) -> None:
    """It stands on the bridge until the next; only a new number is a new command."""
    desk.ask(Operate.HOLD)
    desk.law.ask(Mode.RUN)
    desk.orders.obey(RigState.RUNNING, 778)
    assert desk.law.mode is Mode.RUN
    assert desk.ask(Operate.HOLD) == TAKEN
    assert desk.bridge.get(Slot.OPERATE_NUMBER) == desk.bridge.get(Slot.OPERATE_TAKEN) == 2


def test_a_loop_that_begins_does_not_do_what_another_has_done(desk: Desk) -> None:
    """Numbers go on from those that were taken before: after a check the run starts as new."""
    desk.ask(Operate.HOLD)
    law = ControlLaw(RIG, 1e9)
    Orders(desk.bridge, law, desk.told, None).obey(RigState.RUNNING, 0)  # type: ignore[arg-type]
    assert law.mode is Mode.RUN


@pytest.mark.parametrize(
    ("request_", "end"),
    [
        (Request.STOP_FOR_COMPONENT, End.COMPONENT),
        (Request.STOP_FOR_PERSON, End.PERSON),
        (Request.STOP_FOR_RIG, End.RIG_STOP),
    ],
)
def test_a_stop_says_why_and_the_first_reason_stays(desk: Desk, request_: Request, end: End) -> None:
    """A stronger request that comes during the ramp does not change why the run was stopped."""
    desk.bridge.raise_request(request_)
    desk.orders.obey(RigState.RUNNING, 777)
    assert (desk.law.mode, desk.orders.end) == (Mode.STOP, end)
    desk.bridge.raise_request(Request.STOP_FOR_RIG)
    desk.orders.obey(RigState.STOPPING, 778)
    assert desk.orders.end is end


def test_a_stop_comes_before_a_hold_of_the_same_cycle(desk: Desk) -> None:
    """Who asks for the safer thing is heard."""
    desk.bridge.raise_request(Request.STOP_FOR_PERSON)
    assert desk.ask(Operate.HOLD) == REFUSED
    assert desk.law.mode is Mode.STOP


@pytest.mark.parametrize("state", list(RigState))
def test_a_trip_is_obeyed_in_every_state(desk: Desk, state: RigState) -> None:
    """It is told, and raised, whatever else is asked for."""
    desk.bridge.operate(Operate.RESUME)
    desk.bridge.raise_request(Request.TRIP)
    with pytest.raises(TripError):
        desk.orders.obey(state, 777)
    assert desk.told.events == [(EventKind.REQUESTED_TRIP, 0, 777, 0.0)]


def test_a_supervisor_that_takes_its_turns_is_left_alone(desk: Desk) -> None:
    """Ten minutes, a turn every two seconds."""
    for _ in range(300):
        desk.wait(2.0, alive=True)
    assert (desk.told.events, desk.bridge.get(Slot.REQUEST)) == ([], Request.NONE)


def test_a_supervisor_that_is_silent_for_three_seconds_stops_the_run(desk: Desk) -> None:
    """Not before; told once with how long, however long it stays silent; as a rig stop."""
    desk.wait(0.0)
    desk.wait(SUPERVISOR_TIMEOUT_S - 0.01)
    assert desk.told.events == []
    for _ in range(5):
        desk.wait(0.01)
    assert desk.told.kinds == [EventKind.SUPERVISOR_SILENT]
    assert desk.told.events[0][3] == pytest.approx(SUPERVISOR_TIMEOUT_S)
    desk.orders.obey(RigState.RUNNING, 777)
    assert (desk.law.mode, desk.orders.end) == (Mode.STOP, End.RIG_STOP)


def test_where_time_stands_still_no_silence_is_measured(desk: Desk) -> None:
    """At pace stepped the supervisor may take as long as it likes."""
    orders = Orders(desk.bridge, desk.law, desk.told, None)  # type: ignore[arg-type]
    for _ in range(100):
        orders.look_for_supervisor(777)
    assert desk.told.events == []


def test_a_supervisor_that_is_gone_stops_the_run(desk: Desk) -> None:
    """Looked for with every so many beats; told once."""
    desk.bridge.set(Slot.ALIVE, 1 << 30)
    for _ in range(LOOKS_FOR_SUPERVISOR - 1):
        desk.orders.beat(777)
    assert desk.told.events == []
    for _ in range(2 * LOOKS_FOR_SUPERVISOR):
        desk.orders.beat(777)
    assert desk.told.kinds == [EventKind.SUPERVISOR_LOST]
    assert desk.bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG


def test_a_stop_that_stands_for_the_rig_is_reason_enough(desk: Desk) -> None:
    """No second event for a supervisor that had already asked for it before it went."""
    desk.bridge.raise_request(Request.STOP_FOR_RIG)
    desk.bridge.set(Slot.ALIVE, 1 << 30)
    desk.orders.look_for_supervisor(777)
    assert desk.told.events == []
