"""What lies above the hydraulics' band: the body's acceleration, as a loop for the shaker on the body mount."""

import math

import numpy as np

from profiles.car.corner import OUTPUTS, at_rest, corner_of, ride
from profiles.car.response import RATE_HZ
from profiles.car.track import Track
from profiles.car.vehicle import Vehicle
from profiles.driver.speed import plan_speed
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.signal import FloatArray

BAND_HZ = (40.0, 200.0)
SETTLING_S = 2.0
OVERLAP = 0.25  # of the loop: its end is blended with what came before its start


def shaker_block(
    route: Route,
    vehicle: Vehicle,
    segment_index: int,
    rate_hz: float,
    points: int,
    band_hz: tuple[float, float] = BAND_HZ,
) -> FloatArray:
    """The body's acceleration in a band, at the segment's median speed: a loop that joins without a step.

    Args:
        route, vehicle: as for the drive.
        segment_index: as in `Road.segment`.
        rate_hz: points a second; more than twice the upper edge of the band.
        points: length of the loop.
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
    body_mps2 = _ride_in_segment(route, vehicle, segment_index, rate_hz, points + overlap)
    return _in_band(_closed(body_mps2, points), rate_hz, band_hz)


def _ride_in_segment(route: Route, vehicle: Vehicle, segment_index: int, rate_hz: float, points: int) -> FloatArray:
    """Body acceleration at constant speed, to and fro within the segment so that no other one is entered."""
    stretch = route.stretches[segment_index]
    plan = plan_speed(route, vehicle)
    inside = (plan.distance_m >= stretch.start_m) & (plan.distance_m <= stretch.end_m)
    speed_mps = float(np.median(plan.speed_mps[inside]))
    track = Track(iter_road(route, vehicle.track_m.value), vehicle.tyre.contact_length_m.value)
    _move_to(track, stretch.start_m, stretch.end_m)
    factor = math.ceil(RATE_HZ / rate_hz)
    steps = round(SETTLING_S * rate_hz) * factor + points * factor
    length_m = stretch.end_m - stretch.start_m - 2.0 * track.step_m
    driven_m = np.arange(steps) * speed_mps / (rate_hz * factor)
    turns = driven_m / length_m % 2.0
    distance_m = stretch.start_m + length_m * np.minimum(turns, 2.0 - turns)
    out = np.empty((len(OUTPUTS), steps))
    corner = corner_of(vehicle)
    stations_m = track.step_m * (track.first_station + np.arange(len(track.heights_m)))
    state = at_rest(corner, float(np.interp(distance_m[0], stations_m, track.heights_m)))
    along = np.where(turns < 1.0, speed_mps, -speed_mps)
    ride(
        corner, track.heights_m, track.first_station, track.step_m,
        distance_m, along, 1.0 / (rate_hz * factor), state, out,
    )  # fmt: skip
    return out[OUTPUTS.index("body_acceleration_mps2"), -points * factor :: factor]


def _move_to(track: Track, start_m: float, end_m: float) -> None:
    """Roll the window to a stretch of road without holding what lies before it."""
    at_m = 0.0
    while at_m < start_m:
        at_m = min(at_m + 200.0, start_m)
        track.reach(at_m + track.step_m)
        track.leave(at_m - track.step_m)
    track.reach(end_m)


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
