"""From the road to one half-shaft: what the car needs to move, what the ground lets the wheel take, slip, landing."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from profiles.car.vehicle import GRAVITY_MPS2, Vehicle
from profiles.driveline.engine import engine_torque_nm, ratios
from profiles.driveline.kernels import STATES, Drivetrain, turn
from profiles.road import soil
from profiles.road.soil import SOILS
from profiles.signal import FloatArray, Signal

Corner = Literal["front_left", "front_right", "rear_left", "rear_right"]

RPM_STEP = 50.0
"""Between the points of the torque curve as the kernel has it."""


@dataclass(frozen=True, slots=True)
class Shaft:
    """A half-shaft over a block, float64[samples] each: torque (driving positive), speed of its wheel, angle of its
    outer joint, and the gear (low range from -1 downwards: -1 is low first).
    """

    torque_nm: FloatArray
    speed_radps: FloatArray
    joint_angle_rad: FloatArray
    gear: FloatArray


@lru_cache(maxsize=16)
def ground_table(load_n: float) -> tuple[FloatArray, FloatArray]:
    """Motion resistance and greatest tangential force of a wheel over its load, float64[len(SOILS)] each.

    Indexed by what `Road.soil` carries, for a wheel of a static load.
    """
    resistance = np.array([soil.resistance_ratio(name, load_n) for name in SOILS])
    grip = np.array([soil.traction_ratio(name, load_n) for name in SOILS])
    return resistance, grip


def resistance_n(vehicle: Vehicle, resistance: FloatArray, grade: FloatArray, speed_mps: FloatArray) -> FloatArray:
    """Force that the whole car needs at constant speed: ground, grade (rise over run) and air, float64[n].

    The rear wheels run in the ruts of the front wheels and meet less resistance.
    """
    cosine = 1.0 / np.sqrt(1.0 + grade**2)
    weight_n = vehicle.mass_kg.value * GRAVITY_MPS2
    rolling = 0.5 * (1.0 + vehicle.driveline.wheel.rear_resistance_share.value) * resistance
    air_n = 0.5 * vehicle.air_density_kg_per_m3.value * vehicle.drag_area_m2.value * speed_mps**2
    return np.asarray(weight_n * cosine * (rolling + grade) + air_n)


def drivetrain_of(vehicle: Vehicle, axle: str) -> Drivetrain:
    """The kernel's values of a wheel of an axle."""
    line = vehicle.driveline
    rear = line.wheel.rear_resistance_share.value
    own = 1.0 if axle == "front" else rear
    radius_m = vehicle.tyre.effective_radius_m.value
    return Drivetrain(
        radius_m=radius_m,
        inertia_kgm2=line.wheel.inertia_kgm2.value,
        engine_kgm2=line.engine.inertia_kgm2.value,
        stiffness=line.shaft.stiffness_nm_per_rad.value,
        damping=line.shaft.damping_nms_per_rad.value,
        gap_rad=math.radians(line.shaft.backlash_deg.value),
        slip_at_grip=line.wheel.slip_at_grip.value,
        efficiency=line.gearbox.efficiency.value,
        overrun_nm=line.engine.overrun_torque_nm.value,
        shift_s=line.gearbox.shift_s.value,
        ripple=line.gearbox.shift_ripple.value,
        slow_radps=line.engine.shift_down_rpm.value * math.pi / 30.0,
        fast_radps=line.engine.shift_up_rpm.value * math.pi / 30.0,
        low_below_mps=line.gearbox.low_range_below_mps.value,
        rpm_step_radps=RPM_STEP * math.pi / 30.0,
        rolling_share=own,
        mean_rolling_share=(2.0 * (1.0 + rear) - own) / 3.0,
        flight_n=line.flight.load_share.value * (vehicle.wheel_load_n("front") + vehicle.wheel_load_n("rear")),
        cut_s=line.flight.cut_s.value,
    )


class Driveline:
    """One half-shaft over a response; its twist, the wheel's slip and the gear go on from block to block.

    The car's speed is that of the plan: what the wheel slips or a shift costs does not slow it down. Harder braking
    than the engine's is done by the brakes at the wheel, which the half-shaft does not feel.
    """

    def __init__(self, vehicle: Vehicle, corner: Corner = "front_left") -> None:
        self._vehicle, self._axle = vehicle, "front" if corner.startswith("front") else "rear"
        self._train = drivetrain_of(vehicle, self._axle)
        self._ratios = ratios(vehicle.driveline)
        last_rpm = vehicle.driveline.engine.torque.points[-1].rpm
        speeds = np.arange(0.0, last_rpm + RPM_STEP, RPM_STEP) * math.pi / 30.0
        self._full_nm = engine_torque_nm(vehicle.driveline, speeds)
        self._resistance, self._grip = ground_table(vehicle.wheel_load_n("front"))
        self._state: FloatArray = np.zeros(STATES)
        self._state[5] = len(vehicle.driveline.gearbox.gears.values)  # first gear, high range

    def consume(self, response: Signal) -> Shaft:
        """The half-shaft for the next block of a response."""
        ground: NDArray[np.int64] = response["soil"].astype(np.int64)
        resistance = self._resistance[ground]
        out = np.empty((3, response.samples))
        turn(
            self._train, self._ratios, self._full_nm, response["speed_mps"], response["acceleration_mps2"],
            self._needed_nm(response, resistance), resistance,
            self._grip[ground], response[f"{self._axle}_tyre_force_n"],
            response["front_tyre_force_n"] + response["rear_tyre_force_n"], 1.0 / response.rate_hz, self._state, out,
        )  # fmt: skip
        gears = len(self._ratios) // 2
        gear = np.where(out[2] >= gears, out[2] - gears + 1.0, -(out[2] + 1.0))
        return Shaft(out[0], out[1], self._joint_angle_rad(response[f"{self._axle}_suspension_m"]), gear)

    def _needed_nm(self, response: Signal, resistance: FloatArray) -> FloatArray:
        """Torque at each wheel that moves the car as planned."""
        vehicle, radius_m = self._vehicle, self._vehicle.tyre.effective_radius_m.value
        force_n = resistance_n(vehicle, resistance, response["grade"], response["speed_mps"])
        force_n = force_n + vehicle.mass_kg.value * response["acceleration_mps2"]
        return np.asarray(0.25 * radius_m * force_n)

    def _joint_angle_rad(self, suspension_m: FloatArray) -> FloatArray:
        """The angle of the joint: the static one and what the suspension's travel adds (design value of its arm)."""
        shaft = self._vehicle.driveline.shaft
        return math.radians(shaft.joint_static_deg.value) + np.arctan(suspension_m / shaft.joint_arm_m.value)
