"""A channel of a planned drive as a history: what a run of it should measure, before anything has moved."""

import math
from collections.abc import Iterator

import numpy as np

from profiles.drive.prepare import FELT
from profiles.schema import Fault, InputError
from rig.equivalence.predicted import SET_POINT, Predictor
from rig.histories import MM_PER_M, Block, History
from rig.plan import Plan

BODY = "body_acceleration_mps2"
"""What the planned car's body feels; the rig's is held."""


def plan_history(plan: Plan, channel: str, from_km: float = 0.0, to_km: float = math.inf) -> History:
    """A channel over a stretch of a planned drive, computed anew each time: see `rig.equivalence.predicted.Predictor`.

    Args:
        plan: of the drive.
        channel: one that can be predicted, or the body's acceleration as the planned car feels it.
        from_km, to_km: of the course, both included.

    Raises:
        InputError: the plan does not have that channel, or the stretch is none.
    """
    units = {quantity.name: quantity.unit for quantity in (*plan.rig.axes, *plan.rig.channels)}
    basis = Predictor(plan).basis | {BODY: "the car"}
    known = [name for name in basis if name in units]
    if channel not in known:
        allowed = f"one of {', '.join(known)}"
        raise InputError([Fault(f"(the plan of {plan.name})", 0, "--channel", repr(channel), allowed)])
    if not 0.0 <= from_km < to_km:
        found = f"{from_km:g} to {to_km:g} km"
        raise InputError([Fault("rig spectrum", 0, "--from-km, --to-km", found, "from a lower one to a higher one")])
    low_m, high_m = from_km * 1000.0, to_km * 1000.0

    def blocks() -> Iterator[Block]:
        predictor, felt = Predictor(plan), FELT.index(BODY)
        for block in plan.blocks():
            values = block.felt[:, felt] if channel == BODY else predictor.channels(block)[channel]
            there = (block.distance_m >= low_m) & (block.distance_m <= high_m)
            if there.any():
                yield np.ascontiguousarray(values[there]), np.rint(block.distance_m[there] * MM_PER_M).astype(np.int64)
            elif block.distance_m[0] > high_m:
                return

    by = "" if basis[channel] == SET_POINT else f" by {basis[channel]}"
    return History(f"plan of {plan.name}{by}", channel, units[channel], plan.rig.sample_rate_hz, True, blocks)
