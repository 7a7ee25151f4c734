"""From the road to one half-shaft: what the car needs to move, what the ground lets the wheel take, slip, landing."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from profiles.car.vehicle import GRAVITY_MPS2, Vehicle
from profiles.road import soil
from profiles.road.route import Route
from profiles.signal import FloatArray, Signal


@dataclass(frozen=True, slots=True)
class Ground:
    """What a segment is to the car.

    Attributes:
        resistance: motion resistance of a first wheel over its load.
        grip: greatest tangential force of a wheel over its load.
        speed_cap_mps: not to be driven faster; infinite where there is no cap.
    """

    resistance: float
    grip: float
    speed_cap_mps: float = math.inf


def grounds_of(route: Route, vehicle: Vehicle) -> tuple[Ground, ...]:
    """The ground of each stretch of a route, by the index that `Road.segment` has there."""
    load_n = vehicle.wheel_load_n
    return tuple(
        Ground(
            soil.resistance_ratio(stretch.segment.soil, load_n),
            soil.traction_ratio(stretch.segment.soil, load_n),
            stretch.segment.speed_cap_mps or math.inf,
        )
        for stretch in route.stretches
    )


def resistance_n(vehicle: Vehicle, resistance: FloatArray, grade: FloatArray, speed_mps: FloatArray) -> FloatArray:
    """Force that the whole car needs at constant speed: ground, grade (rise over run) and air, float64[n].

    The rear wheels run in the ruts of the front wheels and meet less resistance.
    """
    cosine = 1.0 / np.sqrt(1.0 + grade**2)
    weight_n = vehicle.mass_kg.value * GRAVITY_MPS2
    rolling = 0.5 * (1.0 + vehicle.driveline.rear_wheel_resistance.value) * resistance
    air_n = 0.5 * vehicle.air_density_kg_per_m3.value * vehicle.drag_area_m2.value * speed_mps**2
    return np.asarray(weight_n * cosine * (rolling + grade) + air_n)


@njit(cache=True)
def _slip(demand_nm, grip_nm, inertia, stiffness, cut, dt_s, state, torque_nm, over_radps):  # type: ignore[no-untyped-def]
    """Torque that the ground gives back, and the wheel's over-speed.

    A wheel that turns too fast when it grips winds its shaft up by Δω √(k J), as far as the grip allows, and is slowed
    by the excess; beyond the grip the wheel gains speed with what the ground does not take (less the torque cut).
    """
    over = state[0]
    wind_up = math.sqrt(stiffness * inertia)
    for i in range(demand_nm.size):
        wanted = demand_nm[i] + over * wind_up
        torque = min(max(wanted, -grip_nm[i]), grip_nm[i])
        torque_nm[i], over_radps[i] = torque, over
        share = cut if abs(demand_nm[i]) > grip_nm[i] else 1.0
        over += dt_s * share * (demand_nm[i] - torque) / inertia
    state[0] = over


class Driveline:
    """The front left half-shaft over a response: torque and speed; the wheel's slip goes on from block to block."""

    def __init__(self, vehicle: Vehicle, grounds: tuple[Ground, ...]) -> None:
        self._vehicle = vehicle
        self._resistance = np.array([ground.resistance for ground in grounds])
        self._grip = np.array([ground.grip for ground in grounds])
        self._over_speed = np.zeros(1)

    def consume(self, response: Signal) -> tuple[FloatArray, FloatArray]:
        """Half-shaft torque (N·m) and speed (rad/s) for the next block of a response, float64[samples] each."""
        segment: NDArray[np.int64] = response["segment"].astype(np.int64)
        driveline, radius_m = self._vehicle.driveline, self._vehicle.tyre.effective_radius_m.value
        demand_nm = self._demand_nm(response, self._resistance[segment])
        grip_nm = self._grip[segment] * response["tyre_force_n"] * radius_m
        torque_nm, over_radps = np.empty(response.samples), np.empty(response.samples)
        _slip(
            demand_nm, grip_nm, driveline.wheel_inertia_kgm2.value, driveline.shaft_stiffness_nm_per_rad.value,
            driveline.flight_torque_share.value, 1.0 / response.rate_hz, self._over_speed, torque_nm, over_radps,
        )  # fmt: skip
        return torque_nm, response["speed_mps"] / radius_m + over_radps

    def _demand_nm(self, response: Signal, resistance: FloatArray) -> FloatArray:
        """A quarter of what the car needs, and the wheel's own inertia; within what engine and engine brake give.

        Harder braking than the engine's is done by the brakes at the wheel, which the half-shaft does not feel.
        """
        vehicle, driveline = self._vehicle, self._vehicle.driveline
        acceleration = response["acceleration_mps2"]
        force_n = resistance_n(vehicle, resistance, response["grade"], response["speed_mps"])
        force_n = force_n + vehicle.mass_kg.value * acceleration
        radius_m = vehicle.tyre.effective_radius_m.value
        torque_nm = 0.25 * radius_m * force_n + driveline.wheel_inertia_kgm2.value * acceleration / radius_m
        lowest, highest = -driveline.overrun_torque_nm.value, driveline.highest_shaft_torque_nm.value
        return np.asarray(np.clip(torque_nm, lowest, highest))
