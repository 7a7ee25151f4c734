"""The latched trip with every watcher off: whatever raises in the loop, the device is tripped, and it stays so."""

import contextlib
from typing import Any

import numpy as np
import pytest

from drivers.errors import BusProtocolError, BusTimeoutError
from drivers.frames import Command, DeviceState, FaultCode, SetpointBlock
from rig.bridge import Bridge, End, EventKind, Operate, Request, Slot
from rig.rt.loop import Loop, Parts
from rig.state import RigEvent, RigState, TransitionError
from tests.in_process import InProcess
from tests.loop_bench import Rigged, ScriptPacer, device_of, rig_with, rigged, waves

UNLIMITED = rig_with(progress=False)

PLACES = [
    ("hardware", "exchange"),
    ("law", "command"),
    ("law", "ask"),
    ("judge", "judge"),
    ("clamp", "encode"),
    ("monitor", "judge"),
    ("monitor", "judge_standing"),
    ("outbox", "commanded"),
    ("outbox", "measured"),
    ("outbox", "event"),
    ("outbox", "fault"),
    ("pacer", "start"),
    ("pacer", "wait"),
    ("pacer", "meet"),
    ("pacer", "room"),
    ("pacer", "too_many_late"),
    ("bridge", "get"),
    ("bridge", "set"),
    ("drive", "ends_at"),
    ("drive", "read"),
]
"""Everything that the loop calls, but for the one call that makes it safe."""
RARE = {"fault": 2, "start": 2, "ask": 2, "judge_standing": 2, "event": 5}
"""What is called less often than the others."""

ERRORS: list[BaseException] = [
    ZeroDivisionError("a fault of the program"),
    MemoryError(),
    KeyboardInterrupt(),
    SystemExit(1),
    BusTimeoutError("no answer within 40 ms"),
    BusProtocolError("a torn answer"),
]


class Failing:
    """Something of which one method raises, at its call number ``raises_at`` (from 1), and from then on if always."""

    def __init__(self, whole: Any, name: str, raises_at: int, error: BaseException, *, always: bool) -> None:
        self._whole, self._name, self._error, self._always = whole, name, error, always
        self._left = raises_at
        self.raised = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._whole, name)
        return self._call if name == self._name else found

    def _call(self, *arguments: Any, **named: Any) -> Any:
        self._left -= 1
        if self._left <= 0 and (self._always or not self.raised):
            self.raised += 1
            raise self._error
        return getattr(self._whole, self._name)(*arguments, **named)


def ask_for_everything(bridge: Bridge) -> None:
    """So that the law is asked for something, too."""
    bridge.operate(Operate.HOLD)


def check_safe(made: Rigged, device: InProcess) -> None:
    """The device is tripped, by the host, as the last word; the loop is TRIPPED and says that it has ended so."""
    assert device.safe_calls == 1
    assert (device.servo.state, device.servo.first_fault) == (DeviceState.FAULT, FaultCode.HOST_TRIP)
    assert device.sent[-1][0].command is Command.TRIP
    assert made.loop.state is RigState.TRIPPED
    assert device.close_calls


@pytest.mark.parametrize("always", [False, True], ids=["once", "always"])
@pytest.mark.parametrize(("part", "name"), PLACES)
def test_whatever_raises_the_device_is_tripped(part: str, name: str, always: bool) -> None:
    """Each call of the loop, at random moments, with any kind of error: once, or from then on for ever."""
    rng = np.random.default_rng([len(part), len(name), always])
    for number in rng.permutation(len(ERRORS))[:3]:
        break_in_a_run(part, name, int(rng.integers(1, RARE.get(name, 30))), ERRORS[number], always=always)


def break_in_a_run(part: str, name: str, raises_at: int, error: BaseException, *, always: bool) -> None:
    """One run in which it breaks."""
    broken: list[Failing] = []

    def break_it(parts: Parts) -> None:
        broken.append(Failing(getattr(parts, part), name, raises_at, error, always=always))
        setattr(parts, part, broken[0])

    def pacer(bridge: Bridge) -> ScriptPacer:
        return ScriptPacer(8, {40: ask_for_everything, 900: end_it}, bridge)

    drive = waves(300, np.random.default_rng(raises_at))
    with device_of(UNLIMITED) as device, rigged(UNLIMITED, device, drive, pacer, alter=break_it) as made:
        run_through(made.loop)
        assert broken[0].raised, "it never came to that"
        check_safe(made, device)


def end_it(bridge: Bridge) -> None:
    """Whatever it does."""
    bridge.raise_request(Request.TRIP)


def run_through(loop: Loop) -> None:
    """To its end; what it raises is what the test has made it raise."""
    with contextlib.suppress(*{type(error) for error in ERRORS}):
        assert loop.run() is End.TRIPPED


def test_a_state_that_can_not_be_entered_does_not_keep_it_from_being_safe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the step into TRIPPED may fail: the device is tripped all the same."""

    def broken(self: Loop, event: RigEvent, sample: int | None = None) -> None:
        if event is RigEvent.TRIP:
            raise TransitionError("no transition")
        Loop._move_to(self, event, sample)

    with (
        device_of(UNLIMITED) as device,
        rigged(
            UNLIMITED, device, waves(300, np.random.default_rng(1)), lambda b: ScriptPacer(8, {80: end_it}, b)
        ) as made,
    ):
        made.loop._move_to = broken.__get__(made.loop)  # type: ignore[method-assign]
        with pytest.raises(TransitionError):
            made.loop.run()
        assert (device.safe_calls, device.servo.state) == (1, DeviceState.FAULT)
        assert made.bridge.get(Slot.ENDED) == End.TRIPPED


def test_nothing_leads_out_of_tripped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop that has tripped does not run again, and a new one on that device moves nothing: a person resets it."""
    drive = waves(300, np.random.default_rng(2))
    with device_of(UNLIMITED) as device:
        with rigged(UNLIMITED, device, drive, lambda bridge: ScriptPacer(8, {80: end_it}, bridge)) as made:
            assert made.loop.run() is End.TRIPPED
            played = len(device.samples)
            made.bridge.integers[Slot.REQUEST] = Request.NONE
            assert made.loop.run() is End.TRIPPED
            assert made.loop.state is RigState.TRIPPED
        with rigged(UNLIMITED, device, drive, lambda bridge: ScriptPacer(8, {}, bridge)) as made:
            assert made.loop.run() is End.TRIPPED
            assert any("HOST_TRIP" in one.text for one in made.events() if one.kind is EventKind.DEVICE_FAULT)
        assert len(device.samples) == played
        start = SetpointBlock(0, Command.START, 0, played, np.zeros((1, 3), np.int16))
        device.open()
        assert device.exchange(start).state is DeviceState.FAULT
