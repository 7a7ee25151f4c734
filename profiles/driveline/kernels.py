"""The driveline step by step, in a compiled kernel: engine, gears, half-shaft with backlash, wheel and its slip."""

import math
from typing import NamedTuple

from numba import njit

STATES = 12
"""Twist; speed of the driven end and of the wheel; engine torque at the shaft; time since the last shift; gear; time
for which the car has been light; torque asked for, smoothed; time at a walk; steps so far; twist and wheel speed of the
other three shafts."""

THROTTLE_S = 0.08
"""How fast engine torque follows (design value)."""
THINK_S = 0.5
"""The driver shifts by what he has needed over this time (design value)."""
BETWEEN_SHIFTS_S = 1.5
RIPPLE_HZ, RIPPLE_DECAY_S, RIPPLES_S = 10.0, 0.3, 1.5
"""The shaft's torque after a shift; the ripple decays by e in so much, and ends (design values)."""
SPARE = 1.15
"""A higher gear is taken where it gives so much more than what is needed (design value)."""
LIFT_AT_MPS, LIFT_OVER_MPS = 1.5, 2.0
"""The driver lifts where the wheels are faster than the car by so much, wholly at so much more (design values)."""
HOLD = 0.95
"""Of the grip is what the brakes use at most: they do not lock the wheels."""
SLOWEST_MPS = 2.0
"""Slip is over at least this speed: at a standstill it has no meaning."""


class Drivetrain(NamedTuple):
    """A vehicle's values as the kernel takes them: floats, SI; of one wheel and its shaft."""

    radius_m: float
    inertia_kgm2: float
    engine_kgm2: float
    stiffness: float
    damping: float
    gap_rad: float
    slip_at_grip: float
    efficiency: float
    overrun_nm: float
    shift_s: float
    ripple: float
    slow_radps: float
    fast_radps: float
    low_below_mps: float
    rpm_step_radps: float
    rolling_share: float
    mean_rolling_share: float
    flight_n: float
    cut_s: float


@njit(cache=True, nogil=True)
def _full(train, full_nm, engine_radps):  # type: ignore[no-untyped-def]
    """Full-load torque at an engine speed; below the first gear's slowest the converter slips."""
    x = max(engine_radps, train.slow_radps * 0.5) / train.rpm_step_radps
    j = int(x)
    if j >= full_nm.size - 1:
        return 0.0  # the limiter
    return full_nm[j] + (x - j) * (full_nm[j + 1] - full_nm[j])


@njit(cache=True, nogil=True)
def _wanted_gear(train, ratios, full_nm, speed_mps, needed_nm, gear, at_a_walk_s):  # type: ignore[no-untyped-def]
    """The highest gear whose engine speed is in its band and whose torque is enough; else the strongest in the band."""
    gears = ratios.size // 2
    wheel = speed_mps / train.radius_m
    if at_a_walk_s > THINK_S or (gear < gears and speed_mps < 1.5 * train.low_below_mps):
        return 0
    best, most = gears, -1.0
    for g in range(2 * gears - 1, gears - 1, -1):
        engine = wheel * ratios[g]
        if engine > train.fast_radps or (engine < train.slow_radps and g > gears):
            continue
        torque = 0.25 * _full(train, full_nm, engine) * ratios[g] * train.efficiency
        if torque >= SPARE * needed_nm:
            return g
        if torque > most:
            best, most = g, torque
    return best


@njit(cache=True, nogil=True)
def _friction(slip, at_grip):  # type: ignore[no-untyped-def]
    """Share of the grip that a slip uses, after Janosi and Hanamoto, and its slope; 95 % at the slip of full grip."""
    fade = math.exp(-3.0 * abs(slip) / at_grip)
    share = 1.0 - fade
    return (share if slip >= 0.0 else -share), 3.0 * fade / at_grip


@njit(cache=True, nogil=True)
def _carried(train, twist, faster):  # type: ignore[no-untyped-def]
    """What one shaft carries at a twist, its driven end turning so much faster: nothing in its backlash, no pushing
    where it is pulled.
    """
    pulled = abs(twist) - 0.5 * train.gap_rad
    if pulled <= 0.0:
        return 0.0
    sign = 1.0 if twist > 0.0 else -1.0
    torque_nm = sign * train.stiffness * pulled + train.damping * faster
    return torque_nm if torque_nm * sign > 0.0 else 0.0


@njit(cache=True, nogil=True)
def turn(  # type: ignore[no-untyped-def]
    train, ratios, full_nm, speed_mps, accel_mps2, needed_nm, rolling, grip, tyre_n, side_tyre_n, dt_s, state, out
):
    """Turn one wheel: semi-implicit Euler, the tyres' slip linearised within each step so that hard landings stay calm.

    The differentials are locked: the driven ends of all four shafts turn alike. The other three, as one with three
    times the stiffness, take of the engine's torque what their loads and their slip let them; so a landing on all
    wheels shares out the engine's inertia. Both sides of the car are taken to carry the same load.

    Args:
        train: a `Drivetrain`.
        ratios: float64[2 gears], engine to wheel, low range first.
        full_nm: float64[points], full-load engine torque, ``train.rpm_step_radps`` apart from 0.
        speed_mps, accel_mps2: float64[n], of the car.
        needed_nm: float64[n], torque at each wheel that moves the car as planned.
        rolling: float64[n], motion resistance of a first wheel over its load.
        grip: float64[n], greatest tangential force over wheel load.
        tyre_n, side_tyre_n: float64[n], vertical load of this wheel; of both wheels of this side.
        dt_s: time between steps.
        state: float64[STATES], changed in place.
        out: float64[3, n], shaft torque (N·m), wheel speed (rad/s), gear (index of ``ratios``).
    """
    twist, w_drive, w_wheel, engine_nm, since_s, gear, light_s, asked_nm, walk_s, steps, their_twist, w_others = state
    if steps == 0.0:
        w_drive = w_wheel = w_others = speed_mps[0] / train.radius_m
        since_s = 10.0
    g = int(gear)
    for i in range(speed_mps.size):
        v = speed_mps[i]
        moving = min(1.0, 2.0 * v)  # the brakes hold the car while it stands
        ratio = ratios[g]
        behind_kgm2 = 1.0 + 0.25 * train.engine_kgm2 * ratio * ratio
        asked_nm += dt_s / THINK_S * (needed_nm[i] - asked_nm)
        walk_s = walk_s + dt_s if v < train.low_below_mps else 0.0
        since_s += dt_s
        steps += 1.0
        if steps % 32.0 == 0.0 and since_s > BETWEEN_SHIFTS_S:
            wanted = _wanted_gear(train, ratios, full_nm, v, asked_nm, g, walk_s)
            if wanted != g:
                g, since_s = wanted, 0.0
        light_s = light_s + dt_s if side_tyre_n[i] < train.flight_n else 0.0
        spin_up = (behind_kgm2 + train.inertia_kgm2) * accel_mps2[i] / train.radius_m
        target = moving * needed_nm[i] + spin_up
        highest = 0.25 * _full(train, full_nm, w_drive * ratio) * ratio * train.efficiency
        drags = min(max((w_drive * ratio / train.slow_radps - 0.4) / 0.2, 0.0), 1.0)  # at idle the engine drags no more
        lowest = -0.25 * train.overrun_nm * ratio * drags
        brake_nm = min(0.0, target - lowest)
        target = min(max(target, lowest), highest)
        follow_s, ripple = THROTTLE_S, 1.0
        if since_s < train.shift_s:
            target, follow_s = 0.0, 0.3 * THROTTLE_S
        elif since_s < train.shift_s + RIPPLES_S:
            after = since_s - train.shift_s
            fade = math.exp(-after / RIPPLE_DECAY_S)
            ripple += train.ripple * math.cos(2.0 * math.pi * RIPPLE_HZ * after) * fade
        spins_mps = w_drive * train.radius_m - v - LIFT_AT_MPS
        if spins_mps > 0.0 and target > 0.0:
            target *= max(0.0, 1.0 - spins_mps / LIFT_OVER_MPS)
        if light_s > 0.0:
            target, follow_s = 0.0, train.cut_s / 3.0
        engine_nm += dt_s / follow_s * (target - engine_nm)
        shaft_nm = ripple * _carried(train, twist, w_drive - w_wheel)
        theirs_nm = 3.0 * ripple * _carried(train, their_twist, w_drive - w_others)
        over = max(v, SLOWEST_MPS)
        used, slope = _friction((w_wheel * train.radius_m - v) / over, train.slip_at_grip)
        ground_nm = grip[i] * tyre_n[i] * train.radius_m
        stiff = ground_nm * slope * train.radius_m / over
        others_n = 2.0 * side_tyre_n[i] - tyre_n[i]
        others_nm = grip[i] * others_n * train.radius_m
        own_brake_nm = max(brake_nm, -HOLD * ground_nm)  # nothing locks
        rolls_nm = moving * rolling[i] * train.radius_m
        push = shaft_nm + own_brake_nm - used * ground_nm - rolls_nm * train.rolling_share * tyre_n[i]
        used, slope = _friction((w_others * train.radius_m - v) / over, train.slip_at_grip)
        their_stiff = others_nm * slope * train.radius_m / over
        their_brakes_nm = max(3.0 * brake_nm, -HOLD * others_nm)
        their_rolling_nm = rolls_nm * train.mean_rolling_share * others_n
        their_push = theirs_nm + their_brakes_nm - used * others_nm - their_rolling_nm
        out[0, i], out[1, i], out[2, i] = shaft_nm, w_wheel, g
        w_wheel = max(w_wheel + dt_s * push / (train.inertia_kgm2 + dt_s * stiff), 0.0)  # the car does not reverse
        w_others = max(w_others + dt_s * their_push / (3.0 * train.inertia_kgm2 + dt_s * their_stiff), 0.0)
        w_drive = max(w_drive + dt_s * (4.0 * engine_nm - shaft_nm - theirs_nm) / (4.0 * behind_kgm2), 0.0)
        twist += dt_s * (w_drive - w_wheel)
        their_twist += dt_s * (w_drive - w_others)
    state[0], state[1], state[2], state[3], state[4] = twist, w_drive, w_wheel, engine_nm, since_s
    state[5], state[6], state[7], state[8], state[9] = float(g), light_s, asked_nm, walk_s, steps
    state[10], state[11] = their_twist, w_others
