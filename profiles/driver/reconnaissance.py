"""The driver's reconnaissance: the car is taken over the road at many speeds, to see what each metre allows.

So roughness, obstacles, corrugation and measured roads are all judged by the same physics that the drive is made with.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.car.corner import HalfCar, half_at_rest, half_car_of
from profiles.car.kernels import ride_over
from profiles.car.track import Track
from profiles.car.vehicle import Vehicle
from profiles.driver.style import DriverStyle
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.signal import FloatArray, Road

RATE_HZ = 1000.0  # half of the response's: 0.5 % of the body's acceleration
SLOW_RATE_HZ = 500.0  # below `SLOW_MPS`, where a step is still only 2 cm of road
SLOW_MPS = 8.0
SPEEDS = 12
CHUNK_M = 200
WINDOW_M = 50
"""Body acceleration is judged as the RMS over this distance."""
RUN_IN_S, LONGEST_RUN_IN_M = 1.2, 60.0
"""The car sets off this long before a chunk, from rest on its springs: its wheels have settled by then."""


@dataclass(frozen=True, slots=True)
class Scouting:
    """What each metre of road allows.

    Attributes:
        limit_mps: float64[metres], the highest speed that the driver puts up with.
        grade: float32[metres], rise over run.
        segment: int32[metres], as in `Road.segment`; soil: int8[metres], as in `Road.soil`.
    """

    limit_mps: FloatArray
    grade: NDArray[np.float32]
    segment: NDArray[np.int32]
    soil: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A piece of road with what lies before it, and the fastest speed that matters in it."""

    front_m: FloatArray
    rear_m: FloatArray
    first_station: int
    step_m: float
    start_m: int
    metres: int
    fastest_mps: float


def scout_route(
    route: Route, vehicle: Vehicle, style: DriverStyle, progress: Callable[[float], None] = lambda _metres: None
) -> Scouting:
    """What each metre of a route allows; ``progress`` is told how many more metres have been looked at.

    Raises:
        InputError: a measured road in it cannot be used.
    """
    caps = np.array([stretch.segment.speed_cap_mps or np.inf for stretch in route.stretches])
    road = iter_road(route, vehicle.track_m.value)
    return scout(road, vehicle, style, route.length_m, caps, progress)


def scout(
    roads: Iterable[Road], vehicle: Vehicle, style: DriverStyle, length_m: float, caps_mps: FloatArray | None = None,
    progress: Callable[[float], None] = lambda _metres: None,
) -> Scouting:  # fmt: skip
    """Take the left side of the car over the road, chunk by chunk, from the fastest of `SPEEDS` speeds downwards.

    Chunks do not depend on each other and share the processors. Memory is a few chunks', and some values a metre.

    Args:
        roads: the road's blocks from its start.
        vehicle, style: who drives what.
        length_m: of the road.
        caps_mps: of each segment; faster than that need not be looked at.
        progress: told how many more metres have been looked at.

    Raises:
        SignalError: there is no road.
    """
    tyre = vehicle.tyre
    track = Track(roads, tyre.contact_length_m.value, "left", tyre.rear_ripple_share.value)
    car = half_car_of(vehicle)
    cold = car._replace(front=car.front._replace(fade_per_k=0.0), rear=car.rear._replace(fade_per_k=0.0))
    judge = _Judge(cold, vehicle, style)
    metres = int(np.ceil(length_m - 1e-9))
    places: list[tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int8]]] = []
    limits: list[FloatArray] = []
    for found in _in_threads(judge, _chunks(track, metres, style.top_speed_mps.value, caps_mps, places)):
        limits.append(found)
        progress(float(len(found)))
    grade, segment, soil = (np.concatenate(parts) for parts in zip(*places, strict=True))
    return Scouting(np.concatenate(limits), grade, segment, soil)


def _chunks(
    track: Track, metres: int, top_mps: float, caps_mps: FloatArray | None,
    places: list[tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int8]]],
) -> Iterator[_Chunk]:  # fmt: skip
    for start in range(0, metres, CHUNK_M):
        end = min(start + CHUNK_M, metres)
        track.reach(end + track.step_m)
        stations = track.index(np.arange(start, end, dtype=np.float64) + 0.5)
        segment = track.segment[stations]
        places.append((track.grade[stations].astype(np.float32), segment, track.soil[stations]))
        fastest = top_mps if caps_mps is None else min(top_mps, float(caps_mps[segment].max()))
        heights = track.heights_m.copy(), track.rear_m.copy()
        yield _Chunk(*heights, track.first_station, track.step_m, start, end - start, fastest)
        track.leave(end - LONGEST_RUN_IN_M - 10.0)


def _in_threads(judge: "_Judge", chunks: Iterator[_Chunk]) -> Iterator[FloatArray]:
    """The limits of each chunk, in their order; the road is made in this thread while others drive."""
    workers = max(1, (os.cpu_count() or 1))
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[FloatArray]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(judge.limits, chunk))
            while len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Judge:
    """Finds the highest speed at which the driver is neither shaken nor hit too hard."""

    def __init__(self, car: HalfCar, vehicle: Vehicle, style: DriverStyle) -> None:
        self._car, self._style = car, style
        top_mps = style.top_speed_mps.value
        self._speeds = np.geomspace(min(1.25 * style.creep_mps.value, 0.8 * top_mps), top_mps, SPEEDS)
        bump, droop = style.bump_margin_m.value, style.rebound_margin_m.value
        axles = (vehicle.front, vehicle.rear)
        front, rear = (max(axle.bump_stop_at_m.value - bump, 0.01) for axle in axles)
        least = min(max(axle.rebound_stop_at_m.value - droop, 0.01) for axle in axles)
        force_n, damper_mps = style.highest_strut_force_n.value, style.highest_damper_speed_mps.value
        self._limits = np.array([force_n, damper_mps, front, rear, least])

    def limits(self, chunk: _Chunk) -> FloatArray:
        """The highest allowed speed in each metre of a chunk, float64[metres].

        A speed counts where it and the next slower one are acceptable: a car that is hit at a slower speed flies over
        at a faster one and lands elsewhere, while shaking can end with speed, as over corrugation.
        """
        top = min(int(np.searchsorted(self._speeds, chunk.fastest_mps)), SPEEDS - 1)
        ratios = np.full((SPEEDS, chunk.metres), np.inf)
        for column in range(top, -1, -1):
            ratios[column] = self._ratio(chunk, float(self._speeds[column]))
            good = ratios[column : top + 1] <= 1.0
            if column < top and (good[1:] & good[:-1]).any(axis=0).all():
                return self._highest(ratios, column, top)
        return self._highest(ratios, 0, top)

    def _highest(self, ratios: FloatArray, lowest: int, top: int) -> FloatArray:
        """Between two speeds the ratio is taken as straight over the logarithm of speed; creep where none is good."""
        good = ratios[lowest : top + 1] <= 1.0
        good[1:] &= good[:-1]
        if lowest > 0:
            good[0] = False  # the next slower one has not been looked at
        best = top - np.argmax(good[::-1], axis=0)
        above, metre = np.minimum(best + 1, top), np.arange(ratios.shape[1])
        low, high = ratios[best, metre], ratios[above, metre]
        failing = (above > best) & (high > 1.0)
        share = np.where(failing, (1.0 - low) / np.where(failing, high - low, 1.0), 0.0)
        speed = self._speeds[best] * (self._speeds[above] / self._speeds[best]) ** share
        return np.asarray(np.where(good.any(axis=0), speed, self._style.creep_mps.value))

    def _ratio(self, chunk: _Chunk, speed_mps: float) -> FloatArray:
        """What the driver feels over what he puts up with, float64[metres]: the worse of shaken and hit."""
        rate_hz = SLOW_RATE_HZ if speed_mps < SLOW_MPS else RATE_HZ
        run_in_m = min(RUN_IN_S * speed_mps, LONGEST_RUN_IN_M, float(chunk.start_m))
        sets_off = int((chunk.start_m - run_in_m) / chunk.step_m) - chunk.first_station
        state = half_at_rest(self._car, float(chunk.front_m[max(0, sets_off)]), float(chunk.rear_m[max(0, sets_off)]))
        hit, shaken = np.empty(chunk.metres), np.empty(-(-chunk.metres // WINDOW_M))
        ride_over(
            self._car, chunk.front_m, chunk.rear_m, chunk.first_station, chunk.step_m, float(chunk.start_m), run_in_m,
            speed_mps, 1.0 / rate_hz, self._limits, float(WINDOW_M), state, hit, shaken,
        )  # fmt: skip
        felt = np.repeat(shaken, WINDOW_M)[: chunk.metres] / self._style.comfort_mps2.value
        return np.maximum(felt, hit)
