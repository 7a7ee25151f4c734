"""The answer: equivalent kilometres of the target by channel and exponent, by part and law, and the least of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rig.equivalence.asked import Asked, components_of_all, wanted_of
from rig.equivalence.by_surface import by_surface
from rig.equivalence.counting import Count, LawName
from rig.equivalence.measured import count_run, health_km, loads
from rig.equivalence.predicted import count_plan
from rig.equivalence.range_sums import gate_near
from rig.life.components import Component
from rig.life.laws.schema import AgeingLaw, BasquinLaw, BearingLaw, EnergyLaw, JointLaw, Law, SlidingLaw
from rig.plan import load_plan, refuse_excess
from rig.plan.plan import Told, untold
from rig.runs import Run

GATE_SHARE = 0.025
"""Of the target's largest range: cycles below are left out on both sides (physics notes, section 6: 2 to 3 %)."""
DAMAGE, TURNS, DISTANCE = "damage", "load and turns", "distance and temperature"
"""What a law's damage scales with."""
BY_SURFACE = "surfaces of the run"


@dataclass(frozen=True, slots=True)
class ChannelEquivalent:
    """Pseudo-damage of one channel to one exponent, in the channel's unit to that power.

    ``basis`` is how the target was predicted; ``equivalent_km`` None where the target does no damage.
    """

    channel: str
    unit: str
    exponent: float
    basis: str
    gate: float
    largest_range: float
    run_damage: float
    target_damage: float
    equivalent_km: float | None


@dataclass(frozen=True, slots=True)
class LawEquivalent:
    """Damage of one specimen by one of its laws; 1 is the characteristic life of its family.

    Attributes:
        outcome: of the specimen over all runs; empty where no run that had it has a verdict.
        run_km: how far the runs went with it.
        scales_with: `DAMAGE`; `TURNS` for joints and bearings; `DISTANCE` for wear that no rougher road speeds up.
        exponent: of the law; None where it has none.
        basis: how the target's damage was predicted; empty where it could not be.
        target_damage, equivalent_km: None where it can't be told.
        by_surface_km: the same from the run's own damage a km on each surface; None where it can't be told.
        unplayed: surfaces of the target that the runs did not play.
    """

    component: str
    serial: str
    outcome: str
    law: str
    scales_with: str
    exponent: float | None
    channels: tuple[str, ...]
    run_km: float
    run_damage: float
    basis: str
    target_damage: float | None
    equivalent_km: float | None
    by_surface_km: float | None
    unplayed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Runs against a target.

    Attributes:
        runs: their directories; ``run_km`` how far they went together.
        target_km, target_sha256: the target's length, and the hash of its drive.
        headline: the law with the fewest equivalent km; None where none could be told.
        excluded: samples that were no measurement and add no damage, by channel.
        health_km: what health blocks added beside ``run_km``; their damage is in that of the runs.
    """

    runs: tuple[str, ...]
    run_km: float
    target: str
    target_km: float
    target_sha256: str
    vehicle: str
    style: str
    rig: str
    over_envelope: str
    headline: LawEquivalent | None
    laws: tuple[LawEquivalent, ...]
    channels: tuple[ChannelEquivalent, ...]
    run_km_by_surface: dict[str, float]
    target_km_by_surface: dict[str, float]
    excluded: dict[str, int]
    health_km: float = 0.0


def equivalence(runs: Sequence[Run], asked: Asked, progress: Told = untold) -> Answer:
    """How many kilometres of a target some runs are worth.

    The target is planned, then its drive is computed once more and counted, block by block: each is half of the way
    that ``progress`` is told.

    Raises:
        InputError: runs that don't belong together or lack samples, an unknown course, a drive that the rig can't play.
    """
    wanted, known = wanted_of(asked, runs), components_of_all(runs)
    names = [name for name in loads(runs[0].manifest) if all(name in loads(run.manifest) for run in runs)]
    counts = [count_run(run, names, asked.exponents) for run in runs]
    plan = load_plan(wanted, lambda at_m, whole_m: progress(0.5 * at_m, whole_m))
    refuse_excess(plan)
    until_m = plan.distance_m if wanted.until_m is None else plan.until(wanted.until_m)
    second = lambda at_m, whole_m: progress(0.5 * (whole_m + at_m), whole_m)  # noqa: E731
    target, basis = count_plan(plan, list(known.values()), asked.exponents, names, until_m, second)
    target_km = until_m / 1000.0
    laws = tuple(_laws(runs, counts, known, target, basis, target_km))
    told = [law for law in laws if law.equivalent_km is not None]
    return Answer(
        runs=tuple(str(run.path) for run in runs),
        run_km=sum(sum(count.km_by_surface.values()) for count in counts),
        target=plan.name,
        target_km=target_km,
        target_sha256=plan.drive_sha256,
        vehicle=plan.vehicle.name,
        style=plan.style.name,
        rig=plan.rig.name,
        over_envelope=plan.over,
        headline=min(told, key=lambda law: law.equivalent_km or 0.0, default=None),
        laws=laws,
        channels=tuple(_channels(runs[0], counts, asked.exponents, target, basis, target_km)),
        run_km_by_surface=summed(count.km_by_surface for count in counts),
        target_km_by_surface=target.km_by_surface,
        excluded={name: int(n) for name, n in summed(count.excluded for count in counts).items()},
        health_km=sum(health_km(run) for run in runs),
    )


def summed(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Values of the same name added up."""
    found: dict[str, float] = {}
    for part in parts:
        for name, value in part.items():
            found[name] = found.get(name, 0.0) + value
    return found


def _channels(
    run: Run, counts: Sequence[Count], exponents: Sequence[float], target: Count, basis: Mapping[str, str], km: float
) -> Iterable[ChannelEquivalent]:
    for name, planned in target.ranges.items():
        gate = gate_near(GATE_SHARE * planned.largest)
        measured = sum(count.ranges[name].damage(gate) for count in counts)
        for exponent, ours, theirs in zip(exponents, measured.tolist(), planned.damage(gate).tolist(), strict=True):  # type: ignore[union-attr]
            unit, equivalent = run.units[name], _equivalent(km, ours, theirs)
            yield ChannelEquivalent(
                name, unit, exponent, basis[name], gate, planned.largest, ours, theirs, equivalent
            )  # fmt: skip


def _equivalent(target_km: float, run: float, target: float | None) -> float | None:
    return target_km * run / target if target else None


def _laws(
    runs: Sequence[Run],
    counts: Sequence[Count],
    known: Mapping[str, Component],
    target: Count,
    basis: Mapping[str, str],
    target_km: float,
) -> Iterable[LawEquivalent]:
    parts = dict.fromkeys((one.component, one.serial) for run in runs for one in run.manifest.specimens)
    for component, serial in parts:
        mine = [(run, count) for run, count in zip(runs, counts, strict=True) if _has(run, component, serial)]
        for law in known[component].damage:
            key = (component, law.name)
            planned = sum(target.damage[key].values()) if key in target.damage else None
            yield _law(serial, key, law, mine, planned, target.km_by_surface, basis, target_km)


def _has(run: Run, component: str, serial: str) -> bool:
    return any((one.component, one.serial) == (component, serial) for one in run.manifest.specimens)


def _law(
    serial: str,
    key: LawName,
    law: Law,
    mine: Sequence[tuple[Run, Count]],
    planned: float | None,
    target_km_by_surface: Mapping[str, float],
    basis: Mapping[str, str],
    target_km: float,
) -> LawEquivalent:
    damage = summed(count.damage[key] for _, count in mine)
    played = summed(count.km_by_surface for _, count in mine)
    total, bases = sum(damage.values()), dict.fromkeys(basis.get(name, "") for name in law.channels)
    expected, unplayed = by_surface(damage, played, target_km_by_surface)
    words = " and ".join(bases) if planned is not None else BY_SURFACE if expected is not None else ""
    target = planned if planned is not None else expected
    return LawEquivalent(
        component=key[0],
        serial=serial,
        outcome=_outcome([run for run, _ in mine], key[0], serial),
        law=law.name,
        scales_with=_scale_of(law),
        exponent=None if isinstance(law, SlidingLaw | AgeingLaw) else law.exponent,
        channels=law.channels,
        run_km=sum(played.values()),
        run_damage=total,
        basis=words,
        target_damage=target,
        equivalent_km=_equivalent(target_km, total, target),
        by_surface_km=_equivalent(target_km, total, expected),
        unplayed=unplayed,
    )


def _scale_of(law: Law) -> str:
    if isinstance(law, BasquinLaw | EnergyLaw):
        return DAMAGE
    return TURNS if isinstance(law, JointLaw | BearingLaw) else DISTANCE


def _outcome(runs: Sequence[Run], component: str, serial: str) -> str:
    """FAILED where the specimen failed in any run, else what the last verdict says."""
    said = [
        str(one["outcome"])
        for run in runs
        if run.verdict
        for one in run.verdict.verdicts
        if (one["component"], one["serial"]) == (component, serial)
    ]
    return "FAILED" if "FAILED" in said else said[-1] if said else ""
