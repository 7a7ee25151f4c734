"""The body-mount shaker's waveforms: one for each character of road in a plan, shared by all segments that have it."""

import numpy as np
from numpy.typing import NDArray

from profiles.drive.high_band import shaker_block
from profiles.road.route import Stretch
from rig.plan.leg import LegPlan
from rig.plan.plan import Plan
from rig.visa.shaker import shaker_volts

FloatArray = NDArray[np.float64]


def waveforms(plan: Plan) -> tuple[FloatArray, ...]:
    """The block of each segment of a plan, in volts, float64[points]; segments of one character share theirs.

    It is made on the longest stretch of that character in the course, at the median speed there.

    Raises:
        InputError: a block needs more voltage than the generator has.
    """
    shaker = plan.rig.shaker
    if shaker is None:
        return ()
    blocks = {
        character: shaker_block(
            made.leg.route, made.speed, plan.vehicle, stretch.index, shaker.rate_hz, shaker.points,
            corner=plan.rig.corner,
        )
        for character, (made, stretch) in _examples(plan).items()
    }  # fmt: skip
    volts = dict(zip(blocks, shaker_volts(plan.rig, list(blocks.values())), strict=True))
    return tuple(volts[_character(stretch)] for made in _by_segment(plan) for stretch in made.leg.route.stretches)


def _by_segment(plan: Plan) -> list[LegPlan]:
    """What is driven, in the order of the plan's segments."""
    health = plan.health
    return [*(leg.plan for leg in plan.legs), *([health.plan] * len(health.places) if health else ())]


def _examples(plan: Plan) -> dict[str, tuple[LegPlan, Stretch]]:
    """The longest stretch of each character."""
    found: dict[str, tuple[LegPlan, Stretch]] = {}
    for made in _by_segment(plan):
        for stretch in made.leg.route.stretches:
            character = _character(stretch)
            known = found.get(character)
            if known is None or stretch.end_m - stretch.start_m > known[1].end_m - known[1].start_m:
                found[character] = (made, stretch)
    return found


def _character(stretch: Stretch) -> str:
    return f"{stretch.segment.label} ({stretch.segment.surface}, {stretch.segment.soil})"
