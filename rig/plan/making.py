"""Making a plan: what is asked for is read, its legs are planned in order, health blocks put in where wanted."""

from dataclasses import dataclass, replace

import numpy as np

from profiles.car.vehicle import FOLDER as CAR_FOLDER
from profiles.car.vehicle import Vehicle, load_vehicle
from profiles.catalogue import find
from profiles.course.course import Course, load_course
from profiles.drive.prepare import Over
from profiles.driver.style import DriverStyle, load_style
from profiles.schema import Fault, InputError
from profiles.signal import SignalError
from rig.config import FOLDER, Rig, load_rig
from rig.plan.bench import bench_of, check_rig
from rig.plan.edits import refuse_other_drive
from rig.plan.health import Placing, every_min_of, health_files, plan_health, wishes
from rig.plan.leg import Task
from rig.plan.many import plan_legs
from rig.plan.plan import USUAL_STYLE, Placed, Plan, Told, target_m, untold


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a plan is asked for: files or library names, and options; only the legs needed for ``until_m``.

    ``health_min``: minutes between health blocks; None as the course says, 0 none.
    """

    course: str
    vehicle: str = "d7xr"
    style: str | None = None
    rig: str = "one_corner"
    seed: int | None = None
    over: Over = "refuse"
    until_m: float | None = None
    health_min: float | None = None


def load_plan(wanted: Wanted, progress: Told = untold) -> Plan:
    """The plan of files or library names; seed None takes the course's own.

    Raises:
        InputError: a file is missing or wrong.
    """
    course = load_course(wanted.course, wanted.seed)
    if wanted.until_m is not None and course.edit is None:
        course = course.until(target_m(course.name, course.length_m, wanted.until_m))
    every_min = every_min_of(wanted.health_min, course, wanted.until_m)
    if every_min is not None:
        course = replace(course, inputs=tuple(dict.fromkeys((*course.inputs, *health_files()))))
    vehicle, rig = load_vehicle(wanted.vehicle), load_rig(wanted.rig)
    style = load_style(wanted.style or course.style or USUAL_STYLE)
    if course.edit is not None:
        refuse_other_drive(
            course.edit, wanted.over, wanted.until_m, {"vehicle": vehicle.name, "style": style.name, "rig": rig.name}
        )
    check_rig(find(wanted.rig, FOLDER, "rig"), rig)
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is refused, with where it came up
            return make_plan(course, vehicle, style, rig, wanted.over, progress, every_min, wanted.until_m)
    except SignalError as error:
        allowed = f"a car that can be computed over {course.name}: values that belong together"
        raise InputError(
            [Fault(str(find(wanted.vehicle, CAR_FOLDER, "vehicle")), 0, "(the car)", str(error), allowed)]
        ) from None


def make_plan(
    course: Course, vehicle: Vehicle, style: DriverStyle, rig: Rig, over: Over = "refuse",
    progress: Told = untold, health_min: float | None = None, until_m: float | None = None,
) -> Plan:  # fmt: skip
    """Compute the drive once, check it against the rig's envelope, and say what it holds.

    ``health_min``: minutes between health blocks; the last one comes just before ``until_m``, the run's target.
    """
    bench = bench_of(rig)
    asked = zip(course.legs, wishes(course, health_min, until_m), strict=True)
    tasks = [Task(leg, vehicle, style, bench, over, wish=wish) for leg, wish in asked]
    health = plan_health(health_min, vehicle, style, bench, over) if health_min is not None else None
    placing = Placing(health, sum(len(leg.route.stretches) for leg in course.legs), len(tasks)) if health else None
    placed: list[Placed] = []
    start_m, segment, sample = 0.0, 0, 0
    planned_m = 0.0

    def count(metres: float) -> None:
        nonlocal planned_m
        planned_m += metres
        progress(planned_m, course.length_m)

    for rest, made in plan_legs(tasks, count):
        rest_samples = round(rest * rig.sample_rate_hz)
        sample += rest_samples
        inserted = placing.leg(len(placed), made, sample, start_m) if placing else 0
        placed.append(Placed(made, start_m, segment, rest_samples, sample))
        start_m += made.length_m
        segment += len(made.leg.route.stretches)
        sample += made.samples + inserted
    if health and placing:
        health = replace(health, places=tuple(placing.places))
    return Plan(course, vehicle, style, rig, course.seed, over, tuple(placed), health)
