"""The car's values as the kernels take them: one corner, and one side of the car, in plain floats (SI)."""

from typing import NamedTuple

import numpy as np

from profiles.car.vehicle import AxleName, Vehicle
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
"""What `kernels.ride` writes, in rows. Deflection and strut force are from static ride height, compression positive;
the damper's power is that of one damper where there are two."""

HALF_OUTPUTS = (*(f"front_{name}" for name in OUTPUTS), *(f"rear_{name}" for name in OUTPUTS), "pitch_rad")
"""What `kernels.ride_half` writes, in rows. The body's acceleration is that above each axle; pitch is positive when
the nose is down (ISO 8855)."""

STATES = 5
"""Wheel and body: height and speed of each, from static ride height; then the damper's temperature."""

AMBIENT_DEGC = 25.0  # design value


class Corner(NamedTuple):
    """The values of one corner."""

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
    hydraulic_from_m: float
    hydraulic_per_m: float
    hydraulic_m: float
    dampers: float
    heat_j_per_k: float
    cooling_w_per_k: float
    ambient_degc: float
    fade_per_k: float


class HalfCar(NamedTuple):
    """The values of one side of the car: two corners, and how the body between them moves.

    A force of 1 N on the body above the front axle accelerates it there by ``front_per_kg``, and above the rear axle
    by ``across_per_kg``; where the radius of gyration squared is the product of the axles' distances from the centre
    of gravity, the latter is 0, and the corners do not feel each other (general knowledge).
    """

    front: Corner
    rear: Corner
    wheelbase_m: float
    front_per_kg: float
    across_per_kg: float
    rear_per_kg: float
    front_lift: float
    rear_lift: float


def corner_of(vehicle: Vehicle, axle: AxleName = "front", ambient_degc: float = AMBIENT_DEGC) -> Corner:
    """The kernel's values of a corner of an axle."""
    tyre, own = vehicle.tyre, vehicle.axle(axle)
    zone_m = own.hydraulic_bump_m.value
    return Corner(
        vehicle.sprung_corner_kg(axle),
        own.unsprung_corner_kg.value,
        vehicle.wheel_load_n(axle),
        tyre.stiffness_n_per_m.value,
        tyre.damping_ns_per_m.value,
        tyre.rim_strike_at_m.value,
        tyre.rim_stiffness_n_per_m.value,
        own.spring_n_per_m.value,
        own.bump_stop_at_m.value,
        own.bump_stop_n_per_m2.value,
        own.rebound_stop_at_m.value,
        own.rebound_stop_n_per_m2.value,
        own.compression_low_ns_per_m.value,
        own.compression_high_ns_per_m.value,
        own.rebound_low_ns_per_m.value,
        own.rebound_high_ns_per_m.value,
        own.knee_mps.value,
        own.bump_stop_at_m.value - zone_m,
        (own.hydraulic_bump_factor.value - 1.0) / zone_m if zone_m > 0.0 else 0.0,
        zone_m,
        float(own.dampers.value),
        own.heat.heat_j_per_k.value,
        own.heat.cooling_w_per_k.value,
        ambient_degc,
        own.heat.fade_per_k.value,
    )


def half_car_of(vehicle: Vehicle, ambient_degc: float = AMBIENT_DEGC) -> HalfCar:
    """The kernel's values of one side of the car."""
    return half_car(
        corner_of(vehicle, "front", ambient_degc),
        corner_of(vehicle, "rear", ambient_degc),
        vehicle.wheelbase_m.value,
        vehicle.pitch_radius_m.value,
        0.5 * vehicle.mass_kg.value * vehicle.centre_height_m.value,
    )


def half_car(
    front: Corner, rear: Corner, wheelbase_m: float, pitch_radius_m: float, moment_kgm: float = 0.0
) -> HalfCar:
    """One side of a car from its corners.

    Args:
        front, rear: the corners; their sprung masses say where the centre of gravity lies.
        wheelbase_m: between the axles.
        pitch_radius_m: radius of gyration in pitch of the sprung mass.
        moment_kgm: mass of the side times height of the centre of gravity: the pitching moment, nose up, of 1 m/s².
    """
    sprung_kg = front.sprung_kg + rear.sprung_kg
    to_front_m = wheelbase_m * rear.sprung_kg / sprung_kg
    to_rear_m = wheelbase_m - to_front_m
    inertia_kgm2 = sprung_kg * pitch_radius_m**2
    return HalfCar(
        front,
        rear,
        wheelbase_m,
        1.0 / sprung_kg + to_front_m**2 / inertia_kgm2,
        1.0 / sprung_kg - to_front_m * to_rear_m / inertia_kgm2,
        1.0 / sprung_kg + to_rear_m**2 / inertia_kgm2,
        moment_kgm * to_front_m / inertia_kgm2,
        moment_kgm * to_rear_m / inertia_kgm2,
    )


def at_rest(corner: Corner, height_m: float, start_degc: float | None = None) -> FloatArray:
    """The state of a corner that stands on the road at a height, float64[STATES]; its damper at ambient, or as told."""
    return np.array([height_m, 0.0, height_m, 0.0, corner.ambient_degc if start_degc is None else start_degc])


def half_at_rest(
    car: HalfCar, front_m: float, rear_m: float, start_degc: tuple[float, float] | None = None
) -> FloatArray:
    """The state of a side of the car that stands on the road, float64[2 * STATES]: the front corner's, the rear's."""
    front_degc, rear_degc = start_degc or (None, None)
    return np.concatenate((at_rest(car.front, front_m, front_degc), at_rest(car.rear, rear_m, rear_degc)))
