"""The car on the road: road blocks and a speed plan in, the corner's response over time out, block by block."""

from collections.abc import Iterable, Iterator

import numpy as np

from profiles.car.corner import OUTPUTS, at_rest, corner_of, ride
from profiles.car.track import Track
from profiles.car.vehicle import Vehicle
from profiles.driver.speed import SpeedPlan
from profiles.signal import Road, Signal

RATE_HZ = 2000.0
BLOCK_STEPS = 16_384
NAMES = (*OUTPUTS, "distance_m", "speed_mps", "acceleration_mps2", "grade", "segment")
"""The channels of a response. ``segment`` is the index that `Road.segment` has there."""


def iter_response(
    roads: Iterable[Road], plan: SpeedPlan, vehicle: Vehicle, rate_hz: float = RATE_HZ, block_steps: int = BLOCK_STEPS
) -> Iterator[Signal]:
    """How the front left corner answers a road that is driven by plan.

    The blocks have ``block_steps`` samples each (the last one what is left), and the same bits whatever the length of
    the road's blocks. Memory is that of one block of each.

    Raises:
        SignalError: there is no road.
    """
    track = Track(roads, vehicle.tyre.contact_length_m.value)
    corner = corner_of(vehicle)
    track.reach(0.0)
    state = at_rest(corner, float(track.heights_m[0]))
    steps = plan.samples(rate_hz)
    for first in range(0, steps, block_steps):
        count = min(block_steps, steps - first)
        motion = plan.at(np.arange(first, first + count) / rate_hz)
        track.reach(float(motion.distance_m[-1]) + track.step_m)
        data = np.empty((len(NAMES), count))
        ride(
            corner, track.heights_m, track.first_station, track.step_m,
            motion.distance_m, motion.speed_mps, 1.0 / rate_hz, state, data[: len(OUTPUTS)],
        )  # fmt: skip
        stations = track.index(motion.distance_m)
        data[len(OUTPUTS) :] = (
            motion.distance_m, motion.speed_mps, motion.acceleration_mps2,
            track.grade[stations], track.segment[stations],
        )  # fmt: skip
        yield Signal(NAMES, rate_hz, first / rate_hz, data)
        track.leave(float(motion.distance_m[-1]))
