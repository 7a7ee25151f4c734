"""What operators ask of a run: told to the loop, acknowledged once it is taken, on record with the user."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rig.bridge import EVENT_DTYPE, End, EventKind, Operate, Request, Slot
from rig.operator.users import own_name
from rig.record.events import read_events
from rig.state import RigState
from rig.supervisor import desk, watch
from tests.callers import Caller
from tests.fake_crew import RIG, Device, Stage, end_with, stage

USER = own_name()


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """In place of the wire."""
    made = Device()
    monkeypatch.setattr(watch, "build_hardware", lambda *_: made)
    return made


class Talk:
    """One operator, and a loop that the test plays: ``takes`` says whether it takes what it is asked for."""

    def __init__(self, made: Stage) -> None:
        self.stage, self.caller = made, Caller.__new__(Caller)
        self.state = RigState.RUNNING
        self.takes = True
        self.answers: list[dict[str, Any]] = []

    def call(self) -> None:
        """Connect; the run is published from its first turn on."""
        self.caller = Caller(self.stage.server._fixed or Path())
        self.enter(RigState.RUNNING)

    def enter(self, state: RigState, sample: int = 40) -> None:
        """The loop's state changes."""
        self.stage.bridge.set(Slot.STATE, int(state))
        self.tell(EventKind.STATE, int(state), sample)

    def tell(self, kind: EventKind, index: int, sample: int, value: float = 0.0) -> None:
        """An event of the loop."""
        event = np.zeros(1, EVENT_DTYPE)
        event[0] = (int(kind), index, sample, sample / 10.0, value, b"")
        self.stage.events_ring.push(event)

    def obey(self) -> None:
        """The loop's next cycle: takes or refuses what it is asked for, and follows."""
        bridge = self.stage.bridge
        number = bridge.get(Slot.OPERATE_NUMBER)
        if number != bridge.get(Slot.OPERATE_TAKEN):
            what = Operate(bridge.get(Slot.OPERATE))
            if self.takes:
                self.tell(EventKind.OPERATED, int(what), 41, bridge.get(Slot.OPERATE_VALUE))
                follows = {Operate.HOLD: RigState.HOLDING, Operate.RESUME: RigState.RUNNING}
                if what in follows:
                    self.enter(follows[what], 41)
            bridge.set(Slot.OPERATE_REFUSED, int(not self.takes))
            bridge.set(Slot.OPERATE_TAKEN, number)

    def hear(self) -> None:
        """Take what has been answered."""
        self.answers += self.caller.heard()


@pytest.fixture
def talk(tmp_path: Path, device: Device) -> Iterator[Talk]:
    """At pace real; the test says by its script what happens after which turn."""
    with stage(tmp_path) as made:
        talk = Talk(made)
        yield talk
        talk.caller.close()


def play(talk: Talk, *steps: Callable[[], object], end: End = End.PERSON) -> None:
    """Connect after the first turn, then a step every other turn, with the loop's cycles in between; then it ends."""
    made = talk.stage
    made.script = {1: talk.call}
    for number, step in enumerate(steps):
        made.script[2 + 4 * number] = step
        made.script[4 + 4 * number] = talk.obey
    last = 2 + 4 * len(steps)
    made.script[last] = talk.hear
    made.script[last + 1] = lambda: end_with(made, end)
    made.run()
    talk.hear()


def operated(talk: Talk) -> list[tuple[str, str, dict[str, Any], int | None]]:
    """Events of operators: kind, text, data, sample."""
    events = read_events(talk.stage.run_dir / "events.jsonl")
    assert events.broken is None
    return [
        (each.kind, each.text, each.data, each.sample) for each in events.events if each.kind.startswith("operator")
    ]


def test_status_tells_where_the_run_is(talk: Talk) -> None:
    """At once, without the loop, and without an event."""
    play(talk, lambda: talk.caller.ask("status"))
    (answer,) = talk.answers
    assert answer["done"]
    wanted = {"state": "RUNNING", "name": "nowhere", "rig": "one_corner", "surface": "sand_track", "target_km": 1.0}
    assert {key: answer["standing"][key] for key in wanted} == wanted
    assert operated(talk) == []


def test_a_hold_is_acknowledged_once_the_loop_holds(talk: Talk) -> None:
    """Not before; with the state after it, and on record with the user's name at the sample where it took effect."""
    early: list[dict[str, Any]] = []

    def ask() -> None:
        talk.caller.ask("hold")
        talk.stage.script[talk.stage.turns + 1] = lambda: early.extend(talk.caller.heard())

    play(talk, ask)
    assert early == []
    (answer,) = talk.answers
    assert (answer["done"], answer["standing"]["state"]) == (True, "HOLDING")
    assert "rig resume goes on, rig stop ends the run" in answer["text"]
    assert answer["standing"]["holding"] == f"{USER} asked for it"
    ((kind, text, data, sample),) = operated(talk)
    assert (kind, text, sample) == ("operator_hold", f"{USER} asked for a hold", 41)
    assert data == {"user": USER, "uid": os.getuid(), "taken": True}


def test_hold_span_and_resume_one_after_the_other(talk: Talk) -> None:
    """Asked for in one go by one client: each in its turn, each acknowledged."""

    def ask() -> None:
        talk.caller.ask("hold")
        talk.caller.ask("span", span_permille=500)
        talk.caller.ask("resume")

    play(talk, ask, lambda: None, lambda: None, lambda: None)
    assert [(answer["done"], answer["standing"]["state"]) for answer in talk.answers] == [
        (True, "HOLDING"),
        (True, "HOLDING"),
        (True, "RUNNING"),
    ]
    assert talk.answers[1]["standing"]["wanted_span"] == 0.5
    assert [kind for kind, *_ in operated(talk)] == ["operator_hold", "operator_span", "operator_resume"]
    assert operated(talk)[1][2]["span"] == 0.5


def test_two_clients_wait_for_each_other(talk: Talk) -> None:
    """One command at a time goes to the loop."""
    second: list[Caller] = []

    def ask() -> None:
        second.append(Caller(talk.stage.server._fixed or Path()))
        second[0].ask("hold")
        talk.caller.ask("span", span_permille=800)

    play(talk, ask, lambda: None, lambda: None)
    with second[0]:
        assert [answer["done"] for answer in (*talk.answers, *second[0].heard())] == [True, True]
    assert talk.stage.bridge.get(Slot.OPERATE_NUMBER) == 2


def test_what_does_not_fit_the_state_is_refused_and_on_record(talk: Talk) -> None:
    """The loop says that it changed nothing; the operator is told what it needs."""
    talk.takes = False
    play(talk, lambda: talk.caller.ask("resume"))
    (answer,) = talk.answers
    assert (answer["done"], answer["text"]) == (
        False,
        "not taken: the rig is RUNNING; a resume needs one that is HOLDING",
    )
    ((kind, text, data, _),) = operated(talk)
    assert kind == "operator_resume"
    assert f"{USER} asked for a resume: not taken" in text
    assert data["taken"] is False


def test_a_refusal_is_that_of_its_own_command(talk: Talk) -> None:
    """The next command waits for the loop's word on itself, whatever became of the one before."""
    talk.takes = False

    def again() -> None:
        talk.takes = True
        talk.caller.ask("hold")

    play(talk, lambda: talk.caller.ask("resume"), again)
    assert [answer["done"] for answer in talk.answers] == [False, True]


def test_what_still_waits_when_the_run_ends_is_answered(talk: Talk) -> None:
    """All of it: the command that is with the loop, and those behind it."""
    talk.obey = lambda: None  # type: ignore[method-assign]
    others: list[Caller] = []

    def ask() -> None:
        for command in ("hold", "resume"):
            others.append(Caller(talk.stage.server._fixed or Path()))
            others[-1].ask(command)

    play(talk, ask, end=End.COMPLETED)
    for other in others:
        with other:
            assert [answer["text"] for answer in other.heard()] == ["not taken: the run is over, the rig is RUNNING"]
    assert len(operated(talk)) == 2


def test_what_the_loop_does_not_take_in_time_is_said(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked, but: never taken for done. Where the loop takes it late all the same, that is on record too."""
    monkeypatch.setattr(desk, "ANSWER_S", 0.0)
    talk_obey, talk.obey = talk.obey, lambda: None  # type: ignore[method-assign]
    play(talk, lambda: talk.caller.ask("hold"), talk_obey, lambda: None)
    (answer,) = talk.answers
    assert not answer["done"]
    assert answer["text"].startswith("asked, but the loop has not taken a hold within")
    assert [(kind, data["taken"]) for kind, _, data, _ in operated(talk)] == [
        ("operator_hold", False),
        ("operator_hold", True),
    ]


@pytest.mark.parametrize(
    ("command", "request_", "state", "end"),
    [
        ("stop", Request.STOP_FOR_PERSON, RigState.STOPPING, End.PERSON),
        ("trip", Request.TRIP, RigState.TRIPPED, End.TRIPPED),
    ],
)
def test_a_stop_or_a_trip_is_asked_for_at_once(
    command: str, request_: Request, state: RigState, end: End, talk: Talk
) -> None:
    """Raised in the same turn, the reason of the run, acknowledged once the loop is on its way."""
    seen: list[int] = []
    play(
        talk,
        lambda: talk.caller.ask(command),
        lambda: (seen.append(talk.stage.bridge.get(Slot.REQUEST)), talk.enter(state)),
        end=end,
    )
    assert seen == [request_]
    (answer,) = talk.answers
    assert (answer["done"], answer["standing"]["state"]) == (True, state.name)
    ((kind, text, data, _),) = operated(talk)
    assert kind == f"operator_{command}"
    assert text.endswith(f"ped by {USER}")
    assert data["user"] == USER
    assert talk.stage.tell.reason == text


def test_a_trip_does_not_wait_behind_a_hold(talk: Talk) -> None:
    """A hold that the loop does not take holds nothing else up."""
    talk.obey = lambda: None  # type: ignore[method-assign]
    second: list[Caller] = []

    def trip() -> None:
        second.append(Caller(talk.stage.server._fixed or Path()))
        second[0].ask("trip")

    play(
        talk,
        lambda: talk.caller.ask("hold"),
        trip,
        lambda: talk.enter(RigState.TRIPPED),
        end=End.TRIPPED,
    )
    with second[0]:
        assert [answer["done"] for answer in second[0].heard()] == [True]
    assert talk.stage.bridge.get(Slot.REQUEST) == Request.TRIP
    assert [answer["text"] for answer in talk.answers] == ["not taken: the run is over, the rig is TRIPPED"]


def test_a_stop_that_comes_as_the_run_ends_is_answered(talk: Talk) -> None:
    """The loop is through before it could be seen stopping."""

    def stop_and_end() -> None:
        talk.caller.ask("stop")

        def end() -> None:
            talk.enter(RigState.OFFLINE)
            talk.stage.bridge.set(Slot.ENDED, int(End.PERSON))
            end_with(talk.stage, End.PERSON)

        talk.stage.script[talk.stage.turns + 1] = end

    made = talk.stage
    made.script = {1: talk.call, 2: stop_and_end}
    made.run()
    talk.hear()
    assert [answer["done"] for answer in talk.answers] == [True]


def test_a_stop_out_of_a_hold_says_why_the_rig_held(talk: Talk) -> None:
    """The reason of the run names both: who stopped it, and what had made it hold."""

    def late() -> None:
        talk.tell(EventKind.LATE_CYCLES, 0, 40, 12.0)
        talk.enter(RigState.HOLDING)

    def look() -> None:
        assert talk.stage.supervisor.progress.state is RigState.HOLDING
        talk.caller.ask("stop")

    play(talk, late, look, lambda: talk.enter(RigState.STOPPING))
    assert talk.stage.tell.reason == (
        f"stopped by {USER}; the rig held: 12 late cycles within a second, allowed are {RIG.late_cycles_per_s}: hold"
    )
    assert "late_cycles" in talk.stage.events


def test_an_interrupt_carries_the_user_too(talk: Talk) -> None:
    """Ctrl-C comes from whoever owns the process."""

    def press() -> None:
        talk.stage.interrupt.total += 1

    play(talk, press)
    assert [(kind, data["user"]) for kind, _, data, _ in operated(talk)] == [("operator_stop", USER)]


def test_operators_are_heard_while_a_fault_of_the_program_winds_down(talk: Talk) -> None:
    """The judge has failed; a trip still goes through."""
    made = talk.stage
    made.judge.error = ZeroDivisionError()
    asked: list[int] = []

    def looked() -> bool:
        asked.append(made.bridge.get(Slot.REQUEST))
        if len(asked) == 1:
            talk.call()
            talk.caller.ask("trip")
        if len(asked) == 4:
            talk.enter(RigState.TRIPPED)
            made.end(End.TRIPPED)
            made.finish()
        return True

    made.supervisor._watch._heart_beats = looked  # type: ignore[method-assign]
    made.push()
    assert made.run().end is End.TRIPPED
    assert Request.TRIP in asked
    talk.hear()
    assert [answer["done"] for answer in talk.answers] == [True]
