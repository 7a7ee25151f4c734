"""The driveline in a vehicle file: from the engine to one half-shaft, each value with its source."""

from collections.abc import Iterator

from profiles.schema import Misfit, Strict
from profiles.values import Share, Size, Value

BOUNDS: dict[str, tuple[float, float]] = {
    "engine_power_w": (1e4, 2e6),
    "highest_shaft_torque_nm": (100.0, 1e5),
    "overrun_torque_nm": (0.0, 1e5),
    "wheel_inertia_kgm2": (0.1, 100.0),
    "shaft_stiffness_nm_per_rad": (100.0, 1e6),
}
"""Between what any driveline lies, with a wide margin: beyond it is a slip of the pen (design values)."""


class DrivelineSection(Strict):
    """From the engine to one half-shaft."""

    engine_power_w: Size
    efficiency: Share
    highest_shaft_torque_nm: Size
    overrun_torque_nm: Value
    wheel_inertia_kgm2: Size
    shaft_stiffness_nm_per_rad: Size
    flight_torque_share: Share
    rear_wheel_resistance: Share

    def misfits(self) -> Iterator[Misfit]:
        """Values that no driveline has; places are from the section. The vehicle's own misfits pass them on."""
        for key, (lowest, highest) in BOUNDS.items():
            found: Size | Value = getattr(self, key)
            if not lowest <= found.value <= highest:
                yield Misfit((key, "value"), f"{lowest:g} to {highest:g}")
