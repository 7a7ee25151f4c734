"""The supervisor and its processes: one that is gone, stands still or gives up, and what a person asks for."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.bridge import End, Request, Slot
from rig.record import recorder
from rig.record.recorder import RecorderFault
from rig.state import RigState
from rig.supervisor import supervise, watch
from tests.fake_crew import Device, Stage, end_with, stage


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """In place of the wire."""
    made = Device()
    monkeypatch.setattr(watch, "build_hardware", lambda *_: made)
    return made


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Stage]:
    """At pace real."""
    with stage(tmp_path) as made:
        yield made


@pytest.fixture
def stepped(tmp_path: Path) -> Iterator[Stage]:
    """At pace stepped."""
    with stage(tmp_path, "stepped") as made:
        yield made


def test_a_loop_that_does_not_stop_in_time_is_tripped(
    real: Stage, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fault of the program the supervisor does not wait for ever."""
    monkeypatch.setattr(supervise, "_WIND_DOWN_S", -3.9)
    monkeypatch.setitem(watch.HEARTBEAT_TIMEOUT_S, "real", 60.0)
    real.judge.error = ZeroDivisionError()
    real.script = {1: real.push}
    real.finish()
    ended = real.run()
    assert (ended.end, device.safe_calls, device.close_calls, real.loop.kills) == (End.TRIPPED, 1, 1, 1)


def test_rows_that_the_recorder_lost_are_no_survival(real: Stage, device: Device) -> None:
    """A run that completes although samples are missing on the disk is not whole."""
    real.script = {2: lambda: end_with(real, short_by=3)}
    ended = real.run()
    assert not ended.whole
    assert "rows_lost" in real.events


def test_a_recorder_that_is_overtaken_stops_the_run(real: Stage, device: Device) -> None:
    """Noticed while the rig runs, not at its end."""
    asked = []

    def overtaken() -> None:
        real.rows._words[real.rows._reader_at(recorder.READER) + 1] = 5

    def look() -> None:
        asked.append(real.bridge.get(Slot.REQUEST))
        end_with(real, End.RIG_STOP, short_by=5)

    real.script = {1: overtaken, 3: look}
    assert not real.run().whole
    assert asked == [Request.STOP_FOR_RIG]
    assert "rows_lost" in real.events


def test_a_recorder_that_lags_at_a_meeting_does_not_make_the_supervisor_deaf(
    stepped: Stage, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the meeting waits for the recorder, Ctrl-C still reaches the loop."""
    monkeypatch.setattr(supervise, "_ROWS_AHEAD", 5)
    asked = []

    def meet() -> None:
        stepped.push()
        stepped.bridge.set(Slot.MEETING_AT, 10)

    def press() -> None:
        stepped.interrupt.total += 1

    def look() -> None:
        asked.append((stepped.bridge.get(Slot.REQUEST), stepped.bridge.get(Slot.MEETING_DONE)))
        stepped.rows.reader(recorder.READER).acknowledge(10)

    def done() -> None:
        asked.append((stepped.bridge.get(Slot.REQUEST), stepped.bridge.get(Slot.MEETING_DONE)))
        stepped.end(End.PERSON)
        stepped.finish()

    stepped.script = {1: meet, 3: press, 5: look, 7: done}
    stepped.run()
    assert asked == [(Request.STOP_FOR_PERSON, 0), (Request.STOP_FOR_PERSON, 10)]


def test_the_first_interrupt_stops_and_the_second_trips(real: Stage, device: Device) -> None:
    """Two presses between two turns are two presses."""
    asked = []

    def press() -> None:
        asked.append(real.bridge.get(Slot.REQUEST))
        real.interrupt.total += 1

    real.script = {1: press, 3: press, 5: press, 6: lambda: end_with(real, End.TRIPPED)}
    ended = real.run()
    assert asked == [Request.NONE, Request.STOP_FOR_PERSON, Request.TRIP]
    assert ended.end is End.TRIPPED
    assert [kind for kind in real.events if kind.startswith("operator")] == [
        "operator_stop",
        "operator_trip",
        "operator_trip",
    ]


def test_an_interrupt_while_the_instruments_come_up_reaches_the_loop_before_it_goes(
    real: Stage, device: Device
) -> None:
    """The request stands when the loop is let go, so nothing begins to move."""
    real.interrupt.total = 1
    real.script = {1: lambda: end_with(real, End.PERSON)}
    let_go = real.supervisor._watch.let_go
    asked = []

    def note() -> None:
        asked.append(real.bridge.get(Slot.REQUEST))
        let_go()

    real.supervisor._watch.let_go = note  # type: ignore[method-assign]
    assert real.run().end is End.PERSON
    assert asked == [Request.STOP_FOR_PERSON]


def test_a_loop_that_is_gone_is_made_safe(real: Stage, device: Device) -> None:
    """On a connection of the supervisor's own; the run is tripped, and says so."""

    def die() -> None:
        real.loop.alive = False
        real.finish()

    real.script = {2: die}
    ended = real.run()
    assert (ended.end, device.safe_calls) == (End.TRIPPED, 1)
    assert "the loop's process is gone; trip acknowledged" in ended.reason
    assert ended.progress.state is RigState.TRIPPED


def test_a_loop_that_failed_says_why_and_is_made_safe(real: Stage, device: Device) -> None:
    """Its last words are the reason; whether it could trip the device is not taken on trust."""

    def fail() -> None:
        real.loop.theirs.send(("failed", "ValueError: no such thing"))
        real.finish()

    real.script = {2: fail}
    ended = real.run()
    assert (ended.end, device.safe_calls) == (End.TRIPPED, 1)
    assert "ValueError: no such thing" in ended.reason


def test_a_loop_that_ends_between_two_looks_is_not_taken_for_lost(real: Stage, device: Device) -> None:
    """It says how it ended and is gone after the supervisor has asked whether it is there: the report counts."""
    member = real.loop

    class Vanishing(type(member)):  # type: ignore[misc]
        """Alive when it is looked at; sends its report and ends in that very moment."""

        @property
        def alive(self) -> bool:
            """True once more; from then on False."""
            if not self.__dict__.get("done") and real.turns >= 2:
                self.__dict__["done"] = True
                real.push()
                self.theirs.send(("ended", {"end": int(End.COMPLETED), "timing": {}}))
                real.finish()
                return False
            return not self.__dict__.get("done", False)

        @alive.setter
        def alive(self, value: bool) -> None:
            pass

    member.__class__ = Vanishing
    ended = real.run()
    assert (ended.end, device.safe_calls) == (End.COMPLETED, 0)


@pytest.mark.parametrize(("fixture", "beaten"), [("real", 0), ("real", 7), ("stepped", 7)])
def test_a_loop_that_stands_still_is_made_safe(
    fixture: str, beaten: int, device: Device, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before its first heartbeat too, and at every pace: no run hangs for ever."""
    made = request.getfixturevalue(fixture)
    monkeypatch.setattr(watch, "HEARTBEAT_TIMEOUT_S", {"real": 0.1, "stepped": 0.1})
    monkeypatch.setattr(watch, "FIRST_BEAT_TIMEOUT_S", 0.1)
    monkeypatch.setattr(type(made), "_show", lambda *_: None)
    made.bridge.set(Slot.HEARTBEAT, beaten)
    made.finish()
    ended = made.run()
    assert (ended.end, device.safe_calls, made.loop.kills) == (End.TRIPPED, 1, 1)
    assert "stands still" in ended.reason


def test_a_recorder_that_gave_up_says_why(real: Stage, device: Device) -> None:
    """The disk's own words are the reason, and the run is stopped."""
    asked = []

    def give_up() -> None:
        real.recorder.theirs.send(RecorderFault("the samples can't be recorded: no space left on device"))
        real.recorder.alive = False

    def look() -> None:
        asked.append(real.bridge.get(Slot.REQUEST))
        real.recorder.theirs.send(RecorderFault("gone"))
        real.end(End.RIG_STOP)

    real.script = {1: give_up, 3: look}
    ended = real.run()
    assert asked == [Request.STOP_FOR_RIG]
    assert "no space left on device" in ended.reason
    assert not ended.whole


def test_events_that_can_not_be_written_are_no_survival(
    real: Stage, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk fills up with the last event: the record is not whole."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def last() -> None:
        monkeypatch.setattr(real.tell._log, "append", full)
        end_with(real)

    real.script = {2: last}
    ended = real.run()
    assert not ended.whole


def test_a_loop_that_is_gone_before_it_wrote_anything_leaves_the_device_alone(real: Stage, device: Device) -> None:
    """The device may be in the hands of another host."""

    def die() -> None:
        real.bridge.set(Slot.STATE, RigState.OFFLINE)
        real.loop.alive = False
        real.finish()

    real.script = {2: die}
    ended = real.run()
    assert (ended.end, device.safe_calls) == (End.TRIPPED, 0)
    assert "the loop's process is gone; nothing had been written to the device" in ended.reason
