"""The driver: speed over distance, from what the road, the ground, the engine and the segment's cap allow."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from profiles.car.vehicle import GRAVITY_MPS2, Vehicle
from profiles.driveline.shaft import Ground, grounds_of, resistance_n
from profiles.driver.reconnaissance import Scouting, scout
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.signal import FloatArray, Road

AHEAD_M, BEHIND_M = 10, 3  # a limit holds from before its place, where the obstacle that causes it begins, to after it


@dataclass(frozen=True, slots=True)
class Motion:
    """Where the car is at given times: float64[n] of distance, speed and acceleration."""

    distance_m: FloatArray
    speed_mps: FloatArray
    acceleration_mps2: FloatArray


@dataclass(frozen=True, slots=True)
class SpeedPlan:
    """Speed at stations along the road, a metre apart; between them the acceleration is constant.

    Attributes:
        distance_m, speed_mps, time_s: float64[stations].
    """

    distance_m: FloatArray
    speed_mps: FloatArray
    time_s: FloatArray

    @classmethod
    def of(cls, distance_m: FloatArray, speed_mps: FloatArray) -> "SpeedPlan":
        """The plan of a speed, above zero, at each distance."""
        steps_s = 2.0 * np.diff(distance_m) / (speed_mps[1:] + speed_mps[:-1])
        return cls(distance_m, speed_mps, np.concatenate(([0.0], np.cumsum(steps_s))))

    @property
    def duration_s(self) -> float:
        """The time from the first station to the last."""
        return float(self.time_s[-1])

    @property
    def length_m(self) -> float:
        """The distance of the last station."""
        return float(self.distance_m[-1])

    def samples(self, rate_hz: float) -> int:
        """The number of samples that the drive takes at a rate."""
        return int(np.ceil(self.duration_s * rate_hz))

    def at(self, time_s: FloatArray) -> Motion:
        """The car's motion at times from the start; before and after the drive it stays at the ends."""
        time_s = np.clip(time_s, 0.0, self.time_s[-1])
        k = np.clip(np.searchsorted(self.time_s, time_s, side="right") - 1, 0, len(self.time_s) - 2)
        since = time_s - self.time_s[k]
        v0, v1 = self.speed_mps[k], self.speed_mps[k + 1]
        acceleration = (v1 - v0) / (self.time_s[k + 1] - self.time_s[k])
        distance = self.distance_m[k] + since * (v0 + 0.5 * acceleration * since)
        return Motion(np.clip(distance, 0.0, self.distance_m[-1]), v0 + acceleration * since, acceleration)


@lru_cache(maxsize=4)
def plan_speed(route: Route, vehicle: Vehicle) -> SpeedPlan:
    """How fast the car is driven over a route. The last few plans are remembered.

    Raises:
        InputError: a measured road in it cannot be used.
    """
    return plan_over(iter_road(route, vehicle.track_m.value), grounds_of(route, vehicle), vehicle, route.length_m)


def plan_over(roads: Iterable[Road], grounds: tuple[Ground, ...], vehicle: Vehicle, length_m: float) -> SpeedPlan:
    """How fast the car is driven over a road: the least of what comfort, obstacles and caps allow, as far as brakes,
    engine and grip can follow it, from creep speed at the start to creep speed at the end.

    Where the engine is too weak or the ground too soft for the grade, the car lives off its momentum down to creep
    speed, which it always keeps.
    """
    scouting = scout(roads, vehicle, length_m)
    distance_m = np.minimum(np.arange(len(scouting.limit_mps) + 1, dtype=np.float64), length_m)
    smoothing = round(vehicle.driver.smoothing_m.value) | 1
    limit = _at_stations(_limits(scouting, grounds, vehicle), smoothing // 2)
    limit[0] = limit[-1] = vehicle.driver.creep_mps.value
    speed = _brake(_accelerate(limit, distance_m, scouting, grounds, vehicle), distance_m, vehicle)
    return SpeedPlan.of(distance_m, np.sqrt(_mean_around(speed**2, smoothing)))


def _limits(scouting: Scouting, grounds: tuple[Ground, ...], vehicle: Vehicle) -> FloatArray:
    """What is allowed in each metre, float64[metres]."""
    caps = np.array([ground.speed_cap_mps for ground in grounds])[scouting.segment]
    felt = _least_around(scouting.limit_mps, BEHIND_M, AHEAD_M)
    driver = vehicle.driver
    return np.asarray(np.clip(np.minimum(felt, caps), driver.creep_mps.value, driver.top_speed_mps.value))


def _at_stations(metres: FloatArray, margin: int) -> FloatArray:
    """Limits at stations between metres, low enough that smoothing over the margin on both sides exceeds none."""
    padded = np.concatenate((metres[:1], metres, metres[-1:]))
    return _least_around(np.minimum(padded[:-1], padded[1:]), margin, margin)


def _least_around(values: FloatArray, behind: int, ahead: int) -> FloatArray:
    padded = np.concatenate((np.full(behind, values[0]), values, np.full(ahead, values[-1])))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, behind + 1 + ahead).min(axis=1))


def _mean_around(values: FloatArray, length: int) -> FloatArray:
    half = length // 2
    padded = np.concatenate((np.full(half, values[0]), values, np.full(half, values[-1])))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, length).mean(axis=1))


def _accelerate(
    limit: FloatArray, distance_m: FloatArray, scouting: Scouting, grounds: tuple[Ground, ...], vehicle: Vehicle
) -> FloatArray:
    """The limit, as far as the car gets up to it: by the driver's acceleration, the engine's power and the grip."""
    driver, mass_kg = vehicle.driver, vehicle.mass_kg.value
    at_wheels_w = vehicle.driveline.engine_power_w.value * vehicle.driveline.efficiency.value
    resistance = np.array([ground.resistance for ground in grounds])[scouting.segment]
    grip_n = np.array([ground.grip for ground in grounds])[scouting.segment] * mass_kg * GRAVITY_MPS2
    at_rest_n = resistance_n(vehicle, resistance, scouting.grade, np.zeros(len(resistance)))
    air = 0.5 * vehicle.air_density_kg_per_m3.value * vehicle.drag_area_m2.value
    creep, fastest = driver.creep_mps.value, driver.acceleration_mps2.value
    speeds = [float(limit[0])]
    for wanted, ds, grip, needed in zip(limit[1:], np.diff(distance_m), grip_n, at_rest_n, strict=True):
        v = speeds[-1]
        spare = (min(at_wheels_w / v, grip) - needed - air * v * v) / mass_kg
        reached = max(v * v + 2.0 * min(fastest, spare) * ds, creep * creep) ** 0.5
        speeds.append(min(float(wanted), float(reached)))
    return np.array(speeds)


def _brake(speed_mps: FloatArray, distance_m: FloatArray, vehicle: Vehicle) -> FloatArray:
    """The speed, lowered where the driver must brake for what comes."""
    twice = 2.0 * vehicle.driver.braking_mps2.value
    squares = speed_mps**2
    for k in range(len(squares) - 2, -1, -1):
        squares[k] = min(squares[k], squares[k + 1] + twice * (distance_m[k + 1] - distance_m[k]))
    return np.asarray(np.sqrt(squares))
