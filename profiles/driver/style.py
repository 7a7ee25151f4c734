"""How a person drives: what a driver file says, each value with its source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from profiles import catalogue
from profiles.schema import Misfit, Strict, load
from profiles.values import Size

FOLDER = Path(__file__).parent.parent / "library" / "drivers"

BOUNDS: dict[str, tuple[float, float]] = {
    "comfort_mps2": (0.1, 50.0),
    "highest_strut_force_n": (1e3, 1e6),
    "bump_margin_m": (1e-4, 0.2),
    "rebound_margin_m": (1e-4, 0.2),
    "highest_damper_speed_mps": (0.1, 20.0),
    "acceleration_mps2": (0.1, 20.0),
    "braking_mps2": (0.1, 20.0),
    "lateral_mps2": (0.1, 20.0),
    "jerk_mps3": (0.5, 200.0),
    "danger_1_mps": (1.0, 100.0),
    "danger_2_mps": (1.0, 100.0),
    "danger_3_mps": (1.0, 100.0),
    "creep_mps": (0.5, 10.0),
    "top_speed_mps": (5.0, 100.0),
}
"""Between what any person drives, with a wide margin: beyond it is a slip of the pen (design values)."""


class DriverStyle(Strict):
    """A driver file.

    Attributes:
        comfort_mps2: RMS of the body's acceleration that he puts up with for long.
        highest_strut_force_n, highest_damper_speed_mps: above which he slows for an obstacle.
        bump_margin_m, rebound_margin_m: suspension travel that he keeps from the stops.
        acceleration_mps2, braking_mps2, lateral_mps2, jerk_mps3: how hard he drives, and how smoothly.
        danger_1_mps to danger_3_mps: at the dangers of a roadbook.
        creep_mps: he always keeps moving so fast, except where he stops.
    """

    kind: Literal["driver_style"]
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str
    comfort_mps2: Size
    highest_strut_force_n: Size
    bump_margin_m: Size
    rebound_margin_m: Size
    highest_damper_speed_mps: Size
    acceleration_mps2: Size
    braking_mps2: Size
    lateral_mps2: Size
    jerk_mps3: Size
    danger_1_mps: Size
    danger_2_mps: Size
    danger_3_mps: Size
    creep_mps: Size
    top_speed_mps: Size

    def misfits(self) -> Iterator[Misfit]:
        """Values that nobody drives by, or that contradict each other."""
        for key, (lowest, highest) in BOUNDS.items():
            if not lowest <= getattr(self, key).value <= highest:
                yield Misfit((key, "value"), f"{lowest:g} to {highest:g}")
        if not self.creep_mps.value < self.top_speed_mps.value:
            yield Misfit(("creep_mps", "value"), "less than top_speed_mps")
        if not self.danger_1_mps.value >= self.danger_2_mps.value >= self.danger_3_mps.value:
            yield Misfit(("danger_2_mps", "value"), "between danger_3_mps and danger_1_mps")

    def danger_mps(self, level: int) -> float:
        """The speed at a danger of a level from 1 to 3."""
        return float(getattr(self, f"danger_{level}_mps").value)


def load_style(what: str) -> DriverStyle:
    """The driver of a file, or of a name in the library.

    Raises:
        InputError: there is no such file, or with all faults of it.
    """
    return load(catalogue.find(what, FOLDER, "driver style"), DriverStyle)
