"""Passes over a route metre by metre, compiled: what a limit does to its neighbours, acceleration, braking."""

import math

import numpy as np
from numba import njit

HOLD = 0.9
"""Of the grip is what a driver brakes with (design value)."""
GENTLEST_MPS2 = 0.5
"""Down the steepest slip face a driver still slows so much, with his nose in the sand (design value)."""


@njit(cache=True, nogil=True)
def spread(limit, ahead_m, behind_m, half_s):  # type: ignore[no-untyped-def]
    """Let each limit hold from so far before its place to so far after it, and over the way of ``half_s`` at it.

    Args:
        limit: float64[metres], m/s.
        ahead_m, behind_m: before and after a place.
        half_s: more on both sides: limit times this.
    """
    out = limit.copy()
    for i in range(limit.size):
        way = limit[i] * half_s
        low, high = i - math.ceil(ahead_m + way), i + math.ceil(behind_m + way)
        for j in range(max(0, low), min(limit.size - 1, high) + 1):
            out[j] = min(out[j], limit[i])
    return out


@njit(cache=True, nogil=True)
def accelerate(limit, distance_m, force_n, grip_n, held_n, air, mass_kg, creep, fastest):  # type: ignore[no-untyped-def]
    """The limit, as far as the car gets up to it: by the driver's acceleration, the engine and the grip.

    Args:
        limit: float64[stations], m/s; 0 is a stop.
        distance_m: float64[stations].
        force_n: float64[speeds], of the engine at the ground, 0.25 m/s apart from 0.
        grip_n, held_n: float64[stations - 1], what the ground takes, what ground and grade hold back.
        air: air force over speed squared.
        mass_kg: of the car.
        creep: the speed that it always keeps, once it has got up to it.
        fastest: acceleration that the driver uses.
    """
    speeds = np.empty(limit.size)
    speeds[0] = limit[0]
    for i in range(limit.size - 1):
        v = speeds[i]
        engine = force_n[min(int(4.0 * v), force_n.size - 1)]
        spare = (min(engine, grip_n[i]) - held_n[i] - air * v * v) / mass_kg
        step = distance_m[i + 1] - distance_m[i]
        kept = min(creep * creep, v * v + 2.0 * fastest * step)  # from standstill too it takes its time
        squared = max(v * v + 2.0 * min(fastest, spare) * step, kept)
        speeds[i + 1] = min(limit[i + 1], math.sqrt(squared))
    return speeds


@njit(cache=True, nogil=True)
def brake(speeds, distance_m, grip_n, held_n, mass_kg, braking):  # type: ignore[no-untyped-def]
    """Lower speeds, float64[stations] in place, where the driver must brake for what comes: as hard as he likes to,
    as far as the ground lets him. ``grip_n``, ``held_n``, ``mass_kg`` as for `accelerate`.
    """
    for i in range(speeds.size - 2, -1, -1):
        step = distance_m[i + 1] - distance_m[i]
        hardest = min(braking, max((HOLD * grip_n[i] + held_n[i]) / mass_kg, GENTLEST_MPS2))
        speeds[i] = min(speeds[i], math.sqrt(speeds[i + 1] ** 2 + 2.0 * hardest * step))
