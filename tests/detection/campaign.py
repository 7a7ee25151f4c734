"""All runs of the demonstration: course after course, each with healthy parts first, then with its specimens.

Then, where they are asked for, healthy kilometres on courses of their own.
"""

import multiprocessing
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.corner.specimens import MODES, Mode
from tests.detection.block_log import noted, write_blocks
from tests.detection.courses import Course, courses, healthy_courses
from tests.detection.curves import read_curves, write_curves
from tests.detection.lives import Curve, Life, lives
from tests.detection.results import Settings, add_result, which
from tests.detection.trial import Result, healthy_run, trial

LAWS = MODES["damper"]
"""The damper's damage goes by another law in each mode, so a course is driven twice with healthy parts."""


@dataclass(frozen=True)
class Job:
    """A course, and what is still to be played on it: specimens, and healthy passes by the damper's law in them."""

    course: Course
    lives: tuple[Life, ...]
    laws: tuple[Mode, ...]
    seed: int
    out: Path


def jobs_of(
    settings: Settings, specimens: int, only: Collection[str], before: list[Result], out: Path, healthy_km: float = 0.0
) -> list[Job]:
    """What is still to be played, given the results so far.

    Args:
        settings: of the file of results.
        specimens: so many a mode; of none their courses are not driven either.
        only: of these true modes, by their labels; empty: of all.
        before: the results so far.
        out: where they are.
        healthy_km: on courses of their own, in whole courses.
    """
    done = {which(result) for result in before}
    driven = {(result.course, result.mode) for result in before if not result.component}
    wanted = [one for one in lives(settings.seed, specimens, settings.courses, settings.length_km)
              if (not only or one.true.label in only) and one.which not in done]  # fmt: skip

    def job(course: Course, laws: tuple[Mode, ...]) -> Job:
        left = tuple(life for life in wanted if life.course == course.number)
        laws = tuple(law for law in laws if (course.number, law) not in driven)
        return Job(course, left, laws, settings.seed, out)

    ground = courses(settings.seed, settings.courses, settings.length_km) if specimens else ()
    alone = healthy_courses(settings.seed, healthy_km, settings.length_km)
    jobs = [job(course, LAWS) for course in ground]
    jobs += [job(course, (LAWS[course.number % len(LAWS)],)) for course in alone]
    left = (each for each in jobs if each.lives or each.laws)
    return sorted(left, key=lambda job: -len(job.lives))  # what is left of a course that was stopped comes last


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
    yield from _healthy_passes(job)
    for life in job.lives:
        with noted() as log:
            result = trial(job.course, life, _curve(job, life))
        write_blocks(job.out, log, result, job.course)
        add_result(job.out, result)
        yield result
    job.course.__dict__.pop("rows", None)  # a hundred megabytes


def _healthy_passes(job: Job) -> Iterator[Result]:
    """Those that are wanted, and those whose curves a specimen needs and that are not there."""
    for number, law in enumerate(LAWS):
        needed = any(_law_of(life) == law for life in job.lives)
        if law in job.laws or (needed and read_curves(job.out, job.course, law) is None):
            noise_seed = int(np.random.default_rng([job.seed, 3, job.course.number, number]).integers(2**31))
            with noted() as log:
                result, curves = healthy_run(job.course, noise_seed, law)
            write_curves(job.out, job.course, law, curves)
            if law in job.laws:
                write_blocks(job.out, log, result, job.course)
                add_result(job.out, result)
                yield result


def _law_of(life: Life) -> Mode:
    return next((law for law in LAWS if (life.true.component, life.true.mode) == ("damper", law)), LAWS[0])


def _curve(job: Job, life: Life) -> Curve:
    curves = read_curves(job.out, job.course, _law_of(life))
    assert curves is not None, "the healthy passes come first"
    return curves[life.true.component]
