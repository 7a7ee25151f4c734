"""The plant, sample by sample, in compiled kernels: actuators, strut, half-shaft, heat, wear, noise.

Each sample is `INNER_HZ` over the sample rate inner steps; set points are taken as straight lines between samples.
All state lies in arrays that are changed in place, so that blocks of any length give the same bits.
"""

import math
from dataclasses import fields

import numpy as np
from numba import njit

from simulators.settings import CornerSettings

INNER_HZ = 4000
PAN, TORQUE, SPEED = 0, 1, 2
DAMPER, SPRING, SHAFT, MOUNT, JOINT, HUB = 0, 1, 2, 3, 4, 5
DAMAGE, TURN, PEAK, RISING, FAILING = 0, 1, 2, 3, 4
HISTORY = 512
"""Inner steps of set points that are kept: the longest dead time."""

CORNER = np.dtype(
    [(field.name, "<f8") for field in fields(CornerSettings)]
    + [("step_s", "<f8"), ("steps", "<i8"), ("rod_breaks", "<i8"), ("shaker_points_per_step", "<f8")]
    + [("joint_mounted", "<i8"), ("hub_mounted", "<i8")]
    + [("fan_v", "<f8"), ("ambient_degc", "<f8"), ("seed", "<i8")]
)
"""The settings of the corner, and what the bench connects to it."""

STATE = np.dtype(
    [("sample", "<i8"), ("cursor", "<i8"), ("shaker_step", "<i8")]
    + [(name, "<f8") for name in ("top_m", "top_mps", "body_m", "body_mps", "body_mps2", "twist_rad")]
    + [(name, "<f8") for name in ("strut_n", "damper_n", "torque_nm", "damper_degc", "cv_degc", "hub_degc")]
)

NOISE = np.array([5.0e-5, 5.0, 0.02, 40.0, 5.0e-5, 0.05, 0.05])
"""Standard deviation of each measured quantity, in their order (design values for good sensors)."""

GAIN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
S27, S30, S31, S11, ONE = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(11), np.uint64(1)


@njit(cache=True)
def _mixed(x):  # type: ignore[no-untyped-def]
    x = (x ^ (x >> S30)) * MIX_1
    x = (x ^ (x >> S27)) * MIX_2
    return x ^ (x >> S31)


@njit(cache=True)
def normal(seed, sample, channel):  # type: ignore[no-untyped-def]
    """A standard normal number of (seed, sample, channel) and nothing else: splitmix64, then Box and Muller."""
    x = _mixed(np.uint64(seed) * GAIN + np.uint64(sample))
    x = _mixed(x * GAIN + np.uint64(channel) + ONE)
    first = (np.float64(x >> S11) + 0.5) * 2.0**-53
    second = np.float64(_mixed(x + GAIN) >> S11) * 2.0**-53
    return math.sqrt(-2.0 * math.log(first)) * math.cos(2.0 * math.pi * second)


@njit(cache=True)
def _delayed(history, axis, cursor, delay_steps):  # type: ignore[no-untyped-def]
    whole = int(delay_steps)
    newer = history[axis, (cursor - whole) % HISTORY]
    older = history[axis, (cursor - whole - 1) % HISTORY]
    return newer + (delay_steps - whole) * (older - newer)


@njit(cache=True)
def _actuate(axis, setpoint, response, limits, motion, force_n, step_s):  # type: ignore[no-untyped-def]
    """One step of an actuator: exact for a set point that is a straight line, then held within what it can do.

    The rate that is left under load is the valve's: rate √(1 − F/F_stall).
    """
    x, v, before = motion[axis, 0], motion[axis, 1], motion[axis, 2]
    r = response[axis]
    x_new = r[0] * x + r[1] * v + r[2] * before + r[3] * setpoint
    v_new = r[4] * x + r[5] * v + r[6] * before + r[7] * setpoint
    top = limits[axis, 0]
    if force_n * v_new > 0.0:
        top *= math.sqrt(max(0.0, 1.0 - abs(force_n) / limits[axis, 2]))
    held = min(max(v_new, v - limits[axis, 1] * step_s), v + limits[axis, 1] * step_s)
    held = min(max(held, -top), top)
    if held != v_new:
        x_new, v_new = x + 0.5 * (v + held) * step_s, held
    motion[axis, 0], motion[axis, 1], motion[axis, 2] = x_new, v_new, setpoint


@njit(cache=True)
def _spring_n(c, d, left):  # type: ignore[no-untyped-def]
    """Spring and stops above the static force; one with ``left`` of its stiffness carries that part."""
    force = left * (c.spring_n_per_m * d + c.static_force_n) - c.static_force_n
    if d > c.bump_stop_at_m:
        force += c.bump_stop_n_per_m2 * (d - c.bump_stop_at_m) ** 2
    elif d < -c.rebound_stop_at_m:
        force -= c.rebound_stop_n_per_m2 * (d + c.rebound_stop_at_m) ** 2
    return force


@njit(cache=True)
def _damper_n(c, w, degc):  # type: ignore[no-untyped-def]
    """Digressive and asymmetric, fading with the oil's temperature."""
    fade = math.exp(-c.fade_per_k * (degc - 20.0))
    slow = min(max(w, -c.knee_mps), c.knee_mps)
    if w > 0.0:
        return fade * (c.compression_low_ns_per_m * slow + c.compression_high_ns_per_m * (w - slow))
    return fade * (c.rebound_low_ns_per_m * slow + c.rebound_high_ns_per_m * (w - slow))


@njit(cache=True)
def _strut(c, s, x, v, left):  # type: ignore[no-untyped-def]
    """The strut between pan and top mount, and the mount's deflection; returns the strut's speed."""
    w = v - s.top_mps
    s.damper_n = left[DAMPER] * _damper_n(c, w, s.damper_degc)
    s.strut_n = _spring_n(c, x - s.top_m, left[SPRING]) + s.damper_n
    mount = left[MOUNT] * (c.mount_n_per_m * s.top_m + c.mount_ns_per_m * s.top_mps)
    s.top_mps += c.step_s * (s.strut_n - mount) / c.strut_top_kg
    s.top_m += c.step_s * s.top_mps
    return w


@njit(cache=True)
def _body(c, s, waveform):  # type: ignore[no-untyped-def]
    """The body plate on the reaction mass, pushed by the strut and by the shaker."""
    push = s.strut_n
    if waveform.size > 0:
        push += c.shaker_n_per_v * waveform[int(s.shaker_step * c.shaker_points_per_step) % waveform.size]
        s.shaker_step += 1
    s.body_mps2 = (push - c.body_n_per_m * s.body_m - c.body_ns_per_m * s.body_mps) / c.body_kg
    s.body_mps += c.step_s * s.body_mps2
    s.body_m += c.step_s * s.body_mps


@njit(cache=True)
def _shaft(c, s, motor_nm, left, backlash_rad):  # type: ignore[no-untyped-def]
    """The half-shaft behind its backlash: the drive turns against the shaft's stiffness, or freely in the gap."""
    if left == 0.0:
        s.torque_nm = 0.0
        return
    gap = 0.5 * backlash_rad
    wound = s.twist_rad - gap if s.twist_rad > gap else min(s.twist_rad + gap, 0.0)
    s.torque_nm = c.shaft_nm_per_rad * wound
    s.twist_rad += c.step_s * (c.drive_gain * motor_nm - s.torque_nm) / c.shaft_nms_per_rad


@njit(cache=True)
def _heat(c, s, w, speed, drag_nm):  # type: ignore[no-untyped-def]
    air = c.still_air_w_per_k + (c.full_fan_w_per_k - c.still_air_w_per_k) * c.fan_v / c.full_fan_v
    turning = abs(s.torque_nm * speed) * c.cv_loss_ratio
    s.damper_degc += c.step_s * (s.damper_n * w - air * (s.damper_degc - c.ambient_degc)) / c.oil_heat_j_per_k
    s.cv_degc += c.step_s * (turning - c.cv_air_w_per_k * (s.cv_degc - c.ambient_degc)) / c.cv_heat_j_per_k
    drag = drag_nm * abs(speed)
    s.hub_degc += c.step_s * (drag - c.hub_air_w_per_k * (s.hub_degc - c.ambient_degc)) / c.hub_heat_j_per_k


@njit(cache=True)
def _load(parts, part, value, law):  # type: ignore[no-untyped-def]
    """Half a cycle of Basquin damage for each range between turning points; smaller ones than the gate are no turns."""
    p = parts[part]
    if (value > p[PEAK]) == (p[RISING] > 0.0):
        p[PEAK] = value
    elif abs(value - p[PEAK]) > law[part, 3]:
        p[DAMAGE] += 0.5 * (abs(p[PEAK] - p[TURN]) / law[part, 0]) ** law[part, 1] / law[part, 2]
        p[TURN], p[PEAK], p[RISING] = p[PEAK], value, -p[RISING]


@njit(cache=True)
def _wear(c, s, w, parts, law):  # type: ignore[no-untyped-def]
    if c.rod_breaks:
        _load(parts, DAMPER, s.damper_n, law)
    else:  # the seal: sliding distance, twice as bad for each 10 K
        parts[DAMPER, DAMAGE] += abs(w) * c.step_s * 2.0 ** ((s.damper_degc - 90.0) / 10.0) / law[DAMPER, 2]
    _load(parts, SPRING, s.strut_n - s.damper_n, law)
    _load(parts, SHAFT, s.torque_nm, law)
    _load(parts, MOUNT, s.strut_n, law)


@njit(cache=True)
def _turn_shaft(c, s, turned_rad, parts, law):  # type: ignore[no-untyped-def]
    """Once a revolution the joint bends the shaft: a cycle on top of the torque's own."""
    bending = (c.shaft_bending_nm + abs(s.torque_nm)) / law[SHAFT, 0]
    parts[SHAFT, DAMAGE] += abs(turned_rad) / (2.0 * math.pi) * bending ** law[SHAFT, 1] / law[SHAFT, 2]


@njit(cache=True)
def _turn_joint(c, s, turned_rad, travel_m, parts):  # type: ignore[no-untyped-def]
    """Turns at torque and angle wear the joint's tracks (physics notes §5.2)."""
    angle_rad = abs(c.joint_static_rad + math.atan(travel_m / c.joint_arm_m))
    hard = abs(s.torque_nm) / c.joint_torque_nm * (1.0 + (angle_rad / c.joint_angle_rad) ** 1.5)
    parts[JOINT, DAMAGE] += abs(turned_rad) / (2.0 * math.pi) * hard**3 / c.joint_revolutions


@njit(cache=True)
def _turn_hub(c, s, turned_rad, parts):  # type: ignore[no-untyped-def]
    """Turns under the wheel's load tire the bearing's races (ISO 281, exponent 3 of balls)."""
    load = abs(s.strut_n + c.wheel_load_n) / c.hub_load_n
    parts[HUB, DAMAGE] += abs(turned_rad) / (2.0 * math.pi) * load**3 / c.hub_revolutions


@njit(cache=True)
def _backlash_rad(c, parts):  # type: ignore[no-untyped-def]
    """The shaft's backlash; that of a joint which is mounted grows as b₀ + 0.6° D^1.5 (physics notes §5.3)."""
    if not c.joint_mounted:
        return c.backlash_rad
    return c.backlash_rad + c.joint_growth_rad * (parts[JOINT, DAMAGE] / parts[JOINT, FAILING]) ** 1.5


@njit(cache=True)
def _drag_nm(c, parts):  # type: ignore[no-untyped-def]
    """The hub's friction; a mounted bearing's grows in the last fifth of its life, to double at its end."""
    if not c.hub_mounted:
        return c.hub_drag_nm
    worn = max(0.0, parts[HUB, DAMAGE] / parts[HUB, FAILING] - c.hub_hot_damage) / (1.0 - c.hub_hot_damage)
    return c.hub_drag_nm * (1.0 + (c.hub_hot_drag_ratio - 1.0) * worn)


@njit(cache=True)
def remaining(damage, rod_breaks, left):  # type: ignore[no-untyped-def]
    """What is left of damper, spring, shaft and mount (1 is new) at damages relative to those at which they fail.

    Spring: a crack from 0.5 to 12 mm by Paris with exponent 3, stiffness 1 − 0.5 (a/a_c)², then nothing. Seal: from 1
    to 0.4 between damages 0.9 and 1.1. Mount: 20 % softer at damage 1, log-linear. Rod and shaft: all or nothing.
    (Physics notes §5.3.)
    """
    if rod_breaks:
        left[DAMPER] = 1.0 if damage[DAMPER] < 1.0 else 0.0
    else:
        left[DAMPER] = 1.0 - 0.6 * min(max((damage[DAMPER] - 0.9) / 0.2, 0.0), 1.0)
    start = math.sqrt(0.5 / 12.0)
    crack = start / (1.0 - (1.0 - start) * min(damage[SPRING], 1.0))
    left[SPRING] = 1.0 - 0.5 * crack**4 if damage[SPRING] < 1.0 else 0.0
    left[SHAFT] = 1.0 if damage[SHAFT] < 1.0 else 0.0
    left[MOUNT] = 0.8 ** damage[MOUNT]


@njit(cache=True)
def _measure(s, motion, seed, noise, row):  # type: ignore[no-untyped-def]
    row[0], row[1], row[2] = motion[PAN, 0], s.torque_nm, motion[SPEED, 0]
    row[3], row[4] = s.strut_n, motion[PAN, 0] - s.top_m
    row[5], row[6] = s.body_mps2, s.damper_degc
    for channel in range(row.size):
        row[channel] += noise[channel] * normal(seed, s.sample, channel)


@njit(cache=True)
def play(setpoints, corner, state, response, limits, motion, history, parts, law, waveform, noise, out):  # type: ignore[no-untyped-def]
    """Play samples.

    Args:
        setpoints: float64[samples, 3], pan, torque and speed.
        corner, state: records of `CORNER` and `STATE`, one each.
        response: float64[3, 8], rows of the actuators' step matrices.
        limits: float64[3, 4]: rate, acceleration, stall force, dead time in steps.
        motion: float64[3, 4]: position, speed, delayed set point, last sample's set point.
        history: float64[3, HISTORY], set points of the last steps.
        parts: float64[6, 5]: damage, last turn, running peak, direction, damage at which it fails.
        law: float64[4, 4]: reference range, exponent, cycles (or sliding distance in m), gate.
        waveform: float64[points], volts; none while the shaker is off.
        noise: float64[7], standard deviation of each measured quantity.
        out: float64[samples, 7], what the sensors measure at the end of each sample.
    """
    c, s = corner[0], state[0]
    left = np.ones(4)
    for i in range(setpoints.shape[0]):
        remaining(parts[:, DAMAGE] / parts[:, FAILING], c.rod_breaks, left)
        backlash_rad, drag_nm = _backlash_rad(c, parts), _drag_nm(c, parts)
        for step in range(1, c.steps + 1):
            s.cursor = (s.cursor + 1) % HISTORY
            for axis in range(3):
                last = motion[axis, 3]
                history[axis, s.cursor] = last + (setpoints[i, axis] - last) * step / c.steps
                due = _delayed(history, axis, s.cursor, limits[axis, 3])
                _actuate(axis, due, response, limits, motion, s.strut_n if axis == PAN else 0.0, c.step_s)
            w = _strut(c, s, motion[PAN, 0], motion[PAN, 1], left)
            _body(c, s, waveform)
            _shaft(c, s, motion[TORQUE, 0], left[SHAFT], backlash_rad)
            _heat(c, s, w, motion[SPEED, 0], drag_nm)
            _wear(c, s, w, parts, law)
        turned_rad = motion[SPEED, 0] * c.step_s * c.steps
        _turn_shaft(c, s, turned_rad, parts, law)
        if c.joint_mounted:
            _turn_joint(c, s, turned_rad, motion[PAN, 0] - s.top_m, parts)
        if c.hub_mounted:
            _turn_hub(c, s, turned_rad, parts)
        for axis in range(3):
            motion[axis, 3] = setpoints[i, axis]
        s.sample += 1
        _measure(s, motion, c.seed, noise, out[i])
