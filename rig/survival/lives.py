"""Life data: how far each specimen came, and whether it failed there or was suspended."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lives:
    """Independent specimens, one value each: ``distance_km`` float64[n] > 0; ``failed`` bool[n], False is suspended.

    A suspension is a test that ended without the failure, for whatever reason: it is right-censored there.

    Raises:
        ValueError: there is none, or a distance is not a finite number above 0.
    """

    distance_km: FloatArray
    failed: BoolArray

    def __post_init__(self) -> None:
        if not len(self.distance_km) or len(self.distance_km) != len(self.failed):
            raise ValueError("life data need a distance and an event for each of at least one specimen")
        if not (np.isfinite(self.distance_km).all() and (self.distance_km > 0.0).all()):
            raise ValueError("distances must be finite and above 0 km")

    @classmethod
    def of(cls, failures_km: Sequence[float] = (), suspensions_km: Sequence[float] = ()) -> "Lives":
        """From the distances of those that failed and of those that were suspended, km."""
        distance_km = np.array([*failures_km, *suspensions_km], np.float64)
        return cls(distance_km, np.arange(len(distance_km)) < len(failures_km))

    @property
    def failures(self) -> int:
        """How many failed."""
        return int(self.failed.sum())

    @property
    def suspensions(self) -> int:
        """How many were suspended."""
        return len(self.failed) - self.failures
