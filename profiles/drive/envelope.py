"""Whether a drive stays within what the actuators can do, and where on the stage it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from profiles.drive.prepare import Actuator, DriveBlock
from profiles.signal import FloatArray

MERGE_S = 0.5  # excesses closer together than this are told as one


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

    @property
    def findings(self) -> list[Excess]:
        """All excesses so far, in the order of their time."""
        still_open = [window.worst for window in self._open.values()]
        return sorted(self._closed + still_open, key=lambda excess: (excess.time_s, excess.axis, excess.quantity))

    def consume(self, block: DriveBlock) -> None:
        """Judge the next block."""
        for column, actuator in enumerate(self._actuators):
            for judged in self._judgements(column, actuator, block):
                over = np.flatnonzero(~(judged.severity <= 1.0))
                if over.size:
                    self._note(actuator, judged, over, block)

    def _judgements(self, column: int, actuator: Actuator, block: DriveBlock) -> Iterator[_Judged]:
        setpoint = block.setpoint[:, column]
        yield _stroke("stroke", setpoint, actuator)
        yield _stroke("drive", block.drive[:, column], actuator)
        known = np.concatenate((self._past[column].setpoints, setpoint))
        self._past[column].setpoints = known[-2:]
        rate = np.diff(known)[1:] * self._rate_hz
        yield _within("rate", rate, _rate_allowed(actuator, block.strut_force_n))
        if actuator.acceleration_per_s2 is not None:
            acceleration = np.diff(known, 2) * self._rate_hz**2
            yield _within("acceleration", acceleration, np.full(len(setpoint), actuator.acceleration_per_s2))
        if actuator.force_n is not None:
            yield _within("force", block.strut_force_n, np.full(len(setpoint), actuator.force_n))

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
            self._closed.append(before.worst)
        self._open[key] = new


def _within(quantity: str, value: FloatArray, allowed: FloatArray) -> _Judged:
    with np.errstate(divide="ignore", invalid="ignore"):
        severity = np.abs(value) / allowed
    return _Judged(quantity, value, allowed, np.where(value == 0.0, 0.0, severity))


def _stroke(quantity: str, value: FloatArray, actuator: Actuator) -> _Judged:
    middle, half = 0.5 * (actuator.highest + actuator.lowest), 0.5 * (actuator.highest - actuator.lowest)
    allowed = np.where(value > middle, actuator.highest, actuator.lowest)
    return _Judged(quantity, value, allowed, np.abs(value - middle) / half)


def _rate_allowed(actuator: Actuator, strut_force_n: FloatArray) -> FloatArray:
    """A servo valve gives less oil under load: rate times √(1 − |F| / stall force)."""
    if actuator.force_n is None:
        return np.full(len(strut_force_n), actuator.rate_per_s)
    left = np.maximum(0.0, 1.0 - np.abs(strut_force_n) / actuator.force_n)
    return np.asarray(actuator.rate_per_s * np.sqrt(left))
