"""Specimens with their lives, wherever they were read from."""

from collections.abc import Iterable

import msgspec
import numpy as np

from rig.survival.lives import Lives

UNNAMED = "not named"
"""The mode of a failure of which none is on record."""


class Specimen(msgspec.Struct, frozen=True, kw_only=True):
    """One part and all that it ran.

    Attributes:
        serial: as on record; of a table without serial numbers, its line.
        group: the batch, variant, rig or whatever groups are told apart by; empty where none are.
        distance_km: over all its runs, up to the failure or the end of the last.
        failed: whether it failed there; False is a suspension, right-censored.
        mode: of the failure.
        damage: Miner's sum over all its runs; None where a run has none on record.
        runs: the names of its runs, oldest first.
    """

    component: str
    serial: str
    group: str = ""
    distance_km: float
    failed: bool
    mode: str | None = None
    damage: float | None = None
    runs: tuple[str, ...] = ()


class LifeData(msgspec.Struct, frozen=True):
    """Specimens, and what a reader of any figure from them must know: ``notices``, a sentence each."""

    source: str
    specimens: tuple[Specimen, ...]
    notices: tuple[str, ...] = ()


def lives_of(specimens: Iterable[Specimen], mode: str | None = None) -> Lives:
    """The lives of specimens; for one mode the failures of all others are suspensions (competing risks).

    Raises:
        ValueError: there is no specimen.
    """
    found = list(specimens)
    failed = [one.failed and mode in (None, one.mode) for one in found]
    return Lives(np.array([one.distance_km for one in found], np.float64), np.array(failed, np.bool_))


def modes_of(specimens: Iterable[Specimen]) -> list[str]:
    """The modes by which specimens failed, the most frequent first."""
    found = [one.mode or UNNAMED for one in specimens if one.failed]
    return sorted(set(found), key=lambda mode: (-found.count(mode), mode))
