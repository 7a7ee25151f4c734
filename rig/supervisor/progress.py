"""Where a run is: what the display shows, events carry and the verdict ends with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.state import RigState
from rig.supervisor.played import Played

FULL_SPAN = 0.9995
"""A row's span below this is not the whole drive: operators ask in steps of 0.001."""


class ReducedSpan:
    """Counts the metres that were played while the operator's span was below 100 %; the ramps of a hold are not.

    The rows and the events of the same moment come by different ways: rows wait until `settle`, which is called when
    all events that are as old as they are have been told by `wanted`.
    """

    def __init__(self) -> None:
        self._samples = np.zeros(1, np.int64)
        self._spans = np.ones(1)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        self._last_m: float | None = None
        self._total_m = 0.0

    @property
    def last_wanted(self) -> float:
        """The span that the operator wants now."""
        return float(self._spans[-1])

    def wanted(self, sample: int, span: float) -> None:
        """From this sample on the operator wants this span, 0 to 1."""
        self._samples = np.append(self._samples, sample)
        self._spans = np.append(self._spans, span)

    def rows(self, rows: NDArray[np.void]) -> None:
        """Take in the next rows, structured array of `rig.record.rows.row_dtype`."""
        place_m = rows["distance_m"]
        step_m = np.diff(place_m, prepend=place_m[0] if self._last_m is None else self._last_m)
        self._last_m = float(place_m[-1])
        reduced = (rows["state"] == RigState.RUNNING) & ~(rows["span"] >= FULL_SPAN) & (step_m > 0.0)
        if reduced.any():
            self._waiting.append((rows["sample"][reduced].astype(np.int64), step_m[reduced]))

    def settle(self) -> float:
        """Metres so far."""
        for samples, step_m in self._waiting:
            wanted = self._spans[np.searchsorted(self._samples, samples, side="right") - 1]
            self._total_m += float(step_m[wanted < 1.0].sum())
        self._waiting.clear()
        return self._total_m

    def state(self) -> dict[str, Any]:
        """What the rows so far came to, as JSON values; the spans that were wanted are on record as events."""
        waiting = [(samples.tolist(), step_m.tolist()) for samples, step_m in self._waiting]
        return {"total_m": self._total_m, "last_m": self._last_m, "waiting": waiting}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a saved `state`.

        Raises:
            KeyError, ValueError, TypeError: it is none.
        """
        waiting = [(np.array(each, np.int64), np.array(step_m, np.float64)) for each, step_m in state["waiting"]]
        last_m = None if state["last_m"] is None else float(state["last_m"])
        self._total_m, self._last_m, self._waiting = float(state["total_m"]), last_m, waiting


@dataclass(slots=True)
class Progress:
    """Distance and speed are the car's on the stage, taken from the rows; readings are the slow instruments'.

    ``driven_s``: how long the rig has been RUNNING, by the wall clock, since ``begun_m``, where a run was gone on with.
    ``span`` is the present one, ``wanted_span`` what the operator asked for last; ``reduced_m`` was played below 100 %
    because of that. ``holding``: why the rig holds, or empty. ``operator``: an operator's last command, with the
    user's name. ``disk``: that it is short of room, or empty. ``note``: the last event in words. ``grade``: of the
    timing.
    """

    distance_m: float = 0.0
    speed_mps: float = 0.0
    driven_s: float = 0.0
    begun_m: float = 0.0
    sample: int = 0
    segment: int = 0
    state: RigState = RigState.OFFLINE
    feedback: dict[str, float] = field(default_factory=dict)
    damage: dict[str, float] = field(default_factory=dict)
    readings: dict[str, float] = field(default_factory=dict)
    note: str = ""
    late_cycles: int = 0
    underruns: int = 0
    span: float = 1.0
    wanted_span: float = 1.0
    reduced_m: float = 0.0
    reduced: ReducedSpan = field(default_factory=ReducedSpan, repr=False)
    played: Played = field(default_factory=Played, repr=False)
    holding: str = ""
    operator: str = ""
    disk: str = ""
    grade: str = ""
