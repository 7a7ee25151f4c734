"""The device's own watchdog with every other ring off: a host that is frozen, with nobody beside it."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from drivers.frames import Command, DeviceState, DeviceStatus, FaultCode, Interlock, Status
from rig.bridge import Request
from rig.state import RigEvent
from tests.corner_bench import AXES, block, corner, driver, make_ready, pan, served_by_process
from tests.in_process import Faithful, InProcess, Patched
from tests.loop_bench import RIG, config_of, rig_with, waves
from tests.loop_in_turns import LoopInTurns

pytestmark = pytest.mark.alone

UNLIMITED = rig_with(progress=False, ramp_s=0.2)
PERIOD_S, TICK_S = 1.0 / RIG.sample_rate_hz, 0.001
WATCHDOG_S, RAMP_S = RIG.watchdog_ms * 1e-3, 0.2
MARGIN_S = 0.5
"""Over the wire, for a busy machine; the device's own times are exact."""


class ToldClock:
    """Time as a test tells it."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class FrozenHost:
    """A loop at pace real by a clock that is told, until its host freezes; no limits, no progress watch."""

    def __init__(self, loop: LoopInTurns, device: InProcess, clock: ToldClock) -> None:
        self.loop, self.device, self.clock = loop, device, clock

    def pass_time(self, seconds: float) -> None:
        """For the device alone, in ticks as its server has them."""
        for _ in range(round(seconds / TICK_S)):
            self.clock.now_s += TICK_S
            self.device.servo.advance(self.clock.now_s)

    def play(self, cycles: int) -> None:
        """Host and device, cycle by cycle."""
        for _ in range(cycles):
            self.pass_time(PERIOD_S)
            self.loop.give()
        assert not self.loop.over

    @property
    def pan_m(self) -> float:
        """What the pan is commanded."""
        return float(self.device.servo.status().setpoint[0]) * RIG.axes[0].scale


@contextlib.contextmanager
def host() -> Iterator[FrozenHost]:
    """Armed and under way."""
    clock = ToldClock()
    config = replace(config_of(UNLIMITED, "real"), power_step_ms=4)
    device = InProcess(config, Patched(Faithful(config)), clock)
    drive = waves(4000, np.random.default_rng(8))
    made = FrozenHost(LoopInTurns(UNLIMITED, device, drive, RigEvent.START), device, clock)
    made.device.servo.advance(clock.now_s)
    made.pass_time(0.01)
    try:
        yield made
    finally:
        made.loop.bridge.raise_request(Request.TRIP)
        made.loop.give(20)
        made.loop.close()


@pytest.mark.parametrize("runs_dry", [True, False], ids=["it also runs dry", "the watchdog by itself"])
@pytest.mark.parametrize("cycles", [150, 333, 1000])
def test_a_frozen_host_is_followed_by_a_ramp_to_neutral(cycles: int, runs_dry: bool) -> None:
    """Low pressure and neutral within watchdog and ramp, not a tick later and not before the watchdog; no jump."""
    with host() as made:
        servo = made.device.servo
        made.play(cycles)
        assert servo.state is DeviceState.RUN
        if not runs_dry:
            servo.run_dry = lambda: None  # type: ignore[method-assign]
        frozen_at_s, path = made.clock.now_s, [made.pan_m]
        while made.clock.now_s - frozen_at_s < WATCHDOG_S - TICK_S:
            made.pass_time(TICK_S)
        assert Interlock.WATCHDOG not in servo.status().interlocks
        while not servo.status().status & Status.PRESSURE_LOW:
            made.pass_time(TICK_S)
            path.append(made.pan_m)
            assert made.clock.now_s - frozen_at_s <= WATCHDOG_S + RAMP_S + 2 * PERIOD_S + TICK_S
        shown = servo.status()
        assert Interlock.WATCHDOG in shown.interlocks
        assert shown.first_fault is (FaultCode.UNDERRUN if runs_dry else FaultCode.WATCHDOG)
        assert (shown.state, made.pan_m) == (DeviceState.FAULT, 0.0)
        assert np.abs(np.diff(path[1:])).max() <= 2.0 * abs(path[1]) / (RAMP_S / PERIOD_S) + 1e-5


def watched(client: object, until_s: float) -> Iterator[DeviceStatus]:
    """What a second client sees up to a time."""
    while time.monotonic() < until_s:
        yield client.status()  # type: ignore[attr-defined]
        time.sleep(0.002)


def test_a_host_that_falls_silent_with_an_open_connection_is_followed_by_a_ramp() -> None:
    """Over the wire: nobody closes anything, the FIFO is full for longer than the watchdog waits."""
    ahead = 220
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(served_by_process(corner("real", ramp_ms=200)))
        silent, looker = driver(address), driver(address)
        stack.callback(silent.close)
        stack.callback(looker.close)
        looker.open()
        silent.open()
        make_ready(silent)
        path = np.minimum(np.arange(ahead) / 50, 1.0) * 0.05
        for first in range(0, ahead, 20):
            silent.exchange(block(Command.NONE, first, pan(path[first : first + 20])))
        silent_since_s = time.monotonic()
        assert silent.exchange(block(Command.START, ahead)).fifo_level > WATCHDOG_S / PERIOD_S
        seen = []
        for status in watched(looker, silent_since_s + WATCHDOG_S + RAMP_S + MARGIN_S):
            seen.append((time.monotonic() - silent_since_s, status))
            if status.status & Status.PRESSURE_LOW:
                break
        assert min(at_s for at_s, status in seen if status.state is DeviceState.FAULT) >= WATCHDOG_S
        _, status = seen[-1]
        assert (status.state, status.first_fault) == (DeviceState.FAULT, FaultCode.WATCHDOG)
        assert status.status & (Status.PRESSURE_LOW | Status.AT_NEUTRAL) == Status.PRESSURE_LOW | Status.AT_NEUTRAL
        positions = [float(AXES[0].channel.decode(one.feedback[:1])[0]) for _, one in seen]
        assert max(positions) > 0.04
        assert abs(positions[-1]) < 0.003
