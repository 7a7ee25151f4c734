"""The car: what a vehicle file says, each value with its source. The corner is a front one."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles import catalogue
from profiles.schema import Strict, load

FOLDER = Path(__file__).parent / "library" / "vehicles"

GRAVITY_MPS2 = 9.80665  # standard gravity, exact by definition


class _Sourced(Strict):
    source: Annotated[str, Field(min_length=3)]


class Value(_Sourced):
    """A value that may not be negative, and where it is from."""

    value: Annotated[float, Field(ge=0)]


class Size(_Sourced):
    """A value above zero, and where it is from."""

    value: Annotated[float, Field(gt=0)]


class Share(_Sourced):
    """A part of a whole, and where it is from."""

    value: Annotated[float, Field(gt=0, le=1)]


class Degc(_Sourced):
    """A temperature, and where it is from."""

    value: Annotated[float, Field(ge=-60, le=200)]


class Tyre(Strict):
    """A linear tyre that can leave the ground, with the rim behind it."""

    stiffness_n_per_m: Size
    damping_ns_per_m: Value
    effective_radius_m: Size
    contact_length_m: Size
    rim_strike_at_m: Size
    rim_stiffness_n_per_m: Value


class Suspension(Strict):
    """Spring, stops and damper of a front corner, seen at the wheel."""

    spring_n_per_m: Size
    bump_stop_at_m: Size
    bump_stop_n_per_m2: Value
    rebound_stop_at_m: Size
    rebound_stop_n_per_m2: Value
    compression_low_ns_per_m: Size
    compression_high_ns_per_m: Size
    rebound_low_ns_per_m: Size
    rebound_high_ns_per_m: Size
    knee_mps: Size


class DamperHeat(Strict):
    """How the damper warms and how it fades: force times exp(-fade (T - 20 degC))."""

    heat_j_per_k: Size
    cooling_w_per_k: Size
    ambient_degc: Degc
    fade_per_k: Value


class Driveline(Strict):
    """From the engine to one half-shaft."""

    engine_power_w: Size
    efficiency: Share
    highest_shaft_torque_nm: Size
    overrun_torque_nm: Value
    wheel_inertia_kgm2: Size
    shaft_stiffness_nm_per_rad: Size
    flight_torque_share: Share
    rear_wheel_resistance: Share


class Driver(Strict):
    """How the car is driven: what the driver puts up with, and how hard he accelerates and brakes."""

    comfort_mps2: Size
    highest_strut_force_n: Size
    highest_bump_m: Size
    highest_rebound_m: Size
    highest_damper_speed_mps: Size
    acceleration_mps2: Size
    braking_mps2: Size
    creep_mps: Size
    top_speed_mps: Size
    smoothing_m: Size


class Vehicle(Strict):
    """A vehicle file."""

    kind: Literal["vehicle"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    mass_kg: Size
    sprung_corner_kg: Size
    unsprung_corner_kg: Size
    drag_area_m2: Size
    air_density_kg_per_m3: Size
    tyre: Tyre
    suspension: Suspension
    heat: DamperHeat
    driveline: Driveline
    driver: Driver

    @property
    def wheel_load_n(self) -> float:
        """The static load of the front wheel."""
        return (self.sprung_corner_kg.value + self.unsprung_corner_kg.value) * GRAVITY_MPS2


def load_vehicle(what: str) -> Vehicle:
    """The car of a file, or of a name in the library.

    Raises:
        InputError: there is no such file, or with all faults of it.
    """
    return load(catalogue.find(what, FOLDER, "vehicle"), Vehicle)
