"""The car step by step, in compiled kernels: the quarter car, and one side of the car with its pitch.

Body, wheels, tyres that can take off, dampers that warm. Vertical forces are taken normal to the mean grade line; the
loss of wheel load by the cosine of the grade is left out (6 % on 20 degrees).
"""

import math

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _spring_n(c, d):  # type: ignore[no-untyped-def]
    if d > c.bump_at_m:
        return c.spring_n_per_m * d + c.bump_n_per_m2 * (d - c.bump_at_m) ** 2
    if d < -c.rebound_at_m:
        return c.spring_n_per_m * d - c.rebound_n_per_m2 * (d + c.rebound_at_m) ** 2
    return c.spring_n_per_m * d


@njit(cache=True, nogil=True)
def _damper_n(c, d, w):  # type: ignore[no-untyped-def]
    """Force at 20 degC: digressive, and on the last way to the bump stop stiffer by depth."""
    slow = min(max(w, -c.knee_mps), c.knee_mps)
    if w <= 0.0:
        return c.rebound_low * slow + c.rebound_high * (w - slow)
    force = c.compression_low * slow + c.compression_high * (w - slow)
    if d > c.hydraulic_from_m:
        force *= 1.0 + c.hydraulic_per_m * min(d - c.hydraulic_from_m, c.hydraulic_m)
    return force


@njit(cache=True, nogil=True)
def strut_over(c, suspension_m, temperature_degc, rate_hz, last_m, out):  # type: ignore[no-untyped-def]
    """The strut force of a suspension that moves as told, half-way between each sample and the one before.

    Args:
        c: a `Corner`.
        suspension_m, temperature_degc: float64[n], deflection (compression positive) and the damper's temperature.
        rate_hz: samples a second.
        last_m: float64[1], the deflection before the first sample; changed.
        out: float64[n], N above static; written.
    """
    for i in range(suspension_m.size):
        middle, speed = 0.5 * (suspension_m[i] + last_m[0]), (suspension_m[i] - last_m[0]) * rate_hz
        fade = math.exp(-c.fade_per_k * (temperature_degc[i] - 20.0))
        out[i] = _spring_n(c, middle) + fade * _damper_n(c, middle, speed)
        last_m[0] = suspension_m[i]


@njit(cache=True, nogil=True)
def _tyre_n(c, squeeze, squeeze_mps):  # type: ignore[no-untyped-def]
    """Force of a tyre pressed together by so much beyond its static deflection; none once it has left the ground."""
    force = c.static_n + c.tyre_n_per_m * squeeze
    if force <= 0.0:
        return 0.0
    at_rim = c.tyre_n_per_m * c.rim_at_m
    if force > at_rim:
        force += c.rim_n_per_m * (force - at_rim) / c.tyre_n_per_m
    return max(0.0, force + c.tyre_ns_per_m * squeeze_mps)


@njit(cache=True, nogil=True)
def _road(heights_m, first_station, per_m, distance_m):  # type: ignore[no-untyped-def]
    """Height and slope of the road at a distance; before its start and beyond its end it is level."""
    x = distance_m * per_m  # from the start of the road, so that the window does not matter to the last bit
    if x < first_station:
        return heights_m[0], 0.0
    j = int(x) - first_station
    if j >= heights_m.size - 1:
        return heights_m[heights_m.size - 1], 0.0
    rise = heights_m[j + 1] - heights_m[j]
    return heights_m[j] + (x - first_station - j) * rise, rise * per_m


@njit(cache=True, nogil=True)
def ride(c, heights_m, first_station, step_m, distance_m, speed_mps, dt_s, state, out):  # type: ignore[no-untyped-def]
    """Drive a quarter car over a road: semi-implicit Euler, one step for each given distance.

    Accurate to 0.2 % of the body's acceleration at 2 kHz (against 8 kHz; physics notes).

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
    per_m, per_sprung, per_unsprung = 1.0 / step_m, 1.0 / c.sprung_kg, dt_s / c.unsprung_kg  # divisions are slow
    per_damper, per_heat = 1.0 / c.dampers, dt_s / c.heat_j_per_k
    for i in range(distance_m.size):
        road, slope = _road(heights_m, first_station, per_m, distance_m[i])
        d, w = z_wheel - z_body, v_wheel - v_body
        damper = math.exp(-c.fade_per_k * (temperature - 20.0)) * _damper_n(c, d, w)
        strut = _spring_n(c, d) + damper
        tyre = _tyre_n(c, road - z_wheel, slope * speed_mps[i] - v_wheel)
        power = damper * w * per_damper
        out[0, i], out[1, i], out[2, i], out[3, i] = d, w, strut, tyre
        out[4, i], out[5, i], out[6, i] = strut * per_sprung, power, temperature
        v_body += dt_s * strut * per_sprung
        v_wheel += per_unsprung * (tyre - c.static_n - strut)
        z_body += dt_s * v_body
        z_wheel += dt_s * v_wheel
        temperature += per_heat * (power - c.cooling_w_per_k * (temperature - c.ambient_degc))
    state[0], state[1], state[2], state[3], state[4] = z_wheel, v_wheel, z_body, v_body, temperature


@njit(cache=True, nogil=True)
def ride_half(  # type: ignore[no-untyped-def]
    car, front_m, rear_m, first_station, step_m, distance_m, speed_mps, along_mps2, dt_s, state, out
):
    """Drive one side of the car over a road: semi-implicit Euler, one step for each given distance.

    Accurate to 0.2 % of the body's acceleration at 2 kHz (measured against 8 kHz on classes D, E and F).

    The body is rigid and pitches by small angles; its heights above the two axles are the states. Acceleration along
    the road lifts the nose by the moment m a h of the whole car about its centre of gravity, which the springs take up
    in full (no anti-dive or anti-squat geometry; drag is taken as acting at the height of the centre). In flight
    nothing pushes the car along, and there is no moment.

    Args:
        car: a `HalfCar`.
        front_m, rear_m: float64[stations], the road as the tyres of the axles feel it, each at its own place on the
            road; as in `ride`. The rear wheel is a wheelbase behind the front wheel.
        distance_m, speed_mps: float64[n], where the front wheel is at each step, and how fast.
        along_mps2: float64[n], what pushes the car along: acceleration and the part of gravity along the grade.
        dt_s: time between steps.
        state: float64[2 * STATES], front and rear, changed in place.
        out: float64[len(HALF_OUTPUTS), n], what holds at the start of each step.
    """
    f, r = car.front, car.rear
    zw_f, vw_f, zb_f, vb_f, degc_f, zw_r, vw_r, zb_r, vb_r, degc_r = state
    per_m, per_wheelbase = 1.0 / step_m, 1.0 / car.wheelbase_m  # divisions are slow
    per_unsprung_f, per_unsprung_r = dt_s / f.unsprung_kg, dt_s / r.unsprung_kg
    per_damper_f, per_damper_r = 1.0 / f.dampers, 1.0 / r.dampers
    per_heat_f, per_heat_r = dt_s / f.heat_j_per_k, dt_s / r.heat_j_per_k
    for i in range(distance_m.size):
        road_f, slope_f = _road(front_m, first_station, per_m, distance_m[i])
        road_r, slope_r = _road(rear_m, first_station, per_m, distance_m[i] - car.wheelbase_m)
        d_f, w_f = zw_f - zb_f, vw_f - vb_f
        d_r, w_r = zw_r - zb_r, vw_r - vb_r
        damper_f = math.exp(-f.fade_per_k * (degc_f - 20.0)) * _damper_n(f, d_f, w_f)
        damper_r = math.exp(-r.fade_per_k * (degc_r - 20.0)) * _damper_n(r, d_r, w_r)
        strut_f, strut_r = _spring_n(f, d_f) + damper_f, _spring_n(r, d_r) + damper_r
        tyre_f = _tyre_n(f, road_f - zw_f, slope_f * speed_mps[i] - vw_f)
        tyre_r = _tyre_n(r, road_r - zw_r, slope_r * speed_mps[i] - vw_r)
        along = along_mps2[i] if tyre_f + tyre_r > 0.0 else 0.0
        lift_f = car.front_per_kg * strut_f + car.across_per_kg * strut_r + car.front_lift * along
        lift_r = car.across_per_kg * strut_f + car.rear_per_kg * strut_r - car.rear_lift * along
        power_f, power_r = damper_f * w_f * per_damper_f, damper_r * w_r * per_damper_r
        out[0, i], out[1, i], out[2, i], out[3, i] = d_f, w_f, strut_f, tyre_f
        out[4, i], out[5, i], out[6, i] = lift_f, power_f, degc_f
        out[7, i], out[8, i], out[9, i], out[10, i] = d_r, w_r, strut_r, tyre_r
        out[11, i], out[12, i], out[13, i] = lift_r, power_r, degc_r
        out[14, i] = (zb_r - zb_f) * per_wheelbase
        vb_f += dt_s * lift_f
        vb_r += dt_s * lift_r
        vw_f += per_unsprung_f * (tyre_f - f.static_n - strut_f)
        vw_r += per_unsprung_r * (tyre_r - r.static_n - strut_r)
        zb_f += dt_s * vb_f
        zb_r += dt_s * vb_r
        zw_f += dt_s * vw_f
        zw_r += dt_s * vw_r
        degc_f += per_heat_f * (power_f - f.cooling_w_per_k * (degc_f - f.ambient_degc))
        degc_r += per_heat_r * (power_r - r.cooling_w_per_k * (degc_r - r.ambient_degc))
    state[0], state[1], state[2], state[3], state[4] = zw_f, vw_f, zb_f, vb_f, degc_f
    state[5], state[6], state[7], state[8], state[9] = zw_r, vw_r, zb_r, vb_r, degc_r


@njit(cache=True, nogil=True)
def ride_over(  # type: ignore[no-untyped-def]
    car,
    front_m,
    rear_m,
    first_station,
    step_m,
    start_m,
    run_in_m,
    speed_mps,
    dt_s,
    limits,
    window_m,
    state,
    hit,
    shaken,
):
    """Drive one side of the car over a chunk of road at a constant speed, and judge it metre by metre.

    Args:
        car, front_m, rear_m, first_station, step_m, dt_s: as for `ride_half`.
        start_m, run_in_m: where the chunk starts, and how far before it the car sets off.
        speed_mps: throughout.
        limits: float64[5], of strut force (N) and damper speed (m/s) in size, of front bump, rear bump and the smaller
            droop travel (m).
        window_m: of the RMS of the body's acceleration.
        state: float64[2 * STATES], as for `ride_half`; changed.
        hit: float64[metres], the largest share of a limit in each metre of the chunk; written.
        shaken: float64[windows], RMS acceleration of the body above the front axle in each window; written.
    """
    steps = math.ceil((run_in_m + hit.size) / (speed_mps * dt_s))
    out = np.empty((15, 256))
    at_m, speed, along = np.empty(256), np.full(256, speed_mps), np.zeros(256)
    squares, counts = np.zeros(shaken.size), np.zeros(shaken.size)
    hit[:] = 0.0
    for first in range(0, steps, 256):
        count = min(256, steps - first)
        for i in range(count):
            at_m[i] = start_m - run_in_m + (first + i) * speed_mps * dt_s
        ride_half(
            car, front_m, rear_m, first_station, step_m, at_m[:count], speed[:count], along[:count], dt_s, state,
            out[:, :count],
        )  # fmt: skip
        for i in range(count):
            metre = math.floor(at_m[i] - start_m)
            if 0 <= metre < hit.size:
                share = max(abs(out[2, i]), abs(out[9, i])) / limits[0]
                share = max(share, max(abs(out[1, i]), abs(out[8, i])) / limits[1])
                share = max(share, max(out[0, i] / limits[2], out[7, i] / limits[3]))
                share = max(share, -min(out[0, i], out[7, i]) / limits[4])
                hit[metre] = max(hit[metre], share)
                window = min(int(metre / window_m), shaken.size - 1)
                squares[window] += out[4, i] * out[4, i]
                counts[window] += 1.0
    for window in range(shaken.size):
        shaken[window] = math.sqrt(squares[window] / max(counts[window], 1.0))
