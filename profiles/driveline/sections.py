"""The driveline in a vehicle file: from the engine to one half-shaft, each value with its source."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

from pydantic import Field

from profiles.schema import Misfit, Strict
from profiles.values import Share, Size, Sourced, Value

BOUNDS: dict[str, tuple[float, float]] = {
    "engine.highest_power_w": (1e4, 2e6),
    "engine.shift_down_rpm": (500.0, 10_000.0),
    "engine.shift_up_rpm": (1000.0, 15_000.0),
    "engine.inertia_kgm2": (0.01, 5.0),
    "engine.overrun_torque_nm": (0.0, 1000.0),
    "gearbox.final_ratio": (1.0, 10.0),
    "gearbox.low_range_ratio": (1.0, 6.0),
    "gearbox.low_range_below_mps": (0.0, 20.0),
    "gearbox.shift_s": (0.01, 2.0),
    "shaft.stiffness_nm_per_rad": (100.0, 1e6),
    "shaft.damping_nms_per_rad": (0.0, 1e3),
    "shaft.backlash_deg": (0.0, 5.0),
    "shaft.joint_static_deg": (0.0, 30.0),
    "shaft.joint_arm_m": (0.1, 2.0),
    "wheel.inertia_kgm2": (0.1, 100.0),
    "wheel.slip_at_grip": (0.02, 1.0),
    "flight.load_share": (0.0, 0.5),
    "flight.cut_s": (0.001, 1.0),
}
"""Between what any driveline lies, with a wide margin: beyond it is a slip of the pen (design values)."""

Positive = Annotated[float, Field(gt=0)]


class TorquePoint(Strict):
    """Full-load torque at an engine speed."""

    rpm: Positive
    torque_nm: Positive


class TorqueCurve(Sourced):
    """Full-load torque over engine speed, straight between the points."""

    points: Annotated[tuple[TorquePoint, ...], Field(min_length=2, max_length=40)]


class Ratios(Sourced):
    """Gear ratios, the first gear first."""

    values: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=12)]


class Engine(Strict):
    """Full-load torque, the power that a restrictor leaves, and what it holds back on the overrun."""

    torque: TorqueCurve
    highest_power_w: Size
    shift_down_rpm: Size
    shift_up_rpm: Size
    overrun_torque_nm: Value
    inertia_kgm2: Size


class Gearbox(Strict):
    """Gears, the transfer box with its low range, the final drive; a shift is a hole in the torque."""

    gears: Ratios
    final_ratio: Size
    low_range_ratio: Size
    low_range_below_mps: Value
    efficiency: Share
    shift_s: Size
    shift_ripple: Share


class Shaft(Strict):
    """One half-shaft with its joints."""

    stiffness_nm_per_rad: Size
    damping_nms_per_rad: Value
    backlash_deg: Value
    joint_static_deg: Value
    joint_arm_m: Size


class WheelSlip(Strict):
    """What the wheel does between shaft and ground."""

    inertia_kgm2: Size
    slip_at_grip: Size
    rear_resistance_share: Share


class FlightCut(Strict):
    """The engine's torque is cut while both axles carry less than a share of their load."""

    load_share: Value
    cut_s: Size


class DrivelineSection(Strict):
    """From the engine to one half-shaft; four wheels share the torque evenly (locked differentials)."""

    engine: Engine
    gearbox: Gearbox
    shaft: Shaft
    wheel: WheelSlip
    flight: FlightCut

    def misfits(self) -> Iterator[Misfit]:
        """Values that no driveline has, or that do not go together; places are from the section."""
        for key, (lowest, highest) in BOUNDS.items():
            part, name = key.split(".")
            if not lowest <= getattr(getattr(self, part), name).value <= highest:
                yield Misfit((part, name, "value"), f"{lowest:g} to {highest:g}")
        for index, (one, two) in enumerate(pairwise(self.engine.torque.points)):
            if not one.rpm < two.rpm:
                yield Misfit(("engine", "torque", "points", index + 1, "rpm"), "more than that of the point before")
        for index, (lower, higher) in enumerate(pairwise(self.gearbox.gears.values)):
            if not lower > higher:
                yield Misfit(("gearbox", "gears", "values", index + 1), "a smaller ratio than that of the gear before")
        if not self.engine.shift_down_rpm.value < self.engine.shift_up_rpm.value:
            yield Misfit(("engine", "shift_down_rpm", "value"), "less than shift_up_rpm")
