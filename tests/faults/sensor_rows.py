"""Rows: sensors and actuators that fail."""

from typing import Any

from rig.config import Limit
from tests.faults.making import device, limit, trip
from tests.faults.row import Must, Row
from tests.faults.stand import RIG

PAN, TORQUE, SPEED = "pan_displacement_m", "halfshaft_torque_nm", "shaft_speed_radps"
FORCE, TRAVEL, DAMPER = "strut_force_n", "strut_travel_m", "damper_temperature_degc"
TWO_WINDOWS = 1000
"""Samples: progress is judged once a second, so a fault in the midst of a window may hide in it until the next."""
LONG: dict[str, Any] = {"samples": 1400}
STEEP = Limit(channel=PAN, kind="rate", value=8.0, action="trip", persistence_samples=2)

STUCK = (
    device("stuck_pan", "position sensor stuck", limit("TRIPPED", 50, f"{PAN} stuck"), "sensor_stuck", channel=PAN),
    device("stuck_force", "force sensor stuck", limit("STOPPING", 100, f"{FORCE} stuck"), "sensor_stuck",
           channel=FORCE),
    device("stuck_travel", "travel sensor stuck", limit("STOPPING", 100, f"{TRAVEL} stuck"), "sensor_stuck",
           channel=TRAVEL),
    device("stuck_torque", "torque sensor stuck", limit("STOPPING", 100, f"{TORQUE} stuck"), "sensor_stuck",
           channel=TORQUE),
)  # fmt: skip

SATURATED = (
    device("saturated_pan", "position sensor saturated, high", limit("TRIPPED", 2, f"{PAN} upper: 0.3277"),
           "sensor_saturated", channel=PAN),
    device("saturated_pan_low", "position sensor saturated, low", limit("TRIPPED", 2, f"{PAN} lower: -0.3277"),
           "sensor_saturated", channel=PAN, limit="low"),
    device("saturated_force", "force sensor saturated", limit("TRIPPED", 2, f"{FORCE} upper: 9.83e+04"),
           "sensor_saturated", channel=FORCE),
)  # fmt: skip

MISSING = tuple(
    device(f"nan_{short}", f"{words} gone (NaN)", limit(state, samples, says), "sensor_nan", channel=channel)
    for short, words, channel, state, samples, says in (
        ("pan", "position sensor", PAN, "TRIPPED", 1, f"{PAN} nan"),
        ("torque", "torque sensor", TORQUE, "TRIPPED", 2, f"{TORQUE} upper: nan"),
        ("speed", "speed sensor", SPEED, "TRIPPED", 2, f"{SPEED} upper: nan"),
        ("force", "force sensor", FORCE, "TRIPPED", 2, f"{FORCE} upper: nan"),
        ("travel", "travel sensor", TRAVEL, "TRIPPED", 2, f"{TRAVEL} nan"),
        ("damper", "damper's temperature sensor", DAMPER, "STOPPING", 50, f"{DAMPER} upper: nan"),
    )
)

WRONG = (
    device("spike_once", "one spike of one sample", Must("RUNNING", 0.0, ""), "sensor_spike", channel=PAN, value=0.25),
    device("spikes_steep", "a spike, where the rig file limits the rate", limit("TRIPPED", 2, f"{PAN} rate"),
           "sensor_spike", channel=PAN, value=0.1, also={"rig": {"limits": (*RIG.limits, STEEP)}}),
    device("drift", "position sensor drifts by 0.1 m/s", limit("TRIPPED", 300, f"{PAN} following_error"),
           "sensor_drift", channel=PAN, per_s=0.1, also={"samples": 700}),
    device("offset", "position sensor jumps by 60 mm", limit("TRIPPED", 26, f"{PAN} following_error"),
           "sensor_offset", channel=PAN, value=0.06),
    device("flipped_pan", "sign of the position sensor flipped", limit("TRIPPED", 250, f"{PAN} following_error"),
           "sensor_flipped", channel=PAN, also={"samples": 700}),
    device("flipped_speed", "sign of the speed sensor flipped",
           trip(2.0 * TWO_WINDOWS, f"{SPEED} does not move as it should", "device_fault"),
           "sensor_flipped", channel=SPEED, also=LONG),
    device("gain", "position sensor shows twice what it should",
           trip(2.0 * TWO_WINDOWS, f"{PAN} does not move as it should", "device_fault"),
           "sensor_gain", channel=PAN, factor=2.0, also=LONG),
    device("warm_damper", "damper at 135 °C", limit("RUNNING", 50, f"{DAMPER} upper"),
           "sensor_offset", channel=DAMPER, value=115.0),
    device("hot_damper", "damper at 160 °C", limit("STOPPING", 50, f"{DAMPER} upper"),
           "sensor_offset", channel=DAMPER, value=140.0),
)  # fmt: skip

ACTUATORS = (
    device("frozen_pan", "wheel pan stands still",
           trip(2.0 * TWO_WINDOWS, f"{PAN} does not move as it should", "device_fault"),
           "actuator_frozen", axis=PAN, also=LONG),
    device("frozen_shaft", "shaft speed stands still",
           trip(2.0 * TWO_WINDOWS, f"{SPEED} does not move as it should", "device_fault"),
           "actuator_frozen", axis=SPEED, also=LONG),
    device("far_pan", "wheel pan goes twice as far as it is told",
           trip(2.0 * TWO_WINDOWS, f"{PAN} does not move as it should", "device_fault"),
           "actuator_gain", axis=PAN, factor=2.0, also=LONG),
    device("wrong_way_pan", "wheel pan goes the wrong way", limit("TRIPPED", 250, f"{PAN} following_error"),
           "actuator_gain", axis=PAN, factor=-1.0, also={"samples": 700}),
    device("late_pan", "wheel pan answers 0.08 s late",
           trip(2.0 * TWO_WINDOWS, f"{PAN} does not move as it should", "device_fault"),
           "actuator_delay", axis=PAN, extra_s=0.08, also=LONG),
)  # fmt: skip

ROWS: tuple[Row, ...] = (*STUCK, *SATURATED, *MISSING, *WRONG, *ACTUATORS)
