"""The ground of the demonstration: mixed stages of the library, each with its own seed, weather and driver."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from rig.plan import Plan, Wanted, drive_rows, load_plan

FloatArray = NDArray[np.float64]

STAGES = ("mixed_80", "stony_stage", "long_stage_250", "sandy_stage", "desert_day_350")
STYLES = ("stage_pace", "careful", "stage_pace", "attack")
HEALTHY_FIRST = 1_000_000
"""Courses from this number on are driven with healthy parts alone."""
AMBIENT_DEGC = (5.0, 42.0)
_CAMPAIGN = """kind: campaign
name: {name}
description: one stage of the demonstration of detection
days: [{{label: day, ambient_degc: {ambient:.1f}, stages: [{{stage: {stage}, seed: {seed}, distance_km: {km}}}]}}]
"""


@dataclass(frozen=True)
class Course:
    """One stage, told by numbers; planned when it is first wanted."""

    number: int
    stage: str
    style: str
    seed: int
    ambient_degc: float
    length_km: float

    @cached_property
    def plan(self) -> Plan:
        """By the real planning; where the rig can't play it the car is slowed."""
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"course_{self.number}.yaml"
            path.write_text(
                _CAMPAIGN.format(
                    name=path.stem, ambient=self.ambient_degc, stage=self.stage, seed=self.seed, km=self.length_km
                )
            )
            return load_plan(Wanted(str(path), style=self.style, over="slow"))

    @cached_property
    def rows(self) -> FloatArray:
        """The drive, float64[samples, 2 axes + 3], see `rig.plan.drive_rows`."""
        return np.concatenate([drive_rows(block) for block in self.plan.blocks()])

    @property
    def surfaces(self) -> tuple[str, ...]:
        """The surface of each segment."""
        return tuple(segment.surface for segment in self.plan.segments)


def courses(seed: int, count: int, length_km: float) -> tuple[Course, ...]:
    """So many stages; one depends on the seed and its number alone."""
    return tuple(_course(seed, number, length_km) for number in range(count))


def healthy_courses(seed: int, distance_km: float, length_km: float) -> tuple[Course, ...]:
    """Courses for so many healthy kilometres or, as they are whole, a few more; none of them has specimens."""
    count = math.ceil(distance_km / length_km)
    return tuple(_course(seed, HEALTHY_FIRST + number, length_km) for number in range(count))


def _course(seed: int, number: int, length_km: float) -> Course:
    rng = np.random.default_rng([seed, 1, number])
    stage, style = STAGES[number % len(STAGES)], STYLES[number % len(STYLES)]
    ambient_degc = round(float(rng.uniform(*AMBIENT_DEGC)), 1)
    return Course(number, stage, style, int(rng.integers(2**31)), ambient_degc, length_km)
