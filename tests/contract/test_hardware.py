"""What every `Hardware` must do: the real rig, the simulated rig over the wire, and the one in this process.

An implementation joins by an entry in `MAKERS`: something that gives a fresh one, not yet open, whose device is OFF.
"""

import contextlib
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from corner_bench import AXES, block, corner, driver, make_ready, pan, served, wired

from drivers.errors import BusClosedError
from drivers.frames import Command, DeviceState, FaultCode, FeedbackBlock
from drivers.hardware import Hardware
from simulators.corner.plant import Plant
from simulators.settings import Pace
from tests.in_process import InProcess

pytestmark = pytest.mark.alone

Maker = Callable[[], contextlib.AbstractContextManager[Hardware]]

A_WHILE = pan(np.full(200, 0.01))
"""Samples for 0.4 s: longer than a busy test machine keeps this process waiting."""


def over_the_wire(pace: Pace) -> Maker:
    @contextlib.contextmanager
    def make() -> Iterator[Hardware]:
        with served(corner(pace)) as (address, _):
            hardware = driver(address)
            try:
                yield hardware
            finally:
                hardware.close()

    return make


def in_process(pace: Pace) -> Maker:
    @contextlib.contextmanager
    def make() -> Iterator[Hardware]:
        config = corner(pace)
        with wired() as wires:
            plant = Plant(config, wires)
            plant.warm()
            hardware = InProcess(config, plant, time.monotonic)
            while hardware.servo.state == DeviceState.BOOT:
                hardware.servo.advance(time.monotonic())
            yield hardware

    return make


MAKERS: dict[str, Maker] = {
    "wire, stepped": over_the_wire("stepped"),
    "wire, real": over_the_wire("real"),
    "in process, stepped": in_process("stepped"),
    "in process, real": in_process("real"),
}


@pytest.fixture(params=MAKERS.values(), ids=MAKERS.keys())
def hardware(request: pytest.FixtureRequest) -> Iterator[Hardware]:
    make: Maker = request.param
    with make() as made:
        yield made


@pytest.fixture
def ready(hardware: Hardware) -> Hardware:
    hardware.open()
    make_ready(hardware)
    return hardware


class Host:
    """Sends samples that are due, as a loop would, and gathers the frames."""

    def __init__(self, hardware: Hardware, lead: int = 220) -> None:
        self.hardware, self.lead = hardware, lead
        self.sent = 0
        self.frames: list[FeedbackBlock] = []

    def play(self, codes: np.ndarray) -> FeedbackBlock:
        """Start, send everything, and wait until all of it has been played."""
        command = Command.START
        while self.sent < len(codes):
            played = self.frames[-1].samples_played if self.frames else 0
            count = min(8, len(codes) - self.sent, max(0, played + self.lead - self.sent))
            answer = self.exchange(command, codes[self.sent : self.sent + count])
            assert answer.state == DeviceState.RUN, answer.first_fault.name
            command = Command.NONE
        return self.frames[-1]

    def exchange(self, command: Command, codes: np.ndarray) -> FeedbackBlock:
        answer = self.hardware.exchange(block(command, self.sent, codes))
        self.sent += len(codes)
        self.frames.append(answer)
        return answer

    @property
    def received(self) -> np.ndarray:
        """All frames so far; fails if their numbers have a gap."""
        expected = 0
        for frame in self.frames:
            assert frame.first_sample == expected
            expected += len(frame.codes)
        return np.concatenate([frame.codes for frame in self.frames])


def poll(hardware: Hardware, done: Callable[[FeedbackBlock], bool]) -> FeedbackBlock:
    for _ in range(20_000):
        answer = hardware.exchange(block())
        if done(answer):
            return answer
    raise AssertionError(f"not there: {answer}")


def test_open_identifies_and_moves_nothing(hardware: Hardware) -> None:
    """The identity is that of the rig; the device is still OFF."""
    identity = hardware.open()
    assert (identity.axes, identity.channels, identity.sample_rate_hz) == (3, 7, 500)
    assert (identity.watchdog_ms, identity.ramp_ms) == (150, 200)
    assert hardware.exchange(block()).state == DeviceState.OFF


def test_nothing_works_before_open_or_after_close(hardware: Hardware) -> None:
    """Not open is an error of its own, not a wait; close may be called at any time, twice."""
    with pytest.raises(BusClosedError):
        hardware.exchange(block())
    hardware.open()
    hardware.close()
    hardware.close()
    with pytest.raises(BusClosedError):
        hardware.arm()


def test_arm_returns_at_once_and_leads_to_ready(ready: Hardware) -> None:
    """Power comes by itself, at neutral, with nothing in the FIFO."""
    answer = ready.exchange(block())
    assert (answer.state, answer.fifo_level, answer.samples_played) == (DeviceState.READY, 0, 0)


def test_an_exchange_answers_itself(ready: Hardware) -> None:
    """The echo is the sequence that was stamped into the block, one more each time."""
    echoes = []
    for _ in range(3):
        asked = block()
        answer = ready.exchange(asked)
        assert answer.sequence_echo == asked.sequence
        echoes.append(answer.sequence_echo)
    assert np.diff(echoes).tolist() == [1, 1]


def test_every_sample_has_its_frame(ready: Hardware) -> None:
    """What goes in comes back, sample by sample, without gap or repetition, and moves the axis."""
    host = Host(ready)
    host.play(pan(0.02 * np.sin(2 * np.pi * 2 * np.arange(200) / 500)))
    for _ in range(20_000):
        answer = host.exchange(Command.NONE, pan(np.zeros(0)))
        if answer.samples_played >= 200 and not len(answer.codes):
            break
    received = host.received
    assert len(received) == 200
    measured = AXES[0].channel.decode(received[:, 0])
    assert np.ptp(measured) == pytest.approx(0.04, abs=0.002)


def test_hold_stands_still_and_start_goes_on(ready: Hardware) -> None:
    """After HOLD the FIFO is empty; the next sample is the one after the last that was played."""
    host = Host(ready)
    host.play(A_WHILE)
    answer = host.exchange(Command.HOLD, pan(np.zeros(0)))
    assert (answer.state, answer.fifo_level) == (DeviceState.HOLD, 0)
    host.sent = answer.samples_played
    answer = host.exchange(Command.START, pan(np.full(30, 0.01)))
    assert (answer.state, answer.first_fault) == (DeviceState.RUN, FaultCode.NONE)


def test_stop_ends_at_neutral_and_off(ready: Hardware) -> None:
    """STOP needs no samples: the device ramps down by itself and switches off."""
    Host(ready).play(A_WHILE)
    assert ready.exchange(block(Command.STOP)).state == DeviceState.RAMP_DOWN
    answer = poll(ready, lambda answer: answer.state != DeviceState.RAMP_DOWN)
    assert (answer.state, answer.first_fault) == (DeviceState.OFF, FaultCode.NONE)


def test_a_gap_in_the_numbers_trips(ready: Hardware) -> None:
    """A sample that is not the next one is never played."""
    Host(ready).play(A_WHILE)
    answer = ready.exchange(block(first=201, codes=pan(np.zeros(1))))
    assert (answer.state, answer.first_fault) == (DeviceState.FAULT, FaultCode.BAD_SETPOINT)


def test_a_set_point_beyond_the_travel_trips(ready: Hardware) -> None:
    """The device has its own clamp, behind that of the host."""
    Host(ready).play(A_WHILE)
    answer = ready.exchange(block(first=200, codes=pan(np.array([0.21]))))
    assert answer.first_fault == FaultCode.OVER_TRAVEL


def test_safe_trips_and_is_latched(ready: Hardware) -> None:
    """True only when the device says that it has tripped; calling it again is fine; a start does not undo it."""
    Host(ready).play(A_WHILE)
    assert ready.safe()
    assert ready.safe()
    answer = ready.exchange(block(Command.START))
    assert (answer.state, answer.first_fault) == (DeviceState.FAULT, FaultCode.HOST_TRIP)


def test_safe_works_without_open_and_after_close(hardware: Hardware) -> None:
    """Whoever watches may trip on a connection of its own, made when it is needed."""
    assert hardware.safe()
    hardware.close()
    assert hardware.safe()


def test_reset_leads_back_to_off(ready: Hardware) -> None:
    """A tripped device can be reset once it is at neutral, and armed again, counting from 0."""
    Host(ready).play(A_WHILE)
    ready.safe()
    for _ in range(20_000):
        if ready.reset().state == DeviceState.OFF:
            break
    assert make_ready(ready).samples_played == 0
    assert Host(ready).play(pan(np.zeros(8))).first_fault == FaultCode.NONE


def test_reset_is_refused_while_it_ramps(ready: Hardware) -> None:
    """The answer shows the fault that still stands; nothing else happens."""
    Host(ready).play(A_WHILE)
    ready.safe()
    answer = ready.reset()
    assert (answer.state, answer.first_fault) == (DeviceState.FAULT, FaultCode.HOST_TRIP)


def test_reset_does_nothing_to_a_device_that_runs(ready: Hardware) -> None:
    """Only what is tripped is reset."""
    Host(ready).play(A_WHILE)
    assert ready.reset().state == DeviceState.RUN


def test_status_takes_nothing_from_the_host(ready: Hardware) -> None:
    """It shows state and samples played; read after each exchange, every frame still reaches the host."""
    host = Host(ready)
    host.play(A_WHILE)
    for _ in range(20_000):
        status = ready.status()
        answer = host.exchange(Command.NONE, pan(np.zeros(0)))
        assert answer.samples_played >= status.samples_played
        if answer.samples_played >= len(A_WHILE) and not len(answer.codes):
            break
    assert len(host.received) == len(A_WHILE)


def test_stepped_answers_hold_the_frames_of_their_own_samples() -> None:
    """At pace stepped nothing waits: n samples in, n frames out, the FIFO empty."""
    with MAKERS["wire, stepped"]() as hardware:
        hardware.open()
        make_ready(hardware)
        host = Host(hardware)
        for count in (3, 1, 8, 5):
            answer = host.exchange(Command.START, pan(np.zeros(count)))
            assert (len(answer.codes), answer.fifo_level, answer.samples_played) == (count, 0, host.sent)


def test_stepped_runs_are_the_same_however_samples_are_batched() -> None:
    """The same samples in other exchanges give the same feedback, bit for bit."""
    codes = pan(0.03 * np.sin(np.arange(120) / 7))
    received = []
    for size in (1, 4, 8):
        with MAKERS["wire, stepped"]() as hardware:
            hardware.open()
            make_ready(hardware)
            host = Host(hardware)
            for first in range(0, len(codes), size):
                host.exchange(Command.START, codes[first : first + size])
            received.append(host.received)
    np.testing.assert_array_equal(received[0], received[1])
    np.testing.assert_array_equal(received[0], received[2])
