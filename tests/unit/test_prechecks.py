"""The supervisor's side of the checks before a run: what goes on, what ends, and what is on record of it."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rig.bridge import End, Request, Slot
from rig.config import load_rig
from rig.record import checks as record
from rig.record.checks import Checks, Override
from rig.record.events import read_events
from rig.rt.checks import Seen
from rig.supervisor import prechecks, watch
from rig.supervisor.prechecks import PreChecks, instrument_results
from rig.visa.worker import Opened
from tests.check_bench import healthy, with_channel
from tests.fake_crew import RIG, Device, Stage, end_with, stage

WHY = Override("ines", "the gauge is away for calibration")
FLIPPED = "pan_displacement_m"


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    """In place of the wire."""
    made = Device()
    monkeypatch.setattr(watch, "build_hardware", lambda *_: made)
    return made


@pytest.fixture
def told() -> list[Checks]:
    """What was shown to people."""
    return []


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Stage]:
    """A supervisor at pace real."""
    with stage(tmp_path) as built:
        yield built


def asked_for(made: Stage, told: list[Checks], override: Override | None = None) -> None:
    """Have the checks of the library's rig made before the run."""
    made.supervisor._checks = PreChecks(RIG, override, told.append)


def answer(made: Stage, seen: Seen | None, end: End = End.COMPLETED) -> None:
    """The loop says what the moves came to."""
    report: dict[str, Any] = {"end": int(end)} | ({} if seen is None else {"seen": seen})
    made.loop.theirs.send(("checked", report))


def words_to_loop(made: Stage) -> list[str]:
    """What the supervisor has told the loop."""
    heard = []
    while made.loop.theirs.poll(0):
        heard.append(made.loop.theirs.recv())
    return heard


def test_a_rig_in_order_is_let_go(made: Stage, told: list[Checks]) -> None:
    """First the moves, then the run; passed in the events, in checks.json and in how it ended."""
    asked_for(made, told)
    made.script = {2: lambda: answer(made, healthy()), 6: lambda: end_with(made)}
    ended = made.run()
    assert words_to_loop(made) == ["check", "go"]
    assert (ended.end, ended.whole, ended.checks) == (End.COMPLETED, True, "all 32 passed")
    assert "checks_passed" in made.events
    assert record.read(made.run_dir) == told[0]
    assert len(told[0].moves) == 3


def test_a_failed_check_ends_the_run_before_its_drive(made: Stage, told: list[Checks]) -> None:
    """The loop is never let go; the reason says which check, what to look at and how to go on all the same."""
    asked_for(made, told)
    made.script = {2: lambda: answer(made, with_channel(FLIPPED, np.negative))}
    made.finish()
    ended = made.run()
    assert words_to_loop(made) == ["check"]
    assert (ended.end, ended.whole, ended.progress.distance_m) == (End.RIG_STOP, True, 0.0)
    for said in ("1 of 32 failed", "pan_displacement_m gain: -0.99", "polarity", "--override-checks"):
        assert said in ended.reason
    event = next(one for one in read_events(made.run_dir / "events.jsonl").events if one.kind == "checks_failed")
    assert event.data["failed"][0]["check"] == "pan_displacement_m gain"
    assert told[0].outcome == "failed"


def test_with_a_reason_it_goes_on_and_the_record_says_who_and_why(made: Stage, told: list[Checks]) -> None:
    """The failed check is on record all the same, and is not why the run ended."""
    asked_for(made, told, WHY)
    made.script = {2: lambda: answer(made, with_channel(FLIPPED, np.negative)), 6: lambda: end_with(made)}
    ended = made.run()
    assert words_to_loop(made) == ["check", "go"]
    assert (ended.end, ended.reason) == (End.COMPLETED, "")
    assert ended.checks == "1 of 32 failed, overridden by ines: the gauge is away for calibration"
    event = next(one for one in read_events(made.run_dir / "events.jsonl").events if one.kind == "checks_failed")
    assert event.data["override"] == {"user": "ines", "reason": WHY.reason}
    assert "polarity" in event.text
    assert told[0].override == WHY


def test_moves_that_are_broken_off_end_the_run_as_they_ended(made: Stage, told: list[Checks]) -> None:
    """A trip in the moves is a trip, whatever reason was given beforehand; what was measured until then is kept."""
    asked_for(made, told, WHY)
    seen = healthy()
    codes = seen.codes.copy()
    codes[700:] = -32768
    made.script = {2: lambda: answer(made, dataclasses.replace(seen, codes=codes), End.TRIPPED)}
    made.finish()
    ended = made.run()
    assert words_to_loop(made) == ["check"]
    assert (ended.end, ended.checks) == (End.TRIPPED, "broken off")
    kept = {f"{one.subject} {one.what}" for one in told[0].results}
    assert "pan_displacement_m zero" in kept
    assert "pan_displacement_m gain" not in kept


def test_a_loop_that_is_gone_in_the_moves_has_the_rig_made_safe(
    made: Stage, device: Device, told: list[Checks]
) -> None:
    """On the supervisor's own connection, as in a run."""
    asked_for(made, told)

    def die() -> None:
        made.loop.alive = False

    made.script = {2: die}
    made.finish()
    ended = made.run()
    assert (ended.end, device.safe_calls, made.loop.kills) == (End.TRIPPED, 1, 1)
    assert (told[0].outcome, told[0].results) == ("broken_off", ())


def test_ctrl_c_in_the_moves_is_a_stop_by_a_person(made: Stage, told: list[Checks]) -> None:
    """The loop is asked to ramp down; the run never begins."""
    asked_for(made, told)
    made.script = {
        2: lambda: setattr(made.interrupt, "total", 1),
        4: lambda: answer(made, healthy(), End.PERSON),
    }
    made.finish()
    ended = made.run()
    assert made.bridge.get(Slot.REQUEST) == Request.STOP_FOR_PERSON
    assert words_to_loop(made) == ["check"]
    assert (ended.end, "operator_stop" in made.events) == (End.PERSON, True)


def test_checks_that_can_not_be_recorded_let_nothing_go(
    made: Stage, told: list[Checks], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reason that is given must get into the record."""
    asked_for(made, told, WHY)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(prechecks.record, "write", full)
    made.script = {2: lambda: answer(made, healthy())}
    made.finish()
    ended = made.run()
    assert words_to_loop(made) == ["check"]
    assert ended.end is End.RIG_STOP
    assert "no space left on device" in ended.reason


WHOLE = load_rig("one_corner")
NAMES = {one.role: f"maker,{one.identity},1,2" for one in WHOLE.instruments}
FAULT = "supply: TCPIP0::here: a E36312A was expected, not 'toaster'"


def test_an_instrument_is_looked_at_before_anything_moves() -> None:
    """Missing, another one, or no answer from any: nothing moves, unless a person gives a reason."""
    for opened, wrong in (
        (Opened(NAMES, ()), []),
        (Opened(NAMES | {"supply": ""}, (FAULT,)), ["supply"]),
        (Opened(NAMES | {"supply": "maker,toaster"}, (FAULT,)), ["supply"]),
        (Opened({}, ()), list(NAMES)),
        (None, list(NAMES)),
    ):
        results = instrument_results(WHOLE, opened)
        assert [one.subject for one in results if not one.passed] == wrong
        assert all(one.words for one in results if not one.passed)
        assert PreChecks(WHOLE, None, lambda _: None).may_move(opened) is not bool(wrong)
        assert PreChecks(WHOLE, WHY, lambda _: None).may_move(opened)


def test_an_instrument_that_a_run_does_not_use_is_not_looked_at() -> None:
    """A supply without a fan on it, a generator without a shaker."""
    bare = WHOLE.model_copy(update={"fan": None, "shaker": None})
    assert [one.subject for one in instrument_results(bare, Opened(NAMES, ()))] == ["data_acquisition"]


def test_a_wrong_instrument_ends_the_run_without_a_move(made: Stage, told: list[Checks]) -> None:
    """The loop is told nothing at all; the reason names the instrument and what was expected."""
    made.supervisor._checks = PreChecks(WHOLE, None, told.append)
    made.finish()
    ended = made.run()  # the stage has no VISA process: no instrument answers
    assert words_to_loop(made) == []
    assert ended.end is End.RIG_STOP
    assert "3 of 3 failed" in ended.reason
    assert "expected: DAQ970A" in ended.reason
