"""A route: segments in the order in which they are driven without a break, with what else slows the driver down."""

from dataclasses import dataclass

from profiles.measured.gpx_elevation import Relief
from profiles.road.segments import STEP_M, MeasuredSegment, SyntheticSegment


@dataclass(frozen=True, slots=True)
class Stretch:
    """One segment at its place in a route.

    Attributes:
        index: place in the route; what `Road.segment` carries.
        seed, number: what its random numbers depend on: the same pair is the same road.
        lap: which repeat of the terrain it belongs to, from 0.
        segment: what it is.
        first_station, end_station: where it lies.
    """

    index: int
    seed: int
    number: int
    lap: int
    segment: SyntheticSegment | MeasuredSegment
    first_station: int
    end_station: int

    @property
    def start_m(self) -> float:
        """Where it starts, from the start of the route."""
        return self.first_station * STEP_M

    @property
    def end_m(self) -> float:
        """Where the next one starts."""
        return self.end_station * STEP_M


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a route in which the car goes no faster than so, and why.

    ``danger`` from 1 to 3 is that of a roadbook: the driver's own speed for it holds as well.
    """

    start_m: float
    end_m: float
    highest_mps: float
    why: str
    danger: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """A place at which the car stands still for a time, and why."""

    at_m: float
    duration_s: float
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """Stretches that follow each other without a gap, from 0; zones and stops in the order of their places.

    ``relief`` is the grade of the country, which is added to that of the segments.
    """

    name: str
    stretches: tuple[Stretch, ...]
    zones: tuple[Zone, ...] = ()
    stops: tuple[Stop, ...] = ()
    relief: Relief | None = None

    @property
    def length_m(self) -> float:
        """The length of the whole route."""
        return self.stretches[-1].end_m

    def stretch_at(self, distance_m: float) -> Stretch:
        """The stretch at a distance from the start; its end belongs to the next one, the very end to the last.

        Raises:
            ValueError: the distance is not on the route.
        """
        if not 0.0 <= distance_m <= self.length_m:
            raise ValueError(f"distance_m is {distance_m}, wanted 0 to {self.length_m}")
        low, high = 0, len(self.stretches) - 1
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.stretches[middle].start_m <= distance_m else (low, middle - 1)
        return self.stretches[low]


def stretches_of(
    segments: tuple[SyntheticSegment | MeasuredSegment, ...], seed: int, repeats: int = 1
) -> tuple[Stretch, ...]:
    """Segments one after the other, the whole of them as often as given: each time the same road."""
    found: list[Stretch] = []
    first = 0
    lengths = [segment.stations for segment in segments]
    for lap in range(repeats):
        for number, (segment, stations) in enumerate(zip(segments, lengths, strict=True)):
            found.append(Stretch(len(found), seed, number, lap, segment, first, first + stations))
            first += stations
    return tuple(found)
