"""What an actuator is to the preparation of drives: how it answers, and what it can do."""

from dataclasses import dataclass

PAN, TORQUE, SPEED = "pan_displacement_m", "halfshaft_torque_nm", "shaft_speed_radps"
AXES = (PAN, TORQUE, SPEED)
"""The axes that a drive can be made for."""


@dataclass(frozen=True, slots=True)
class Actuator:
    """How an actuator answers (second order after a dead time), and what it can do; units as in the axis' name."""

    name: str
    natural_frequency_hz: float
    damping_ratio: float
    delay_s: float
    lowest: float
    highest: float
    rate_per_s: float
    acceleration_per_s2: float | None = None
    force_n: float | None = None
