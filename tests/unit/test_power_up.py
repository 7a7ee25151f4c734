"""Before anything moves: whose device it is, whether it comes up, and a stop in the middle of that."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np

from drivers.frames import Command, DeviceState, FeedbackBlock
from rig.bridge import End, EventKind, Request, Slot
from rig.state import RigEvent, RigState
from tests.in_process import Faithful, InProcess, Patched
from tests.loop_bench import config_of, device_of, rig_with, waves
from tests.loop_in_turns import LoopInTurns

CALM = rig_with(progress=False, ramp_s=0.05)
UNDER_WAY = 12
"""Turns until a new loop moves its device."""


@contextmanager
def loops() -> Iterator[list[LoopInTurns]]:
    """Whatever a test puts in is ended and closed."""
    made: list[LoopInTurns] = []
    with ExitStack() as stack:
        yield made
        for loop in made:
            stack.callback(loop.close)
            loop.bridge.raise_request(Request.TRIP)
            loop.give(5)


def loop_on(device: InProcess) -> LoopInTurns:
    """One that has not begun."""
    return LoopInTurns(CALM, device, waves(400, np.random.default_rng(1)), RigEvent.START)


def texts(loop: LoopInTurns) -> list[str]:
    """What it has told in words."""
    return [one.text for one in loop.told if one.text]


def ended(loop: LoopInTurns) -> End:
    """As the supervisor sees it."""
    return End(loop.bridge.get(Slot.ENDED))


def test_a_device_that_another_host_drives_is_left_alone() -> None:
    """The second loop writes nothing and ends; the first one goes on to its end as if nothing had been."""
    with device_of(CALM) as device, loops() as made:
        other = InProcess(config_of(CALM), Patched(Faithful(config_of(CALM))))
        other.servo = device.servo
        made += [loop_on(device), loop_on(other)]
        first, second = made
        first.give(UNDER_WAY)
        second.give(5)
        assert (second.over, second.state, ended(second)) == (True, RigState.OFFLINE, End.TRIPPED)
        assert (second.hardware.sent, other.sent, other.safe_calls) == ([], [], 0)
        assert "the device is in RUN, wanted OFF: another host drives it" in texts(second)[0]
        assert EventKind.TRIP_UNACKNOWLEDGED not in [one.kind for one in second.told]
        first.give(1000)
        assert (first.over, ended(first), device.safe_calls) == (True, End.COMPLETED, 0)


def no_pressure(answer: FeedbackBlock) -> None:
    """It never says that it is ready."""
    if answer.state is DeviceState.READY:
        answer.state = DeviceState.LOW_PRESSURE


def test_a_device_that_reboots_while_it_comes_up_trips_at_once() -> None:
    """It knows nothing of ARM any more: nobody waits for power that never comes."""
    with device_of(CALM) as device, loops() as made:
        device.meddle = no_pressure
        made.append(loop_on(device))
        made[0].give(3)
        device.servo.reboot()
        made[0].give(2)
        assert (made[0].over, made[0].state) == (True, RigState.TRIPPED)
        assert texts(made[0]) == ["the device is in OFF after ARM: it has rebooted"]


def test_a_stop_is_obeyed_while_the_power_does_not_come() -> None:
    """The device is switched off again, and that is no trip."""
    with device_of(CALM) as device, loops() as made:
        device.meddle = no_pressure
        made.append(loop_on(device))
        made[0].give(50)
        assert (made[0].over, made[0].state) == (False, RigState.IDLE)
        made[0].bridge.raise_request(Request.STOP_FOR_PERSON)
        made[0].give(20)
        assert (made[0].over, made[0].state, ended(made[0])) == (True, RigState.OFFLINE, End.PERSON)
        assert device.servo.state is DeviceState.OFF
        assert Command.START not in [one.command for one in made[0].hardware.sent]


def test_a_stop_in_the_moment_after_the_power_is_there_moves_nothing() -> None:
    """Armed, and no START yet."""
    with device_of(CALM) as device, loops() as made:
        made.append(loop_on(device))
        while made[0].state is not RigState.ARMED:
            made[0].give()
        made[0].bridge.raise_request(Request.STOP_FOR_RIG)
        made[0].give(20)
        assert (made[0].over, ended(made[0]), device.servo.fifo.played) == (True, End.RIG_STOP, 0)
