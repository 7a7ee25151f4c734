"""OpenRally GPX (v1.0.3, cross-country) as it is written: waypoints with their distance and what stands there."""

from dataclasses import dataclass, field
from pathlib import Path

from profiles.gpx_xml import read_gpx
from profiles.schema import Fault, InputError
from profiles.yaml_nodes import shown

KNOWN = {
    "dss", "ass", "dz", "fz", "speed", "danger", "stop", "neutralization", "fn", "dt", "ft", "fuel", "checkpoint",
    "timecontrol", "reset", "cap", "wpm", "wpe", "wps", "wpc", "wpv", "wpp", "wpn", "name", "tulip", "notes",
    "show_coordinates", "distance", "units",
}  # fmt: skip
"""Elements that the format has; others are kept and told about once."""
_NAMESPACE = "openrally.org"
KM_PER_MILE = 1.609344  # exact by definition


@dataclass(slots=True)
class Item:
    """One element of the OpenRally namespace: its name, its text, its line."""

    name: str
    line: int
    text: str = ""


@dataclass(slots=True)
class Waypoint:
    """One ``wpt``: its line and what the OpenRally elements in it say, in their order."""

    line: int
    items: list[Item] = field(default_factory=list)

    def get(self, name: str) -> Item | None:
        """The first element of a name."""
        return next((item for item in self.items if item.name == name), None)


@dataclass(slots=True)
class Book:
    """All waypoints in the order of the file, what the metadata say, and unknown elements."""

    path: Path
    waypoints: list[Waypoint] = field(default_factory=list)
    metadata: list[Item] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def km_per_unit(self) -> float:
        """Of its distances; speeds are in the same unit an hour."""
        units = next((item.text.strip() for item in self.metadata if item.name == "units"), "metric")
        return KM_PER_MILE if units == "imperial" else 1.0


def read_book(path: Path) -> Book:
    """The waypoints of a roadbook.

    Raises:
        InputError: it can't be read, is not XML or not GPX, has a document type, no waypoints of OpenRally, or unknown
            units.
    """
    reader = _Reader(path)
    read_gpx(path, reader)
    _check(reader.book)
    return reader.book


def _check(book: Book) -> None:
    faults = []
    if not book.waypoints:
        faults.append(Fault(str(book.path), 1, "wpt", "no waypoints", "a GPX file with OpenRally waypoints"))
    elif not any(waypoint.items for waypoint in book.waypoints):
        found = f"{len(book.waypoints)} waypoints without an OpenRally element"
        allowed = "a GPX file with OpenRally waypoints"
        faults.append(Fault(str(book.path), book.waypoints[0].line, "wpt", found, allowed))
    for item in book.metadata:
        if item.name == "units" and item.text.strip() not in ("metric", "imperial"):
            faults.append(Fault(str(book.path), item.line, "units", shown(item.text.strip()), "metric or imperial"))
    if faults:
        raise InputError(faults)


class _Reader:
    """Collects OpenRally elements while the parser goes through the file."""

    def __init__(self, path: Path) -> None:
        self.book = Book(path)
        self._waypoint: Waypoint | None = None
        self._in_metadata = False
        self._at_root = True
        self._item: Item | None = None

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:  # noqa: ARG002 the interface of handlers
        space, _, name = tag.rpartition(" ")
        if self._at_root and name != "gpx":
            raise InputError([Fault(str(self.book.path), line, "(the file)", f"<{shown(name)[1:-1]}>", "a GPX file")])
        self._at_root = False
        if _NAMESPACE in space:
            if self._item is None:  # what stands within an element is part of it
                self._item = Item(name, line)
            if name not in KNOWN and name not in self.book.unknown:
                self.book.unknown.append(name)
        elif name == "wpt":
            self._waypoint = Waypoint(line)
        elif name == "metadata":
            self._in_metadata = True

    def text(self, text: str) -> None:
        if self._item is not None and len(self._item.text) < 100:  # pictures are long, and nobody reads them here
            self._item.text += text[:100]

    def end(self, tag: str) -> None:
        space, _, name = tag.rpartition(" ")
        if _NAMESPACE in space and self._item is not None and self._item.name == name:
            if self._waypoint is not None:
                self._waypoint.items.append(self._item)
            elif self._in_metadata:
                self.book.metadata.append(self._item)
            self._item = None
        elif name == "wpt" and self._waypoint is not None:
            self.book.waypoints.append(self._waypoint)
            self._waypoint = None
        elif name == "metadata":
            self._in_metadata = False
