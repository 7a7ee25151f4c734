"""The search: as much is left out as may be while the damage, counted on the edited drive, is still retained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.drive.edit import Kept, join_samples, pieces
from profiles.schema import Fault, InputError
from rig.editing.joins import joined
from rig.editing.loads import Need, damages
from rig.editing.source import Source
from rig.plan.leg import LegPlan

FloatArray = NDArray[np.float64]

WINDOW_S = 2.0
MOST_ROUNDS, MOST_FILLS = 80, 20
_FIRST = 3.0
"""The search begins with so many times the damage left out that may be lost, and comes down to what holds."""
_SLOWEST = 0.9

Told = Callable[[int, float], None]
"""Told of each round: its number, and the least share of damage retained."""


@dataclass(frozen=True, slots=True)
class Found:
    """An edit that holds: what is kept, the plan of it, and the share of each damage that it retains."""

    kept: Kept
    made: LegPlan
    retained: dict[str, float]


def find_edit(source: Source, needs: Sequence[Need], retain: float, told: Told = lambda _round, _least: None) -> Found:
    """The stretches to keep so that each damage is retained, joint over all needs.

    Raises:
        InputError: a need has no damage at all, nothing can be left out, or the rig can't play what would be left.
    """
    _refuse_nothing(source, needs)
    forced = np.zeros(-(-source.samples // _window(source)), np.bool_)
    forced[[0, -1]] = True  # the drive's own fades
    for _ in range(MOST_FILLS):
        kept, retained = _search(source, needs, retain, forced, told)
        made = source.planned(kept)
        if not made.excess_count:
            return Found(kept, made, retained)
        _keep_joins(forced, kept, [excess.time_s * source.rate_hz for excess in made.excesses], source)
    found = f"{made.excess_count} places outside the rig's envelope at joins"
    raise InputError([Fault("rig edit", 0, "(the joins)", found, "a drive that is further from the rig's limits")])


def _window(source: Source) -> int:
    return round(WINDOW_S * source.rate_hz)


def _refuse_nothing(source: Source, needs: Sequence[Need]) -> None:
    faults = [
        Fault("rig edit", 0, need.name, "no damage in the whole drive", "a load that the drive has")
        for need, total in zip(needs, counted(needs, source.loads()), strict=True)
        if not total > 0.0
    ]
    if faults:
        raise InputError(faults)


def by_window(source: Source, needs: Sequence[Need]) -> FloatArray:
    """Damage of the whole drive by need and window, float64[needs, windows]: half a cycle to each of its two ends.

    A counter knows the second turning point of a cycle; of the history played backwards that is the first.
    """
    tags = np.arange(source.samples) // _window(source)
    loads = source.loads()
    back = {name: np.ascontiguousarray(values[::-1]) for name, values in loads.items()}
    count = int(tags[-1]) + 1
    ends = damages(needs, loads, tags, count), damages(needs, back, np.ascontiguousarray(tags[::-1]), count)
    return np.array([0.5 * (second + first) for second, first in zip(*ends, strict=True)])


def _search(
    source: Source, needs: Sequence[Need], retain: float, forced: NDArray[np.bool_], told: Told
) -> tuple[Kept, dict[str, float]]:
    damage = by_window(source, needs)
    whole, least = counted(needs, source.loads()), 2 * join_samples(source.rate_hz)
    left_out = np.full(len(needs), min(_FIRST * (1.0 - retain), 0.9))
    for number in range(MOST_ROUNDS):
        wanted = forced | needed(damage, left_out)
        if wanted.all():
            break
        kept = joined(pieces(wanted, _window(source), source.samples, least), source.setpoint, source.rate_hz)
        shares = counted(needs, source.edited(kept)) / whole
        told(number, float(shares.min()))
        if (shares >= retain).all():
            return kept, {need.name: float(share) for need, share in zip(needs, shares, strict=True)}
        step = np.minimum(_SLOWEST, (1.0 - retain) / np.maximum(1.0 - shares, 1e-12))
        left_out = np.where(shares < retain, left_out * step, left_out)
    found = f"no windows of {WINDOW_S:g} s that could be left out"
    raise InputError([Fault(source.plan.name, 0, "--retain", found, "less to retain, or fewer loads: --component")])


def needed(damage: FloatArray, left_out: FloatArray) -> NDArray[np.bool_]:
    """The windows that any need needs, bool[windows]: its worst ones, until what it leaves out is little enough."""
    wanted = np.zeros(damage.shape[1], np.bool_)
    for mine, share in zip(damage, left_out, strict=True):
        order = np.argsort(-mine, kind="stable")
        count = int(np.searchsorted(np.cumsum(mine[order]), (1.0 - share) * mine.sum())) + 1
        wanted[order[:count]] = True
    return wanted


def counted(needs: Sequence[Need], loads: Mapping[str, FloatArray]) -> FloatArray:
    """The damage of each need, float64[needs]."""
    tags = np.zeros(len(next(iter(loads.values()))), np.int64)
    return np.array([float(each[0]) for each in damages(needs, loads, tags, 1)])


def _keep_joins(forced: NDArray[np.bool_], kept: Kept, places: Sequence[float], source: Source) -> None:
    """Keep what would be left out at the joins nearest to some samples of the edited drive."""
    lengths = [end - first for first, end in kept]
    joins = np.cumsum(lengths)[:-1] - join_samples(source.rate_hz) * np.arange(1, len(lengths))
    for place in places:
        k = int(np.argmin(np.abs(joins - place)))
        forced[kept[k][1] // _window(source) : -(-kept[k + 1][0] // _window(source))] = True
