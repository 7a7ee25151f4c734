"""The loop on a device without a wire: order of states, sample semantics, ends, trips."""

import numpy as np
import pytest

from drivers.channel import CODE_NAN
from drivers.errors import BusTimeoutError
from drivers.frames import Command, DeviceState, FaultCode, FeedbackBlock, Interlock
from rig.bridge import Bridge, End, EventKind, Slot
from rig.config import load_rig
from rig.state import RigState
from tests.fakes import drive, run_loop_on


def comparable(rows: np.ndarray) -> list[np.ndarray]:
    """All fields of rows but the time of day."""
    return [rows[name] for name in rows.dtype.names if name != "mono_ns"]


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_batching_does_not_change_a_bit(batch: int) -> None:
    """However samples are batched into cycles, rows and states are the same."""
    reference = run_loop_on(drive(900), batch=8)
    other = run_loop_on(drive(900), batch=batch)
    assert all((a == b).all() for a, b in zip(comparable(reference.rows), comparable(other.rows), strict=True))
    assert reference.events == other.events


def test_every_drive_row_is_played_and_recorded_once() -> None:
    """A run over the whole drive completes with as many rows as the drive has."""
    result = run_loop_on(drive(700))
    assert result.end is End.COMPLETED
    assert result.rows["sample"].tolist() == list(range(700))
    assert result.loop.state is RigState.OFFLINE
    assert result.device.commands == [Command.START, Command.STOP]
    assert result.device.close_calls == 1


def test_the_command_uses_feedback_up_to_lead_samples_before() -> None:
    """A feedback step at sample 100 reaches the host-closed axis' command a lead later: no sooner, no later."""

    def step(block: FeedbackBlock) -> None:
        for k in range(len(block.codes)):
            if block.first_sample + k >= 100:
                block.codes[k, 1] += 400

    plain, stepped = run_loop_on(drive(300)), run_loop_on(drive(300), meddle=step)
    different = np.flatnonzero(plain.rows["command"][:, 1] != stepped.rows["command"][:, 1])
    assert different[0] == 100 + load_rig("one_corner").lead_samples


def test_a_trip_limit_trips_at_its_sample() -> None:
    """NaN on a feedback channel is a fault: no further sample is sent once the sample is judged."""

    def blind(block: FeedbackBlock) -> None:
        for k in range(len(block.codes)):
            if block.first_sample + k == 200:
                block.codes[k, 0] = CODE_NAN

    result = run_loop_on(drive(900), batch=1, meddle=blind)
    assert result.end is End.TRIPPED
    assert result.loop.state is RigState.TRIPPED
    assert result.device.safe_calls == 1
    assert (EventKind.LIMIT, 200) in [(kind, sample) for kind, _, sample in result.events]
    assert result.device.played == 201


def test_a_stop_limit_ramps_down_and_is_a_rig_stop() -> None:
    """A hot damper stops the run: STOPPING, not TRIPPED, and no survival."""

    def hot(block: FeedbackBlock) -> None:
        block.codes[:, 6] = 15100 + (np.arange(len(block.codes)) % 2)

    result = run_loop_on(drive(2000), meddle=hot)
    assert result.end is End.RIG_STOP
    assert result.device.safe_calls == 0


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("fault", "first out was OVER_TRAVEL"),
        ("interlock", "open interlocks: DOOR"),
        ("emergency", "emergency stop"),
        ("state", "READY while samples are played"),
        ("lost frames", "frames were lost"),
        ("ahead", "only"),
    ],
)
def test_whatever_the_device_says_that_is_not_in_order_trips(what: str, text: str) -> None:
    """Each kind of disorder ends TRIPPED, with a call of safe and the reason in words."""

    def disorder(block: FeedbackBlock) -> None:
        if block.samples_played < 300:
            return
        if what == "fault":
            block.state, block.first_fault = DeviceState.FAULT, FaultCode.OVER_TRAVEL
        elif what == "interlock":
            block.interlocks = Interlock.DOOR
        elif what == "emergency":
            block.state = DeviceState.EMERGENCY_STOP
        elif what == "state":
            block.state = DeviceState.READY
        elif what == "lost frames":
            block.first_sample += 1
        else:
            block.samples_played += 10

    result = run_loop_on(drive(900), meddle=disorder)
    assert (result.end, result.device.safe_calls) == (End.TRIPPED, 1)
    assert any(text in told for told in result.texts)


def test_frames_that_stop_coming_trip_after_the_stale_limit() -> None:
    """Progress is watched: samples wait to be played, but the count stands."""

    def frozen(block: FeedbackBlock) -> None:
        if block.first_sample >= 300:
            block.codes = block.codes[:0]
            block.samples_played = 300

    result = run_loop_on(drive(900), meddle=frozen)
    assert result.end is End.TRIPPED
    assert any("no new feedback for 10 cycles" in told for told in result.texts)


def test_a_bus_timeout_trips_and_calls_safe() -> None:
    """The first timeout is the last exchange."""

    def silent(block: FeedbackBlock) -> None:
        if block.first_sample >= 300:
            raise BusTimeoutError("no answer within 40 ms")

    result = run_loop_on(drive(900), meddle=silent)
    assert (result.end, result.device.safe_calls) == (End.TRIPPED, 1)
    assert any("no answer within 40 ms" in told for told in result.texts)


def test_a_fault_of_the_program_still_makes_the_rig_safe() -> None:
    """Whatever is raised, safe is called and the connection let go before it is raised on."""
    rig, devices = load_rig("one_corner"), []

    def broken(block: FeedbackBlock) -> None:
        if block.first_sample >= 300:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_loop_on(drive(900), rig=rig, meddle=broken, devices=devices)
    assert [(device.safe_calls, device.close_calls) for device in devices] == [(1, 1)]


def test_a_device_that_can_not_even_be_made_safe_is_told_and_stays_tripped() -> None:
    """Nobody acknowledged: the event says that only the device's own watchdog protects."""

    def silent(block: FeedbackBlock) -> None:
        if block.first_sample >= 300:
            raise BusTimeoutError("no answer within 40 ms")

    result = run_loop_on(drive(900), meddle=silent, deaf=True)
    assert (result.end, result.loop.state) == (End.TRIPPED, RigState.TRIPPED)
    assert EventKind.TRIP_UNACKNOWLEDGED in [kind for kind, _, _ in result.events]


def test_a_drive_that_is_late_trips_instead_of_playing_old_rows() -> None:
    """Rows that nobody has written are never played."""

    def unfinished(bridge: Bridge) -> None:
        bridge.set(Slot.DRIVE_ENDS_AT, -1)

    result = run_loop_on(drive(400), prepare=unfinished)
    assert result.end is End.TRIPPED
    assert EventKind.DRIVE_LATE in [kind for kind, _, _ in result.events]
    assert 390 <= result.device.played <= 400


def test_a_drive_beyond_the_clamp_trips_before_it_is_sent() -> None:
    """The clamp is the last step before the wire: the value beyond the range never reaches the device."""
    rows = drive(900)
    rows[500, 0] = 0.25
    result = run_loop_on(rows)
    highest = round(load_rig("one_corner").axes[0].actuator.highest / load_rig("one_corner").axes[0].scale)
    assert result.end is End.TRIPPED
    assert max(abs(sample[0]) for sample in result.device.samples) <= highest
    assert EventKind.CLAMP in [kind for kind, _, _ in result.events]


def test_not_a_number_in_the_drive_trips_before_it_is_sent() -> None:
    """NaN fails the clamp."""
    rows = drive(900)
    rows[500, 1] = np.nan
    result = run_loop_on(rows)
    assert (result.end, result.device.safe_calls) == (End.TRIPPED, 1)
