"""Rainflow of a whole channel: its cycles by range and mean, pseudo-damage, and the biggest with their places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.histories import MM_PER_KM, History
from rig.life.counting import Classes
from rig.life.counting.collective import add_cycles
from rig.life.rainflow import Cycles, RainflowCounter, ResidueRule

FloatArray = NDArray[np.float64]

CLASSES = 64
"""Of range and of mean, over the span of the channel."""
BIGGEST = 10
EXPONENTS = (3.0, 5.0, 8.0)
"""Slopes of S-N curves: welds and forgings, steel parts, springs."""


@dataclass(frozen=True, slots=True)
class BigCycle:
    """One cycle, and where its second turning point lies: in km, or as a sample's number where there is no distance."""

    range: float
    mean: float
    cycles: float
    km: float | None
    sample: int | None


@dataclass(frozen=True, slots=True)
class CycleCount:
    """What a channel's rainflow comes to.

    Attributes:
        samples, missing: samples that were counted, and those without a value, which were left out.
        lowest, highest: of the channel.
        gate, residue: a reversal of less was none; what became of the ranges that no cycle closed.
        cycles: all, halves as halves; ``residue_cycles`` of them come from the residue.
        forced_half_cycles: ranges that a full stack made half cycles; 0 unless a signal is strange.
        pseudo_damage: by exponent, the sum of cycles times range^exponent, in the channel's unit to that power.
        range_edges, mean_edges: of the classes, each one more than there are classes.
        matrix: cycles by range class (rows) and mean class.
        biggest: the cycles of the largest ranges, the largest first.
    """

    source: str
    channel: str
    unit: str
    samples: int
    missing: int
    lowest: float
    highest: float
    gate: float
    residue: ResidueRule
    cycles: float
    residue_cycles: float
    forced_half_cycles: int
    pseudo_damage: dict[str, float]
    range_edges: list[float]
    mean_edges: list[float]
    matrix: list[list[float]]
    biggest: list[BigCycle]


class _Tally:
    """Takes cycles in, a block's at a time; memory does not grow with them, and sums don't depend on the blocks."""

    def __init__(self, classes: tuple[Classes, Classes], exponents: Sequence[float]) -> None:
        self._ranges, self._means = (np.array([[each.lowest, each.width]]) for each in classes)
        self._exponents, self._sums = np.array(exponents, np.float64), np.zeros((1, len(exponents)))
        self._matrix = np.zeros((1, CLASSES + 2, CLASSES + 2))
        none = np.zeros(0)
        self.biggest = Cycles(none, none, np.zeros(0, np.int64), none)

    def add(self, found: Cycles) -> None:
        """Count some cycles."""
        signed = np.where(found.weights < 1.0, -found.ranges, found.ranges)
        end, sums = np.array([len(signed)]), self._sums
        add_cycles(signed, found.means, end, self._ranges, self._means, self._matrix, self._exponents, sums)
        both = _joined(self.biggest, found)
        first = np.argsort(-both.ranges, kind="stable")[:BIGGEST]
        self.biggest = Cycles(both.ranges[first], both.means[first], both.tags[first], both.weights[first])

    @property
    def pseudo_damage(self) -> list[float]:
        """By exponent."""
        return list(self._sums[0].tolist())

    @property
    def matrix(self) -> FloatArray:
        """Cycles by range and mean: the classes span all there can be, the highest edge belongs to the last."""
        matrix = self._matrix[0].copy()
        matrix[-2] += matrix[-1]
        matrix[:, -2] += matrix[:, -1]
        return np.asarray(matrix[1:-1, 1:-1], np.float64)


def _joined(one: Cycles, other: Cycles) -> Cycles:
    return Cycles(
        *(np.concatenate((getattr(one, n), getattr(other, n))) for n in ("ranges", "means", "tags", "weights"))
    )


def count_history(
    history: History,
    gate: float = 0.0,
    rule: ResidueRule = ResidueRule.HALVES,
    exponents: Sequence[float] = EXPONENTS,
) -> CycleCount:
    """Rainflow of a channel: once through for its span, once for its cycles.

    Raises:
        InputError: it has no value, or can't be read.
    """
    samples, missing, lowest, highest = _span(history)
    width = (highest - lowest) / CLASSES or 1.0
    classes = Classes(0.0, width, CLASSES), Classes(lowest, width, CLASSES)
    counter, tally = RainflowCounter(gate), _Tally(classes, exponents)
    for values, places in history.blocks():
        there = ~np.isnan(values)
        tally.add(counter.count(values[there], places[there]))
    closed = float(tally.matrix.sum())
    tally.add(counter.residue_cycles(rule))
    return CycleCount(
        history.source, history.channel, history.unit, samples, missing, lowest, highest, gate, rule,
        cycles=float(tally.matrix.sum()),
        residue_cycles=float(tally.matrix.sum()) - closed,
        forced_half_cycles=counter.forced,
        pseudo_damage={f"{each:g}": value for each, value in zip(exponents, tally.pseudo_damage, strict=True)},
        range_edges=classes[0].edges.tolist(),
        mean_edges=classes[1].edges.tolist(),
        matrix=tally.matrix.tolist(),
        biggest=list(_places(tally.biggest, history)),
    )  # fmt: skip


def _span(history: History) -> tuple[int, int, float, float]:
    samples, missing, lowest, highest = 0, 0, np.inf, -np.inf
    for values, _ in history.blocks():
        there = values[~np.isnan(values)]
        samples, missing = samples + len(there), missing + len(values) - len(there)
        lowest, highest = float(there.min(initial=lowest)), float(there.max(initial=highest))
    if not samples:
        raise InputError(
            [Fault(history.source, 0, history.channel, f"{missing} samples, all missing", "at least one value")]
        )
    return samples, missing, lowest, highest


def _places(cycles: Cycles, history: History) -> Iterator[BigCycle]:
    columns = (cycles.ranges, cycles.means, cycles.weights, cycles.tags)
    for range_, mean, weight, place in zip(*(each.tolist() for each in columns), strict=True):
        km, sample = (place / MM_PER_KM, None) if history.with_distance else (None, place)
        yield BigCycle(range_, mean, weight, km, sample)
