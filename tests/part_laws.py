"""Laws with round numbers, for tests of their arithmetic."""

from typing import Any

from rig.life.laws.schema import AgeingLaw, BasquinLaw, BearingLaw, EnergyLaw, JointLaw

SOURCED: dict[str, str] = {"source": "this test", "confidence": "design"}


def load(factor: float = 1.0, static: float = 0.0) -> dict[str, Any]:
    """A load as a file has it."""
    return {"factor": factor, "static": static, **SOURCED}


def cycles_law(factor: float = 1.0, static: float = 0.0, **more: Any) -> BasquinLaw:
    """Exponent 5, 2e6 cycles at range 100."""
    plain: dict[str, Any] = {"law": "basquin", "name": "cycles", "channel": "strut_force_n", "exponent": 5.0}
    plain |= {"reference_range": 100.0, "reference_cycles": 2.0e6, "gate": 0.0, "load": load(factor, static)}
    return BasquinLaw.model_validate(plain | SOURCED | more)


def energy(**more: Any) -> EnergyLaw:
    """1e6 cycles at 2 J, exponent 2, on 1e6 N/m; twice as fast each 10 K above 40 °C."""
    plain: dict[str, Any] = {"law": "energy", "name": "rubber", "channel": "strut_force_n", "exponent": 2.0}
    plain |= {"stiffness_n_per_m": 1.0e6, "reference_energy_j": 2.0, "reference_cycles": 1.0e6, "gate": 0.0}
    plain |= {"warmth": {"channel": "damper_temperature_degc", "reference_degc": 40.0, "doubling_k": 10.0}}
    return EnergyLaw.model_validate(plain | SOURCED | more)


def joint() -> JointLaw:
    """2e6 turns at 1 kN·m and no angle; 4° at rest, an arm of 0.45 m."""
    return JointLaw(
        law="joint", name="balls", torque_channel="halfshaft_torque_nm", speed_channel="shaft_speed_radps",
        travel_channel="strut_travel_m", exponent=3.0, reference_torque_nm=1000.0, reference_revolutions=2.0e6,
        static_deg=4.0, arm_m=0.45, angle_scale_deg=15.0, angle_exponent=1.5, source="this test", confidence="design",
    )  # fmt: skip


def bearing(static: float = 7000.0, **more: Any) -> BearingLaw:
    """C 65 kN and C_0 50 kN, radial load only, L10 in clean oil."""
    plain: dict[str, Any] = {"law": "bearing", "name": "races", "force_channel": "strut_force_n"}
    plain |= {"speed_channel": "shaft_speed_radps", "load": load(1.0, static), "axial_ratio": 0.0, "x": 1.0, "y": 0.0}
    plain |= {"x_0": 1.0, "y_0": 0.0, "dynamic_rating_n": 65e3, "static_rating_n": 50e3, "exponent": 3.0}
    return BearingLaw.model_validate(plain | {"a_1": 1.0, "a_iso": 1.0} | SOURCED | more)


def ageing() -> AgeingLaw:
    """100 h at 70 °C, 80 kJ/mol."""
    return AgeingLaw(
        law="ageing", name="oil", temperature_channel="damper_temperature_degc", life_h=100.0, reference_degc=70.0,
        activation_kj_per_mol=80.0, source="this test", confidence="design",
    )  # fmt: skip
