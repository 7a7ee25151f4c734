"""Many legs planned at once: those after a night do not depend on what went before, so they get a process each."""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import replace
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from rig.plan.leg import LegPlan, Progress, Task, plan_leg
from rig.plan.rest import rest_s, starts_degc

REPORT_S = 0.5

Planned = tuple[float, LegPlan]
"""How long the rig rests before a leg, and the leg's plan."""


def plan_legs(tasks: Sequence[Task], progress: Progress) -> Iterator[Planned]:
    """Plan legs in their order, in as many processes as there are processors and groups of legs to share out."""
    groups = _groups(tasks)
    workers = min(len(groups), os.cpu_count() or 1)
    results = _at_once(groups, workers, progress) if workers > 1 else [_plan_group(g, progress) for g in groups]
    ended: tuple[float, float] | None = None
    for legs in results:
        for _, made in legs:
            yield rest_s(made.leg, tasks[0].vehicle, ended), made
            ended = made.end_degc


def _groups(tasks: Sequence[Task]) -> list[list[Task]]:
    """Legs that must be planned one after the other: each group starts after a night, with parts at ambient."""
    groups: list[list[Task]] = []
    for task in tasks:
        if not groups or task.leg.soak_h > 0.0:
            groups.append([])
        groups[-1].append(task)
    return groups


def _plan_group(group: Sequence[Task], progress: Progress) -> list[Planned]:
    found: list[Planned] = []
    ended: tuple[float, float] | None = None
    for task in group:
        rest = rest_s(task.leg, task.vehicle, ended)
        made = plan_leg(replace(task, start_degc=starts_degc(task.leg, task.vehicle, ended, rest)), progress)
        found.append((rest, made))
        ended = made.end_degc
    return found


def _at_once(groups: Sequence[Sequence[Task]], workers: int, progress: Progress) -> list[list[Planned]]:
    context = multiprocessing.get_context("spawn")
    planned_m = context.Value("d", 0.0)
    told = 0.0
    with ProcessPoolExecutor(workers, context, _join, (planned_m,)) as pool:
        futures: list[Future[list[Planned]]] = [pool.submit(_in_worker, list(group)) for group in groups]
        waiting: set[Future[list[Planned]]] = set(futures)
        while waiting:
            done, waiting = wait(waiting, timeout=REPORT_S)
            if any(future.exception() is not None for future in done):
                pool.shutdown(cancel_futures=True)
            progress(planned_m.value - told)
            told = planned_m.value
        return [future.result() for future in futures]


_PLANNED_M: Any = None  # of this worker process: metres planned by all of them


def _join(planned_m: "Synchronized[float]") -> None:
    global _PLANNED_M
    _PLANNED_M = planned_m


def _in_worker(group: list[Task]) -> list[Planned]:
    def count(metres: float) -> None:
        with _PLANNED_M.get_lock():
            _PLANNED_M.value += metres

    return _plan_group(group, count)
