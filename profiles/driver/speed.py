"""The driver: speed over the route, from what the road, the ground, the engine, zones, bends and stops allow."""

from dataclasses import dataclass

import numpy as np

from profiles.car.vehicle import GRAVITY_MPS2, Vehicle
from profiles.driveline.engine import highest_force_n
from profiles.driveline.shaft import ground_table, resistance_n
from profiles.driver.limits import limits_mps
from profiles.driver.passes import accelerate, brake
from profiles.driver.reconnaissance import Scouting, scout_route
from profiles.driver.style import DriverStyle
from profiles.road.route import Route, Zone
from profiles.signal import FloatArray

PLAN_HZ = 10.0
"""Speeds of a plan are so many a second; between them the acceleration is constant."""
FORCE_STEP_MPS = 0.25
APART_M = 3.0
"""Stops nearer to each other are one stop: there is no driving between them."""


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the car is at given times: float64[n] of distance, speed and acceleration."""

    distance_m: FloatArray
    speed_mps: FloatArray
    acceleration_mps2: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class SpeedPlan:
    """Distance and speed at times `PLAN_HZ` apart, float64[times] each; between them the acceleration is constant."""

    distance_m: FloatArray
    speed_mps: FloatArray

    @classmethod
    def of(cls, speed_mps: FloatArray, length_m: float) -> "SpeedPlan":
        """The plan of speeds, stretched by what is needed to cover exactly a length."""
        steps_m = 0.5 * (speed_mps[1:] + speed_mps[:-1]) / PLAN_HZ
        distance_m = np.concatenate(([0.0], np.cumsum(steps_m)))
        stretch = length_m / distance_m[-1]
        return cls(distance_m * stretch, speed_mps * stretch)

    @property
    def duration_s(self) -> float:
        """The time from the start to the end."""
        return (len(self.speed_mps) - 1) / PLAN_HZ

    @property
    def length_m(self) -> float:
        """The distance covered."""
        return float(self.distance_m[-1])

    def samples(self, rate_hz: float) -> int:
        """The number of samples that the drive takes at a rate."""
        return int(np.ceil(self.duration_s * rate_hz - 1e-9))

    def at(self, time_s: FloatArray) -> Motion:
        """The car's motion at times from the start; before and after the drive it stays at the ends."""
        x = np.clip(np.asarray(time_s) * PLAN_HZ, 0.0, len(self.speed_mps) - 1)
        k = np.minimum(x.astype(np.int64), len(self.speed_mps) - 2)
        since = (x - k) / PLAN_HZ
        v0 = self.speed_mps[k]
        acceleration = (self.speed_mps[k + 1] - v0) * PLAN_HZ
        distance = self.distance_m[k] + since * (v0 + 0.5 * acceleration * since)
        return Motion(np.clip(distance, 0.0, self.distance_m[-1]), v0 + acceleration * since, acceleration)

    def time_at(self, distance_m: FloatArray) -> FloatArray:
        """When the car first is at distances from the start, to a plan's step, float64[n]."""
        return np.searchsorted(self.distance_m, distance_m) / PLAN_HZ


def plan_speed(route: Route, vehicle: Vehicle, style: DriverStyle, slower: tuple[Zone, ...] = ()) -> SpeedPlan:
    """How fast the car is driven over a route: the least of what comfort, obstacles, bends, zones and caps allow, as
    far as brakes, engine and grip can follow it, from standstill to standstill; jerk within the driver's limit.

    Where the engine is too weak or the ground too soft for the grade, the car lives off its momentum down to creep
    speed, which it always keeps except at stops.

    Args:
        route: what is driven.
        vehicle, style: who drives what.
        slower: more zones, such as those in which the rig could not follow.

    Raises:
        InputError: a measured road in it cannot be used.
    """
    scouting = scout_route(route, vehicle, style)
    return plan_over(scouting, route, vehicle, style, slower)


def plan_over(
    scouting: Scouting, route: Route, vehicle: Vehicle, style: DriverStyle, slower: tuple[Zone, ...] = ()
) -> SpeedPlan:
    """As `plan_speed`, with what each metre allows already known."""
    half_s = 0.5 * _smoothing(style) / PLAN_HZ
    limit = limits_mps(scouting, route, style, slower, half_s)
    distance_m = np.minimum(np.arange(len(limit), dtype=np.float64), route.length_m)
    limit[0] = limit[-1] = 0.0
    stops = _stops(route, len(limit) - 1)
    limit[list(stops)] = 0.0
    creep = style.creep_mps.value
    force_n, grip_n, held_n, air, mass_kg = _forces(scouting, vehicle)
    fastest = style.acceleration_mps2.value
    speed = accelerate(limit, distance_m, force_n, grip_n, held_n, air, mass_kg, creep, fastest)
    brake(speed, distance_m, grip_n, held_n, mass_kg, style.braking_mps2.value)
    return SpeedPlan.of(_over_time(speed, distance_m, stops, _smoothing(style)), route.length_m)


def _stops(route: Route, last: int) -> dict[int, float]:
    """How long the car stands at which station; what is too near to an end or to the stop before is one with it."""
    found: dict[int, float] = {}
    for stop in route.stops:
        station = round(stop.at_m)
        near = [place for place in (0, *found, last) if abs(place - station) < APART_M]
        place = near[0] if near else station
        found[place] = found.get(place, 0.0) + stop.duration_s
    return dict(sorted(found.items()))


def _forces(scouting: Scouting, vehicle: Vehicle) -> tuple[FloatArray, FloatArray, FloatArray, float, float]:
    """What pushes and what holds back: engine force over speed, grip and resistance in each metre, drag, mass."""
    resistance, grip = ground_table(vehicle.wheel_load_n("front"))
    mass_kg = vehicle.mass_kg.value
    grade = scouting.grade.astype(np.float64)
    held_n = resistance_n(vehicle, resistance[scouting.soil], grade, np.zeros(len(grade)))
    grip_n = grip[scouting.soil] * mass_kg * GRAVITY_MPS2
    force_n = highest_force_n(vehicle, np.arange(0.0, 100.0, FORCE_STEP_MPS))
    air = 0.5 * vehicle.air_density_kg_per_m3.value * vehicle.drag_area_m2.value
    return force_n, grip_n, held_n, air, mass_kg


def _smoothing(style: DriverStyle) -> int:
    """Points of the moving average over time that keeps the jerk: from full braking to full acceleration; odd."""
    change = style.acceleration_mps2.value + style.braking_mps2.value
    return int(np.ceil(change / style.jerk_mps3.value * PLAN_HZ)) | 1


def _over_time(speed_mps: FloatArray, distance_m: FloatArray, stops: dict[int, float], smoothing: int) -> FloatArray:
    """Speeds at times `PLAN_HZ` apart, averaged over ``smoothing`` of them; still at both ends and at stops."""
    steps_s = 2.0 * np.diff(distance_m) / (speed_mps[1:] + speed_mps[:-1])
    time_s = np.concatenate(([0.0], np.cumsum(steps_s)))
    for station, duration_s in reversed(stops.items()):
        held_s = duration_s + smoothing / PLAN_HZ
        time_s = np.concatenate((time_s[: station + 1], time_s[station:] + held_s))
        speed_mps = np.concatenate((speed_mps[: station + 1], speed_mps[station:]))
    grid_s = np.arange(0.0, time_s[-1] + 1.0 / PLAN_HZ, 1.0 / PLAN_HZ)
    speeds = np.interp(grid_s, time_s, speed_mps)
    half = smoothing // 2
    padded = np.concatenate((np.zeros(2 * half), speeds, np.zeros(2 * half)))
    return np.convolve(padded, np.full(smoothing, 1.0 / smoothing), mode="valid")
