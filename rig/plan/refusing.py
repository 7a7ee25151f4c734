"""A drive that the rig can't play is refused, with every place and by how much."""

from profiles.drive.envelope import Excess
from profiles.schema import Fault, InputError
from rig.life.health import SURFACE
from rig.plan.plan import Plan, places

MOST_TOLD = 20


def refuse_excess(plan: Plan) -> None:
    """Raise where the drive leaves the rig's envelope.

    Raises:
        InputError: one fault for each place: which axis, where, by how much.
    """
    count = plan.excess_count
    faults = [_fault_of(plan, excess) for excess in plan.excesses[:MOST_TOLD]]
    if faults:
        found = f"outside in {places(count)}" + (f", of which {len(faults)} are shown" if count > len(faults) else "")
        allowed = "nothing outside, or --over-envelope slow to slow the car there, or clip to cut the drive"
        if any(plan.segments[excess.segment].surface == SURFACE for excess in plan.excesses):
            allowed += "; a health block is not slowed, --health-block-min 0 leaves them out"
        raise InputError([*faults, Fault("(the drive)", 0, "(the envelope)", found, allowed)])


def _fault_of(plan: Plan, excess: Excess) -> Fault:
    label = plan.segments[excess.segment].label
    where = f"{plan.name} at {excess.distance_m / 1000:.3f} km ({label}), {excess.time_s:.1f} s"
    found = f"{excess.quantity} {excess.value:.4g} at {where}"
    return Fault("(the drive)", 0, excess.axis, found, f"up to {excess.allowed:.4g} on rig {plan.rig.name}")
