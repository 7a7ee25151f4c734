"""The car on the road: road blocks and a plan of motion in, one side's response over time out, block by block."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from profiles.car.corner import AMBIENT_DEGC, HALF_OUTPUTS, half_at_rest, half_car_of
from profiles.car.kernels import ride_half
from profiles.car.track import Side, Track
from profiles.car.vehicle import GRAVITY_MPS2, Vehicle
from profiles.signal import FloatArray, Road, Signal

RATE_HZ = 2000.0
BLOCK_STEPS = 16_384
NAMES = (*HALF_OUTPUTS, "distance_m", "speed_mps", "acceleration_mps2", "grade", "segment", "soil")
"""The channels of a response. ``distance_m`` is the front wheel's place; grade, segment (the index that `Road.segment`
has there) and soil (that of `Road.soil`) are those at that place."""


class Motion(Protocol):
    """Where the car is at given times: float64[n] each."""

    @property
    def distance_m(self) -> FloatArray:
        """Of the front wheel, from the start of the road."""

    @property
    def speed_mps(self) -> FloatArray:
        """Along the road."""

    @property
    def acceleration_mps2(self) -> FloatArray:
        """Along the road."""


class Plan(Protocol):
    """How the car moves over time; `profiles.driver.speed.SpeedPlan` is one."""

    def samples(self, rate_hz: float) -> int:
        """The number of samples that the drive takes at a rate."""

    def at(self, time_s: FloatArray) -> Motion:
        """The car's motion at times from the start."""


def iter_response(
    roads: Iterable[Road],
    plan: Plan,
    vehicle: Vehicle,
    *,
    side: Side = "left",
    ambient_degc: float = AMBIENT_DEGC,
    start_degc: tuple[float, float] | None = None,
    rate_hz: float = RATE_HZ,
    block_steps: int = BLOCK_STEPS,
) -> Iterator[Signal]:
    """How one side of the car answers a road that is driven by plan.

    The blocks have ``block_steps`` samples each (the last one what is left), and the same bits whatever the length of
    the road's blocks. Memory is that of one block of each.

    Args:
        start_degc: of the front and the rear damper; ambient where not given.

    Raises:
        SignalError: there is no road.
    """
    tyre = vehicle.tyre
    track = Track(roads, tyre.contact_length_m.value, side, tyre.rear_ripple_share.value)
    car = half_car_of(vehicle, ambient_degc)
    track.reach(0.0)
    state = half_at_rest(car, float(track.heights_m[0]), float(track.rear_m[0]), start_degc)
    steps = plan.samples(rate_hz)
    for first in range(0, steps, block_steps):
        count = min(block_steps, steps - first)
        motion = plan.at(np.arange(first, first + count) / rate_hz)
        track.reach(float(motion.distance_m[-1]) + track.step_m)
        stations = track.index(motion.distance_m)
        grade = track.grade[stations]
        data = np.empty((len(NAMES), count))
        ride_half(
            car, track.heights_m, track.rear_m, track.first_station, track.step_m, motion.distance_m, motion.speed_mps,
            along_mps2(motion.acceleration_mps2, grade), 1.0 / rate_hz, state, data[: len(HALF_OUTPUTS)],
        )  # fmt: skip
        data[len(HALF_OUTPUTS) :] = (
            motion.distance_m, motion.speed_mps, motion.acceleration_mps2,
            grade, track.segment[stations], track.soil[stations],
        )  # fmt: skip
        yield Signal(NAMES, rate_hz, first / rate_hz, data)
        track.leave(float(motion.distance_m[-1]) - vehicle.wheelbase_m.value)


def along_mps2(acceleration_mps2: FloatArray, grade: FloatArray) -> FloatArray:
    """What the tyres push the car along with, per mass: its acceleration, and gravity along the grade; float64[n]."""
    return np.asarray(acceleration_mps2 + GRAVITY_MPS2 * grade / np.sqrt(1.0 + grade * grade))
