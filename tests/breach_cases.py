"""Random breaches of one limit each: what a sensor gives, from which sample on, and at which sample the limit breaks.

The sample follows from how the codes are made here, not from the limits' own code.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN
from rig.config import Limit, Rig
from tests.in_process import Patch
from tests.loop_bench import AXES, CHANNELS, RIG, FloatArray, rig_with, waves

RAMP_S = 0.04
SAMPLES = 500
"""Drive rows; more than any case plays."""

BETWEEN: tuple[tuple[float, float, float, float], ...] = (
    (-0.19, -0.06, 0.06, 0.19),  # pan, m
    (-6000.0, -1500.0, 2500.0, 6000.0),  # torque, N·m
    (-18.0, -8.0, 40.0, 110.0),  # speed, rad/s
    (-50_000.0, -15_000.0, 15_000.0, 50_000.0),  # strut force, N
    (-0.15, -0.06, 0.06, 0.15),  # strut travel, m
    (-400.0, -100.0, 100.0, 400.0),  # body acceleration, m/s²
    (-200.0, -30.0, 60.0, 150.0),  # damper temperature, °C
)
"""Of each channel: the lowest limit, what the drive stays above and below, the highest limit."""

LEAST_FOLLOWING = (0.015, 600.0, 8.0)
"""What following errors of the three axes stay below with the actuators as they are."""

Codes = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Case:
    """One breach.

    Attributes:
        rig: with this limit among others that do not break; ``index`` is its place among those judged by samples.
        drive: what is played.
        patches: what the sensor gives.
        breach: the sample at which the limit breaks.
        batch: samples that a cycle carries.
        seed: of the plant's noise; ``real_plant`` whether it is the simulated corner.
    """

    rig: Rig
    limit: Limit
    index: int
    drive: FloatArray
    patches: tuple[Patch, ...]
    breach: int
    batch: int
    seed: int
    real_plant: bool

    @property
    def lead(self) -> int:
        """Of the rig."""
        return self.rig.lead_samples

    def without(self) -> Rig:
        """The rig without this limit."""
        return self.rig.model_copy(update={"limits": tuple(one for one in self.rig.limits if one is not self.limit)})

    def __str__(self) -> str:
        """What a failed test says of it."""
        told = f"{self.limit.kind} {self.limit.value} x {self.limit.persistence_samples} on {self.limit.channel}"
        batch = f"{self.batch} of {self.lead} a cycle, {'corner' if self.real_plant else 'faithful'}, seed {self.seed}"
        return f"{self.limit.action} by {told} at {self.breach}, {batch}"


class _Maker:
    """Chooses one case; the codes of a channel are asked for by its kind."""

    def __init__(self, rng: np.random.Generator, kind: str) -> None:
        self.rng, self.kind = rng, kind
        by_axis = kind in ("following_error", "underpeak")
        self.channel = int(rng.integers(AXES if by_axis else CHANNELS))
        self.scale = RIG.channels[self.channel].scale
        self.drive = waves(SAMPLES, rng, fade=60)
        self.start = int(rng.integers(70, 170))
        self.persistence = int(rng.choice([1, 2, 3, *rng.integers(4, 30, 3)]))
        self.extra = int(rng.integers(0, 20))
        self.missing = bool(rng.random() < 0.25)

    def code(self, value: float) -> int:
        return round(value / self.scale)

    def near_misses(self, bad: Callable[[int, int], Codes], most: int) -> list[Patch]:
        """Bad samples too few in a row to count, earlier on."""
        starts = range(10, self.start - most - 10, most + 10) if most > 0 else ()
        chosen = [start for start in starts if self.rng.random() < 0.5]
        return [Patch(self.channel, start, bad(start, most)) for start in chosen]

    def row_of_bad(self, bad: Callable[[int, int], Codes], most_missed: int) -> tuple[list[Patch], int]:
        """A row of bad samples that is long enough; where it breaks."""
        patch = Patch(self.channel, self.start, bad(self.start, self.persistence + self.extra))
        return [*self.near_misses(bad, most_missed), patch], self.start + self.persistence - 1

    def constant(self, code: int) -> Callable[[int, int], Codes]:
        return lambda _, count: np.full(count, CODE_NAN if self.missing else code, np.int16)


def _beyond(maker: _Maker) -> tuple[float, list[Patch], int]:
    low, least, most, high = BETWEEN[maker.channel]
    if maker.kind == "upper":
        value = float(maker.rng.uniform(most, high))
        code = math.ceil(value / maker.scale) + int(maker.rng.integers(1, 50))
    else:
        value = float(maker.rng.uniform(low, least))
        code = math.floor(value / maker.scale) - int(maker.rng.integers(1, 50))
    return value, *maker.row_of_bad(maker.constant(code), maker.persistence - 1)


def _following(maker: _Maker) -> tuple[float, list[Patch], int]:
    least = LEAST_FOLLOWING[maker.channel]
    value = float(maker.rng.uniform(least, 2 * least))
    off = (value + 3 * maker.scale) * float(maker.rng.choice([-1, 1]))

    def bad(first: int, count: int) -> Codes:
        aims = maker.drive[first : first + count, AXES + maker.channel]
        codes = np.rint((aims + off) / maker.scale).astype(np.int16)
        return np.full(count, CODE_NAN, np.int16) if maker.missing else codes

    return value, *maker.row_of_bad(bad, maker.persistence - 1)


def _rate(maker: _Maker) -> tuple[float, list[Patch], int]:
    """Jumps to and fro; the one back to the plant's own value is one more."""
    jump = int(maker.rng.integers(500, 3000))

    def bad(_: int, count: int) -> Codes:
        codes = np.where(np.arange(count) % 2, 20_000 - 2 * jump, 20_000).astype(np.int16)
        return np.full(count, CODE_NAN, np.int16) if maker.missing else codes

    return jump * maker.scale * RIG.sample_rate_hz, *maker.row_of_bad(bad, maker.persistence - 2)


def _stuck(maker: _Maker) -> tuple[None, list[Patch], int]:
    """It sticks at what it gives one sample before, which is another value than the one before that."""
    maker.persistence = max(maker.persistence, 6)  # its noise may well give the same code a few times
    code = int(maker.rng.integers(12_000, 14_000))  # where the plant itself never is

    def bad(_: int, count: int) -> Codes:
        return np.array([code + 7, code, *[code] * count], np.int16)

    patches, breach = maker.row_of_bad(bad, maker.persistence - 1)
    return None, [Patch(one.channel, one.first - 2, one.codes) for one in patches], breach


def _end_code(maker: _Maker) -> tuple[None, list[Patch], int]:
    maker.missing = False
    return None, *maker.row_of_bad(maker.constant(int(maker.rng.choice([CODE_MIN, CODE_MAX]))), maker.persistence - 1)


def _missing(maker: _Maker) -> tuple[None, list[Patch], int]:
    maker.missing = True
    return None, *maker.row_of_bad(maker.constant(0), maker.persistence - 1)


def _weak(maker: _Maker) -> tuple[float, list[Patch], int]:
    """Whole windows in which nearly nothing moves."""
    window = maker.persistence = int(maker.rng.integers(40, 60))
    first = window * math.ceil(maker.start / window)
    codes = np.arange(window * int(maker.rng.integers(1, 3)), dtype=np.int16) % 2
    return 0.3, [Patch(maker.channel, first, codes)], first + window - 1


def _counted(maker: _Maker) -> tuple[float, list[Patch], int]:
    """Falls and rises from end to end; what the drive itself does is less than a cycle."""
    low, least, most, high = BETWEEN[maker.channel]
    maker.persistence = 1
    value = float(maker.rng.uniform(1.1 * (most - least), 0.9 * (high - low)))
    if maker.missing:
        return value, [Patch(maker.channel, maker.start, np.array([CODE_NAN], np.int16))], maker.start
    up, down, cycles = (int(count) for count in maker.rng.integers(1, 9, 3))
    cycle = [maker.code(high)] * up + [maker.code(low)] * down
    maker.extra = cycles
    codes = np.array(cycle * cycles + [maker.code(high)], np.int16)
    return value, [Patch(maker.channel, maker.start, codes)], maker.start + len(codes) - 1


_MAKERS: dict[str, Callable[[_Maker], tuple[float | None, list[Patch], int]]] = {
    "upper": _beyond,
    "lower": _beyond,
    "following_error": _following,
    "underpeak": _weak,
    "rate": _rate,
    "end_of_count": _counted,
    "saturated": _end_code,
    "stuck": _stuck,
    "nan": _missing,
}
KINDS = tuple(_MAKERS)


def make_case(rng: np.random.Generator, kind: str, **wanted: str | int) -> Case:
    """A random breach of a kind: channel, action, moment, persistence, batch and lead; ``wanted`` fixes what it names.

    Args:
        rng: chooses.
        kind: of limit.
        wanted: ``action``, ``lead``, ``batch``, ``real_plant``.
    """
    maker = _Maker(rng, kind)
    value, patches, breach = _MAKERS[kind](maker)
    lead = int(wanted.get("lead") or rng.integers(1, 11))
    chosen = {
        "action": str(rng.choice(["indicate", "hold", "stop", "trip"])),
        "batch": int(rng.choice([1, lead, lead, *rng.integers(1, lead + 1, 2)])),
        "real_plant": bool(rng.random() < 0.35),
        **wanted,
    }
    limit = Limit.model_validate(
        {
            "channel": RIG.channels[maker.channel].name,
            "kind": kind,
            "value": value,
            "cycles": (1 if maker.missing else maker.extra) if kind == "end_of_count" else None,
            "action": chosen["action"],
            "persistence_samples": maker.persistence,
        }
    )
    others = [one for one in RIG.limits if one.channel != limit.channel or one.kind == "stale"]
    at = int(rng.integers(len(others) + 1))
    limits = (*others[:at], limit, *others[at:])
    rig = rig_with(*limits, progress=False, adapts=False, lead_samples=lead, ramp_s=RAMP_S)
    index = [one for one in limits if one.kind != "stale"].index(limit)
    seed = int(rng.integers(1 << 30))
    batch, real_plant = int(chosen["batch"]), bool(chosen["real_plant"])
    return Case(rig, limit, index, maker.drive, tuple(patches), breach, batch, seed, real_plant)
