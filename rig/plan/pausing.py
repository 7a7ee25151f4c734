"""Where a leg is paused for health blocks: the car stands, the rig comes to neutral and goes on from there."""

from dataclasses import dataclass, replace

import numpy as np

from profiles.course.course import Leg
from profiles.driver.speed import PLAN_HZ, SpeedPlan
from profiles.road.route import Stop

WARM_UP_S = 120.0
"""The first health block comes after so much driving, when oil and rubber are no longer cold (design value)."""
STANDS_S = 8.0
"""In a pause: to come to rest, to fade out and in again (`profiles.drive.prepare`), and a little (design value)."""
BEFORE_END_M = 30.0
"""The last health block lies so far before the target: a run is over where that is reached."""
APART_M = 50.0
"""A pause nearer than this to another stop is made there, and none is nearer to an end of its leg (design value)."""
SHORTEST_M = 300.0
"""A course with health blocks: two of them, apart from each other and from its ends."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a leg is to be paused.

    Attributes:
        every_s: so much driving lies between health blocks, about.
        leads: whether it is the first leg, in which the first one comes soon.
        target_m: where in it the run ends, just before which the last one comes; None where it goes on after this leg.
    """

    every_s: float
    leads: bool
    target_m: float | None


def paused(leg: Leg, speed: SpeedPlan, wish: Wish) -> Leg:
    """The leg with its pauses, as stops of its route, by the speed at which it would be driven without."""
    places_m: list[float] = []
    for time_s, reach_s in _times(speed, wish):
        place_m = _away_from_stops(leg, _border_near(leg, speed, time_s, reach_s))
        free = all(abs(place_m - other) > APART_M for other in (0.0, *places_m, _end_m(leg, wish)))
        places_m += [place_m] if free else []
    if wish.target_m is not None:
        places_m.append(_away_from_stops(leg, wish.target_m - BEFORE_END_M))
    stops = [Stop(at_m, STANDS_S, "health block") for at_m in places_m]
    route = replace(leg.route, stops=tuple(sorted((*leg.route.stops, *stops), key=lambda stop: stop.at_m)))
    return replace(leg, route=route, pauses_m=tuple(places_m))


def _end_m(leg: Leg, wish: Wish) -> float:
    return leg.route.length_m if wish.target_m is None else wish.target_m - BEFORE_END_M


def _times(speed: SpeedPlan, wish: Wish) -> list[tuple[float, float]]:
    """When a pause is due, and how much sooner or later it may come."""
    end_s = float(speed.time_at(np.array([wish.target_m]))[0]) if wish.target_m is not None else speed.duration_s
    first_s = min(WARM_UP_S, 0.5 * wish.every_s, 0.25 * end_s) if wish.leads else wish.every_s
    found = [(first_s, 0.5 * first_s)] if wish.leads else []
    due_s = first_s + (wish.every_s if wish.leads else 0.0)
    while end_s - due_s >= 0.5 * wish.every_s:
        found.append((due_s, 0.25 * wish.every_s))
        due_s += wish.every_s
    return found


def _border_near(leg: Leg, speed: SpeedPlan, time_s: float, reach_s: float) -> float:
    """The border between segments nearest to a time, else the place at that time, where no border is within reach."""
    borders_m = np.array([stretch.start_m for stretch in leg.route.stretches[1:]])
    if len(borders_m):
        off_s = np.abs(speed.time_at(borders_m) - time_s)
        if off_s.min() <= reach_s:
            return float(borders_m[off_s.argmin()])
    return float(speed.at(np.array([time_s])).distance_m[0])


def _away_from_stops(leg: Leg, place_m: float) -> float:
    """The place, or that of a stop of the leg itself that is so near that the car would hardly drive between them."""
    near = [stop.at_m for stop in leg.route.stops if abs(stop.at_m - place_m) <= APART_M]
    return min(near, key=lambda at_m: abs(at_m - place_m)) if near else place_m


def pause_samples(speed: SpeedPlan, pauses_m: tuple[float, ...], rate_hz: float) -> tuple[int, ...]:
    """The sample in the middle of each pause, in order; a plan's distances are stretched a little over the road's."""
    still = np.concatenate(([False], speed.speed_mps == 0.0, [False]))
    first, end = np.flatnonzero(np.diff(still.astype(np.int8))).reshape(-1, 2).T
    inside = (first > 0) & (end < len(speed.speed_mps))
    first, end = first[inside], end[inside]
    at_m = speed.distance_m[first]
    chosen = [int(np.abs(at_m - place_m).argmin()) for place_m in pauses_m]
    return tuple(int((first[k] + end[k] - 1) / 2.0 * rate_hz / PLAN_HZ) for k in chosen)
