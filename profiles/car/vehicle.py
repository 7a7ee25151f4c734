"""The car: what a vehicle file says, each value with its source. The corner is a front one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles import catalogue
from profiles.schema import Misfit, Strict, load

FOLDER = Path(__file__).parent.parent / "library" / "vehicles"

GRAVITY_MPS2 = 9.80665  # standard gravity, exact by definition


BOUNDS: dict[str, tuple[float, float]] = {
    "mass_kg": (500.0, 20_000.0),
    "sprung_corner_kg": (50.0, 5_000.0),
    "unsprung_corner_kg": (10.0, 500.0),
    "track_m": (0.8, 3.0),
    "drag_area_m2": (0.1, 20.0),
    "air_density_kg_per_m3": (0.5, 2.0),
    "tyre.stiffness_n_per_m": (5e4, 2e6),
    "tyre.damping_ns_per_m": (0.0, 5e3),
    "tyre.effective_radius_m": (0.2, 1.5),
    "tyre.contact_length_m": (0.02, 1.0),
    "tyre.rim_strike_at_m": (0.01, 0.5),
    "tyre.rim_stiffness_n_per_m": (0.0, 1e7),
    "suspension.spring_n_per_m": (5e3, 5e5),
    "suspension.bump_stop_at_m": (0.02, 1.0),
    "suspension.bump_stop_n_per_m2": (0.0, 1e8),
    "suspension.rebound_stop_at_m": (0.02, 1.0),
    "suspension.rebound_stop_n_per_m2": (0.0, 1e8),
    "suspension.compression_low_ns_per_m": (100.0, 1e5),
    "suspension.compression_high_ns_per_m": (100.0, 1e5),
    "suspension.rebound_low_ns_per_m": (100.0, 1e5),
    "suspension.rebound_high_ns_per_m": (100.0, 1e5),
    "suspension.knee_mps": (0.01, 5.0),
    "heat.heat_j_per_k": (100.0, 1e6),
    "heat.cooling_w_per_k": (0.1, 1e4),
    "heat.fade_per_k": (0.0, 0.02),
    "driveline.engine_power_w": (1e4, 2e6),
    "driveline.highest_shaft_torque_nm": (100.0, 1e5),
    "driveline.overrun_torque_nm": (0.0, 1e5),
    "driveline.wheel_inertia_kgm2": (0.1, 100.0),
    "driveline.shaft_stiffness_nm_per_rad": (100.0, 1e6),
    "driver.comfort_mps2": (0.1, 50.0),
    "driver.highest_strut_force_n": (1e3, 1e6),
    "driver.highest_bump_m": (0.01, 1.0),
    "driver.highest_rebound_m": (0.01, 1.0),
    "driver.highest_damper_speed_mps": (0.1, 20.0),
    "driver.acceleration_mps2": (0.1, 20.0),
    "driver.braking_mps2": (0.1, 20.0),
    "driver.creep_mps": (0.5, 10.0),
    "driver.top_speed_mps": (5.0, 100.0),
    "driver.smoothing_m": (0.5, 100.0),
}
"""Between what any car on wheels lies, with a wide margin: beyond it is a slip of the pen (design values)."""


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
    track_m: Size
    drag_area_m2: Size
    air_density_kg_per_m3: Size
    tyre: Tyre
    suspension: Suspension
    heat: DamperHeat
    driveline: Driveline
    driver: Driver

    def misfits(self) -> Iterator[Misfit]:
        """Values that no car has."""
        for key, (lowest, highest) in BOUNDS.items():
            found: object = self
            for step in key.split("."):
                found = getattr(found, step)
            if isinstance(found, Value | Size) and not lowest <= found.value <= highest:
                yield Misfit((*key.split("."), "value"), f"{lowest:g} to {highest:g}")
        if not self.driver.creep_mps.value < self.driver.top_speed_mps.value:
            yield Misfit(("driver", "creep_mps", "value"), "less than top_speed_mps")

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
