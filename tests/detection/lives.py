"""Who is played: seeded specimens, each weak enough to fail within some tens of kilometres of its course.

Damage a kilometre is not accelerated; the specimen is weak. How much true damage a course does by a kilometre is known
from a healthy part that has been over it, so a specimen's life is drawn in kilometres: the family's Weibull scatter by
its serial number, as the simulator draws it, times `TrueMode.scale_km`. A part that shows nothing for most of its life
comes on the bench with that behind it. Young failures live a tenth of what others of their kind do, of which as large a
share is behind them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.corner.specimens import SpecimenTruth, Truth, life_multiplier, true_life, truth_of
from tests.detection.modes import TRUE_MODES, TrueMode

FloatArray = NDArray[np.float64]

YOUNG_EACH = 20
"""One in so many dies young."""
YOUNG_SHARE = 0.1
AT_END = 0.9
"""A life is drawn anew where it is longer than this share of the course: the demonstration wants failures."""
SHORTEST_KM = 1.0
"""Below it the first blocks, from which the judge learns what healthy means, are not past."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The true damage of a healthy part over a course: float64[places], by kilometre."""

    distance_km: FloatArray
    damage: FloatArray

    def at(self, distance_km: float) -> float:
        """Damage at a distance."""
        return float(np.interp(distance_km, self.distance_km, self.damage))

    def where(self, damage: float) -> float:
        """The distance at which it has come to a damage."""
        return float(np.interp(damage, self.damage, self.distance_km))


@dataclass(frozen=True, slots=True)
class Life:
    """One specimen: its number within its mode, how it fails, where, and with which noise of the sensors.

    ``life_km``: what is played of its life, all but the share that it has behind it.
    """

    number: int
    course: int
    true: TrueMode
    serial: str
    life_km: float
    young: bool
    noise_seed: int

    @property
    def which(self) -> tuple[str, str, int]:
        """Component, mode and its number in it."""
        return self.true.component, self.true.mode, self.number

    def truth(self, curve: Curve) -> SpecimenTruth:
        """For the simulator alone: so weak that it fails near its kilometre of this course."""
        drawn = true_life(self.true.component, self.serial)
        mode = self.true.mode
        whole = curve.at(self.life_km) / (1.0 - self.true.behind)
        told = Truth.model_validate({"life_factor": whole / drawn, "mode": mode})
        return truth_of(self.true.component, self.serial, told)


def lives(seed: int, count: int, courses: int, length_km: float) -> tuple[Life, ...]:
    """So many specimens of each mode, modes in turn; one depends on the seed, its mode and its number in it alone."""
    every = ((number, true) for number in range(count) for true in TRUE_MODES)
    return tuple(_life(seed, true, number, courses, length_km) for number, true in every)


def _life(seed: int, true: TrueMode, number: int, courses: int, length_km: float) -> Life:
    rng = np.random.default_rng([seed, 2, true.key, number])
    young = _is_young(seed, true, number)
    while True:
        serial = f"{true.component}-{true.mode}-{seed}-{number}-{int(rng.integers(2**31))}"
        life_km = true.scale_km * life_multiplier(true.component, serial) * (YOUNG_SHARE if young else 1.0)
        if SHORTEST_KM <= life_km <= AT_END * length_km:
            break
    return Life(number, number % courses, true, serial, life_km, young, int(rng.integers(2**31)))


def _is_young(seed: int, true: TrueMode, number: int) -> bool:
    """One of each twenty in a row, wherever it falls."""
    rng = np.random.default_rng([seed, 4, true.key, number // YOUNG_EACH])
    return number % YOUNG_EACH == int(rng.integers(YOUNG_EACH))
