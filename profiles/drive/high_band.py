"""What lies above the hydraulics' band: the body's acceleration, as a loop for the shaker on the body mount."""

import math

import numpy as np

from profiles.car.corner import HALF_OUTPUTS, half_at_rest, half_car_of
from profiles.car.kernels import ride_half
from profiles.car.response import RATE_HZ
from profiles.car.track import Side, Track
from profiles.car.vehicle import Vehicle
from profiles.driveline.shaft import Corner
from profiles.driver.speed import SpeedPlan
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.signal import FloatArray

BAND_HZ = (40.0, 200.0)
SETTLING_S = 2.0
OVERLAP = 0.25  # of the loop: its end is blended with what came before its start


def shaker_block(
    route: Route,
    plan: SpeedPlan,
    vehicle: Vehicle,
    stretch_index: int,
    rate_hz: float,
    points: int,
    corner: Corner = "front_left",
    band_hz: tuple[float, float] = BAND_HZ,
) -> FloatArray:
    """The body's acceleration in a band, at the stretch's median speed: a loop that joins without a step.

    Args:
        route, plan, vehicle: as for the drive.
        stretch_index: as in `Road.segment`.
        rate_hz: points a second; more than twice the upper edge of the band.
        points: length of the loop.
        corner: above which wheel.
        band_hz: what lies outside of it is left out; a mean is always.

    Returns:
        float64[points], m/s².

    Raises:
        ValueError: the rate does not carry the band.
        InputError: a measured road in the route cannot be used.
    """
    if not rate_hz > 2.0 * band_hz[1]:
        raise ValueError(f"rate_hz is {rate_hz}, wanted more than {2.0 * band_hz[1]}")
    overlap = max(1, round(OVERLAP * points))
    body_mps2 = _ride_in_stretch(route, plan, vehicle, stretch_index, rate_hz, points + overlap, corner)
    return _in_band(_closed(body_mps2, points), rate_hz, band_hz)


def _ride_in_stretch(
    route: Route, plan: SpeedPlan, vehicle: Vehicle, stretch_index: int, rate_hz: float, points: int, corner: Corner
) -> FloatArray:
    """Body acceleration at constant speed, to and fro within the stretch so that no other one is entered."""
    stretch, tyre = route.stretches[stretch_index], vehicle.tyre
    seconds = plan.time_at(np.array([stretch.start_m, stretch.end_m]))
    speeds = plan.at(np.linspace(seconds[0], seconds[1], 1000)).speed_mps
    speed_mps = max(float(np.median(speeds)), 1.0)
    side: Side = "left" if corner.endswith("left") else "right"
    road = iter_road(route, vehicle.track_m.value, first_stretch=stretch_index)
    track = Track(road, tyre.contact_length_m.value, side, tyre.rear_ripple_share.value)
    factor = math.ceil(RATE_HZ / rate_hz)
    steps = round(SETTLING_S * rate_hz) * factor + points * factor
    track.reach(min(stretch.end_m, stretch.start_m + steps * speed_mps / (rate_hz * factor)))
    length_m = min(stretch.end_m, track.end_m) - stretch.start_m - 2.0 * track.step_m
    turns = np.arange(steps) * speed_mps / (rate_hz * factor) / length_m % 2.0
    distance_m = stretch.start_m + length_m * np.minimum(turns, 2.0 - turns)
    out, car = np.empty((len(HALF_OUTPUTS), steps)), half_car_of(vehicle)
    state = half_at_rest(car, float(track.heights_m[0]), float(track.rear_m[0]))
    along = np.where(turns < 1.0, speed_mps, -speed_mps)
    ride_half(
        car, track.heights_m, track.rear_m, track.first_station, track.step_m,
        distance_m, along, np.zeros(steps), 1.0 / (rate_hz * factor), state, out,
    )  # fmt: skip
    axle = "front" if corner.startswith("front") else "rear"
    return out[HALF_OUTPUTS.index(f"{axle}_body_acceleration_mps2"), -points * factor :: factor]


def _closed(samples: FloatArray, points: int) -> FloatArray:
    """The last of the samples as a loop: its end turns into what came before its start, at constant power."""
    overlap = len(samples) - points
    angle = 0.5 * np.pi * (np.arange(overlap) + 0.5) / overlap
    loop = samples[overlap:].copy()
    loop[-overlap:] = np.cos(angle) * loop[-overlap:] + np.sin(angle) * samples[:overlap]
    return loop


def _in_band(loop: FloatArray, rate_hz: float, band_hz: tuple[float, float]) -> FloatArray:
    """The lines of the loop's spectrum that lie in the band; a loop stays a loop."""
    lines = np.fft.rfft(loop)
    f = np.fft.rfftfreq(len(loop), 1.0 / rate_hz)
    return np.asarray(np.fft.irfft(np.where((f >= band_hz[0]) & (f <= band_hz[1]), lines, 0.0), len(loop)))
