"""What a plan comes to, as plain values: for tables, for JSON, for the page, and to set two plans side by side."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from profiles.drive.envelope import Usage
from rig.plan.places import Place, worst_places
from rig.plan.plan import Placed, Plan
from rig.plan.tally import LOAD, Ground
from rig.record.manifest import HealthInfo

WHOLE = "all of it"
COMPARED_DAMAGE = 5
"""The exponent whose damage a comparison shows: steel parts."""
LOAD_UNITS = ("N", "N·m")


@dataclass(frozen=True, slots=True)
class AxisFigures:
    """An axis over some part of the plan; values in the axis' unit. ``damage`` is the sum of ranges to a power."""

    rms: float
    peak: float
    damage: dict[int, float]


@dataclass(frozen=True, slots=True)
class GroundFigures:
    """What the plan holds on one kind of ground; `WHOLE` is the sum of all.

    Attributes:
        share: of the distance.
        body_rms_mps2: of the body's acceleration above the wheel.
        strut_peak_n: above static; ``strut_damage`` the sum of its ranges to a power, by the exponent.
        damper_mean_w, damper_hottest_degc: of one damper.
        axes: by name.
    """

    label: str
    surface: str
    km: float
    share: float
    driving_s: float
    mean_kmh: float
    top_kmh: float
    body_rms_mps2: float
    strut_peak_n: float
    strut_damage: dict[int, float]
    damper_mean_w: float
    damper_hottest_degc: float
    axes: dict[str, AxisFigures]


@dataclass(frozen=True, slots=True)
class LegFigures:
    """One leg: where it lies, how long it takes, how long the rig rests before it, and its damper's temperature."""

    name: str
    day: str
    start_km: float
    end_km: float
    driving_s: float
    mean_kmh: float
    rest_before_s: float
    ambient_degc: float
    damper_hottest_degc: float
    outside: int
    slowed: int


@dataclass(frozen=True, slots=True)
class Slowed:
    """Where the car was slowed so that the rig can follow: place in the course, speed at most, and for what."""

    start_km: float
    end_km: float
    highest_kmh: float
    why: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan in figures.

    Attributes:
        duration_s: at pace real, rests and health blocks included; ``driving_s`` without them.
        outside: places where the drive leaves the envelope; ``slowed`` where the car was slowed to stay in it, and
            ``slowed_zones`` says where, ``fitted`` all of it in words; ``clipped`` samples that were cut, by axis.
        grounds: in the order in which they first come, then `WHOLE`.
        loads: the axes that load parts by force or torque.
        usage: the largest use of each quantity of each axis, at places of the whole course.
        worst: the ten places of the largest strut force.
        health: the health blocks; their kilometres and seconds are in no other figure but ``duration_s``.
    """

    name: str
    vehicle: str
    style: str
    rig: str
    seed: int
    over: str
    km: float
    duration_s: float
    driving_s: float
    mean_kmh: float
    top_kmh: float
    samples: int
    road_sha256: str
    drive_sha256: str
    outside: int
    slowed: int
    clipped: dict[str, int]
    fitted: tuple[str, ...]
    slowed_zones: tuple[Slowed, ...]
    notices: tuple[str, ...]
    legs: tuple[LegFigures, ...]
    grounds: tuple[GroundFigures, ...]
    loads: tuple[str, ...]
    usage: tuple[Usage, ...]
    worst: tuple[Place, ...]
    health: HealthInfo | None = None

    @property
    def whole(self) -> GroundFigures:
        """All grounds together."""
        return self.grounds[-1]


def summary_of(plan: Plan) -> Summary:
    """The figures of a plan."""
    grounds = _grounds(plan)
    whole = grounds[-1]
    return Summary(
        name=plan.name,
        vehicle=plan.vehicle.name,
        style=plan.style.name,
        rig=plan.rig.name,
        seed=plan.seed,
        over=plan.over,
        km=plan.distance_m / 1000.0,
        duration_s=plan.duration_s,
        driving_s=plan.driving_s,
        mean_kmh=plan.distance_m / plan.driving_s * 3.6,
        top_kmh=whole.top_kmh,
        samples=plan.samples,
        road_sha256=plan.road_sha256,
        drive_sha256=plan.drive_sha256,
        outside=plan.excess_count,
        slowed=sum(len(leg.plan.slowed) for leg in plan.legs),
        clipped=plan.clipped,
        fitted=plan.fitted,
        slowed_zones=tuple(_slowed(plan)),
        notices=plan.course.notices,
        legs=tuple(_leg(leg, plan.rig.sample_rate_hz) for leg in plan.legs),
        grounds=grounds,
        loads=tuple(axis.name for axis in plan.rig.axes if axis.unit in LOAD_UNITS),
        usage=_usage(plan),
        worst=worst_places(plan),
        health=health_of(plan),
    )


def health_of(plan: Plan, until_m: float = math.inf) -> HealthInfo | None:
    """The health blocks of a plan up to a distance; None where it has none."""
    health = plan.health
    if health is None:
        return None
    return HealthInfo(
        every_min=health.every_min,
        block_km=health.length_m / 1000.0,
        block_s=health.plan.samples / plan.rig.sample_rate_hz,
        drive_sha256=health.plan.drive_sha256,
        at_km=tuple(place.distance_m / 1000.0 for place in health.places if place.distance_m < until_m),
    )


def _grounds(plan: Plan) -> tuple[GroundFigures, ...]:
    found: dict[tuple[str, str], Ground] = {}
    whole = Ground(WHOLE, "")
    for leg in plan.legs:
        for ground in leg.plan.tally.grounds:
            found.setdefault((ground.label, ground.surface), Ground(ground.label, ground.surface)).add(ground)
            whole.add(ground)
    return tuple(_figures(ground, whole.length_m) for ground in (*found.values(), whole))


def _figures(ground: Ground, whole_m: float) -> GroundFigures:
    seconds = max(ground.duration_s, 1e-9)
    axes = {name: AxisFigures(ground.rms(name), ground.peak[name], ground.damage.get(name, {})) for name in ground.peak}
    return GroundFigures(
        label=ground.label,
        surface=ground.surface,
        km=ground.length_m / 1000.0,
        share=ground.length_m / max(whole_m, 1e-9),
        driving_s=ground.duration_s,
        mean_kmh=ground.length_m / seconds * 3.6,
        top_kmh=ground.top_mps * 3.6,
        body_rms_mps2=float(np.sqrt(ground.body_squares / max(1, ground.samples))),
        strut_peak_n=ground.strut_peak_n,
        strut_damage=ground.damage.get(LOAD, {}),
        damper_mean_w=ground.power_ws / seconds,
        damper_hottest_degc=ground.hottest_degc,
        axes=axes,
    )


def _leg(leg: Placed, rate_hz: float) -> LegFigures:
    made, about = leg.plan, leg.plan.leg
    seconds, length_m = made.samples / rate_hz, made.length_m
    return LegFigures(
        name=about.name,
        day=about.day,
        start_km=leg.start_m / 1000.0,
        end_km=(leg.start_m + length_m) / 1000.0,
        driving_s=seconds,
        mean_kmh=length_m / seconds * 3.6,
        rest_before_s=leg.rest_samples / rate_hz,
        ambient_degc=about.ambient_degc,
        damper_hottest_degc=max(ground.hottest_degc for ground in made.tally.grounds),
        outside=made.excess_count,
        slowed=len(made.slowed),
    )


def _slowed(plan: Plan) -> Iterator[Slowed]:
    for leg in plan.legs:
        for zone in leg.plan.slowed:
            start_km, end_km = ((leg.start_m + at_m) / 1000.0 for at_m in (zone.start_m, zone.end_m))
            yield Slowed(start_km, end_km, zone.highest_mps * 3.6, zone.why)


def _usage(plan: Plan) -> tuple[Usage, ...]:
    """The largest of all legs and of the health blocks, axis by axis."""
    found: dict[tuple[str, str], Usage] = {}
    for start_m, use in _uses(plan):
        key = (use.axis, use.quantity)
        if key not in found or use.share > found[key].share:
            found[key] = replace(use, distance_m=start_m + use.distance_m)
    order = [axis.name for axis in plan.rig.axes]
    return tuple(sorted(found.values(), key=lambda use: order.index(use.axis)))


def _uses(plan: Plan) -> Iterator[tuple[float, Usage]]:
    """Each use, and where its leg starts; within a health block the car is where the stage was left."""
    for leg in plan.legs:
        yield from ((leg.start_m, use) for use in leg.plan.usage)
    if plan.health and plan.health.places:
        at_m = plan.health.places[0].distance_m
        yield from ((at_m, replace(use, distance_m=0.0)) for use in plan.health.plan.usage)
