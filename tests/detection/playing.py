"""A course played on the simulated corner in this process: the real control law, clamp and limits, no wire.

The law's commands for the next samples come from feedback up to ``lead`` samples before, as in the loop; so turns of
``lead`` samples between law and plant give what the loop gives, bit for bit, however it batches.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.config import Rig
from rig.record.rows import row_dtype
from rig.rt import row_kernels
from rig.rt.clamp import clamp_of
from rig.rt.control import WINDOW, ControlLaw, Mode, outcome_of, places
from rig.rt.limits import TRIP, LimitJudge, limit_table
from rig.rt.outbox import STATE_OF_MODE
from rig.visa.fan import FanLaw
from simulators.bench import bench_config
from simulators.corner import kernels
from simulators.corner.plant import Plant
from simulators.corner.specimens import SpecimenTruth
from simulators.settings import QUANTITIES
from simulators.wires import Wires
from tests.detection.scanner import EVERY_SAMPLES, Scanner

FloatArray = NDArray[np.float64]
Rows = NDArray[np.void]

PIECE = 512
"""Samples that are handed over at once; the judge finds the same in pieces of any length."""
FINE_FROM = 0.9
"""From this damage on the specimen is played sample by sample, so that the sample of its break is known."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What is played on: the rig, the true specimens (all others are as good as their family), weather and noise.

    ``used``: the share of its life that a component has behind it, as a bench remembers it; of others none.
    """

    rig: Rig
    specimens: tuple[SpecimenTruth, ...]
    ambient_degc: float
    seed: int
    used: Mapping[str, float] = field(default_factory=dict)


class Reading(NamedTuple):
    """What the slow instruments read: the last sample before it, where the car was, values by name."""

    sample: int
    distance_km: float
    values: dict[str, float]


@contextlib.contextmanager
def corner(bench: Bench) -> Iterator[tuple[Plant, Wires]]:
    """The simulated corner; its cabling is gone afterwards."""
    wires = Wires.create()
    try:
        wires.ambient_temperature_degc = bench.ambient_degc
        config = bench_config(bench.rig, "stepped", bench.seed, None)
        plant = Plant(replace(config, specimens=bench.specimens), wires)
        parts = list(plant.damage())
        for one in bench.specimens:
            plant._parts[parts.index(one.component), kernels.DAMAGE] = (
                bench.used.get(one.component, 0.0) * one.failing_damage
            )
        yield plant, wires
    finally:
        wires.close()
        wires.unlink()


class Player:
    """One run of a drive.

    Args:
        bench: what it is played on.
        drive: float64[samples, 2 axes + 3].
        watched: the component whose break is looked for.
        fine: whether every sample is played by itself, for specimens that do not live long.

    Attributes:
        broke_at: the first sample that the watched component plays with a true damage of 1 or more; -1 before it.
        broke_within: how many samples that may be too late.
        ended: why the run ended; empty while it lasts.
        readings: of the slow instruments, since the last rows that `pieces` has given.
    """

    def __init__(
        self, bench: Bench, plant: Plant, wires: Wires, drive: FloatArray, watched: str = "", fine: bool = False
    ) -> None:
        rig = bench.rig
        self._rig, self._plant, self._wires, self._drive = rig, plant, wires, drive
        self._watched, self._fine = watched, fine
        axes, channels, self._turn = len(rig.axes), len(rig.channels), rig.lead_samples
        self._law, self._clamp = ControlLaw(rig, np.inf), clamp_of(rig)
        self._limits = LimitJudge(limit_table(rig), rig.sample_rate_hz)
        self._fan = FanLaw(rig.fan) if rig.fan is not None else None
        self._feedback = np.full((WINDOW, channels), CODE_NAN, np.int16)
        self._requests = np.full(WINDOW, -1, np.int64)
        self._out, self._codes = outcome_of(self._turn, axes), np.zeros((self._turn, axes), np.int16)
        self._scale = np.array([axis.scale for axis in rig.axes])
        self._offset = np.array([axis.offset for axis in rig.axes])
        self._rows = np.zeros(PIECE, row_dtype(axes, channels))
        self._breached = ""
        self.broke_at, self.broke_within, self.ended = -1, 0, ""
        self._played, self._no_waveform = np.zeros((self._turn, len(QUANTITIES))), np.zeros(0)
        self._part = tuple(plant.damage()).index(watched) if watched else -1
        self._scanner, self._next_scan = Scanner(rig, wires, bench.seed), EVERY_SAMPLES
        self.readings: list[Reading] = []

    def pieces(self) -> Iterator[Rows]:
        """The rows as the loop would push them, a piece at a time; each is overwritten by the next."""
        first = 0
        while not self.ended:
            self._play(first)
            first += self._turn
            if first >= self._next_scan:
                self._scan(first - 1)
            if first % PIECE == 0:
                self._blow(PIECE)
                yield self._rows
                self.readings = []
        if first % PIECE:
            yield self._rows[: first % PIECE]

    def _play(self, first: int) -> None:
        law, count = self._law, self._turn
        law.command(first, self._feedback, self._requests, self._drive, len(self._drive), self._out, count)
        if law.mode is not Mode.RUN:
            self.ended = "course" if law.target_reached else self._breached
        if self._clamp.encode(self._out["commands"], self._codes, count) >= 0:
            self.ended = "clamp"
        row_kernels.begin(first, count, self._out, self._codes, self._scale, self._offset, STATE_OF_MODE, 0, self._rows)
        frames = self._move(first, self._offset + self._scale * self._codes)
        row_kernels.complete(first, frames, 0, self._rows)
        self._feedback[places(first, count)] = frames
        strongest, breaches = self._limits.judge(first, count, self._feedback, law.expected, self._requests)
        for breach in breaches:
            limit = self._limits.table.limits[breach.limit]
            self._breached = f"{limit.channel} {limit.kind}: {limit.action}"
        if strongest == TRIP:
            self.ended = self._breached

    @property
    def true_damage(self) -> float:
        """Of the watched component, 1 where it fails; NaN where none is watched."""
        parts = self._plant._parts  # as `Plant.damage` has it, which takes too long for each turn
        return float(parts[self._part, 0] / parts[self._part, 4]) if self._watched else np.nan

    def _move(self, first: int, setpoints: FloatArray) -> NDArray[np.int16]:
        """Play a turn, in one go or by the sample; note the break."""
        told, watched = self._plant.actuators.told(setpoints), bool(self._watched) and self.broke_at < 0
        step = 1 if watched and (self._fine or self.true_damage >= FINE_FROM) else self._turn
        for at in range(0, self._turn, step):
            self._step(told[at : at + step], self._played[at : at + step])
            if watched and self.broke_at < 0 and self.true_damage >= 1.0:
                self.broke_at, self.broke_within = first + at + step, step - 1
        return self._plant.converter.codes(self._played)

    def _step(self, told: FloatArray, measured: FloatArray) -> None:
        """What `Plant.play` does, but for the wires, which take as long and change no more than once a piece."""
        plant, actuators = self._plant, self._plant.actuators
        kernels.play(
            told, plant._corner, plant._state, actuators.response, actuators.limits, actuators.motion,
            actuators.history, plant._parts, plant._law, self._no_waveform, plant._noise, measured,
        )  # fmt: skip

    def _scan(self, sample: int) -> None:
        self._next_scan += EVERY_SAMPLES
        self._plant._report()
        distance_m = float(self._rows["distance_m"][sample % PIECE])
        self.readings.append(Reading(sample, distance_m / 1000.0, self._scanner.scan()))

    def _blow(self, samples: int) -> None:
        """The fan follows the damper's temperature, about once a second, as the instruments do."""
        if self._fan is not None:
            self._plant._report()
            passed_s, degc = samples / self._rig.sample_rate_hz, self._wires.damper_temperature_degc
            self._wires.fan_voltage_v = self._fan.voltage_v(degc, passed_s)
            self._plant._connect()
