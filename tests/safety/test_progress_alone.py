"""The progress watch with no limit beside it: an axis that does not do what its set point does trips the rig."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from rig.bridge import Bridge, End, EventKind, Operate
from rig.state import RigState
from tests.in_process import Codes
from tests.loop_bench import AXES, RIG, device_of, rig_with, run_on, waves

UNLIMITED = rig_with()
WATCHED = [index for index, axis in enumerate(RIG.axes) if axis.progress is not None]
WINDOW = round(next(axis.progress.window_s for axis in RIG.axes if axis.progress is not None) * RIG.sample_rate_hz)
SAMPLES = 4 * WINDOW
BATCH = 8

Fault = Callable[[int, Codes, int], None]
"""Changes frames in place: the number of the first, the frames, and the axis."""


def frozen(_first: int, frames: Codes, axis: int) -> None:
    """It stands where it is; its sensor has noise."""
    frames[:, axis] = 300 + np.arange(len(frames)) % 3


def flipped(_first: int, frames: Codes, axis: int) -> None:
    """It goes the other way."""
    frames[:, axis] *= -1


def run_away(first: int, frames: Codes, axis: int) -> None:
    """It goes to the end of its travel, and stays there."""
    frames[:, axis] = 19_000 + np.arange(len(frames)) % 3


def weak(_first: int, frames: Codes, axis: int) -> None:
    """It makes a third of the way."""
    frames[:, axis] = frames[:, axis] / 3


def oscillating(first: int, frames: Codes, axis: int) -> None:
    """It goes to and fro by itself, whatever it is told."""
    frames[:, axis] = 3000.0 * np.sin((first + np.arange(len(frames))) / 7.0)


def begin_at(sample: int, fault: Fault, axis: int) -> Callable[[int, Codes], None]:
    """The fault, from a sample on."""

    def change(first: int, frames: Codes) -> None:
        start = max(0, sample - first)
        if start < len(frames):
            fault(first + start, frames[start:], axis)

    return change


@pytest.mark.parametrize("axis", WATCHED)
@pytest.mark.parametrize("fault", [frozen, flipped, run_away, weak, oscillating])
def test_an_axis_that_does_not_do_as_it_is_told_trips(fault: Fault, axis: int) -> None:
    """From any sample on, on the simulated corner: tripped with the first whole window, and the axis is named."""
    rng = np.random.default_rng([axis, len(fault.__name__)])
    for _ in range(3):
        at = int(rng.integers(2 * WINDOW))
        with device_of(UNLIMITED, change=begin_at(at, fault, axis), real_plant=True) as device:
            run = run_on(UNLIMITED, device, waves(SAMPLES, rng), BATCH, {})
        assert (run.end, run.state, device.safe_calls) == (End.TRIPPED, RigState.TRIPPED, 1)
        assert at < len(run.rows) <= WINDOW * (math.ceil(at / WINDOW) + 1) + 2 * BATCH
        assert [one.text.split()[0] for one in run.of_kind(EventKind.DEVICE_FAULT)] == [RIG.axes[axis].name]
        assert not run.of_kind(EventKind.LIMIT)


def test_an_axis_that_moves_while_the_rig_is_held_trips() -> None:
    """The set point rests, and the feedback must, too."""

    def hold(bridge: Bridge) -> None:
        bridge.operate(Operate.HOLD)

    with device_of(UNLIMITED, change=begin_at(2 * WINDOW + 50, oscillating, 0), real_plant=True) as device:
        run = run_on(UNLIMITED, device, waves(SAMPLES, np.random.default_rng(5)), BATCH, {200: hold})
    assert run.end is End.TRIPPED
    assert len(run.rows) <= 4 * WINDOW + 2 * BATCH
    assert any("although its set point rests" in one.text for one in run.events)


def test_what_moves_as_it_should_is_left_alone() -> None:
    """The simulated corner itself, with a hold in the middle, plays its drive to the end."""
    script = {
        600: lambda bridge: bridge.operate(Operate.HOLD),
        2000: lambda bridge: bridge.operate(Operate.RESUME),
    }
    with device_of(UNLIMITED, real_plant=True) as device:
        run = run_on(UNLIMITED, device, waves(SAMPLES, np.random.default_rng(6)), BATCH, script)
    assert run.end is End.COMPLETED
    assert len(run.rows) > SAMPLES


def test_each_watched_axis_is_watched_here() -> None:
    """The library watches the pan and the shaft's speed."""
    assert WATCHED == [0, 2]
    assert AXES == 3
