"""The supervisor alone: whatever fails, the rig is stopped, and nothing that was not seen whole is a survival."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rig.bridge import End, Request, Slot
from rig.life.verdict import RIG as RIG_ITSELF
from rig.record import recorder
from rig.supervisor import watch
from tests.fake_crew import Device, Stage, end_with, finding_of, stage


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


def test_a_run_that_is_whole_is_completed(real: Stage, device: Device) -> None:
    """All rows judged, all recorded, nobody asked for anything."""
    real.script = {2: lambda: end_with(real)}
    ended = real.run()
    assert (ended.end, ended.whole, real.judge.rows) == (End.COMPLETED, True, 10)
    assert device.safe_calls == 0


def test_a_judge_that_raises_has_the_rig_stopped(real: Stage, device: Device) -> None:
    """The loop is asked to ramp down at once; the run ends as a rig stop with the fault on record, never survived."""
    asked = []

    def ramped_down() -> bool:
        asked.append(real.bridge.get(Slot.REQUEST))
        if len(asked) == 5:
            end_with(real, End.RIG_STOP)
        return True

    real.judge.error = ZeroDivisionError("a judge's fault")
    real.script = {1: real.push}
    real.supervisor._watch._heart_beats = ramped_down  # type: ignore[method-assign]
    ended = real.run()
    assert Request.STOP_FOR_RIG in asked
    assert (ended.end, ended.whole, device.safe_calls) == (End.RIG_STOP, False, 0)
    assert "ZeroDivisionError: a judge's fault" in ended.reason
    assert "process_lost" in real.events


def test_a_fault_of_the_program_in_the_last_turn_is_no_survival(real: Stage, device: Device) -> None:
    """The loop has completed, but its last rows could not be judged."""

    def last() -> None:
        end_with(real)
        real.judge.error = KeyError("late")

    real.script = {2: last}
    ended = real.run()
    assert (ended.end, ended.whole) == (End.RIG_STOP, False)


def test_at_a_fault_of_the_program_no_meeting_holds_the_loop_up(stepped: Stage, device: Device) -> None:
    """The loop that waits at a meeting must be let go to ramp down."""

    def meet() -> None:
        stepped.push()
        stepped.bridge.set(Slot.MEETING_AT, 500)

    def let_go() -> bool:
        if stepped.bridge.get(Slot.MEETING_DONE) >= 500:
            stepped.end(End.RIG_STOP)
            stepped.finish()
        return True

    stepped.judge.error = ZeroDivisionError()
    stepped.script = {1: meet}
    stepped.supervisor._watch._heart_beats = let_go  # type: ignore[method-assign]
    assert stepped.run().end is End.RIG_STOP


def test_rows_that_the_judge_lost_are_no_survival(real: Stage, device: Device) -> None:
    """Overtaken in the last moment: the loop had completed before the request could reach it."""

    def flood() -> None:
        for _ in range(150):
            real.push()
        real.end()
        real.finish()

    real.script = {2: flood}
    ended = real.run()
    assert (ended.end, ended.whole) == (End.RIG_STOP, False)


def test_what_a_judge_that_lost_rows_knows_is_no_checkpoint(real: Stage, device: Device) -> None:
    """A run that went on from it would never have judged them."""
    saved: list[int] = []
    real.supervisor._saver.turn = lambda _progress, judged: saved.append(judged) or ""  # type: ignore[method-assign,func-returns-value]

    def flood() -> None:
        assert saved
        saved.clear()
        for _ in range(150):
            real.push()

    def end() -> None:
        real.end()
        real.finish()

    real.script = {2: flood, 5: end}
    real.run()
    assert saved == []


@pytest.mark.parametrize("fixture", ["real", "stepped"])
def test_a_sensor_found_false_in_the_last_rows_is_no_survival(
    fixture: str, device: Device, request: pytest.FixtureRequest
) -> None:
    """The judge blames the rig after the loop has completed: a rig stop."""
    made = request.getfixturevalue(fixture)

    def last() -> None:
        made.judge.finding = finding_of(RIG_ITSELF)
        end_with(made)

    made.script = {2: last}
    assert made.run().end is End.RIG_STOP


def test_a_component_that_failed_in_the_last_rows_leaves_the_end_as_it_was(real: Stage, device: Device) -> None:
    """The verdict on it is the judge's; no rig fault is made of it."""

    def last() -> None:
        real.judge.finding = finding_of("damper")
        end_with(real)

    real.script = {2: last}
    ended = real.run()
    assert (ended.end, [found.component for found in ended.findings]) == (End.COMPLETED, ["damper"])


def test_at_pace_stepped_a_finding_stops_the_loop_at_a_meeting(stepped: Stage, device: Device) -> None:
    """Whenever the rows are judged, the loop hears of it at the same sample: runs that fail are reproducible too."""
    asked = []

    def found() -> None:
        stepped.judge.finding = finding_of("damper")
        stepped.push()

    def meet() -> None:
        asked.append((stepped.bridge.get(Slot.REQUEST), stepped.bridge.get(Slot.MEETING_DONE)))
        stepped.rows.reader(recorder.READER).acknowledge(stepped.rows.written)
        stepped.bridge.set(Slot.MEETING_AT, 500)

    def look() -> None:
        asked.append((stepped.bridge.get(Slot.REQUEST), stepped.bridge.get(Slot.MEETING_DONE)))
        stepped.end(End.COMPONENT)
        stepped.finish()

    stepped.script = {1: found, 4: meet, 6: look}
    stepped.run()
    assert asked == [(Request.NONE, 0), (Request.STOP_FOR_COMPONENT, 500)]


def test_at_pace_real_a_finding_stops_the_loop_at_once(real: Stage, device: Device) -> None:
    """Nobody waits for anything."""
    asked = []

    def found() -> None:
        real.judge.finding = finding_of("damper")
        real.push()

    def look() -> None:
        asked.append(real.bridge.get(Slot.REQUEST))
        real.end(End.COMPONENT)
        real.finish()

    real.script = {1: found, 2: look}
    real.run()
    assert asked == [Request.STOP_FOR_COMPONENT]
