"""Rows of a run as the judge sees them, from a small strut model of the tests' own: no simulator, no controller."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from profiles.schema import load
from rig.config import LIBRARY, Rig
from rig.life.components import components_of
from rig.life.judge import Judge
from rig.life.specimens import load_specimens
from rig.record.rows import row_dtype
from rig.state import RigState

FloatArray = NDArray[np.float64]

RATE_HZ = 500
SPEED_MPS = 8.0
SURFACES = ("dunes", "stony_plain")
SEGMENT_S = 40.0
CODE_NAN, CODE_END = -32768, 32767

RIG = load(LIBRARY / "rigs" / "one_corner.yaml", Rig)
CHANNELS = [channel.name for channel in RIG.channels]
AXES = [axis.name for axis in RIG.axes]


@dataclass
class Left:
    """What is left of each part, 1 = all: a number, or float64[samples]."""

    spring: float | FloatArray = 1.0
    damping: float | FloatArray = 1.0
    mount: float | FloatArray = 1.0
    shaft: float | FloatArray = 1.0
    fade: float = field(default=0.002)


def after(seconds: float, length_s: float, left: float) -> FloatArray:
    """All of it up to a time, then what is left, float64[samples]."""
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return np.where(time_s < seconds, 1.0, left)


def motion(samples: int, rng: np.random.Generator, size_m: float) -> tuple[FloatArray, FloatArray]:
    """Travel (m, of a size in RMS) and its speed (m/s), 0.3 to 30 Hz, falling with the frequency's power 1.5."""
    frequency = np.fft.rfftfreq(samples, 1.0 / RATE_HZ)
    band = (frequency > 0.3) & (frequency < 30.0)
    size = np.where(band, np.maximum(frequency, 0.3) ** -1.5, 0.0)
    spectrum = size * (rng.standard_normal(len(size)) + 1j * rng.standard_normal(len(size)))
    travel = np.fft.irfft(spectrum, samples)
    speed = np.fft.irfft(spectrum * 2j * np.pi * frequency, samples)
    scale = size_m / travel.std()
    return scale * travel, scale * speed


def strut_force(travel: FloatArray, speed: FloatArray, degc: FloatArray, left: Left) -> FloatArray:
    """The nominal front strut above its static load of 6,867 N; a spring that is gone no longer carries that load."""
    slow = np.clip(speed, -0.25, 0.25)
    fast = speed - slow
    damper = np.where(speed > 0.0, 4500.0 * slow + 2200.0 * fast, 9000.0 * slow + 3600.0 * fast)
    spring = left.spring * (54_000.0 * travel + 6867.0) - 6867.0
    return np.asarray(spring + left.damping * np.exp(-left.fade * (degc - 20.0)) * damper)


def healthy_rows(length_s: float, left: Left | None = None, seed: int = 1, size_m: float = 0.03) -> NDArray[np.void]:
    """Rows of a run of so many seconds, with the noise of usual sensors: 40 N, 0.05 mm, 5 N·m."""
    left, rng = left or Left(), np.random.default_rng(seed)
    n = round(length_s * RATE_HZ)
    time_s = np.arange(n) / RATE_HZ
    travel, speed = motion(n, rng, size_m)
    degc = 20.0 + 50.0 * (1.0 - np.exp(-time_s / 300.0))
    force = strut_force(travel, speed, degc, left)
    wanted = 600.0 * np.sin(2.0 * np.pi * 0.2 * time_s) + 200.0
    values = {
        "pan_displacement_m": travel + force / (2.0e6 * left.mount) + 5e-5 * rng.standard_normal(n),
        "halfshaft_torque_nm": left.shaft * wanted + 5.0 * rng.standard_normal(n),
        "shaft_speed_radps": np.full(n, SPEED_MPS / 0.43),
        "strut_force_n": force + 40.0 * rng.standard_normal(n),
        "strut_travel_m": travel + 5e-5 * rng.standard_normal(n),
        "body_acceleration_mps2": force / 350.0,
        "damper_temperature_degc": degc + 0.05 * rng.standard_normal(n),
    }
    rows = np.zeros(n, row_dtype(len(AXES), len(CHANNELS)))
    rows["sample"], rows["span"], rows["state"] = np.arange(n), 1.0, int(RigState.RUNNING)
    rows["distance_m"], rows["speed_mps"] = SPEED_MPS * time_s, SPEED_MPS
    rows["segment"] = (time_s // SEGMENT_S).astype(np.int64) % len(SURFACES)
    for index, channel in enumerate(RIG.channels):
        rows["feedback"][:, index] = np.rint((values[channel.name] - channel.offset) / channel.scale)
    for index, axis in enumerate(RIG.axes):
        setpoint = wanted if axis.name == "halfshaft_torque_nm" else values[axis.name]
        rows["setpoint"][:, index] = np.rint((setpoint - axis.offset) / axis.scale)
    return rows


def codes(rows: NDArray[np.void], channel: str) -> NDArray[np.int16]:
    """The feedback codes of one channel, to be changed in place."""
    return np.asarray(rows["feedback"][:, CHANNELS.index(channel)])


def new_judge(specimens: str = "new_parts") -> Judge:
    """A judge of the default rig and a specimens file of the library."""
    file = load_specimens(specimens)
    return Judge(RIG, components_of(file), file, SURFACES)
