"""From the wanted response to the drive: what each actuator must be told, ahead of time, to do what the car does.

The road is known, so preview beats feedback: the set point is band-limited without phase, and the drive is its exact
inverse through the actuator's dynamics and dead time.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.car import response as car
from profiles.car.vehicle import Vehicle
from profiles.drive.filters import Fade, Fir, HighPass, Stage, inverse_actuator, low_pass, stop_hz, through
from profiles.driveline.shaft import Driveline, grounds_of
from profiles.driver.speed import plan_speed
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.schema import Fault, InputError
from profiles.signal import FloatArray, Signal

FADE_S = 2.0
BLOCK_SAMPLES = 4096

PAN, TORQUE, SPEED = "pan_displacement_m", "halfshaft_torque_nm", "shaft_speed_radps"
AXES = (PAN, TORQUE, SPEED)
"""The axes that a drive can be made for."""


@dataclass(frozen=True, slots=True)
class Actuator:
    """How an actuator answers (second order after a dead time), and what it can do; units as in the axis' name."""

    name: str
    natural_frequency_hz: float
    damping_ratio: float
    delay_s: float
    lowest: float
    highest: float
    rate_per_s: float
    acceleration_per_s2: float | None = None
    force_n: float | None = None


@dataclass(frozen=True, slots=True)
class DriveBlock:
    """Consecutive samples of the drive.

    Attributes:
        first_sample: number of the first one, from the start of the drive.
        drive: float64[samples, axes], the command that is due at each sample.
        setpoint: float64[samples, axes], what the feedback should be once that sample has been played.
        distance_m, speed_mps: float64[samples], the car's.
        segment: int16[samples], as in `Road.segment`.
        strut_force_n: float64[samples], the car's strut force above static: the largest in size within each sample.
    """

    first_sample: int
    drive: FloatArray
    setpoint: FloatArray
    distance_m: FloatArray
    speed_mps: FloatArray
    segment: NDArray[np.int16]
    strut_force_n: FloatArray


def iter_drive(
    route: Route,
    vehicle: Vehicle,
    actuators: Sequence[Actuator],
    sample_rate_hz: float,
    band_low_hz: float,
    band_high_hz: float,
) -> Iterator[DriveBlock]:
    """The drive of a route, in blocks of `BLOCK_SAMPLES` (the last one what is left).

    Each axis carries what lies below the upper edge of the band and below its actuator's natural frequency, the pan
    displacement only what lies above the lower edge. Everything fades in and out from 0 over `FADE_S`.

    Raises:
        InputError: an axis that no drive can be made for, a band that the sample rate does not carry, or a measured
            road that cannot be used.
    """
    faults = drive_faults(actuators, sample_rate_hz, band_low_hz, band_high_hz)
    if faults:
        raise InputError(faults)
    factor = math.ceil(car.RATE_HZ / sample_rate_hz)
    plan = plan_speed(route, vehicle)
    road = iter_road(route, vehicle.track_m.value)
    blocks = car.iter_response(road, plan, vehicle, factor * sample_rate_hz, factor * BLOCK_SAMPLES)
    chains = [
        _Chain(actuator, sample_rate_hz, factor, band_low_hz, band_high_hz, plan.samples(sample_rate_hz))
        for actuator in actuators
    ]
    return _drive(
        blocks, plan.samples(factor * sample_rate_hz), Driveline(vehicle, grounds_of(route, vehicle)), chains, factor
    )


def drive_faults(
    actuators: Sequence[Actuator], sample_rate_hz: float, band_low_hz: float, band_high_hz: float
) -> list[Fault]:
    """Why no drive can be made for a rig; empty where one can."""
    faults = [
        Fault("(the rig)", 1, "axes", repr(actuator.name), f"an axis that a drive can be made for: {', '.join(AXES)}")
        for actuator in actuators
        if actuator.name not in AXES
    ]
    if not band_low_hz < 0.5 * band_high_hz:
        faults.append(Fault("(the rig)", 1, "band_low_hz", f"{band_low_hz:g}", "less than half of band_high_hz"))
    if not stop_hz(band_high_hz) <= 0.4 * sample_rate_hz:
        found = f"{band_high_hz:g} at a sample_rate_hz of {sample_rate_hz:g}"
        faults.append(Fault("(the rig)", 1, "band_high_hz", found, "a band of at most a third of the sample rate"))
    return faults


class _Chain:
    """One axis from the response to its set point and its drive; both wait here until a block of all axes is full."""

    def __init__(
        self, actuator: Actuator, rate_hz: float, factor: int, low_hz: float, high_hz: float, samples: int
    ) -> None:
        self.name = actuator.name
        edge_hz = min(high_hz, actuator.natural_frequency_hz)
        self._shaping: list[Stage] = [Fir(low_pass(factor * rate_hz, edge_hz), factor)]
        if actuator.name == PAN:
            self._shaping.append(HighPass(rate_hz, low_hz))
        self._shaping.append(Fade(samples, round(FADE_S * rate_hz)))
        taps = inverse_actuator(
            rate_hz, stop_hz(edge_hz), actuator.natural_frequency_hz, actuator.damping_ratio, actuator.delay_s
        )
        self._inverse = Fir(taps)
        self.setpoint, self.drive = _Queue(), _Queue()

    def feed(self, wanted: FloatArray, last: bool) -> None:
        setpoint = through(self._shaping, wanted, last)
        self.setpoint.put(setpoint)
        self.drive.put(self._inverse.feed(setpoint, last))


class _Queue:
    """Samples that wait for their block to fill, along the last axis."""

    def __init__(self) -> None:
        self._parts: list[FloatArray] = []

    def put(self, samples: FloatArray) -> None:
        self._parts.append(samples)

    def __len__(self) -> int:
        return sum(part.shape[-1] for part in self._parts)

    def take(self, count: int) -> FloatArray:
        everything = np.concatenate(self._parts, axis=-1)
        self._parts = [everything[..., count:]]
        return everything[..., :count]


def _drive(
    blocks: Iterator[Signal], steps: int, driveline: Driveline, chains: list[_Chain], factor: int
) -> Iterator[DriveBlock]:
    places = _Queue()
    first = 0
    for block in blocks:
        last = round(block.end_s * block.rate_hz) >= steps
        torque_nm, shaft_radps = driveline.consume(block)
        wanted = {PAN: block["suspension_m"], TORQUE: torque_nm, SPEED: shaft_radps}
        for chain in chains:
            chain.feed(wanted[chain.name], last)
        places.put(_places(block, factor))
        ready = min(len(chain.drive) for chain in chains)
        while ready >= BLOCK_SAMPLES or (last and ready):
            count = min(ready, BLOCK_SAMPLES)
            yield _block(first, count, chains, places)
            first, ready = first + count, ready - count


def _places(block: Signal, factor: int) -> FloatArray:
    """Distance, speed, segment and the strut force's peak at each sample, float64[4, samples]."""
    strut_n = block["strut_force_n"]
    padded = np.concatenate((strut_n, np.full(-len(strut_n) % factor, strut_n[-1]))).reshape(-1, factor)
    peak_n = padded[np.arange(len(padded)), np.abs(padded).argmax(axis=1)]
    here = (block[name][::factor] for name in ("distance_m", "speed_mps", "segment"))
    return np.stack([*here, peak_n])


def _block(first: int, count: int, chains: list[_Chain], places: _Queue) -> DriveBlock:
    distance_m, speed_mps, segment, strut_n = places.take(count)
    drive = np.stack([chain.drive.take(count) for chain in chains], axis=1)
    setpoint = np.stack([chain.setpoint.take(count) for chain in chains], axis=1)
    return DriveBlock(first, drive, setpoint, distance_m, speed_mps, segment.astype(np.int16), strut_n)
