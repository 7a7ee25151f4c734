"""What the servo controller does when something is wrong: its rings of safety, and who is to blame."""

import numpy as np
import pytest
from corner_bench import block, pan
from servo_bench import PERIOD_S, real, stepped

from drivers.frames import Command, DeviceState, FaultCode, Interlock, Status
from simulators.servo.servo import RAMP_SAMPLES_PER_ACCESS, STALL_S


@pytest.mark.parametrize("first", [0, 3, 5, 9])
def test_a_sample_number_that_is_not_the_next_is_a_fault(first: int) -> None:
    """A gap, a repetition or an overlap in the numbers trips the device and nothing of the block is played."""
    bench = stepped()
    bench.run(samples=4)
    answer = bench.raw(block(first=first, codes=pan(np.full(2, 0.05))))
    assert (answer.state, answer.first_fault) == (DeviceState.FAULT, FaultCode.BAD_SETPOINT)
    assert answer.samples_played == 4


@pytest.mark.parametrize("pan_m", [0.2001, -0.2001, 0.32767, -0.32768])
def test_set_points_beyond_the_travel_are_never_played(pan_m: float) -> None:
    """The device's own clamp: OVER_TRAVEL, the whole block refused; the code for NaN is no set point either."""
    bench = stepped()
    bench.run(samples=1)
    codes = np.array([[0, 0, 0], [round(pan_m / 1e-5), 0, 0]], dtype=np.int16)
    answer = bench.raw(block(first=1, codes=codes))
    assert (answer.first_fault, answer.samples_played) == (FaultCode.OVER_TRAVEL, 1)
    assert answer.interlocks == Interlock.OVER_TRAVEL


def test_the_travel_itself_may_be_used() -> None:
    """Both ends of the travel are within it."""
    bench = stepped()
    bench.run()
    assert bench.send(samples_m=[0.2, -0.2]).first_fault == FaultCode.NONE


def test_fifo_overflow_is_a_fault() -> None:
    """More samples than there is room for are not dropped in silence."""
    bench = real()
    bench.make_ready()
    for _ in range(25):
        bench.send(samples_m=[0.0] * 10)
    answer = bench.send(samples_m=0.0)
    assert answer.first_fault == FaultCode.OVERFLOW
    assert Status.FIFO_OVERFLOW in answer.status


def test_underrun_holds_and_then_ramps_to_neutral() -> None:
    """A host that stays late: the last set point is held as long as the watchdog waits, then it ramps."""
    bench = real()
    bench.run(samples=4)
    bench.wait(4 * PERIOD_S + 0.004)
    answer = bench.send()
    assert (answer.state, answer.first_fault, answer.underruns) == (DeviceState.FAULT, FaultCode.UNDERRUN, 1)
    assert Status.FIFO_UNDERRUN in answer.status
    assert answer.samples_played == 4
    for _ in range(13):
        bench.wait(0.01)
        bench.send()
    assert bench.pan_m == pytest.approx(0.05)
    for _ in range(12):
        bench.wait(0.01)
        bench.send()
    assert 0.01 < bench.pan_m < 0.04
    bench.wait(0.12)
    assert bench.pan_m == 0.0


def test_late_by_less_than_the_lead_changes_nothing() -> None:
    """Samples that come just in time leave no trace."""
    bench = real()
    bench.run(samples=4)
    bench.wait(4 * PERIOD_S)
    answer = bench.send(samples_m=[0.05] * 4)
    bench.wait(3 * PERIOD_S)
    answer = bench.send(samples_m=[0.05] * 3)
    assert (answer.first_fault, answer.underruns, answer.samples_played) == (FaultCode.NONE, 0, 7)


@pytest.mark.parametrize("state", [DeviceState.READY, DeviceState.RUN, DeviceState.HOLD])
def test_watchdog_ramps_to_neutral_when_nothing_fresh_comes(state: DeviceState) -> None:
    """Without fresh sequence numbers it trips after watchdog_ms, whatever it was doing, and lowers the pressure."""
    bench = real()
    bench.run(samples=200)
    bench.wait(0.01)
    bench.send(Command.HOLD if state == DeviceState.HOLD else Command.NONE)
    if state == DeviceState.READY:
        bench = real()
        bench.make_ready()
    bench.wait(0.149)
    assert bench.servo.state == state
    bench.wait(0.004)
    status = bench.servo.status()
    assert (status.state, status.first_fault) == (DeviceState.FAULT, FaultCode.WATCHDOG)
    assert Interlock.WATCHDOG in status.interlocks
    bench.wait(0.21)
    status = bench.servo.status()
    assert status.setpoint.tolist() == [0, 0, 0]
    assert status.status == Status.PRESSURE_LOW | Status.AT_NEUTRAL


def test_a_replayed_frame_is_no_heartbeat_and_no_command() -> None:
    """The same sequence again: neither its samples nor its command count, and the watchdog goes on."""
    bench = real()
    bench.run(samples=200)
    stale = block(Command.STOP, bench.sent, pan(np.zeros(1)))
    stale.sequence, stale.key = bench.sequence, bench.key + 1
    for _ in range(16):
        bench.wait(0.01)
        answer = bench.servo.exchange(stale, bench.now_s)
    assert answer.first_fault == FaultCode.WATCHDOG


def test_trip_is_latched_until_a_reset_at_neutral() -> None:
    """TRIP from any state; RESET counts only once neutral is reached, and what came first stays shown."""
    bench = stepped()
    bench.run(samples=10)
    answer = bench.send(Command.TRIP)
    assert (answer.state, answer.first_fault) == (DeviceState.FAULT, FaultCode.HOST_TRIP)
    assert bench.send(Command.RESET).state == DeviceState.FAULT
    for _ in range(100 // RAMP_SAMPLES_PER_ACCESS):
        bench.send()
    assert bench.send(Command.START).state == DeviceState.FAULT
    assert bench.send(Command.RESET).state == DeviceState.OFF
    assert bench.servo.first_fault == FaultCode.NONE


def test_the_first_fault_stays_the_first() -> None:
    """A later fault does not overwrite what came first."""
    bench = stepped()
    bench.run(samples=1)
    bench.raw(block(first=77, codes=pan(np.zeros(1))))
    assert bench.send(Command.TRIP).first_fault == FaultCode.BAD_SETPOINT


def test_an_open_door_trips_and_stops_a_reset() -> None:
    """An interlock trips what has power; while it is open, the device neither resets nor arms."""
    bench = stepped()
    bench.run(samples=1)
    bench.servo.set_interlock(Interlock.DOOR, opened=True)
    for _ in range(15):
        bench.send()
    assert bench.send(Command.RESET).first_fault == FaultCode.INTERLOCK
    bench.servo.set_interlock(Interlock.DOOR, opened=False)
    assert bench.send(Command.RESET).state == DeviceState.OFF
    bench.servo.set_interlock(Interlock.DOOR, opened=True)
    assert bench.send(Command.ARM).state == DeviceState.OFF


def test_emergency_stop_has_a_state_of_its_own() -> None:
    """The hard-wired stop is told from a fault."""
    bench = stepped()
    bench.run(samples=1)
    bench.servo.set_interlock(Interlock.EMERGENCY_STOP, opened=True)
    answer = bench.send()
    assert (answer.state, answer.first_fault) == (DeviceState.EMERGENCY_STOP, FaultCode.EMERGENCY_STOP)


def test_a_stalled_process_is_no_late_host() -> None:
    """If the simulator itself got no processor, its clock stands still: no underrun, and the time is on record."""
    bench = real()
    bench.run(samples=4)
    bench.now_s += 0.5
    answer = bench.send(samples_m=[0.05] * 4)
    assert (answer.underruns, answer.first_fault) == (0, FaultCode.NONE)
    assert bench.servo.stalled_s == pytest.approx(0.5 - STALL_S, abs=0.002)
