"""What is allowed in each metre: felt, capped, zoned, turned. The driver obeys before a place as well as in it."""

from collections.abc import Iterator

import numpy as np

from profiles.driver.passes import spread
from profiles.driver.reconnaissance import Scouting
from profiles.driver.style import DriverStyle
from profiles.road.corners import placed_corners
from profiles.road.route import Route, Zone
from profiles.signal import FloatArray

AHEAD_M, BEHIND_M = 10.0, 3.0
"""A felt limit holds from before its place, where the obstacle that causes it begins, to after it."""


def limits_mps(
    scouting: Scouting, route: Route, style: DriverStyle, slower: tuple[Zone, ...], half_s: float
) -> FloatArray:
    """What is allowed at stations a metre apart, float64[metres + 1], low enough that averaging the speed over
    ``half_s`` on both sides keeps within it.
    """
    creep, top = style.creep_mps.value, style.top_speed_mps.value
    felt = spread(np.clip(scouting.limit_mps, creep, top), AHEAD_M, BEHIND_M, 0.0)
    caps = np.array([stretch.segment.speed_cap_mps or np.inf for stretch in route.stretches])[scouting.segment]
    limit = np.minimum(felt, caps)
    for zone in _zones(route, style, slower):
        low, high = int(zone.start_m), int(np.ceil(zone.end_m))
        limit[low : max(high, low + 1)] = np.minimum(limit[low : max(high, low + 1)], max(zone.highest_mps, creep))
    padded = np.concatenate((limit[:1], limit, limit[-1:]))
    return np.asarray(spread(np.minimum(padded[:-1], padded[1:]), 0.0, 0.0, half_s))


def _zones(route: Route, style: DriverStyle, slower: tuple[Zone, ...]) -> Iterator[Zone]:
    """All zones in which the car is slowed, dangers at the driver's own speed for them and bends among them."""
    for zone in route.zones:
        highest = min(zone.highest_mps, style.danger_mps(zone.danger)) if zone.danger else zone.highest_mps
        yield Zone(zone.start_m, zone.end_m, highest, zone.why)
    yield from slower
    for bend in placed_corners(route):
        highest = float(np.sqrt(style.lateral_mps2.value * bend.radius_m))
        yield Zone(bend.start_m, bend.end_m, highest, "bend")
