"""Processes that are there and stand still, the supervisor among them: missed like those that are gone."""

import errno
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rig.bridge import EVENT_DTYPE, End, EventKind, Request, Slot
from rig.config import load_rig
from rig.record import recorder, slow
from rig.supervisor import instruments, supervise, watch
from rig.supervisor.instruments import InstrumentsLink
from rig.visa.worker import Opened, Poll
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


def test_a_recorder_that_stands_still_is_missed(real: Stage, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alive, and taking none of the rows that come: on record, the rig ramps down, and nothing waits for it long."""
    monkeypatch.setitem(watch.RECORDER_TIMEOUT_S, "real", 0.1)
    asked = []

    def ramped_down() -> bool:
        asked.append(real.bridge.get(Slot.REQUEST))
        if asked[-1] == Request.STOP_FOR_RIG:
            real.end(End.RIG_STOP)
        return True

    real.script = {1: real.push}
    real.supervisor._watch._heart_beats = ramped_down  # type: ignore[method-assign]
    ended = real.run()
    assert "the recorder process stands still" in ended.reason
    assert real.events.count("process_lost") == 1
    assert (ended.end, ended.whole, real.recorder.kills) == (End.RIG_STOP, False, 1)


def test_a_recorder_that_keeps_up_is_not_missed(real: Stage, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """Quiet while no rows come, and taking those that do, however long that lasts."""
    monkeypatch.setitem(watch.RECORDER_TIMEOUT_S, "real", 0.1)

    def take() -> None:
        real.rows.reader(recorder.READER).acknowledge(real.rows.written)

    real.script = {8: real.push, 10: take, 18: real.push, 20: take, 28: real.end, 29: real.finish}
    ended = real.run()
    assert (ended.end, ended.whole) == (End.COMPLETED, True)
    assert "process_lost" not in real.events


def test_a_worker_that_stands_still_is_missed(tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers the first questions and no later one: on record, the rig ramps down, and it is made to end."""
    monkeypatch.setattr(instruments, "SILENT_S", 0.1)
    monkeypatch.setattr(instruments, "_MARGIN_S", 0.0)
    with stage(tmp_path, with_visa=True) as made:
        made.visa.theirs.send(Opened({}, ()))
        made.visa.theirs.send(Poll(0, 0.0, {}, None, ()))

        def ramped_down() -> bool:
            if made.bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG:
                end_with(made, End.RIG_STOP)
            return True

        made.supervisor._watch._heart_beats = ramped_down  # type: ignore[method-assign]
        ended = made.run()
        assert (ended.end, made.visa.kills) == (End.RIG_STOP, 1)
        assert ended.reason == "the visa process stands still: no answer to a poll for 0.1 s"
        assert made.events.count("process_lost") == 1


def test_a_worker_is_given_the_time_that_its_instruments_may_take(tmp_path: Path) -> None:
    """Each of them may be dead, and an instrument that is never ends a run."""
    rig = load_rig("one_corner")
    crew: Any = SimpleNamespace(visa=None, bridge=SimpleNamespace(beat=lambda: None))
    tell: Any = None
    with InstrumentsLink(crew, rig, tmp_path, tell, in_step=False) as link:
        assert link._patience_s > sum(one.timeout_ms for one in rig.instruments) / 1000.0


def test_every_turn_says_that_the_supervisor_is_alive(real: Stage, device: Device) -> None:
    """Also those of winding down."""
    beats = []
    real.judge.error = ZeroDivisionError()

    def looked() -> bool:
        beats.append(real.bridge.get(Slot.SUPERVISOR_BEAT))
        if len(beats) == 6:
            end_with(real, End.RIG_STOP)
        return True

    real.script = {2: real.push}
    real.supervisor._watch._heart_beats = looked  # type: ignore[method-assign]
    real.run()
    assert len(set(beats)) == len(beats)


def test_a_supervisor_that_was_silent_says_so(real: Stage, device: Device) -> None:
    """What the loop did about it is the reason of the run."""

    def silent() -> None:
        event = np.zeros(1, EVENT_DTYPE)
        event[0] = (int(EventKind.SUPERVISOR_SILENT), 0, 10, 1.0, 3.2, b"")
        real.events_ring.push(event)
        end_with(real, End.RIG_STOP)

    real.script = {1: silent}
    ended = real.run()
    assert ended.reason.startswith("the supervisor took no turn for 3.2 s")
    assert "process_lost" in real.events


def test_a_recorder_that_is_gone_holds_no_meeting_up(
    stepped: Stage, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for rows that will never be recorded; the loop must be let go to ramp down."""
    monkeypatch.setattr(supervise, "_ROWS_AHEAD", 5)

    def die() -> None:
        stepped.push()
        stepped.recorder.alive = False
        stepped.bridge.set(Slot.MEETING_AT, 500)

    def look() -> None:
        assert stepped.bridge.get(Slot.MEETING_DONE) == 500
        stepped.end(End.RIG_STOP)

    stepped.script = {1: die, 4: look}
    assert stepped.run().end is End.RIG_STOP


def reason_of_stop(made: Stage) -> str:
    """Why a run stops for the rig, whose instruments have answered once, and whose loop ramps down when it is asked."""
    made.visa.theirs.send(Opened({}, ()))
    made.visa.theirs.send(Poll(0, 0.0, {}, None, ()))

    def ramped_down() -> bool:
        if made.bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG:
            end_with(made, End.RIG_STOP)
        return True

    made.supervisor._watch._heart_beats = ramped_down  # type: ignore[method-assign]
    ended = made.run()
    assert (ended.end, ended.whole) == (End.RIG_STOP, False)
    return ended.reason


def test_slow_readings_that_can_not_be_written_stop_the_run(
    tmp_path: Path, device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is noticed wherever it is met: on record in the disk's words, the rig ramps down, no exception."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(slow, "write_fully", full)
    with stage(tmp_path, with_visa=True) as made:
        assert reason_of_stop(made) == "the slow readings can't be written: no space left on device"


def test_slow_readings_whose_file_is_deleted_stop_the_run(tmp_path: Path, device: Device) -> None:
    """They would go into nothing."""
    with stage(tmp_path, with_visa=True) as made:
        (tmp_path / slow.FILE_NAME).unlink()
        assert reason_of_stop(made).startswith("the slow readings can't be written: deleted, moved or replaced")
