"""The worst places of a plan: where the strut takes most, and what lies there."""

from dataclasses import dataclass

import numpy as np

from profiles.road.builder import PlacedFeature, features_of
from rig.plan.plan import Placed, Plan

MOST = 10
APART_M = 50.0
BEHIND_M, AHEAD_M = 25.0, 3.0
"""What the strut answers to ended at most so much before (a flight over a crest), or lies so much ahead (the axles)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the course, the worst around.

    Attributes:
        km: where the strut force is largest.
        label, surface: of the ground there.
        strut_peak_n: above static; ``pan_peak_m`` the first axis' largest set point in size in its bin.
        kmh: of the car there.
        obstacles: what lies there, the largest first, in words; empty where it is the ground alone.
    """

    km: float
    label: str
    surface: str
    strut_peak_n: float
    pan_peak_m: float
    kmh: float
    obstacles: str


def worst_places(plan: Plan) -> tuple[Place, ...]:
    """The places of the largest strut force in the whole course, `APART_M` apart, the worst first, at most `MOST`."""
    found = [place for leg in plan.legs for place in _of_leg(leg)]
    found.sort(key=lambda one: (-one[0], one[1].start_m, one[2]))
    return tuple(_place(leg, index) for force_n, leg, index in found[:MOST] if force_n > 0.0)


def _of_leg(leg: Placed) -> list[tuple[float, Placed, int]]:
    """The bins of a leg with the largest strut force, those near a worse one left out."""
    bins, kept = leg.plan.tally.bins, list[int]()
    for index in np.argsort(-bins.strut_peak_n, kind="stable"):
        if all(abs(bins.peak_m[index] - bins.peak_m[other]) > APART_M for other in kept):
            kept.append(int(index))
        if len(kept) == MOST:
            break
    return [(float(bins.strut_peak_n[index]), leg, index) for index in kept]


def _place(leg: Placed, index: int) -> Place:
    bins, route = leg.plan.tally.bins, leg.plan.leg.route
    at_m = float(bins.peak_m[index])
    stretch = route.stretches[int(bins.segment[index])]
    near = [
        feature
        for one in route.stretches
        if one.end_m > at_m - BEHIND_M and one.start_m < at_m + AHEAD_M
        for feature in features_of(one)
        if feature.start_m + feature.length_m > at_m - BEHIND_M and feature.start_m < at_m + AHEAD_M
    ]
    speed = leg.plan.speed
    return Place(
        km=(leg.start_m + at_m) / 1000.0,
        label=stretch.segment.label,
        surface=stretch.segment.surface,
        strut_peak_n=float(bins.strut_peak_n[index]),
        pan_peak_m=float(bins.travel_peak[index]),
        kmh=float(speed.at(speed.time_at(np.array([at_m]))).speed_mps[0]) * 3.6,
        obstacles=_in_words(near),
    )


def _in_words(features: list[PlacedFeature]) -> str:
    """The largest of each type: ``wadi crossings 1.32 m, stones 0.21 m``."""
    largest: dict[str, float] = {}
    for feature in features:
        if abs(feature.height_m) > abs(largest.get(feature.type, 0.0)):
            largest[feature.type] = feature.height_m
    ordered = sorted(largest.items(), key=lambda one: -abs(one[1]))
    return ", ".join(f"{name.replace('_', ' ')} {height_m:.2g} m" for name, height_m in ordered[:3])
