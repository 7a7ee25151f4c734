"""Where on the run a block lies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A block's place: first and last sample, and where the car was at both ends."""

    first_sample: int
    last_sample: int
    first_km: float
    last_km: float

    def saved(self) -> list[float]:
        """As JSON values, in the order of the fields."""
        return [self.first_sample, self.last_sample, self.first_km, self.last_km]
