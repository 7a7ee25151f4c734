"""From the wanted response to the drive: what each actuator must be told, ahead of time, to do what the car does.

The road is known, so preview beats feedback: the set point is band-limited without phase, and the drive is its exact
inverse through the actuator's dynamics and dead time.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from profiles.car import response as car
from profiles.car.vehicle import Vehicle
from profiles.drive.actuator import AXES, PAN, SPEED, TORQUE, Actuator
from profiles.drive.clip import Clipper
from profiles.drive.filters import Fade, Fir, HighPass, Stage, inverse_actuator, low_pass, stop_hz, through
from profiles.driveline.shaft import Corner, Driveline, Shaft
from profiles.driver.speed import SpeedPlan
from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.schema import Fault, InputError
from profiles.signal import FloatArray, Signal

FADE_S = 2.0
STILL_S = 0.5
"""So long before and after the middle of a pause all axes are at 0: longer than an inverse reaches (design value)."""
BLOCK_SAMPLES = 4096

FELT = (
    "strut_force_n",
    "damper_power_w",
    "damper_temperature_degc",
    "body_acceleration_mps2",
    "joint_angle_rad",
    "gear",
)
"""What else the corner feels, by column of `DriveBlock.felt`. The strut force is the largest in size within a sample,
above static; the damper's power is the mean within it, of one damper."""

Over = Literal["refuse", "slow", "clip"]
"""What is done where a drive leaves the envelope: only "clip" changes the drive itself."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What drives are made for: the actuators in the order of the rig's axes, their rate, their band, the corner."""

    actuators: tuple[Actuator, ...]
    sample_rate_hz: float
    band_low_hz: float
    band_high_hz: float
    corner: Corner = "front_left"


@dataclass(frozen=True, slots=True)
class DriveBlock:
    """Consecutive samples of the drive.

    Attributes:
        first_sample: number of the first one, from the start of the drive.
        drive: float64[samples, axes], the command that is due at each sample.
        setpoint: float64[samples, axes], what the feedback should be once that sample has been played.
        distance_m, speed_mps: float64[samples], the car's.
        segment: int16[samples], as in `Road.segment`.
        felt: float64[samples, len(FELT)].
        clipped: int64[axes], samples of set point and command that have been clipped to the envelope.
        end_degc: front and rear damper at the end of what has been computed for this block.
    """

    first_sample: int
    drive: FloatArray
    setpoint: FloatArray
    distance_m: FloatArray
    speed_mps: FloatArray
    segment: NDArray[np.int16]
    felt: FloatArray
    clipped: NDArray[np.int64]
    end_degc: tuple[float, float]


def iter_drive(
    route: Route,
    plan: SpeedPlan,
    vehicle: Vehicle,
    bench: Bench,
    *,
    ambient_degc: float = 25.0,
    start_degc: tuple[float, float] | None = None,
    over: Over = "refuse",
    block_m: float = 200.0,
    pauses: tuple[int, ...] = (),
) -> Iterator[DriveBlock]:
    """The drive of a route, in blocks of `BLOCK_SAMPLES` (the last one what is left).

    Each axis carries what lies below the upper edge of the band and below its actuator's natural frequency, the pan
    displacement only what lies above the lower edge. Everything fades in and out from 0 over `FADE_S`.

    Args:
        route, plan, vehicle: who drives where, and how fast.
        bench: what the drive is for.
        ambient_degc, start_degc: of the air; of the front and the rear damper at the start, ambient where not given.
        over: "clip" clips set points to stroke, rate and acceleration of their actuator, commands to its stroke.
        block_m: length of the road's blocks; the drive is the same for any.
        pauses: samples around which the car stands, and every axis fades to 0 and out of it again.

    Raises:
        InputError: an axis that no drive can be made for, a band that the sample rate does not carry, or a measured
            road that cannot be used.
    """
    faults = drive_faults(bench)
    if faults:
        raise InputError(faults)
    factor, rate_hz = math.ceil(car.RATE_HZ / bench.sample_rate_hz), bench.sample_rate_hz
    side: Literal["left", "right"] = "left" if bench.corner.endswith("left") else "right"
    road = iter_road(route, vehicle.track_m.value, block_m)
    blocks = car.iter_response(
        road, plan, vehicle, side=side, ambient_degc=ambient_degc, start_degc=start_degc,
        rate_hz=factor * rate_hz, block_steps=factor * BLOCK_SAMPLES,
    )  # fmt: skip
    return _Preparation(bench, vehicle, plan, factor, over, pauses).blocks(blocks)


def drive_faults(bench: Bench) -> list[Fault]:
    """Why no drive can be made for a rig; empty where one can."""
    faults = [
        Fault("(the rig)", 1, "axes", repr(actuator.name), f"an axis that a drive can be made for: {', '.join(AXES)}")
        for actuator in bench.actuators
        if actuator.name not in AXES
    ]
    if not bench.band_low_hz < 0.5 * bench.band_high_hz:
        faults.append(Fault("(the rig)", 1, "band_low_hz", f"{bench.band_low_hz:g}", "less than half of band_high_hz"))
    if not stop_hz(bench.band_high_hz) <= 0.4 * bench.sample_rate_hz:
        found = f"{bench.band_high_hz:g} at a sample_rate_hz of {bench.sample_rate_hz:g}"
        faults.append(Fault("(the rig)", 1, "band_high_hz", found, "a band of at most a third of the sample rate"))
    return faults


def _edge_hz(actuator: Actuator, bench: Bench) -> float:
    return min(bench.band_high_hz, actuator.natural_frequency_hz)


def inverse_of(actuator: Actuator, bench: Bench) -> FloatArray:
    """The taps that turn an axis' set point into its drive."""
    return inverse_actuator(
        bench.sample_rate_hz, stop_hz(_edge_hz(actuator, bench)),
        actuator.natural_frequency_hz, actuator.damping_ratio, actuator.delay_s,
    )  # fmt: skip


class _Chain:
    """One axis from the response to its set point and its drive."""

    def __init__(
        self, actuator: Actuator, bench: Bench, factor: int, samples: int, pauses: tuple[int, ...] = ()
    ) -> None:
        self.name = actuator.name
        rate_hz = bench.sample_rate_hz
        self._shaping: list[Stage] = [Fir(low_pass(factor * rate_hz, _edge_hz(actuator, bench)), factor)]
        if actuator.name == PAN:
            self._shaping.append(HighPass(rate_hz, bench.band_low_hz))
        self._shaping.append(Fade(samples, round(FADE_S * rate_hz), pauses, round(STILL_S * rate_hz)))
        self._inverse = Fir(inverse_of(actuator, bench))

    def shape(self, wanted: FloatArray, last: bool) -> FloatArray:
        """The next set points."""
        return through(self._shaping, wanted, last)

    def invert(self, setpoint: FloatArray, last: bool) -> FloatArray:
        """The next samples of the drive."""
        return self._inverse.feed(setpoint, last)


class _Queue:
    """Samples that wait, along the last axis."""

    def __init__(self) -> None:
        self._parts: list[FloatArray] = []

    def put(self, samples: FloatArray) -> None:
        self._parts.append(samples)

    def __len__(self) -> int:
        return sum(part.shape[-1] for part in self._parts)

    def take(self, count: int) -> FloatArray:
        """The first so many, which then are gone."""
        everything = np.concatenate(self._parts, axis=-1)
        self._parts = [everything[..., count:]]
        return everything[..., :count]


class _Preparation:
    """Turns a response into drive blocks; what is not yet due in all axes waits here."""

    def __init__(
        self, bench: Bench, vehicle: Vehicle, plan: SpeedPlan, factor: int, over: Over, pauses: tuple[int, ...]
    ) -> None:
        self._axle = "front" if bench.corner.startswith("front") else "rear"
        self._factor, self._steps = factor, plan.samples(factor * bench.sample_rate_hz)
        self._driveline = Driveline(vehicle, bench.corner)
        samples = plan.samples(bench.sample_rate_hz)
        self._chains = [_Chain(actuator, bench, factor, samples, pauses) for actuator in bench.actuators]
        self._setpoints = [_Queue() for _ in self._chains]
        self._drives = [_Queue() for _ in self._chains]
        self._shaped = [_Queue() for _ in self._chains]
        self._felt, self._places, self._loads = _Queue(), _Queue(), _Queue()
        self._clipper = Clipper(bench.actuators, bench.sample_rate_hz) if over == "clip" else None

    def blocks(self, responses: Iterator[Signal]) -> Iterator[DriveBlock]:
        first = 0
        for response in responses:
            last = round(response.end_s * response.rate_hz) >= self._steps
            degc = tuple(float(response[f"{axle}_damper_temperature_degc"][-1]) for axle in ("front", "rear"))
            clipped = self._take_in(response, last)
            ready = min(len(drive) for drive in self._drives)
            while ready >= BLOCK_SAMPLES or (last and ready):
                count = min(ready, BLOCK_SAMPLES)
                yield self._block(first, count, clipped, (degc[0], degc[1]))
                first, ready, clipped = first + count, ready - count, np.zeros_like(clipped)

    def _take_in(self, response: Signal, last: bool) -> NDArray[np.int64]:
        shaft = self._driveline.consume(response)
        wanted = {
            PAN: response[f"{self._axle}_suspension_m"], TORQUE: shaft.torque_nm, SPEED: shaft.speed_radps
        }  # fmt: skip
        self._places.put(self._here(response))
        felt = self._feel(response, shaft)
        self._felt.put(felt)
        self._loads.put(felt[0])
        for chain, shaped in zip(self._chains, self._shaped, strict=True):
            shaped.put(chain.shape(wanted[chain.name], last))
        count = min(len(shaped) for shaped in self._shaped)
        setpoints = [shaped.take(count) for shaped in self._shaped]
        loads = self._loads.take(count)
        clipped = np.zeros(len(setpoints), dtype=np.int64)
        if self._clipper is not None:
            clipped = self._clipper.clip(setpoints, loads)
        for k, (chain, setpoint) in enumerate(zip(self._chains, setpoints, strict=True)):
            drive = chain.invert(setpoint, last)
            if self._clipper is not None:
                drive, cut = self._clipper.clip_command(k, drive)
                clipped[k] += cut
            self._setpoints[k].put(setpoint)
            self._drives[k].put(drive)
        return clipped

    def _here(self, response: Signal) -> FloatArray:
        """Distance, speed and segment at each sample, float64[3, samples]."""
        return np.stack([response[name][:: self._factor] for name in ("distance_m", "speed_mps", "segment")])

    def _feel(self, response: Signal, shaft: Shaft) -> FloatArray:
        """The rows of `FELT` at each sample, float64[len(FELT), samples]."""
        factor = self._factor
        strut_n = _grouped(response[f"{self._axle}_strut_force_n"], factor)
        peak_n = strut_n[np.arange(len(strut_n)), np.abs(strut_n).argmax(axis=1)]
        power_w = _grouped(response[f"{self._axle}_damper_power_w"], factor).mean(axis=1)
        degc = response[f"{self._axle}_damper_temperature_degc"][::factor]
        body = response[f"{self._axle}_body_acceleration_mps2"][::factor]
        return np.stack([peak_n, power_w, degc, body, shaft.joint_angle_rad[::factor], shaft.gear[::factor]])

    def _block(self, first: int, count: int, clipped: NDArray[np.int64], end_degc: tuple[float, float]) -> DriveBlock:
        distance_m, speed_mps, segment = self._places.take(count)
        drive = np.stack([queue.take(count) for queue in self._drives], axis=1)
        setpoint = np.stack([queue.take(count) for queue in self._setpoints], axis=1)
        felt = np.ascontiguousarray(self._felt.take(count).T)
        return DriveBlock(
            first, drive, setpoint, distance_m, speed_mps, segment.astype(np.int16), felt, clipped, end_degc
        )


def _grouped(values: FloatArray, factor: int) -> FloatArray:
    """The values within each sample, float64[samples, factor]; the last one is filled up with its last value."""
    padded = np.concatenate((values, np.full(-len(values) % factor, values[-1])))
    return padded.reshape(-1, factor)
