"""What the ground does to a wheel: sinkage, rolling resistance and traction, after Bekker and Janosi-Hanamoto.

Soil values are those of Wong, *Theory of Ground Vehicles*, 4th ed. (2008), table 2.3, unless a soil says otherwise.
They are single-wheel values: a rear wheel in the front wheel's rut meets about 0.6 of the resistance (design value).
"""

import math
from dataclasses import dataclass
from typing import Literal

TYRE_WIDTH_M = 0.315  # 35-inch all-terrain tyre; general knowledge
TYRE_DIAMETER_M = 0.889
GROUND_PRESSURE_KPA = 122.0  # 90 kPa inflation (sand) and 32 kPa carcass stiffness; design value

SoilName = Literal[
    "dry_sand", "lete_sand", "sandy_loam", "michigan_loam", "rubicon_loam", "fesh_fesh", "gravel", "rock", "paved"
]


@dataclass(frozen=True, slots=True)
class Soil:
    """Ground that yields: Bekker pressure-sinkage and Janosi-Hanamoto shear values.

    Attributes:
        cohesive_modulus: k_c, kN/m^(n+1).
        frictional_modulus: k_phi, kN/m^(n+2).
        exponent: n of p = (k_c/b + k_phi) z^n.
        cohesion_kpa: c of tau = c + p tan(phi).
        friction_deg: phi.
        shear_m: K of the factor 1 - exp(-j/K).
        source: where the values are from.
    """

    cohesive_modulus: float
    frictional_modulus: float
    exponent: float
    cohesion_kpa: float
    friction_deg: float
    shear_m: float
    source: str

    @property
    def modulus(self) -> float:
        """k_c/b + k_phi under this tyre, kN/m^(n+2)."""
        return self.cohesive_modulus / TYRE_WIDTH_M + self.frictional_modulus


@dataclass(frozen=True, slots=True)
class RigidGround:
    """Ground that does not yield: a friction coefficient and a rolling-resistance ratio."""

    friction: float
    resistance: float
    source: str


_WONG = "Wong 2008"
_LOAM_11 = Soil(52.53, 1127.97, 0.9, 4.83, 20.0, 0.02, f"{_WONG}, sandy loam, Michigan, 11 % moisture")
_SOILS: dict[str, Soil | RigidGround] = {
    "dry_sand": Soil(0.99, 1528.43, 1.1, 1.04, 28.0, 0.025, f"{_WONG}, dry sand, Land Locomotion Laboratory"),
    "lete_sand": Soil(102.0, 5301.0, 0.79, 1.3, 31.1, 0.012, f"{_WONG}, LETE sand"),
    "sandy_loam": Soil(5.27, 1515.04, 0.7, 1.72, 29.0, 0.025, f"{_WONG}, sandy loam, 15 % moisture"),
    "michigan_loam": _LOAM_11,
    "rubicon_loam": Soil(6.9, 752.0, 0.66, 3.7, 29.8, 0.02, f"{_WONG}, Rubicon sandy loam"),
    "fesh_fesh": Soil(1.0, 150.0, 0.9, 0.3, 25.0, 0.03, "design value: silt dust, ten times softer than dry sand"),
    "gravel": RigidGround(0.65, 0.04, "general knowledge: friction 0.6-0.8, resistance 0.03-0.05"),
    "rock": RigidGround(0.75, 0.03, "general knowledge: friction 0.6-0.8, resistance 0.03-0.05"),
    "paved": RigidGround(0.9, 0.015, "general knowledge: dry setts"),
}


SOILS: tuple[str, ...] = tuple(_SOILS)
"""The names of all grounds; a place in it is what `Road.soil` carries."""


def ground(name: str) -> Soil | RigidGround:
    """The ground of a name; KeyError names the grounds there are."""
    if name not in _SOILS:
        raise KeyError(f"no soil {name!r}; there are {', '.join(_SOILS)}")
    return _SOILS[name]


def sinkage_m(name: str, wheel_load_n: float) -> float:
    """How deep a wheel sinks: as a rigid wheel or as a flexible tyre, whichever sinks less (Wong 2008, section 2.5)."""
    soil = ground(name)
    if isinstance(soil, RigidGround):
        return 0.0
    flexible_m = float((GROUND_PRESSURE_KPA / soil.modulus) ** (1.0 / soil.exponent))
    return min(_rigid_wheel_sinkage_m(soil, wheel_load_n), flexible_m)


def _rigid_wheel_sinkage_m(soil: Soil, wheel_load_n: float) -> float:
    load_kn = _checked_load(wheel_load_n) / 1000.0
    carried = (3.0 - soil.exponent) * TYRE_WIDTH_M * soil.modulus * math.sqrt(TYRE_DIAMETER_M)
    return float((3.0 * load_kn / carried) ** (2.0 / (2.0 * soil.exponent + 1.0)))


def resistance_ratio(name: str, wheel_load_n: float) -> float:
    """Motion resistance over wheel load. On soil it is the work of compaction, b k z^(n+1) / ((n+1) W)."""
    soil = ground(name)
    load_kn = _checked_load(wheel_load_n) / 1000.0
    if isinstance(soil, RigidGround):
        return soil.resistance
    depth_m = sinkage_m(name, wheel_load_n)
    raised = soil.exponent + 1.0
    return float(TYRE_WIDTH_M * soil.modulus * depth_m**raised / raised / load_kn)


def traction_ratio(name: str, wheel_load_n: float, slip: float = 0.2) -> float:
    """Gross tractive effort over wheel load at a slip (0 to 1); on rigid ground the friction coefficient.

    Janosi-Hanamoto shear integrated over a contact patch of even pressure (Wong 2008, section 2.5).
    """
    soil = ground(name)
    load_kn = _checked_load(wheel_load_n) / 1000.0
    if isinstance(soil, RigidGround):
        return soil.friction
    if not 0.0 < slip <= 1.0:
        raise ValueError(f"slip is {slip}, wanted more than 0 and at most 1")
    area_m2 = load_kn / GROUND_PRESSURE_KPA
    sheared = slip * area_m2 / TYRE_WIDTH_M / soil.shear_m
    strength_kn = soil.cohesion_kpa * area_m2 + load_kn * math.tan(math.radians(soil.friction_deg))
    return strength_kn * (1.0 - (1.0 - math.exp(-sheared)) / sheared) / load_kn


def drawbar_ratio(name: str, wheel_load_n: float, slip: float = 0.2) -> float:
    """What is left of traction after resistance, over wheel load: the grade that the ground still lets a car climb."""
    return traction_ratio(name, wheel_load_n, slip) - resistance_ratio(name, wheel_load_n)


def _checked_load(wheel_load_n: float) -> float:
    if not 0.0 < wheel_load_n < 1e6:
        raise ValueError(f"wheel_load_n is {wheel_load_n}, wanted more than 0 and less than 1e6")
    return wheel_load_n
