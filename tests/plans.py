"""Short stages and campaigns as files, and rigs that are too weak for them, for tests of plans."""

from dataclasses import replace
from pathlib import Path

from profiles.car.vehicle import load_vehicle
from profiles.course.course import load_course
from profiles.drive.actuator import PAN
from profiles.drive.prepare import Bench, Over
from profiles.driver.style import load_style
from rig.config import load_rig
from rig.plan.bench import bench_of
from rig.plan.leg import Task

PARTS = "  - {surface: reg, length_km: 0.3}\n  - {surface: wadi, length_km: 0.2}\n"


def stage_file(folder: Path, name: str = "short", parts: str = PARTS, more: str = "") -> Path:
    """A stage of half a kilometre over two surfaces."""
    path = folder / f"{name}.yaml"
    path.write_text(f"kind: stage\nname: {name}\ndescription: for a test\nseed: 3\nparts:\n{parts}{more}")
    return path


def campaign_file(folder: Path, name: str = "days") -> Path:
    """Two days: the stage twice, a service, a night, the stage once more over another road."""
    stage_file(folder)
    path = folder / f"{name}.yaml"
    path.write_text(
        f"kind: campaign\nname: {name}\ndescription: for a test\ndays:\n"
        "  - {label: one, ambient_degc: 35.0, stages: [{stage: short.yaml, repeats: 2}], service_min: 0.5}\n"
        "  - {label: two, ambient_degc: 20.0, soak_h: 1.0, stages: [{stage: short.yaml, seed: 9}]}\n"
    )
    return path


def weak(bench: Bench, acceleration: float) -> Bench:
    """A bench whose pan accelerates only so much (m/s²)."""
    actuators = tuple(
        replace(one, acceleration_per_s2=acceleration) if one.name == PAN else one for one in bench.actuators
    )
    return replace(bench, actuators=actuators)


def task_of(course: Path, over: Over = "refuse", acceleration: float | None = None) -> Task:
    """The first leg of a course on the library's rig, or on a weak one."""
    bench = bench_of(load_rig("one_corner"))
    if acceleration is not None:
        bench = weak(bench, acceleration)
    leg = load_course(str(course)).legs[0]
    return Task(leg, load_vehicle("d7xr"), load_style("stage_pace"), bench, over)
