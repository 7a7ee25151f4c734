"""The servo controller as a state machine: power, samples, hold, stop."""

import numpy as np
import pytest
from corner_bench import block
from servo_bench import PERIOD_S, real, stepped

from drivers.frames import Command, DeviceState, FaultCode


def test_boots_and_powers_up_by_itself() -> None:
    """BOOT to OFF alone; OFF to READY step by step after ARM."""
    bench = real()
    assert bench.servo.state == DeviceState.BOOT
    bench.wait(0.01)
    seen = [bench.servo.state, bench.send(Command.ARM).state]
    for _ in range(3):
        bench.wait(0.006)
        seen.append(bench.servo.state)
    wanted = [DeviceState.OFF, DeviceState.PUMP, DeviceState.LOW_PRESSURE, DeviceState.READY, DeviceState.READY]
    assert seen == wanted


def test_plays_one_sample_a_period_and_counts_them() -> None:
    """The device owns the timing: samples played, FIFO level and frames follow its clock."""
    bench = real()
    bench.run(samples=10)
    bench.wait(5 * PERIOD_S)
    answer = bench.send()
    assert (answer.samples_played, answer.fifo_level, answer.first_sample) == (5, 5, 0)
    assert len(answer.codes) == 5
    bench.wait(2 * PERIOD_S)
    answer = bench.send()
    assert (answer.samples_played, answer.first_sample, len(answer.codes)) == (7, 5, 2)


def test_frame_i_is_sampled_when_sample_i_has_been_played() -> None:
    """Each frame belongs to its sample, through waits of any length."""
    bench = stepped()
    bench.make_ready()
    answers = [bench.send(Command.START, [0.001, 0.002]), bench.send(), bench.send(samples_m=[0.003])]
    assert [answer.first_sample for answer in answers] == [0, 2, 2]
    np.testing.assert_array_equal(np.concatenate([answer.codes for answer in answers])[:, 0], [100, 200, 300])


def test_a_command_with_an_old_key_does_nothing() -> None:
    """A write that is repeated with a fresh sequence but the old key starts nothing."""
    bench = stepped()
    bench.make_ready()
    frame = block(Command.START)
    frame.sequence, frame.key = bench.sequence + 1, bench.key
    assert bench.servo.exchange(frame, 0.0).state == DeviceState.READY


def test_hold_discards_the_fifo_and_start_goes_on_with_the_next_number() -> None:
    """HOLD bypasses the FIFO and stands where it is; after START the numbers go on without a gap."""
    bench = real()
    bench.run(samples=20)
    bench.wait(5 * PERIOD_S)
    answer = bench.send(Command.HOLD)
    assert (answer.state, answer.fifo_level, answer.samples_played) == (DeviceState.HOLD, 0, 5)
    bench.wait(0.1)
    assert bench.pan_m == pytest.approx(0.05)
    bench.sent = 5
    answer = bench.send(Command.START, [0.05] * 4)
    bench.wait(2 * PERIOD_S)
    answer = bench.send()
    assert (answer.state, answer.samples_played, answer.first_fault) == (DeviceState.RUN, 7, FaultCode.NONE)


@pytest.mark.parametrize("make", [real, stepped])
def test_stop_ramps_to_neutral_and_switches_off(make: object) -> None:
    """STOP bypasses the FIFO: RAMP_DOWN over the ramp time, then OFF, with no fault."""
    bench = make()  # type: ignore[operator]
    bench.run(samples=10)
    assert bench.send(Command.STOP).state == DeviceState.RAMP_DOWN
    for _ in range(25):
        bench.wait(0.01)
        answer = bench.send()
    assert (answer.state, answer.first_fault, bench.pan_m) == (DeviceState.OFF, FaultCode.NONE, 0.0)


def test_a_new_run_counts_from_zero() -> None:
    """READY again: samples, frames and FIFO of the last run are gone."""
    bench = stepped()
    bench.run(samples=10)
    bench.send(Command.STOP)
    for _ in range(15):
        bench.send()
    bench.sent = 0
    answer = bench.run(samples=2)
    assert (answer.samples_played, answer.first_sample, len(answer.codes)) == (2, 0, 2)


def test_samples_are_discarded_where_nothing_may_move() -> None:
    """In OFF, and together with a command that makes things safe, samples are not queued."""
    bench = real()
    bench.wait(0.02)
    assert bench.send(samples_m=0.05).fifo_level == 0
    bench.sent = 0
    bench.run(samples=5)
    assert bench.send(Command.HOLD, 0.05).fifo_level == 0


def test_gauges_follow_the_power() -> None:
    """No pressure when off, low when latched, high wherever it may move; oil and chamber as warm as they are."""
    bench = stepped()
    seen = {}
    bench.make_ready()
    for command, samples in ((None, 0), (Command.START, 2), (Command.HOLD, 0), (Command.STOP, 0)):
        bench.send(command or Command.NONE, [0.01] * samples if samples else None)
        seen[bench.servo.state.name] = bench.servo.status().oil_pressure_bar
    for _ in range(15):
        bench.send()
    seen["OFF"] = bench.servo.status().oil_pressure_bar
    bench.send(Command.TRIP)
    status = bench.servo.status()
    seen["FAULT"] = status.oil_pressure_bar
    assert seen == {"READY": 210.0, "RUN": 210.0, "HOLD": 210.0, "RAMP_DOWN": 210.0, "OFF": 0.0, "FAULT": 20.0}
    assert (status.oil_temperature_degc, status.chamber_temperature_degc) == (40.0, 20.0)


def test_valve_opens_in_proportion_to_the_wanted_speed() -> None:
    """The pan may move 5 m/s, 10 mm a sample: 2 mm is 20 %, back is negative, more than it can is full opening."""
    bench = stepped()
    bench.run()
    shown = []
    for sample_m in (0.002, 0.002, 0.001, 0.04):
        bench.send(samples_m=sample_m)
        shown.append(bench.servo.status().valve.tolist())
    assert shown == [[2000, 0, 0], [0, 0, 0], [-1000, 0, 0], [10_000, 0, 0]]
    bench.send(samples_m=[0.04, 0.041])  # the last step of a block counts
    assert bench.servo.status().valve[0] == 1000
