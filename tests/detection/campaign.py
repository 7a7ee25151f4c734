"""All runs of the demonstration: course after course, each with healthy parts first, then with its specimens."""

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.corner.specimens import MODES
from tests.detection.courses import Course, courses
from tests.detection.lives import Curve, Life, lives
from tests.detection.results import Settings, add_result, which
from tests.detection.trial import Result, healthy_run, trial


@dataclass(frozen=True)
class Job:
    """A course, and what is still to be played on it."""

    course: Course
    lives: tuple[Life, ...]
    healthy: bool
    seed: int
    out: Path


def jobs_of(settings: Settings, specimens: int, only: str, before: list[Result], out: Path) -> list[Job]:
    """What is still to be played of so many specimens a mode, given the results so far; ``only``: of one mode alone."""
    done = {which(result) for result in before}
    covered = {result.course for result in before if result.number < 0}
    wanted = lives(settings.seed, specimens, settings.courses, settings.length_km)
    wanted = tuple(life for life in wanted if only in ("", life.true.label))
    jobs = []
    for course in courses(settings.seed, settings.courses, settings.length_km):
        left = tuple(life for life in wanted if life.course == course.number and life.which not in done)
        if left or course.number not in covered:
            jobs.append(Job(course, left, course.number not in covered, settings.seed, out))
    return sorted(jobs, key=lambda job: -len(job.lives))  # what is left of a course that was stopped comes last


def play_all(jobs: list[Job], processes: int) -> Iterator[Result]:
    """Play them; results come, and are written, as runs end, or with more processes come at the end of a course."""
    if processes == 1 or len(jobs) < 2:
        for job in jobs:
            yield from play(job)
        return
    with multiprocessing.get_context("spawn").Pool(min(processes, len(jobs))) as pool:
        for results in pool.imap_unordered(_all, jobs):
            yield from results


def _all(job: Job) -> list[Result]:
    return list(play(job))


def play(job: Job) -> Iterator[Result]:
    """The healthy parts, which also show what the course does to each part, then the specimens."""
    curves: dict[str, dict[str, Curve]] = {}
    for pass_number, damper in enumerate(MODES["damper"]):
        noise_seed = int(np.random.default_rng([job.seed, 3, job.course.number, pass_number]).integers(2**31))
        result, curves[damper] = healthy_run(job.course, noise_seed, damper)
        if job.healthy:
            add_result(job.out, result)
            yield result
    for life in job.lives:
        law = life.true.mode if life.true.component == "damper" else MODES["damper"][0]
        result = trial(job.course, life, curves[law][life.true.component])
        add_result(job.out, result)
        yield result
    job.course.__dict__.pop("rows", None)  # a hundred megabytes
