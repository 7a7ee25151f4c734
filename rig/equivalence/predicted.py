"""What a planned drive would show on the rig's channels: its set points, and the strut by the car's own model."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from profiles.car.corner import corner_of
from profiles.car.kernels import strut_over
from profiles.car.vehicle import AxleName
from profiles.drive.actuator import PAN
from profiles.drive.prepare import FELT, DriveBlock
from rig.equivalence.counting import Count, Samples
from rig.equivalence.exponents import with_ends
from rig.life.components import Component
from rig.life.judge import NOWHERE
from rig.plan import Plan

FloatArray = NDArray[np.float64]

SET_POINT, STRUT_MODEL = "set point", "strut model"
FORCE, TRAVEL, TEMPERATURE = "strut_force_n", "strut_travel_m", "damper_temperature_degc"
TEMPERATURE_COLUMN = FELT.index("damper_temperature_degc")


class Predictor:
    """Drive blocks in, what each channel would measure out; blocks of any length give the same.

    An axis is predicted by its set point. The strut moves as the pan is told to, its mount being taken as rigid; its
    force is that of the car's spring, stops and damper (`profiles.car.kernels`), at the temperature that the car's
    damper has in the plan.

    Attributes:
        basis: how each channel is predicted; those that can't be are not in it.
    """

    def __init__(self, plan: Plan) -> None:
        self._axes = [axis.name for axis in plan.rig.axes]
        axle: AxleName = "front" if plan.rig.corner.startswith("front") else "rear"
        self._corner, self._rate_hz = corner_of(plan.vehicle, axle), float(plan.rig.sample_rate_hz)
        self._last_m = np.zeros(1)
        self.basis = dict.fromkeys(self._axes, SET_POINT)
        if PAN in self._axes:
            self.basis.update(dict.fromkeys((FORCE, TRAVEL, TEMPERATURE), STRUT_MODEL))

    def channels(self, block: DriveBlock) -> dict[str, FloatArray]:
        """float64[samples] by channel, for those in `basis`."""
        return self.of(block.setpoint, block.felt[:, TEMPERATURE_COLUMN])

    def of(self, setpoint: FloatArray, temperature_degc: FloatArray) -> dict[str, FloatArray]:
        """The same of set points, float64[samples, axes], and the temperature of the car's damper, float64[samples]."""
        found = {name: np.ascontiguousarray(setpoint[:, k]) for k, name in enumerate(self._axes)}
        if PAN in found:
            degc, force_n = np.ascontiguousarray(temperature_degc), np.empty(len(setpoint))
            strut_over(self._corner, found[PAN], degc, self._rate_hz, self._last_m, force_n)
            found.update({FORCE: force_n, TRAVEL: found[PAN], TEMPERATURE: degc})
        return found


def count_plan(
    plan: Plan,
    components: Sequence[Component],
    exponents: Sequence[float],
    channels: Sequence[str],
    until_m: float,
    progress: Callable[[float, float], None],
) -> tuple[Count, dict[str, str]]:
    """Count a drive up to a distance, a block at a time; and how each channel was predicted.

    Laws are also counted at the ends of their exponents' ranges.
    """
    predictor = Predictor(plan)
    surfaces = (*dict.fromkeys(segment.surface for segment in plan.segments), NOWHERE)
    index = np.array([surfaces.index(segment.surface) for segment in plan.segments], np.int64)
    wanted = [name for name in channels if name in predictor.basis]
    rate_hz = float(plan.rig.sample_rate_hz)
    laws = [with_ends(one) for one in components]
    count = Count(wanted, laws, exponents, surfaces, frozenset(predictor.basis), rate_hz, until_m)
    for block in plan.blocks():
        kept = int(np.searchsorted(block.distance_m, until_m, side="right"))
        values = {name: each[:kept] for name, each in predictor.channels(block).items()}
        count.add(Samples(values, index[block.segment[:kept]], block.distance_m[:kept]))
        progress(float(block.distance_m[-1]), until_m)
        if kept < len(block.distance_m):
            break
    count.finish()
    return count, predictor.basis
