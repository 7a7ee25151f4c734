"""Whether a drive stays within what the actuators can do, and where on the stage it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from profiles.drive.actuator import Actuator
from profiles.drive.clip import rate_allowed
from profiles.drive.prepare import FELT, DriveBlock
from profiles.signal import FloatArray

MERGE_S = 0.5
"""Excesses closer together than this are told as one."""
MOST_KEPT = 1000
"""Excesses that are kept; all are counted."""
_STRUT = FELT.index("strut_force_n")


@dataclass(frozen=True, slots=True)
class Excess:
    """One stretch of the drive that an actuator cannot follow, told by its worst sample.

    Attributes:
        axis: the actuator's name.
        quantity: ``stroke`` (set point), ``drive`` (command), ``rate``, ``acceleration`` or ``force``.
        value, allowed: at the worst sample; in the unit of the axis, per second, per second squared, or N.
        distance_m, time_s, segment: where and when that is.
    """

    axis: str
    quantity: str
    value: float
    allowed: float
    distance_m: float
    time_s: float
    segment: int


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the envelope a drive uses at its most: axis and quantity as in `Excess`, the share and where."""

    axis: str
    quantity: str
    share: float
    value: float
    allowed: float
    distance_m: float


@dataclass(slots=True)
class _Window:
    """An excess that may still grow."""

    last_sample: int
    severity: float
    worst: Excess


@dataclass(frozen=True, slots=True)
class _Judged:
    """A quantity over the samples of a block: what it is, what is allowed, and by how much it is used (1: fully)."""

    quantity: str
    value: FloatArray
    allowed: FloatArray
    severity: FloatArray


@dataclass(slots=True)
class _Past:
    """The last two set points of an axis, so that rates go on across blocks."""

    setpoints: FloatArray = field(default_factory=lambda: np.zeros(2))


class EnvelopeCheck:
    """Judges a drive block by block: stroke, rate (which falls under load), acceleration and force of each axis.

    Before its first sample the drive is taken to be at 0, as the fade-in makes it.
    """

    def __init__(self, actuators: Sequence[Actuator], sample_rate_hz: float) -> None:
        self._actuators = tuple(actuators)
        self._rate_hz = float(sample_rate_hz)
        self._past = [_Past() for _ in self._actuators]
        self._open: dict[tuple[str, str], _Window] = {}
        self._closed: list[Excess] = []
        self._closed_count = 0
        self._usage: dict[tuple[str, str], Usage] = {}

    @property
    def count(self) -> int:
        """The number of excesses so far, those that are not kept included."""
        return self._closed_count + len(self._open)

    @property
    def findings(self) -> list[Excess]:
        """The first `MOST_KEPT` excesses so far, in the order of their time."""
        still_open = [window.worst for window in self._open.values()]
        return sorted(self._closed + still_open, key=lambda excess: (excess.time_s, excess.axis, excess.quantity))

    @property
    def usage(self) -> list[Usage]:
        """The largest use of each quantity of each axis so far."""
        return list(self._usage.values())

    def consume(self, block: DriveBlock) -> None:
        """Judge the next block."""
        for column, actuator in enumerate(self._actuators):
            for judged in self._judgements(column, actuator, block):
                worst = int(np.argmax(judged.severity))
                if not judged.severity[worst] <= 1.0:
                    self._note(actuator, judged, np.flatnonzero(~(judged.severity <= 1.0)), block)
                self._use(actuator, judged, worst, block)

    def _use(self, actuator: Actuator, judged: _Judged, worst: int, block: DriveBlock) -> None:
        key, share = (actuator.name, judged.quantity), float(judged.severity[worst])
        if key not in self._usage or share > self._usage[key].share:
            value, allowed = float(judged.value[worst]), float(judged.allowed[worst])
            self._usage[key] = Usage(*key, share, value, allowed, float(block.distance_m[worst]))

    def _judgements(self, column: int, actuator: Actuator, block: DriveBlock) -> Iterator[_Judged]:
        setpoint, strut_n = block.setpoint[:, column], block.felt[:, _STRUT]
        yield _stroke("stroke", setpoint, actuator)
        yield _stroke("drive", block.drive[:, column], actuator)
        known = np.concatenate((self._past[column].setpoints, setpoint))
        self._past[column].setpoints = known[-2:]
        steps = np.diff(known)
        yield _within("rate", steps[1:] * self._rate_hz, rate_allowed(actuator, strut_n))
        if actuator.acceleration_per_s2 is not None:
            acceleration = np.diff(steps) * self._rate_hz**2
            yield _within("acceleration", acceleration, np.full(len(setpoint), actuator.acceleration_per_s2))
        if actuator.force_n is not None:
            yield _within("force", strut_n, np.full(len(setpoint), actuator.force_n))

    def _note(self, actuator: Actuator, judged: _Judged, over: NDArray[np.int64], block: DriveBlock) -> None:
        gap = round(MERGE_S * self._rate_hz)
        for group in np.split(over, np.flatnonzero(np.diff(over) > gap) + 1):
            worst = int(group[np.argmax(judged.severity[group])])
            excess = Excess(
                actuator.name,
                judged.quantity,
                float(judged.value[worst]),
                float(judged.allowed[worst]),
                float(block.distance_m[worst]),
                (block.first_sample + worst) / self._rate_hz,
                int(block.segment[worst]),
            )
            first, last = (block.first_sample + int(group[index]) for index in (0, -1))
            self._merge(_Window(last, float(judged.severity[worst]), excess), first, gap)

    def _merge(self, new: _Window, first_sample: int, gap: int) -> None:
        """Put a window to the open one of its kind where that is near, or else close that one."""
        key = (new.worst.axis, new.worst.quantity)
        before = self._open.get(key)
        if before is not None and first_sample - before.last_sample <= gap:
            if before.severity >= new.severity:
                new = _Window(new.last_sample, before.severity, before.worst)
        elif before is not None:
            self._closed_count += 1
            if len(self._closed) < MOST_KEPT:
                self._closed.append(before.worst)
        self._open[key] = new


def _within(quantity: str, value: FloatArray, allowed: FloatArray) -> _Judged:
    with np.errstate(divide="ignore", invalid="ignore"):
        severity = np.abs(value) / allowed
    return _Judged(quantity, value, allowed, np.where(value == 0.0, 0.0, severity))


def _stroke(quantity: str, value: FloatArray, actuator: Actuator) -> _Judged:
    """The share of the way from 0 to the end that it is on the side of; beyond it, more than 1."""
    allowed = np.where(value > 0.0, actuator.highest, actuator.lowest)
    with np.errstate(divide="ignore", invalid="ignore"):
        severity = np.where(value == 0.0, 0.0, value / allowed)
    outside = ~((actuator.lowest <= value) & (value <= actuator.highest))
    return _Judged(quantity, value, allowed, np.where(outside, np.maximum(np.abs(severity), 1.0 + 1e-9), severity))
