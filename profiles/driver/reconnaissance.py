"""The driver's reconnaissance: the corner is taken over the road at many speeds, to see what each metre allows.

So roughness, obstacles, corrugation and measured roads are all judged by the same physics, in one pass over the road.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.car.corner import OUTPUTS, Corner, at_rest, corner_of, ride
from profiles.car.track import Track
from profiles.car.vehicle import Driver, Vehicle
from profiles.signal import FloatArray, Road

RATE_HZ = 1000.0  # half of the response's: 0.5 % of the body's acceleration
SPEEDS = 12
SLOWEST_MPS = 2.5
CHUNK_M = 50  # body acceleration is judged as the RMS over this distance


@dataclass(frozen=True, slots=True)
class Scouting:
    """What each metre of road allows.

    Attributes:
        limit_mps: float64[metres], the highest speed that the driver puts up with.
        grade: float64[metres], rise over run.
        segment: int64[metres], as in `Road.segment`.
    """

    limit_mps: FloatArray
    grade: FloatArray
    segment: NDArray[np.int64]


def scout(roads: Iterable[Road], vehicle: Vehicle, length_m: float) -> Scouting:
    """Take the corner over the road at `SPEEDS` constant speeds; memory is one chunk's, and three values a metre.

    Raises:
        SignalError: there is no road.
    """
    track = Track(roads, vehicle.tyre.contact_length_m.value)
    track.reach(0.0)
    cars = _cars(vehicle, float(track.heights_m[0]))
    metres = int(np.ceil(length_m - 1e-9))
    limits, places = [], []
    for start in range(0, metres, CHUNK_M):
        end = min(start + CHUNK_M, metres)
        track.reach(end + track.step_m)
        ratios = np.stack([car.ratios(track, start, end, vehicle.driver) for car in cars])
        limits.append(_highest_allowed(ratios, np.array([car.speed_mps for car in cars]), vehicle.driver))
        stations = track.index(np.arange(start, end, dtype=np.float64) + 0.5)
        places.append(np.stack([track.grade[stations], track.segment[stations]]))
        track.leave(float(end) - 2 * track.step_m)
    grade, segment = np.concatenate(places, axis=1)
    return Scouting(np.concatenate(limits), grade, segment.astype(np.int64))


def _cars(vehicle: Vehicle, height_m: float) -> "list[_ConstantSpeed]":
    cold = corner_of(vehicle)._replace(fade_per_k=0.0)  # a limit must not depend on how long the scout has driven
    speeds = np.geomspace(SLOWEST_MPS, vehicle.driver.top_speed_mps.value, SPEEDS)
    return [_ConstantSpeed(float(speed), cold, at_rest(cold, height_m)) for speed in speeds]


class _ConstantSpeed:
    """One car of the reconnaissance."""

    def __init__(self, speed_mps: float, corner: Corner, state: FloatArray) -> None:
        self.speed_mps = speed_mps
        self._corner = corner
        self._state = state
        self._step = 0

    def ratios(self, track: Track, start_m: int, end_m: int, driver: Driver) -> FloatArray:
        """What the driver feels over what he puts up with, float64[2, metres]: shaken, and hit."""
        last = int(np.ceil(end_m * RATE_HZ / self.speed_mps))
        distance_m = np.arange(self._step, last) * self.speed_mps / RATE_HZ
        self._step = last
        out = np.empty((len(OUTPUTS), len(distance_m)))
        speed = np.full(len(distance_m), self.speed_mps)
        ride(
            self._corner, track.heights_m, track.first_station, track.step_m,
            distance_m, speed, 1.0 / RATE_HZ, self._state, out,
        )  # fmt: skip
        starts = np.minimum(np.searchsorted(distance_m, np.arange(start_m, end_m)), len(distance_m) - 1)
        travel_m, travel_mps, strut_n, _, body_mps2 = out[:5]
        hit = np.maximum.reduce(
            [
                np.maximum.reduceat(np.abs(strut_n), starts) / driver.highest_strut_force_n.value,
                np.maximum.reduceat(np.abs(travel_mps), starts) / driver.highest_damper_speed_mps.value,
                np.maximum.reduceat(travel_m, starts) / driver.highest_bump_m.value,
                np.maximum.reduceat(-travel_m, starts) / driver.highest_rebound_m.value,
            ]
        )
        shaken = float(np.sqrt(np.mean(body_mps2**2))) / driver.comfort_mps2.value
        return np.stack([np.full(end_m - start_m, shaken), hit])


def _highest_allowed(ratios: FloatArray, speeds_mps: FloatArray, driver: Driver) -> FloatArray:
    """The highest speed at which neither ratio exceeds 1, float64[metres]; creep where no speed is slow enough.

    A hit counts at all higher speeds too: faster, the car flies over and lands elsewhere. Shaking does not:
    over corrugation faster is smoother. Between two speeds the ratio is taken as straight over the logarithm of speed.
    """
    ratio = np.maximum(ratios[:, 0], np.maximum.accumulate(ratios[:, 1], axis=0))
    allowed = ratio <= 1.0
    best = len(speeds_mps) - 1 - np.argmax(allowed[::-1], axis=0)
    above = np.minimum(best + 1, len(speeds_mps) - 1)
    column = np.arange(ratio.shape[1])
    low, high = ratio[best, column], ratio[above, column]
    share = np.where(above > best, (1.0 - low) / np.where(high > low, high - low, 1.0), 0.0)
    speed = speeds_mps[best] * (speeds_mps[above] / speeds_mps[best]) ** share
    return np.asarray(np.where(allowed.any(axis=0), speed, driver.creep_mps.value))
