"""The clamp with every other ring off: no limits, no progress watch, a device that plays whatever it is sent."""

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.frames import Command
from rig.bridge import End, EventKind
from rig.rt.control import ControlLaw
from rig.rt.loop import Parts
from rig.state import RigState
from tests.in_process import InProcess
from tests.loop_bench import AXES, RIG, Run, device_of, rig_with, run_on, waves

UNLIMITED = rig_with(progress=False)
LOWEST = np.array([axis.actuator.lowest for axis in RIG.axes])
HIGHEST = np.array([axis.actuator.highest for axis in RIG.axes])
SCALE = np.array([axis.scale for axis in RIG.axes])
SAMPLES = 400


class MadLaw(ControlLaw):
    """A control law that gives one command of its own."""

    mad_sample, mad_axis, mad_command = 0, 0, 0.0

    def command(self, first: int, *arguments: object) -> None:
        """See `rig.rt.control.ControlLaw.command`."""
        super().command(first, *arguments)  # type: ignore[arg-type]
        out, count = arguments[-2:]
        if first <= self.mad_sample < first + count:  # type: ignore[operator]
            out["commands"][self.mad_sample - first, self.mad_axis] = self.mad_command  # type: ignore[index]


def outside(rng: np.random.Generator, axis: int, more: float = 0.0) -> float:
    """What must never be sent: just beyond the range (and ``more``), far beyond it, or no number."""
    beyond = more + float(rng.choice([0.51, 1.0, 30.0, 1e6, 1e300])) * SCALE[axis]
    values = [HIGHEST[axis] + beyond, LOWEST[axis] - beyond, np.nan, np.inf, -np.inf]
    return float(rng.choice(values))


def check_refused(run: Run, device: InProcess, at: int, batch: int) -> None:
    """Tripped, and told; what has reached the device is what came before that cycle, all of it within the range."""
    assert (run.end, run.state, device.safe_calls) == (End.TRIPPED, RigState.TRIPPED, 1)
    assert device.commands[-1] is Command.TRIP
    assert len(device.samples) == at - at % batch
    values: NDArray[np.float64] = device.samples * SCALE
    assert ((values >= LOWEST - 0.5 * SCALE) & (values <= HIGHEST + 0.5 * SCALE)).all()
    assert [one.sample for one in run.of_kind(EventKind.CLAMP)] == [at]


@pytest.mark.parametrize("seed", range(40))
def test_a_mad_law_s_command_never_leaves(seed: int) -> None:
    """Whatever the law says, at any sample, for any axis, in any batch: the clamp refuses it, and the rig trips."""
    rng = np.random.default_rng(seed)
    batch, at, axis = int(rng.integers(1, 9)), int(rng.integers(SAMPLES)), int(rng.integers(AXES))

    def go_mad(parts: Parts) -> None:
        parts.law = MadLaw(UNLIMITED, 1e9)
        parts.law.mad_sample, parts.law.mad_axis, parts.law.mad_command = at, axis, outside(rng, axis)

    with device_of(UNLIMITED) as device:
        device.servo.fifo.checks_travel = False
        run = run_on(UNLIMITED, device, waves(SAMPLES, rng), batch, {}, go_mad)
    check_refused(run, device, at, batch)


@pytest.mark.parametrize("seed", range(20))
def test_a_drive_outside_never_leaves(seed: int) -> None:
    """A drive that nobody checked, and a set point that is no number: refused at its sample."""
    rng = np.random.default_rng(100 + seed)
    batch, at, axis = int(rng.integers(1, 9)), int(rng.integers(SAMPLES)), int(rng.integers(AXES))
    drive = waves(SAMPLES, rng)
    if rng.random() < 0.5:
        drive[at, AXES + axis] = rng.choice([np.nan, np.inf])
    else:
        drive[at, axis] = outside(rng, axis, RIG.axes[axis].control.trim_limit)  # so far the trim may lead back
    with device_of(UNLIMITED) as device:
        device.servo.fifo.checks_travel = False
        run = run_on(UNLIMITED, device, drive, batch, {})
    check_refused(run, device, at, batch)


def test_that_device_plays_whatever_it_is_sent() -> None:
    """Else these tests would show the device's own clamp: without ours the command is played."""
    drive = waves(SAMPLES, np.random.default_rng(1))
    drive[300, 0] = 0.3

    class Permissive:
        """No clamp at all."""

        def encode(self, commands: NDArray[np.float64], codes: NDArray[np.int16], count: int) -> int:
            codes[:count] = np.rint(commands[:count] / SCALE)
            return -1

    def unclamp(parts: Parts) -> None:
        parts.clamp = Permissive()  # type: ignore[assignment]

    with device_of(UNLIMITED) as device:
        device.servo.fifo.checks_travel = False
        run = run_on(UNLIMITED, device, drive, 8, {}, unclamp)
    assert run.end is End.COMPLETED
    assert device.samples[:, 0].max() == 30_000
