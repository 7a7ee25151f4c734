"""The small moves of the checks before a run, as drive rows: the rig at rest, then one axis after the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rig.config import AxisCheck, Checks, ControlLaw, Rig

FloatArray = NDArray[np.float64]

SETTLE_S = 0.2
"""At the start and after each move: until what the actuators did before has died away."""


@dataclass(frozen=True, slots=True)
class Moves:
    """The plan.

    Attributes:
        rows: float64[samples, 2 x axes + 3], see `rig.rt.drive_source.DriveSource`; drive and set point are the same,
            as the moves are slow.
        rest: the samples of the rig at rest.
        of_axis: the samples in which an axis moves, by its number in the rig file.
    """

    rows: FloatArray
    rest: slice
    of_axis: dict[int, slice]


def bare(rig: Rig) -> Rig:
    """The rig with its axes as they are by themselves: no trim and no adaptation that would hide what is wrong.

    The watch over progress is off too, as the checks judge the same with a better answer; the limits are all on, and
    where one holds a run it stops a check.
    """
    axes = [
        axis.model_copy(update={"progress": None, "control": ControlLaw(closed_by=axis.control.closed_by)})
        for axis in rig.axes
    ]
    limits = [limit.model_copy(update={"action": "stop"}) if limit.action == "hold" else limit for limit in rig.limits]
    return rig.model_copy(update={"axes": tuple(axes), "limits": tuple(limits)})


def plan_moves(rig: Rig, checks: Checks) -> Moves:
    """The moves of a rig file's checks. They begin once the span has come in."""
    rate_hz, names = rig.sample_rate_hz, [axis.name for axis in rig.axes]
    settle = round(SETTLE_S * rate_hz)
    rest = settle + round(max(checks.rest_s, rig.ramp_s) * rate_hz)
    shapes = {names.index(one.axis): one.amplitude * move(one, rate_hz) for one in checks.axes}
    rows = np.zeros((rest + sum(len(shape) + settle for shape in shapes.values()), 2 * len(names) + 3))
    for index, axis in enumerate(rig.axes):
        rows[:, [index, len(names) + index]] = axis.neutral
    of_axis, at = {}, rest
    for index, shape in shapes.items():
        rows[at : at + len(shape), [index, len(names) + index]] += shape[:, None]
        of_axis[index] = slice(at, at + len(shape) + settle)
        at += len(shape) + settle
    return Moves(rows, slice(settle, rest), of_axis)


def move(check: AxisCheck, rate_hz: int) -> FloatArray:
    """A move of amplitude 1, float64[samples]: to one side, past neutral to the other, and back to 0."""
    once, hold = round(check.move_s * rate_hz), round(check.hold_s * rate_hz)
    side, across = _ease(once), _ease(2 * once)
    return np.concatenate((side, np.ones(hold), 1.0 - 2.0 * across, -np.ones(hold), side - 1.0))


def _ease(samples: int) -> FloatArray:
    """From 0 to 1 along half a cosine."""
    shape: FloatArray = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, samples + 1) / samples)
    return shape
