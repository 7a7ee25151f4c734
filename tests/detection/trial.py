"""One specimen from new to its end, and what the judge made of it."""

import math
import time
from collections import deque

import msgspec
import numpy as np
from numpy.typing import NDArray

from rig.life.components import components_of
from rig.life.judge import Judge
from rig.life.specimens import load_specimens
from rig.life.verdict import Finding
from simulators.corner.specimens import Mode, SpecimenTruth
from tests.detection.courses import Course
from tests.detection.lives import Curve, Life
from tests.detection.modes import mounted
from tests.detection.playing import PIECE, Bench, Player, Rows, corner

FloatArray = NDArray[np.float64]

LATEST_DAMAGE = 1.5
"""A gradual failure that is not found by this true damage is missed."""
LATEST_KM = 2.0
"""A break that is not found within so many kilometres is missed."""
BEFORE_S = 40.0
"""Three blocks of the judge, and the one that a change falls into: no warning can come sooner than that."""


class Said(msgspec.Struct, frozen=True):
    """A finding, and the true damage of the specimen (relative to that at which it fails) when it was made."""

    component: str
    severity: str
    mode: str
    sample: int
    distance_km: float
    detected_km: float
    value: float
    true_damage: float | None


class Result(msgspec.Struct, frozen=True):
    """One run. The healthy have no mode.

    Attributes:
        life_km: where on the course the specimen breaks: as played, or where the judge ended the run before, as drawn.
        broke_at, broke_within: sample of the break (-1: not come to), and by how many samples it may be too late.
        ended: ``judge``, ``missed``, ``course``, or the limit of the rig file that ended the run.
        damage_before: true damage of the specimen `BEFORE_S` before its end, None where it did not come to that.
        last_damage: of the specimen at the end.
    """

    number: int
    course: int
    component: str
    mode: str
    young: bool
    life_km: float | None
    broke_at: int
    broke_within: int
    ended: str
    distance_km: float
    damage_before: float | None
    last_damage: float | None
    seconds: float
    said: tuple[Said, ...]


def new_judge(course: Course) -> Judge:
    """The judge of a real run: default settings, all new parts that something watches; nothing of the truth."""
    file = load_specimens("whole_corner")
    watched = {part.name: part for part in components_of(file) if part.watched}
    parts = tuple(one for one in file.specimens if one.component in watched)
    return Judge(
        course.plan.rig, tuple(watched.values()), file.model_copy(update={"specimens": parts}), course.surfaces
    )


def _judged(judge: Judge, rows: Rows, player: Player) -> list[Finding]:
    """Rows, then what the slow instruments read beside them, as the supervisor hands them over."""
    found = judge.consume(rows.copy())
    for sample, distance_km, values in player.readings:
        found += judge.consume_readings(sample, distance_km, values)
    return found


def healthy_run(course: Course, seed: int, damper: Mode) -> tuple[Result, dict[str, Curve]]:
    """A course with healthy parts: what the judge says, and the true damage of each part over it.

    Args:
        course: what is driven.
        seed: of the sensors' noise.
        damper: how the damper would fail, as its damage goes by another law in each mode.
    """
    start = time.perf_counter()
    judge, trace, said = new_judge(course), _Trace(), list[Said]()
    bench = Bench(course.plan.rig, mounted(SpecimenTruth("damper", damper, 1.0)), course.ambient_degc, seed)
    with corner(bench) as (plant, wires):
        player = Player(bench, plant, wires, course.rows)
        for rows in player.pieces():
            trace.note(float(rows["distance_m"][-1]) / 1000.0, plant.damage())
            said += [_said(finding, None) for finding in _judged(judge, rows, player)]
            if judge.closed:
                break
    result = Result(
        -1, course.number, "", damper, False, None, -1, 0, "judge" if judge.closed else player.ended,
        trace.distance_km[-1], None, None, time.perf_counter() - start, tuple(said),
    )  # fmt: skip
    return result, trace.curves()


def trial(course: Course, life: Life, curve: Curve) -> Result:
    """A specimen until the judge finds its end, or is seen to miss it."""
    start = time.perf_counter()
    judge, said = new_judge(course), list[Said]()
    used = {life.true.component: life.true.behind}
    bench = Bench(course.plan.rig, mounted(life.truth(curve)), course.ambient_degc, life.noise_seed, used)
    with corner(bench) as (plant, wires):
        player = Player(bench, plant, wires, course.rows, life.true.component, life.young and life.true.breaks)
        end = _End(life, course.plan.rig.sample_rate_hz)
        for rows in player.pieces():
            end.follow(rows["sample"], rows["distance_m"], player)
            said += [_said(finding, player.true_damage) for finding in _judged(judge, rows, player)]
            if judge.closed or end.missed:
                break
        ended = "judge" if judge.closed else "missed" if end.missed else player.ended
        return Result(
            life.number, course.number, life.true.component, life.true.mode, life.young, end.life_km, player.broke_at,
            player.broke_within, ended, end.at_km, end.damage_before, player.true_damage,
            time.perf_counter() - start, tuple(said),
        )  # fmt: skip


class _End:
    """Where a specimen is on its way to its end, and whether the judge has missed it.

    Attributes:
        life_km, at_km, damage_before, missed: see `Result`.
    """

    def __init__(self, life: Life, rate_hz: int) -> None:
        self._life, self._broke_km = life, math.nan
        self._damages: deque[float] = deque(maxlen=1 + round(BEFORE_S * rate_hz / PIECE))
        self.at_km = 0.0
        self.damage_before: float | None = None
        self.missed = False

    @property
    def life_km(self) -> float:
        return self._life.life_km if math.isnan(self._broke_km) else self._broke_km

    def follow(self, samples: NDArray[np.uint64], distance_m: FloatArray, player: Player) -> None:
        self.at_km = float(distance_m[-1]) / 1000.0
        if player.broke_at >= 0 and math.isnan(self._broke_km):
            found = np.flatnonzero(samples == player.broke_at)
            self._broke_km = float(distance_m[found[0]]) / 1000.0 if len(found) else self.at_km
            self.damage_before = self._damages[0] if self._damages else 0.0
        self._damages.append(player.true_damage)
        late = self.at_km - self.life_km > LATEST_KM if self._life.true.breaks else player.true_damage > LATEST_DAMAGE
        self.missed = player.broke_at >= 0 and late


def _said(finding: Finding, damage: float | None) -> Said:
    return Said(
        finding.component, finding.severity, finding.mode, finding.sample, finding.distance_km, finding.detected_km,
        finding.value, damage,
    )  # fmt: skip


class _Trace:
    """Damage of each part along the way."""

    def __init__(self) -> None:
        self.distance_km: list[float] = []
        self._damage: dict[str, list[float]] = {}

    def note(self, distance_km: float, damage: dict[str, float]) -> None:
        self.distance_km.append(distance_km)
        for name, value in damage.items():
            self._damage.setdefault(name, []).append(value)

    def curves(self) -> dict[str, Curve]:
        return {name: Curve(np.array(self.distance_km), np.array(each)) for name, each in self._damage.items()}
