"""A channel of a planned drive as a history: what a run of it should measure, before anything has moved."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from profiles.drive.prepare import FELT, DriveBlock
from profiles.schema import Fault, InputError
from rig.histories import MM_PER_M, Block, History
from rig.plan import Plan

FloatArray = NDArray[np.float64]

_FELT = ("body_acceleration_mps2", "damper_temperature_degc")
"""What the car feels in the plan and a rig measures too; the strut force of a plan is a peak within each sample."""


def plan_history(plan: Plan, channel: str, from_km: float = 0.0, to_km: float = math.inf) -> History:
    """The set point of an axis, or what the car feels, over a stretch of a planned drive; computed anew each time.

    Raises:
        InputError: the plan does not have that channel, or the stretch is none.
    """
    take, unit = _channel(plan, channel)
    if not 0.0 <= from_km < to_km:
        found = f"{from_km:g} to {to_km:g} km"
        raise InputError([Fault("rig spectrum", 0, "--from-km, --to-km", found, "from a lower one to a higher one")])
    low_m, high_m = from_km * 1000.0, to_km * 1000.0

    def blocks() -> Iterator[Block]:
        for block in plan.blocks():
            there = (block.distance_m >= low_m) & (block.distance_m <= high_m)
            if there.any():
                yield take(block)[there], np.rint(block.distance_m[there] * MM_PER_M).astype(np.int64)
            elif block.distance_m[0] > high_m:
                return

    return History(f"plan of {plan.name}", channel, unit, plan.rig.sample_rate_hz, True, blocks)


def _channel(plan: Plan, channel: str) -> tuple[Callable[[DriveBlock], FloatArray], str]:
    axes = [axis.name for axis in plan.rig.axes]
    units = {quantity.name: quantity.unit for quantity in (*plan.rig.axes, *plan.rig.channels)}
    if channel in axes:
        column = axes.index(channel)
        return lambda block: np.ascontiguousarray(block.setpoint[:, column]), units[channel]
    if channel in _FELT and channel in units:
        felt = FELT.index(channel)
        return lambda block: np.ascontiguousarray(block.felt[:, felt]), units[channel]
    known = [*axes, *(name for name in _FELT if name in units)]
    raise InputError([Fault(f"(the plan of {plan.name})", 0, "--channel", repr(channel), f"one of {', '.join(known)}")])
