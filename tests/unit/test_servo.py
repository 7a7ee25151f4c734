"""The servo controller as a state machine, with time told to it and a plant that does as it is told."""

import numpy as np
import pytest
from corner_bench import AXES, block, corner, pan

from drivers.frames import Command, DeviceState, FaultCode, FeedbackBlock, Interlock, SetpointBlock, Status
from simulators.servo import RAMP_SAMPLES_PER_ACCESS, STALL_S, Servo
from simulators.settings import BenchConfig

PERIOD_S = 0.002


class Obedient:
    """A plant whose feedback is its set point."""

    def play(self, setpoints: np.ndarray) -> np.ndarray:
        codes = np.zeros((len(setpoints), 7), dtype=np.int16)
        codes[:, :3] = np.rint(setpoints / [axis.channel.scale for axis in AXES])
        return codes


class Bench:
    """A servo controller with a host that numbers its frames, and a clock of its own."""

    def __init__(self, config: BenchConfig) -> None:
        self.servo = Servo(config, Obedient())
        self.now_s = 100.0
        self.sequence = self.key = self.sent = 0
        self.servo.advance(self.now_s)

    def wait(self, seconds: float) -> None:
        """Let time pass as the server does, in steps of a millisecond."""
        for _ in range(round(seconds * 1000)):
            self.now_s += 0.001
            self.servo.advance(self.now_s)

    def send(self, command: Command = Command.NONE, samples_m: float | list[float] | None = None) -> FeedbackBlock:
        """One exchange with a fresh sequence and, where there is a command, a fresh key."""
        values = [] if samples_m is None else np.atleast_1d(samples_m)
        frame = block(command, self.sent, pan(np.asarray(values, dtype=np.float64)))
        self.sent += len(values)
        return self.raw(frame)

    def raw(self, frame: SetpointBlock) -> FeedbackBlock:
        self.sequence += 1
        self.key += frame.command != Command.NONE
        frame.sequence, frame.key, frame.most_frames = self.sequence, self.key, 15
        return self.servo.exchange(frame, self.now_s)

    def run(self, samples: int = 0) -> FeedbackBlock:
        """Bring it to RUN, with some samples at 0.05 m in its FIFO."""
        self.make_ready()
        return self.send(Command.START, [0.05] * samples)

    def make_ready(self) -> None:
        self.wait(0.02)
        self.send(Command.ARM)
        for _ in range(4):
            self.wait(0.01)
            self.send()
        assert self.servo.state == DeviceState.READY

    @property
    def pan_m(self) -> float:
        return float(AXES[0].channel.decode(self.servo.status().setpoint[:1])[0])


def real() -> Bench:
    return Bench(corner("real"))


def stepped() -> Bench:
    return Bench(corner("stepped"))


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


def test_a_stalled_process_is_no_late_host() -> None:
    """If the simulator itself got no processor, its clock stands still: no underrun, and the time is on record."""
    bench = real()
    bench.run(samples=4)
    bench.now_s += 0.5
    answer = bench.send(samples_m=[0.05] * 4)
    assert (answer.underruns, answer.first_fault) == (0, FaultCode.NONE)
    assert bench.servo.stalled_s == pytest.approx(0.5 - STALL_S, abs=0.002)
