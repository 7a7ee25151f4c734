"""Bends of a route: where the seed puts them, and how tight they are. The driver slows for them."""

import math
from dataclasses import dataclass

from profiles.road.roughness import CORNERS, generator
from profiles.road.route import Route, Stretch
from profiles.road.segments import TURNS_DEG


@dataclass(frozen=True, slots=True)
class Corner:
    """One bend: where it is on the route, its radius, and the index that `Road.segment` has there."""

    start_m: float
    end_m: float
    radius_m: float
    segment: int


def placed_corners(route: Route) -> list[Corner]:
    """All bends of a route in the order in which they start; none reaches over the end of its segment."""
    return [corner for stretch in route.stretches for corner in corners_of(stretch)]


def corners_of(stretch: Stretch) -> list[Corner]:
    """The bends of one stretch: a Poisson process, except that they never overlap."""
    bends = stretch.segment.corners
    if bends is None:
        return []
    random = generator(stretch.seed, stretch.number, CORNERS)
    low, high = (math.log(radius) for radius in bends.radius_m)
    gap_m = 1000.0 / bends.rate_per_km - bends.mean_length_m
    found: list[Corner] = []
    at_m = stretch.start_m + float(random.exponential(gap_m))
    while True:
        radius_m = math.exp(random.uniform(low, high))
        end_m = at_m + radius_m * math.radians(random.uniform(*TURNS_DEG))
        if end_m > stretch.end_m:
            return found
        found.append(Corner(at_m, end_m, radius_m, stretch.index))
        at_m = end_m + float(random.exponential(gap_m))
