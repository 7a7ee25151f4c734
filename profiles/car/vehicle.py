"""The car: what a vehicle file says, each value with its source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles import catalogue
from profiles.driveline.sections import DrivelineSection
from profiles.schema import Misfit, Strict, load
from profiles.values import Share, Size, Sourced, Value

FOLDER = Path(__file__).parent.parent / "library" / "vehicles"

GRAVITY_MPS2 = 9.80665  # standard gravity, exact by definition

AxleName = Literal["front", "rear"]
AXLES: tuple[AxleName, AxleName] = ("front", "rear")

_AXLE_BOUNDS: dict[str, tuple[float, float]] = {
    "unsprung_corner_kg": (10.0, 500.0),
    "spring_n_per_m": (5e3, 5e5),
    "bump_stop_at_m": (0.02, 1.0),
    "bump_stop_n_per_m2": (0.0, 1e8),
    "rebound_stop_at_m": (0.02, 1.0),
    "rebound_stop_n_per_m2": (0.0, 1e8),
    "compression_low_ns_per_m": (100.0, 1e5),
    "compression_high_ns_per_m": (100.0, 1e5),
    "rebound_low_ns_per_m": (100.0, 1e5),
    "rebound_high_ns_per_m": (100.0, 1e5),
    "knee_mps": (0.01, 5.0),
    "hydraulic_bump_m": (0.0, 0.5),
    "hydraulic_bump_factor": (1.0, 10.0),
    "heat.heat_j_per_k": (100.0, 1e6),
    "heat.cooling_w_per_k": (0.1, 1e4),
    "heat.fade_per_k": (0.0, 0.02),
}

BOUNDS: dict[str, tuple[float, float]] = {
    "mass_kg": (500.0, 20_000.0),
    "front_axle_share": (0.3, 0.7),
    "wheelbase_m": (1.5, 6.0),
    "track_m": (0.8, 3.0),
    "pitch_radius_m": (0.5, 3.0),
    "centre_height_m": (0.2, 2.0),
    "drag_area_m2": (0.1, 20.0),
    "air_density_kg_per_m3": (0.5, 2.0),
    "tyre.stiffness_n_per_m": (5e4, 2e6),
    "tyre.damping_ns_per_m": (0.0, 5e3),
    "tyre.effective_radius_m": (0.2, 1.5),
    "tyre.contact_length_m": (0.02, 1.0),
    "tyre.rim_strike_at_m": (0.01, 0.5),
    "tyre.rim_stiffness_n_per_m": (0.0, 1e7),
    "tyre.rear_ripple_share": (0.1, 1.0),
    **{f"{axle}.{key}": bounds for axle in AXLES for key, bounds in _AXLE_BOUNDS.items()},
}
"""Between what any car on wheels lies, with a wide margin: beyond it is a slip of the pen (design values)."""


class Tyre(Strict):
    """A linear tyre that can leave the ground, with the rim behind it; all four wheels have the same."""

    stiffness_n_per_m: Size
    damping_ns_per_m: Value
    effective_radius_m: Size
    contact_length_m: Size
    rim_strike_at_m: Size
    rim_stiffness_n_per_m: Value
    rear_ripple_share: Share


class DamperHeat(Strict):
    """How one damper warms and how it fades: force times exp(-fade (T - 20 degC)).

    The exponential holds for warm oil (Dixon, The Shock Absorber Handbook); a frozen damper is stiffer than it says
    (Hryciow, Appl. Sci. 12:12765: 2.5 times at -30 degC, where this gives 1.1).
    """

    heat_j_per_k: Size
    cooling_w_per_k: Size
    fade_per_k: Value


class Dampers(Sourced):
    """How many dampers stand side by side at one wheel, and where that is from."""

    value: Annotated[int, Field(ge=1, le=2)]


class Axle(Strict):
    """Spring, stops and dampers of one corner of an axle, seen at the wheel; stops from static ride height.

    The damping coefficients are those of all dampers of the corner together, ``heat`` is that of one of them.
    Over the last ``hydraulic_bump_m`` before the bump stop, compression damping rises in proportion to the depth up to
    ``hydraulic_bump_factor`` times itself.
    """

    unsprung_corner_kg: Size
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
    hydraulic_bump_m: Value
    hydraulic_bump_factor: Size
    dampers: Dampers
    heat: DamperHeat


class Vehicle(Strict):
    """A vehicle file."""

    kind: Literal["vehicle"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    mass_kg: Size
    front_axle_share: Share
    wheelbase_m: Size
    track_m: Size
    pitch_radius_m: Size
    centre_height_m: Size
    drag_area_m2: Size
    air_density_kg_per_m3: Size
    tyre: Tyre
    front: Axle
    rear: Axle
    driveline: DrivelineSection

    def misfits(self) -> Iterator[Misfit]:
        """Values that no car has, and values that do not go together."""
        for key, (lowest, highest) in BOUNDS.items():
            found: object = self
            for step in key.split("."):
                found = getattr(found, step)
            if isinstance(found, Value | Size | Share) and not lowest <= found.value <= highest:
                yield Misfit((*key.split("."), "value"), f"{lowest:g} to {highest:g}")
        for name in AXLES:
            axle = self.axle(name)
            if not self.sprung_corner_kg(name) > 0:
                load_kg = self.sprung_corner_kg(name) + axle.unsprung_corner_kg.value
                yield Misfit((name, "unsprung_corner_kg", "value"), f"less than the {load_kg:g} kg on the wheel")
            if not axle.hydraulic_bump_m.value < axle.bump_stop_at_m.value:
                yield Misfit((name, "hydraulic_bump_m", "value"), "less than bump_stop_at_m")
        for misfit in self.driveline.misfits():
            yield Misfit(("driveline", *misfit.where), misfit.allowed)

    def axle(self, name: AxleName) -> Axle:
        """The axle of a name."""
        return self.front if name == "front" else self.rear

    def sprung_corner_kg(self, axle: AxleName) -> float:
        """The part of the body that one corner of an axle carries."""
        share = self.front_axle_share.value if axle == "front" else 1.0 - self.front_axle_share.value
        return 0.5 * self.mass_kg.value * share - self.axle(axle).unsprung_corner_kg.value

    def wheel_load_n(self, axle: AxleName) -> float:
        """The static load of one wheel of an axle."""
        return (self.sprung_corner_kg(axle) + self.axle(axle).unsprung_corner_kg.value) * GRAVITY_MPS2


def load_vehicle(what: str) -> Vehicle:
    """The car of a file, or of a name in the library.

    Raises:
        InputError: there is no such file, or with all faults of it.
    """
    return load(catalogue.find(what, FOLDER, "vehicle"), Vehicle)
