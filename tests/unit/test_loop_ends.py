"""How a loop begins and ends: before the start, at the target, near the end of the drive, while it powers off."""

import numpy as np
import pytest

from drivers.channel import CODE_NAN
from drivers.frames import Command, DeviceState, FeedbackBlock, Interlock
from rig.bridge import Bridge, End, EventKind, Request, Slot
from rig.config import Limit, load_rig
from rig.rt.loop import Loop
from rig.state import RigState
from tests.fakes import at_sample, drive, run_loop_on


def test_the_target_distance_ends_the_run_with_a_ramp() -> None:
    """At the target the span ramps down over the ramp time; the run is complete, and nothing moves after it."""
    result = run_loop_on(drive(2000), target_m=100.0)
    running = result.rows[result.rows["state"] == RigState.RUNNING]
    assert result.end is End.COMPLETED
    assert running["distance_m"][-1] == pytest.approx(99.9)
    assert len(result.rows) == len(running) + 499  # one second at 500 Hz; the last step of the ramp is rest
    assert result.device.samples[-1] == [0, 0, 0]


def test_a_person_s_stop_ramps_down_and_says_so() -> None:
    """In mid-run: a ramp, a STOP to the device and rest."""
    result = run_loop_on(drive(2000), prepare=at_sample(300, Request.STOP_FOR_PERSON))
    assert result.end is End.PERSON
    assert result.device.commands == [Command.START, Command.STOP]
    assert result.device.samples[-1] == [0, 0, 0]
    assert result.device.safe_calls == 0


@pytest.mark.parametrize("request_", [Request.STOP_FOR_PERSON, Request.STOP_FOR_RIG])
def test_a_stop_before_the_start_moves_nothing(request_: Request) -> None:
    """Asked for while the power comes up: no START, no sample; power off, and the end says whose wish it was."""
    result = run_loop_on(drive(2000), prepare=lambda bridge: bridge.raise_request(request_))
    assert result.end is {Request.STOP_FOR_PERSON: End.PERSON, Request.STOP_FOR_RIG: End.RIG_STOP}[request_]
    assert result.device.commands == [Command.STOP]
    assert result.device.played == 0


def test_a_supervisor_lost_while_the_power_comes_up_moves_nothing() -> None:
    """Nobody would feed the loop or judge its rows."""
    result = run_loop_on(drive(2000), prepare=lambda bridge: bridge.set(Slot.ALIVE, 1 << 30))
    assert (result.end, result.device.played) == (End.RIG_STOP, 0)
    assert EventKind.SUPERVISOR_LOST in [kind for kind, _, _ in result.events]


def test_a_lost_supervisor_ends_in_a_ramp() -> None:
    """Noticed within 256 cycles; ramps down, powers off, and is a rig stop."""

    def forsake(bridge: Bridge) -> None:
        at_sample(100, Request.NONE, lambda: bridge.set(Slot.ALIVE, 1 << 30))(bridge)

    result = run_loop_on(drive(1000), batch=1, prepare=forsake)
    assert result.end is End.RIG_STOP
    assert result.device.commands == [Command.START, Command.STOP]
    assert 600 <= len(result.rows) <= 100 + 257 + 500


def test_an_interlock_that_is_open_at_the_start_trips_before_anything_moves() -> None:
    """No START is sent; safe is called; the reason is in words."""

    def open_door(block: FeedbackBlock) -> None:
        block.interlocks = Interlock.DOOR

    result = run_loop_on(drive(900), meddle=open_door)
    assert (result.end, result.device.safe_calls, result.device.played) == (End.TRIPPED, 1, 0)
    assert result.device.commands == []
    assert any("open interlocks: DOOR" in told for told in result.texts)


def test_a_trip_that_is_asked_for_while_the_device_powers_off_is_obeyed() -> None:
    """The second Ctrl-C counts to the very end: the loop waits for OFF, but not deaf."""

    def slow_off(block: FeedbackBlock) -> None:
        if block.state is DeviceState.OFF and block.samples_played:
            block.state = DeviceState.RAMP_DOWN
            current["bridge"].raise_request(Request.TRIP)

    current: dict[str, Bridge] = {}
    result = run_loop_on(drive(300), meddle=slow_off, prepare=lambda bridge: current.update(bridge=bridge))
    assert (result.end, result.device.safe_calls) == (End.TRIPPED, 1)
    current.clear()


def test_the_heart_beats_while_the_device_powers_off() -> None:
    """A ramp longer than the supervisor's patience is no loop that stands still."""
    beats = []

    def slow_off(block: FeedbackBlock) -> None:
        if block.state is DeviceState.OFF and block.samples_played and len(beats) < 50:
            block.state = DeviceState.RAMP_DOWN
            beats.append(current["bridge"].get(Slot.HEARTBEAT))

    current: dict[str, Bridge] = {}
    result = run_loop_on(drive(300), meddle=slow_off, prepare=lambda bridge: current.update(bridge=bridge))
    assert result.end is End.COMPLETED
    assert (np.diff(beats[1:]) == 1).all()
    current.clear()


def test_a_stop_that_a_limit_asks_for_late_is_no_survival() -> None:
    """The end of the drive comes while the rig ramps down because of a limit: a rig stop, not a completed run."""

    def hot(block: FeedbackBlock) -> None:
        if block.first_sample > 600:
            block.codes[:, 6] = 15100 + (np.arange(len(block.codes)) % 2)

    result = run_loop_on(drive(900), meddle=hot)
    assert result.end is End.RIG_STOP


def test_a_limit_is_judged_up_to_the_last_sample_that_moves() -> None:
    """The feedback of the drive's last sample trips too: the loop does not end before it was judged."""

    def blind(block: FeedbackBlock) -> None:
        for k in range(len(block.codes)):
            if block.first_sample + k == 699:
                block.codes[k, 0] = CODE_NAN

    assert run_loop_on(drive(700), meddle=blind).end is End.TRIPPED


def test_a_hold_near_the_end_of_the_drive_is_no_survival() -> None:
    """The drive does not run out while a hold ramps down: it stands, until a person's stop ends it as one."""
    limit = Limit(channel="strut_force_n", kind="upper", value=100.0, action="hold")
    rig = load_rig("one_corner").model_copy(update={"limits": (limit,)})

    def heavy(block: FeedbackBlock) -> None:
        if block.first_sample > 600:
            block.codes[:, 3] = 100

    result = run_loop_on(drive(900), rig=rig, meddle=heavy, prepare=at_sample(1500, Request.STOP_FOR_PERSON))
    assert result.end is End.PERSON
    assert (result.rows["state"][800:] == RigState.HOLDING).all()
    steps = np.abs(np.diff(result.rows["command"][650:, 0].astype(int)))
    assert steps.max() <= 100  # the drive's noise; a jump from where the drive ends would be several hundred


def test_a_ramp_that_nobody_accounts_for_is_no_survival(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a drive that was played to its end or to the target completes a run, whatever else was not told."""

    def hot(block: FeedbackBlock) -> None:
        block.codes[:, 6] = 15100 + (np.arange(len(block.codes)) % 2)

    monkeypatch.setattr(Loop, "_tell_breach", lambda *_: None)
    assert run_loop_on(drive(900), meddle=hot).end is End.RIG_STOP
