"""What the simulated servo controller and plant are built from: plain numbers, no rig file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from drivers.channel import Channel
from simulators.corner.specimens import SpecimenTruth
from simulators.faults.base import Anatomy, AnyFault

Pace = Literal["real", "stepped"]

AXES = ("pan_displacement_m", "halfshaft_torque_nm", "shaft_speed_radps")
"""The axes that the simulated corner has; a bench may use some of them, the others stay at 0."""

QUANTITIES = (*AXES, "strut_force_n", "strut_travel_m", "body_acceleration_mps2", "damper_temperature_degc")
"""What the sensors of the simulated corner measure."""


INSTRUMENTS = ("data_acquisition", "supply", "waveform_generator")
"""The roles of the instruments of the bench."""

INPUTS = (101, 102, 103, 104, 201)
"""Of the data-acquisition unit, those that have a sensor."""


@dataclass(frozen=True, slots=True)
class AxisSettings:
    """One actuator: how its set point is coded, and how it answers (second order after a dead time).

    Attributes:
        channel: name, unit and scale of the set point on the wire.
        neutral: where the device ramps to by itself; unit of the channel, as are the following.
        lowest, highest: travel; a set point beyond it is refused by the device.
        rate_per_s, acceleration_per_s2: what the actuator can do; None is no limit.
        force_n: stall force; the attainable rate falls as the square root of what is left of it. None is no limit.
    """

    channel: Channel
    neutral: float
    natural_frequency_hz: float
    damping_ratio: float
    delay_s: float
    lowest: float
    highest: float
    rate_per_s: float
    acceleration_per_s2: float | None = None
    force_n: float | None = None


@dataclass(frozen=True, slots=True)
class CornerSettings:
    """The specimens and what holds them: one front corner without its tyre.

    Spring, stops, damper and heat are the nominal front corner of the physics notes (§2.1, §2.2, §2.4: values of
    good general knowledge); mount, body plate, shaker, strain and drive are design values of the simulated bench.
    """

    static_force_n: float = 6867.0  # 700 kg of sprung mass
    spring_n_per_m: float = 54_000.0
    bump_stop_n_per_m2: float = 6.0e6
    bump_stop_at_m: float = 0.17
    rebound_stop_n_per_m2: float = 2.0e6
    rebound_stop_at_m: float = 0.18
    compression_low_ns_per_m: float = 4500.0
    compression_high_ns_per_m: float = 2200.0
    rebound_low_ns_per_m: float = 9000.0
    rebound_high_ns_per_m: float = 3600.0
    knee_mps: float = 0.25
    fade_per_k: float = 0.002
    oil_heat_j_per_k: float = 4100.0
    still_air_w_per_k: float = 6.0
    full_fan_w_per_k: float = 20.0
    full_fan_v: float = 24.0
    mount_n_per_m: float = 2.0e6
    mount_ns_per_m: float = 1500.0
    strut_top_kg: float = 5.0
    body_kg: float = 350.0
    body_n_per_m: float = 12.4e6  # 30 Hz on the reaction mass
    body_ns_per_m: float = 13_000.0  # damping ratio 0.1
    shaker_n_per_v: float = 3500.0  # 0.1 V for 1 m/s² above the body's resonance
    drive_gain: float = 0.96
    shaft_nm_per_rad: float = 14_000.0
    shaft_nms_per_rad: float = 14.0
    shaft_bending_nm: float = 1500.0  # bending once a revolution, as the torque that does the same damage
    backlash_rad: float = 0.00698  # 0.4 degrees
    arm_strain_per_n: float = 3.0e-8
    cv_loss_ratio: float = 0.005
    cv_heat_j_per_k: float = 2500.0
    cv_air_w_per_k: float = 5.0
    hub_drag_nm: float = 1.5
    hub_heat_j_per_k: float = 8000.0
    hub_air_w_per_k: float = 10.0
    joint_growth_rad: float = 0.01047  # 0.6 degrees of backlash more at the end of its life (§5.3)
    joint_static_rad: float = 0.0698  # 4 degrees
    joint_arm_m: float = 0.45
    joint_angle_rad: float = 0.2618  # 15 degrees: twice as hard
    joint_torque_nm: float = 1000.0
    joint_revolutions: float = 2.3e6  # at that torque and no angle: three times 5,000 km of the reference mix
    wheel_load_n: float = 7796.0  # 795 kg
    hub_load_n: float = 9000.0
    hub_revolutions: float = 3.2e8  # of that load: ISO 281 with 65 kN, a fifth of it for dust, as a characteristic life
    hub_hot_damage: float = 0.8
    hub_hot_drag_ratio: float = 2.0


@dataclass(frozen=True, slots=True)
class BenchConfig:
    """Everything the Modbus side of the bench is built from.

    Attributes:
        sample_rate_hz: samples played a second.
        watchdog_ms: without a fresh sequence number for so long, the device ramps to neutral by itself.
        ramp_ms: time of the device's own ramp to neutral.
        axes: in the order of a set point frame.
        channels: in the order of a feedback frame; names are those of `QUANTITIES`.
        pace: ``real`` plays by the clock, ``stepped`` plays samples as they arrive.
        seed: of the measurement noise; the specimens' lives follow from their serial numbers.
        fifo_capacity: samples that may wait to be played.
        power_step_ms: time between OFF, PUMP, LOW_PRESSURE and READY; at pace stepped, one access each.
        faults: what is broken from the start.
        memory: where wear and heat of the parts outlast the bench; None: nowhere.
    """

    sample_rate_hz: int
    watchdog_ms: int
    ramp_ms: int
    axes: tuple[AxisSettings, ...]
    channels: tuple[Channel, ...]
    pace: Pace = "real"
    seed: int = 0
    unit_id: int = 1
    specimens: tuple[SpecimenTruth, ...] = ()
    corner: CornerSettings = field(default_factory=CornerSettings)
    fifo_capacity: int = 250
    power_step_ms: int = 50
    faults: tuple[AnyFault, ...] = ()
    memory: Path | None = None

    def faults_of(self, kind: type[AnyFault]) -> tuple[AnyFault, ...]:
        """Those of a kind: of the device, or of the instruments."""
        return tuple(fault for fault in self.faults if isinstance(fault, kind))

    @property
    def anatomy(self) -> Anatomy:
        """What can be broken."""
        axes = {axis.channel.name: axis.delay_s for axis in self.axes}
        return Anatomy(self.pace, axes, tuple(channel.name for channel in self.channels), INSTRUMENTS, INPUTS)
