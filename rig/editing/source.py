"""The drive that is edited, whole and in memory: the search goes over it again and again."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from profiles.course.course import Course
from profiles.drive.edit import DriveEdit, Kept, join_samples, splice
from profiles.schema import Fault, InputError
from rig.equivalence.measured import LOAD_UNITS
from rig.equivalence.predicted import FORCE, TEMPERATURE_COLUMN, Predictor
from rig.plan import Plan
from rig.plan.bench import bench_of
from rig.plan.leg import LegPlan, Task, edited_leg

FloatArray = NDArray[np.float64]


def refuse_several(course: Course) -> None:
    """Check that a course is one that can be edited.

    Raises:
        InputError: it has several legs, each of which is edited by itself, or is an edit.
    """
    if len(course.legs) != 1 or course.edit is not None:
        found = f"{len(course.legs)} stages" if len(course.legs) != 1 else "an edit"
        raise InputError([Fault(course.name, 0, "course", found, "a course of one stage; edit each by itself")])


@dataclass(frozen=True, slots=True)
class Source:
    """A planned drive of one leg.

    Attributes:
        setpoint: float64[samples, axes].
        temperature_degc: float64[samples], of the car's damper.
    """

    plan: Plan
    setpoint: FloatArray
    temperature_degc: FloatArray

    @classmethod
    def of(cls, plan: Plan) -> "Source":
        """The drive of a plan of one leg: 0.6 GB for ten hours."""
        parts = [(block.setpoint, block.felt[:, TEMPERATURE_COLUMN]) for block in plan.blocks()]
        return cls(plan, np.concatenate([one for one, _ in parts]), np.concatenate([degc for _, degc in parts]))

    @property
    def samples(self) -> int:
        """Of the whole drive."""
        return len(self.setpoint)

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        return float(self.plan.rig.sample_rate_hz)

    def names(self) -> list[str]:
        """The loads whose damage an edit for all parts must retain."""
        axes = [axis.name for axis in self.plan.rig.axes if axis.unit in LOAD_UNITS]
        return axes + [name for name in (FORCE,) if name in Predictor(self.plan).basis]

    def loads(self) -> dict[str, FloatArray]:
        """Every channel that can be predicted, of the whole drive."""
        return Predictor(self.plan).of(self.setpoint, self.temperature_degc)

    def edited(self, kept: Kept) -> dict[str, FloatArray]:
        """The same of the edited drive."""
        rows = np.column_stack((self.setpoint, self.temperature_degc))
        spliced = np.concatenate(list(splice([rows], kept, join_samples(self.rate_hz))))
        return Predictor(self.plan).of(spliced[:, :-1], spliced[:, -1])

    def planned(self, kept: Kept) -> LegPlan:
        """The edited drive as a run would get it: commands, envelope and hash included."""
        plan, whole = self.plan, self.plan.legs[0].plan
        leg = replace(whole.leg, edit=DriveEdit(kept, whole.drive_sha256))
        return edited_leg(
            Task(leg, plan.vehicle, plan.style, bench_of(plan.rig), plan.over, whole.start_degc), whole
        )  # fmt: skip
