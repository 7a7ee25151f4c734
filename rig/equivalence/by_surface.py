"""A second estimate that needs no model of the car: the run's own damage a kilometre on each surface."""

from collections.abc import Mapping

SHORTEST_KM = 0.001
"""A surface of which less is played says nothing, and one of which the target has less asks for nothing."""


def by_surface(
    damage: Mapping[str, float], played_km: Mapping[str, float], target_km: Mapping[str, float]
) -> tuple[float | None, tuple[str, ...]]:
    """What the target would do, and its surfaces that were not played; None where there are some.

    It takes each surface to be as rough, and driven as fast, in the target as in the run: one large obstacle more or
    less changes it as much as it changes the run.

    Args:
        damage, played_km: of the run, by surface.
        target_km: of the target, by surface.
    """
    wanted = {name: km for name, km in target_km.items() if km >= SHORTEST_KM}
    unplayed = tuple(name for name in wanted if not played_km.get(name, 0.0) >= SHORTEST_KM)
    if unplayed:
        return None, unplayed
    return sum(km * damage.get(name, 0.0) / played_km[name] for name, km in wanted.items()), ()
