"""Roads to try the car on, and rides over them at constant speed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from profiles.car.corner import HALF_OUTPUTS, OUTPUTS, Corner, HalfCar, at_rest, corner_of, half_at_rest, half_car_of
from profiles.car.kernels import ride, ride_half
from profiles.car.track import Track
from profiles.car.vehicle import GRAVITY_MPS2, Vehicle, load_vehicle
from profiles.road.builder import iter_road
from profiles.road.soil import SOILS
from profiles.road.terrain import Terrain
from profiles.signal import FloatArray, Road

D7XR: Vehicle = load_vehicle("d7xr")
OCTA: Vehicle = load_vehicle("octa")
REFERENCE: Corner = corner_of(D7XR)._replace(fade_per_k=0.0, sprung_kg=700.0, static_n=795.0 * GRAVITY_MPS2)
"""The quarter car of the physics notes: 700 kg on 95 kg; its damper does not fade."""
PLAIN: Corner = REFERENCE._replace(rim_n_per_m=0.0, hydraulic_per_m=0.0)
"""The same with neither rim nor hydraulic bump stop, for the notes' single obstacles."""

Height = Callable[[FloatArray], FloatArray]


def level(x_m: FloatArray) -> FloatArray:
    """No height anywhere."""
    return np.zeros(len(x_m))


def hump(start_m: float, length_m: float, height_m: float) -> Height:
    """A cosine hump, or a dip where the height is negative."""

    def height(x_m: FloatArray) -> FloatArray:
        share = np.clip((x_m - start_m) / length_m, 0.0, 1.0)
        return np.asarray(0.5 * height_m * (1.0 - np.cos(2.0 * np.pi * share)))

    return height


def bank(x_m: FloatArray) -> FloatArray:
    """A ramp of 10 m up to 1 m, from 20 m, and then a drop."""
    return np.where((x_m > 20.0) & (x_m < 30.0), 0.1 * (x_m - 20.0), 0.0)


def road_of(height: Height, length_m: float, soil: str = "gravel", grade: float = 0.0) -> list[Road]:
    """A road of a height over distance, the same under both wheels, as one block."""
    x_m = np.arange(round(length_m / 0.05)) * 0.05
    z_m = height(x_m)
    data = np.stack([z_m, z_m, np.full(len(x_m), grade)])
    soils = np.full(len(x_m), SOILS.index(soil), dtype=np.int8)
    return [Road(0.05, 0, data, np.zeros(len(x_m), dtype=np.int32), soils)]


def class_road(
    iso_class: str, seed: int, length_m: float, soil: str = "gravel", block_m: float = 200.0
) -> Iterator[Road]:
    """A road of an ISO 8608 class."""
    segment = {"label": "here", "surface": "stony_plain", "soil": soil, "length_m": length_m}
    segments = ({**segment, "roughness": {"iso_class": iso_class}},)
    terrain = Terrain.model_validate(
        {"kind": "terrain", "name": "test", "description": "for a test", "seed": seed, "segments": segments}
    )
    return iter_road(terrain.route(), D7XR.track_m.value, block_m)


def _places(length_m: float, speed_mps: float, rate_hz: float) -> FloatArray:
    return np.arange(int(length_m / speed_mps * rate_hz)) * speed_mps / rate_hz


def quarter(
    roads: Iterable[Road], length_m: float, speed_mps: float, car: Corner = REFERENCE, rate_hz: float = 2000.0
) -> dict[str, FloatArray]:
    """What the quarter car does over so many metres, by the names of `OUTPUTS`."""
    track = Track(roads, 0.2)
    track.reach(length_m)
    distance_m = _places(length_m, speed_mps, rate_hz)
    out = np.empty((len(OUTPUTS), len(distance_m)))
    state = at_rest(car, float(track.heights_m[0]))
    speed = np.full(len(distance_m), speed_mps)
    ride(car, track.heights_m, track.first_station, track.step_m, distance_m, speed, 1.0 / rate_hz, state, out)
    return dict(zip(OUTPUTS, out, strict=True))


def half(
    roads: Iterable[Road], length_m: float, speed_mps: float, car: HalfCar, rate_hz: float = 2000.0, along: float = 0.0
) -> dict[str, FloatArray]:
    """What one side of the car does over so many metres, by the names of `HALF_OUTPUTS`; pushed along as given."""
    track = Track(roads, 0.2)
    track.reach(length_m)
    distance_m = _places(length_m, speed_mps, rate_hz)
    out = np.empty((len(HALF_OUTPUTS), len(distance_m)))
    state = half_at_rest(car, float(track.heights_m[0]), float(track.rear_m[0]))
    speed, push = np.full(len(distance_m), speed_mps), np.full(len(distance_m), along)
    ride_half(
        car, track.heights_m, track.rear_m, track.first_station, track.step_m,
        distance_m, speed, push, 1.0 / rate_hz, state, out,
    )  # fmt: skip
    return dict(zip(HALF_OUTPUTS, out, strict=True))


def cold_half(vehicle: Vehicle) -> HalfCar:
    """One side of a car whose dampers do not fade."""
    car = half_car_of(vehicle)
    return car._replace(front=car.front._replace(fade_per_k=0.0), rear=car.rear._replace(fade_per_k=0.0))


def longest_flight_s(tyre_force_n: FloatArray, rate_hz: float = 2000.0) -> float:
    """The longest time for which a tyre touches nothing."""
    off = np.concatenate(([0], (tyre_force_n == 0.0).astype(np.int64), [0]))
    edges = np.flatnonzero(np.diff(off))
    return float((edges[1::2] - edges[::2]).max(initial=0) / rate_hz)


@dataclass(frozen=True)
class Cruise:
    """Motion at constant speed, or at constant acceleration from a speed; a plan for `iter_response`."""

    speed: float
    duration_s: float
    acceleration: float = 0.0

    def samples(self, rate_hz: float) -> int:
        """The number of samples at a rate."""
        return round(self.duration_s * rate_hz)

    def at(self, time_s: FloatArray) -> "Moved":
        """Where the car is at given times."""
        speed = self.speed + self.acceleration * time_s
        distance = self.speed * time_s + 0.5 * self.acceleration * time_s**2
        return Moved(distance, speed, np.full(len(time_s), self.acceleration))


@dataclass(frozen=True)
class Moved:
    """Where the car is, float64[n] each."""

    distance_m: FloatArray
    speed_mps: FloatArray
    acceleration_mps2: FloatArray
