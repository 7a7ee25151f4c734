"""A roadbook becomes a route: its selective section, with speed zones, dangers, stops and neutralisations."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from profiles.course.openrally import Book, Item, Waypoint, read_book
from profiles.course.stage import danger_zone
from profiles.course.surface_map import ground_of
from profiles.measured.gpx_elevation import Relief, has_elevation, read_relief, track_length_m
from profiles.measured.lap import few
from profiles.road.route import Route, Stop, Zone
from profiles.schema import Fault, InputError
from profiles.yaml_nodes import shown

FOLDER = Path(__file__).parent.parent / "library" / "roadbooks"

SHORT_STOP_S = 1.0
"""Where a stop says no time, or none at all (design value)."""
TRANSFER_KMH = 50.0
"""In a transfer within the section, where it says no speed (design value)."""
SHORTEST_KM, LONGEST_KM = 0.02, 2000.0
_DECIMAL = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)")
"""As XML Schema has it; Python reads more as a number."""


@dataclass(frozen=True, slots=True)
class Roadbook:
    """What a roadbook says: its route, the files it was made from, and what its reader should know."""

    route: Route
    inputs: tuple[Path, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A waypoint at its distance."""

    km: float
    waypoint: Waypoint


@dataclass(frozen=True, slots=True)
class _Pair:
    """What begins with one element and ends with another."""

    begin: str
    end: str
    words: str


SPEED, TRANSFER, NEUTRAL = (
    _Pair("dz", "fz", "a speed zone"),
    _Pair("dt", "ft", "a transfer"),
    _Pair("neutralization", "fn", "a neutralisation"),
)


def read_roadbook(path: Path, seed: int) -> Roadbook:
    """The route of a roadbook (OpenRally GPX), on the ground that a surface map beside it says.

    Where the file has a track with heights as well, the grade is that of the track.

    Raises:
        InputError: with all faults of the roadbook; or those of its surface map, or of its track.
    """
    book = read_book(path)
    reader = _Reader(book)
    places = reader.places()
    low_km, high_km = reader.section(places)
    zones = [*reader.zones(places), *reader.dangers(places)]
    stops = list(reader.stops(places))
    if reader.faults:
        raise InputError(few(reader.faults))
    stretches, inputs, notices = ground_of(path, high_km - low_km, seed)
    inside = _Cut(low_km * 1000.0, high_km * 1000.0)
    name = "".join(letter if letter.isalnum() else "_" for letter in path.stem.lower()) or "roadbook"
    route = Route(
        name, stretches, tuple(sorted(inside.zones(zones), key=lambda zone: zone.start_m)), tuple(inside.stops(stops)),
        _relief(str(path), places, inside, stretches[-1].end_m),
    )  # fmt: skip
    return Roadbook(route, (path, *inputs), (*reader.notices, *notices))


def _relief(file: str, places: list[_Place], inside: "_Cut", length_m: float) -> Relief | None:
    """The grade along the track of the file, where it has one with heights: of the whole book, or of its section."""
    if not has_elevation(file):
        return None
    first_m, track_m = places[0].km * 1000.0, track_length_m(file)
    book_m, section_m = places[-1].km * 1000.0 - first_m, inside.high_m - inside.low_m
    if abs(track_m - section_m) < abs(track_m - book_m):
        return read_relief(file, length_m)
    return read_relief(file, book_m).between(inside.low_m - first_m, inside.high_m - first_m).scaled_to(length_m)


@dataclass(frozen=True, slots=True)
class _Cut:
    """What of zones and stops lies in the section, from its start."""

    low_m: float
    high_m: float

    def zones(self, zones: list[Zone]) -> Iterator[Zone]:
        for zone in zones:
            start, end = max(zone.start_m, self.low_m), min(zone.end_m, self.high_m)
            if start < end:
                yield Zone(start - self.low_m, end - self.low_m, zone.highest_mps, zone.why, zone.danger)

    def stops(self, stops: list[Stop]) -> Iterator[Stop]:
        for stop in sorted(stops, key=lambda stop: stop.at_m):
            if self.low_m < stop.at_m < self.high_m:
                yield Stop(stop.at_m - self.low_m, stop.duration_s, stop.why)


class _Reader:
    """Understands the waypoints of a book; what is wrong in them is collected, all of it."""

    def __init__(self, book: Book) -> None:
        self._book, self._path = book, str(book.path)
        self.faults: list[Fault] = []
        self.notices: list[str] = []
        if book.unknown:
            self.notices.append(f"elements that nothing is made of: {', '.join(sorted(book.unknown))}")

    def places(self) -> list[_Place]:
        """All waypoints by distance; those at the same one in the order of the file."""
        found = [_Place(km, waypoint) for waypoint in self._book.waypoints for km in self._distance_km(waypoint)]
        if any(two.km < one.km for one, two in pairwise(found)):
            self.notices.append("waypoints are not in the order of their distances; they are taken by distance")
        return sorted(found, key=lambda place: place.km)

    def section(self, places: list[_Place]) -> tuple[float, float]:
        """Start and end (km) of the selective section; the whole book where it marks none."""
        starts = [place.km for place in places if place.waypoint.get("dss")]
        ends = [place.km for place in places if place.waypoint.get("ass")]
        low, high = min((place.km for place in places), default=0.0), max((place.km for place in places), default=0.0)
        if len(starts) > 1 or len(ends) > 1:
            self.notices.append("several selective sections; driven from the first start to the last finish")
        if starts and ends and min(starts) < max(ends):
            low, high = min(starts), max(ends)
        elif starts or ends:
            self.notices.append("no finish of the selective section after its start; the whole book is driven")
        if not self.faults and not SHORTEST_KM <= high - low <= LONGEST_KM:
            found = f"{high - low:g} km from start to finish"
            allowed = f"{SHORTEST_KM:g} to {LONGEST_KM:g} km"
            self._fault(places[-1].waypoint.line, "distance", found, allowed)
        return low, high

    def zones(self, places: list[_Place]) -> Iterator[Zone]:
        """Speed zones and transfers."""
        for begin, end in self._pairs(places, SPEED):
            item, speed = begin.waypoint.get("dz"), begin.waypoint.get("speed")
            kmh = self._number(speed or item, "speed" if speed else "dz", 1.0, 300.0, self._book.km_per_unit)
            if kmh is not None:
                yield Zone(begin.km * 1000.0, end.km * 1000.0, kmh / 3.6, f"speed zone, {kmh:.0f} km/h")
        for begin, end in self._pairs(places, TRANSFER):
            yield Zone(begin.km * 1000.0, end.km * 1000.0, TRANSFER_KMH / 3.6, "transfer")

    def dangers(self, places: list[_Place]) -> Iterator[Zone]:
        """Dangers of level 1 to 3."""
        for place in places:
            item = place.waypoint.get("danger")
            level = self._number(item, "danger", 1.0, 3.0) if item else None
            if item and level is not None and level != int(level):
                self._fault(item.line, "danger", shown(item.text.strip()), "1, 2 or 3")
            elif level is not None:
                yield danger_zone(place.km * 1000.0, int(level))

    def stops(self, places: list[_Place]) -> Iterator[Stop]:
        """Stops, and neutralisations: the car stands at their start for the time that they take."""
        for place in places:
            item = place.waypoint.get("stop")
            if item is not None:
                seconds = self._number(item, "stop", 0.0, 7200.0) if item.text.strip() else SHORT_STOP_S
                yield Stop(place.km * 1000.0, seconds or SHORT_STOP_S, "stop")
        for begin, _ in self._pairs(places, NEUTRAL):
            seconds = self._number(begin.waypoint.get("neutralization"), "neutralization", 1.0, 7200.0)
            why = "neutralisation, fuel" if begin.waypoint.get("fuel") else "neutralisation"
            yield Stop(begin.km * 1000.0, seconds or SHORT_STOP_S, why)

    def _pairs(self, places: list[_Place], pair: _Pair) -> Iterator[tuple[_Place, _Place]]:
        """Beginnings with their ends: an end closes the last one that is open."""
        open_: list[_Place] = []
        for place in places:
            if place.waypoint.get(pair.end):
                if open_:
                    yield open_.pop(), place
                else:
                    self._fault(place.waypoint.line, pair.end, "nothing to end", f"{pair.begin} before it")
            if place.waypoint.get(pair.begin):
                open_.append(place)
        for place in open_:
            found = f"{pair.words} that never ends"
            self._fault(place.waypoint.line, pair.begin, found, f"{pair.end} at a later distance")

    def _distance_km(self, waypoint: Waypoint) -> Iterator[float]:
        item = waypoint.get("distance")
        if item is None:
            self._fault(waypoint.line, "distance", "nothing", "the distance from the start in every waypoint")
            return
        km = self._number(item, "distance", 0.0, 5000.0, self._book.km_per_unit)
        if km is not None:
            yield km

    def _number(self, item: Item | None, key: str, low: float, high: float, factor: float = 1.0) -> float | None:
        text = item.text.strip() if item is not None else ""
        value = float(text) * factor if _DECIMAL.fullmatch(text) else math.nan
        if low <= value <= high:
            return value
        low, high = low / factor, high / factor
        self._fault(item.line if item else 0, key, shown(text) if text else "nothing", f"a number, {low:g} to {high:g}")
        return None

    def _fault(self, line: int, key: str, found: str, allowed: str) -> None:
        self.faults.append(Fault(self._path, line, key, found, allowed))
