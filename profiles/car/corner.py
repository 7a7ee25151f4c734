"""One corner of the car, step by step, in a compiled kernel: body, wheel, tyre that can take off, damper heat."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from profiles.car.vehicle import GRAVITY_MPS2, Vehicle
from profiles.signal import FloatArray

OUTPUTS = (
    "suspension_m",
    "suspension_mps",
    "strut_force_n",
    "tyre_force_n",
    "body_acceleration_mps2",
    "damper_power_w",
    "damper_temperature_degc",
)
"""What `ride` writes, in rows. Deflection and strut force are above static ride height, compression positive."""

STATES = 5
"""Wheel and body: height and speed of each, from static ride height; then the damper's temperature."""


class Corner(NamedTuple):
    """A vehicle's values as the kernel takes them: floats, SI."""

    sprung_kg: float
    unsprung_kg: float
    static_n: float
    tyre_n_per_m: float
    tyre_ns_per_m: float
    rim_at_m: float
    rim_n_per_m: float
    spring_n_per_m: float
    bump_at_m: float
    bump_n_per_m2: float
    rebound_at_m: float
    rebound_n_per_m2: float
    compression_low: float
    compression_high: float
    rebound_low: float
    rebound_high: float
    knee_mps: float
    heat_j_per_k: float
    cooling_w_per_k: float
    ambient_degc: float
    fade_per_k: float


def corner_of(vehicle: Vehicle) -> Corner:
    """The kernel's values of a vehicle's front corner."""
    tyre, suspension, heat = vehicle.tyre, vehicle.suspension, vehicle.heat
    return Corner(
        vehicle.sprung_corner_kg.value,
        vehicle.unsprung_corner_kg.value,
        (vehicle.sprung_corner_kg.value + vehicle.unsprung_corner_kg.value) * GRAVITY_MPS2,
        tyre.stiffness_n_per_m.value,
        tyre.damping_ns_per_m.value,
        tyre.rim_strike_at_m.value,
        tyre.rim_stiffness_n_per_m.value,
        suspension.spring_n_per_m.value,
        suspension.bump_stop_at_m.value,
        suspension.bump_stop_n_per_m2.value,
        suspension.rebound_stop_at_m.value,
        suspension.rebound_stop_n_per_m2.value,
        suspension.compression_low_ns_per_m.value,
        suspension.compression_high_ns_per_m.value,
        suspension.rebound_low_ns_per_m.value,
        suspension.rebound_high_ns_per_m.value,
        suspension.knee_mps.value,
        heat.heat_j_per_k.value,
        heat.cooling_w_per_k.value,
        heat.ambient_degc.value,
        heat.fade_per_k.value,
    )


def at_rest(corner: Corner, height_m: float) -> FloatArray:
    """The state of a car that stands on the road at a height, float64[STATES]."""
    return np.array([height_m, 0.0, height_m, 0.0, corner.ambient_degc])


@njit(cache=True)
def _spring_n(c, d):  # type: ignore[no-untyped-def]
    if d > c.bump_at_m:
        return c.spring_n_per_m * d + c.bump_n_per_m2 * (d - c.bump_at_m) ** 2
    if d < -c.rebound_at_m:
        return c.spring_n_per_m * d - c.rebound_n_per_m2 * (d + c.rebound_at_m) ** 2
    return c.spring_n_per_m * d


@njit(cache=True)
def _damper_n(c, w):  # type: ignore[no-untyped-def]
    slow = min(max(w, -c.knee_mps), c.knee_mps)
    if w > 0.0:
        return c.compression_low * slow + c.compression_high * (w - slow)
    return c.rebound_low * slow + c.rebound_high * (w - slow)


@njit(cache=True)
def _tyre_n(c, squeeze, squeeze_mps):  # type: ignore[no-untyped-def]
    """Force of a tyre pressed together by so much beyond its static deflection; none once it has left the ground."""
    force = c.static_n + c.tyre_n_per_m * squeeze
    if force <= 0.0:
        return 0.0
    pressed = force / c.tyre_n_per_m
    if pressed > c.rim_at_m:
        force += c.rim_n_per_m * (pressed - c.rim_at_m)
    return max(0.0, force + c.tyre_ns_per_m * squeeze_mps)


@njit(cache=True)
def ride(c, heights_m, first_station, step_m, distance_m, speed_mps, dt_s, state, out):  # type: ignore[no-untyped-def]
    """Drive over a road: semi-implicit Euler, one step for each given distance.

    Accurate to 0.2 % of the body's acceleration at 2 kHz (against 8 kHz; physics notes §2.2).

    Args:
        c: a `Corner`.
        heights_m: float64[stations], the road as the tyre feels it, ``step_m`` apart; the first has the number
            ``first_station`` (at station 0 the distance is 0). Beyond the last one the road goes on level.
        distance_m, speed_mps: float64[n], where the wheel is at each step, and how fast.
        dt_s: time between steps.
        state: float64[STATES], changed in place.
        out: float64[len(OUTPUTS), n], what holds at the start of each step.
    """
    z_wheel, v_wheel, z_body, v_body, temperature = state
    last = heights_m.size - 2
    for i in range(distance_m.size):
        x = distance_m[i] / step_m  # from the start of the road, so that the window does not matter to the last bit
        j = min(int(x) - first_station, last)
        share = min(x - first_station - j, 1.0)
        rise = heights_m[j + 1] - heights_m[j]
        road = heights_m[j] + share * rise
        d, w = z_wheel - z_body, v_wheel - v_body
        damper = math.exp(-c.fade_per_k * (temperature - 20.0)) * _damper_n(c, w)
        strut = _spring_n(c, d) + damper
        tyre = _tyre_n(c, road - z_wheel, rise / step_m * speed_mps[i] - v_wheel)
        out[0, i], out[1, i], out[2, i], out[3, i] = d, w, strut, tyre
        out[4, i], out[5, i], out[6, i] = strut / c.sprung_kg, damper * w, temperature
        v_body += dt_s * strut / c.sprung_kg
        v_wheel += dt_s * (tyre - c.static_n - strut) / c.unsprung_kg
        z_body += dt_s * v_body
        z_wheel += dt_s * v_wheel
        temperature += dt_s * (damper * w - c.cooling_w_per_k * (temperature - c.ambient_degc)) / c.heat_j_per_k
    state[0], state[1], state[2], state[3], state[4] = z_wheel, v_wheel, z_body, v_body, temperature
