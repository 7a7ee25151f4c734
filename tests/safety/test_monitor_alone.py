"""The monitor with no limit and no progress watch beside it: whatever the device says that is not in order trips."""

from collections.abc import Callable

import numpy as np
import pytest

from drivers.frames import Command, DeviceState, FaultCode, FeedbackBlock, Interlock
from rig.bridge import End, EventKind
from rig.state import RigState
from simulators.servo.servo import Servo
from tests.in_process import InProcess
from tests.loop_bench import RIG, Run, device_of, rig_with, run_on, waves

UNLIMITED = rig_with(progress=False)
STALE = rig_with(*(limit for limit in RIG.limits if limit.kind == "stale"), progress=False)
SAMPLES = 600

DEVICE: dict[str, Callable[[Servo], None]] = {
    **{bit.name or "?": lambda servo, bit=bit: servo.set_interlock(bit, opened=True) for bit in Interlock},  # type: ignore[misc]
    **{code.name: lambda servo, code=code: servo.trip(code) for code in FaultCode if code is not FaultCode.NONE},  # type: ignore[misc]
    "reboot": lambda servo: servo.reboot(),
    "fifo runs dry": lambda servo: servo.run_dry(),
}
"""What the device itself does."""


def lose(block: FeedbackBlock) -> None:
    """The oldest frame is missing."""
    block.first_sample, block.codes = block.first_sample + 1, block.codes[1:]


def repeat(block: FeedbackBlock) -> None:
    """Frames of before come again."""
    block.first_sample -= len(block.codes)


def run_ahead(block: FeedbackBlock) -> None:
    """More is played than there was."""
    block.samples_played += 1


def fall_behind(block: FeedbackBlock) -> None:
    """Less is played than there are frames of."""
    block.samples_played -= 1


def other_state(block: FeedbackBlock) -> None:
    """It holds, and nobody has asked for it."""
    block.state = DeviceState.HOLD


def open_contact(block: FeedbackBlock) -> None:
    """A door is open, and the device runs on."""
    block.interlocks = Interlock.DOOR


def play(fault: Callable[[InProcess, FeedbackBlock], None], at: int, batch: int) -> tuple[Run, InProcess]:
    """A run in which something happens with the answer that holds sample ``at``."""
    with device_of(UNLIMITED) as device:

        def meddle(block: FeedbackBlock) -> None:
            if block.state is DeviceState.RUN and block.first_sample <= at < block.first_sample + len(block.codes):
                fault(device, block)

        device.meddle = meddle
        return run_on(UNLIMITED, device, waves(SAMPLES, np.random.default_rng(at)), batch, {}), device


def check_tripped(run: Run, device: InProcess, most_samples: int) -> None:
    """Tripped by the monitor, with a reason, by the very next frame; no more samples have left than that."""
    assert (run.end, run.state, device.safe_calls) == (End.TRIPPED, RigState.TRIPPED, 1)
    assert [one.text != "" for one in run.of_kind(EventKind.DEVICE_FAULT)] == [True]
    assert [block.command for block, _ in device.sent if block.command is not Command.NONE][-1] is Command.TRIP
    assert len(device.sent[-1][0].codes) == 0
    assert len(device.samples) <= most_samples


@pytest.mark.parametrize("what", sorted(DEVICE))
def test_a_device_that_is_not_in_order_trips(what: str) -> None:
    """Each interlock, each first fault, a reboot and an underrun, at random samples: seen in the next answer."""
    rng = np.random.default_rng(len(what))
    for batch in (1, 8, int(rng.integers(2, 8))):
        at = int(rng.integers(SAMPLES - 20))
        run, device = play(lambda device, _: DEVICE[what](device.servo), at, batch)
        check_tripped(run, device, at - at % batch + 2 * batch)


@pytest.mark.parametrize("wrong", [lose, repeat, run_ahead, fall_behind, other_state, open_contact])
def test_an_answer_that_can_not_be_trips(wrong: Callable[[FeedbackBlock], None]) -> None:
    """Counters and frames that do not go on, and a state that nobody asked for: with that very answer.

    A frame that was the only one of its answer is missed with the next one.
    """
    rng = np.random.default_rng(len(wrong.__name__))
    for batch in (1, 8, int(rng.integers(2, 8))):
        at = int(rng.integers(SAMPLES - 20))
        run, device = play(lambda _, block: wrong(block), at, batch)
        check_tripped(run, device, at - at % batch + (2 if batch == 1 else 1) * batch)


def test_feedback_that_stands_still_trips() -> None:
    """A device that plays nothing any more, and says that all is well: after as many cycles as the limit allows."""
    cycles = STALE.limits[0].persistence_samples
    with device_of(STALE) as device:

        def meddle(block: FeedbackBlock) -> None:
            if block.samples_played >= 304:
                device.servo.clock_rate = 0.0

        device.meddle = meddle
        run = run_on(STALE, device, waves(SAMPLES, np.random.default_rng(3)), 8, {})
    assert [f"no new feedback for {cycles} cycles" in one.text for one in run.of_kind(EventKind.DEVICE_FAULT)] == [True]
    after = [block for block, played in device.sent if played == 304][1:]
    assert len(after) == cycles + 1
    assert sum(len(block.codes) for block in after) <= STALE.lead_samples
