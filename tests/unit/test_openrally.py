"""OpenRally GPX as it is written: waypoints and what stands in them; files that are something else are refused."""

from pathlib import Path

import pytest

from profiles.course.openrally import Book, read_book
from profiles.course.roadbook import FOLDER
from profiles.schema import InputError

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" creator="x"'
    ' xmlns:o="http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.3">\n'
)
START = '<wpt lat="0" lon="0"><extensions><o:distance>0</o:distance></extensions></wpt>\n'


def write(folder: Path, body: str = START, head: str = HEAD, tail: str = "</gpx>\n") -> Path:
    path = folder / "book.gpx"
    path.write_text(head + body + tail, encoding="utf-8")
    return path


def book_of(folder: Path, inside: str) -> Book:
    return read_book(write(folder, f'<wpt lat="0" lon="0"><extensions>{inside}</extensions></wpt>\n'))


def told(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_book(path)
    assert len(caught.value.faults) == 1
    return str(caught.value)


def test_the_example_of_the_project_reads_as_it_is() -> None:
    """All 21 waypoints in their order, each with its line; units and length in the metadata; nothing unknown."""
    book = read_book(FOLDER / "openrally_example.gpx")
    text = (FOLDER / "openrally_example.gpx").read_text().splitlines()
    assert len(book.waypoints) == sum("<wpt " in line for line in text) == 21
    assert all("<wpt " in text[waypoint.line - 1] for waypoint in book.waypoints)
    for waypoint in book.waypoints:
        for item in waypoint.items:
            assert f"<openrally:{item.name}" in text[item.line - 1]
    assert [(item.name, item.text) for item in book.metadata] == [("units", "metric"), ("distance", "33.86")]
    assert book.unknown == []
    assert book.km_per_unit == 1.0
    distances = [item.text for waypoint in book.waypoints if (item := waypoint.get("distance"))]
    assert distances[:6] == ["0.0", "0.1", "0.2", "0.3", "0.4", "0.5"]


def test_pictures_and_what_stands_within_an_element_do_not_disturb(tmp_path: Path) -> None:
    """A long picture is cut, elements within an element are part of it, other namespaces are passed over."""
    picture = "<![CDATA[data:image/png;base64," + 50_000 * "A" + "]]>"
    book = book_of(
        tmp_path,
        f'<o:tulip>{picture}</o:tulip><o:notes>left <o:b>right</o:b></o:notes><other xmlns="x"><distance>9</distance>'
        "</other><o:distance>1.5</o:distance><o:dz/><!-- a note --><o:speed>6<!-- 5 -->5</o:speed>",
    )
    (waypoint,) = book.waypoints
    assert [item.name for item in waypoint.items] == ["tulip", "notes", "distance", "dz", "speed"]
    tulip, notes, distance, _, speed = waypoint.items
    assert len(tulip.text) <= 200
    assert (notes.text, distance.text, speed.text) == ("left right", "1.5", "65")
    assert book.unknown == ["b"]


def test_unknown_elements_are_told_once(tmp_path: Path) -> None:
    """In the order in which they come up; the waypoint keeps them."""
    book = book_of(tmp_path, "<o:camel/><o:distance>1</o:distance><o:camel/><o:oasis/>")
    assert book.unknown == ["camel", "oasis"]
    assert len(book.waypoints[0].items) == 4


def test_waypoints_of_any_gpx_version_and_prefix_are_read(tmp_path: Path) -> None:
    """Only the namespace of OpenRally counts, not its prefix; GPX itself may have none."""
    head = '<gpx xmlns:any="http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.2">\n'
    book = read_book(write(tmp_path, "<wpt><extensions><any:distance>2</any:distance></extensions></wpt>\n", head))
    assert [item.text for item in book.waypoints[0].items] == ["2"]
    assert book.waypoints[0].line == 2


@pytest.mark.parametrize(
    ("units", "km"), [("metric", 1.0), ("imperial", 1.609344), (" imperial\n", 1.609344), (None, 1.0)]
)
def test_units_are_kilometres_or_miles(tmp_path: Path, units: str | None, km: float) -> None:
    """As the metadata say; kilometres where they say nothing."""
    words = "" if units is None else f"<metadata><extensions><o:units>{units}</o:units></extensions></metadata>\n"
    assert read_book(write(tmp_path, words + START)).km_per_unit == km


def test_units_in_a_waypoint_are_not_those_of_the_book(tmp_path: Path) -> None:
    """Only metadata count; nor those of a track."""
    units = "<o:units>imperial</o:units>"
    assert book_of(tmp_path, f"<o:distance>1</o:distance>{units}").km_per_unit == 1.0
    assert read_book(write(tmp_path, f"{START}<trk><extensions>{units}</extensions></trk>\n")).km_per_unit == 1.0


LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE gpx [\n<!ENTITY a "haha">\n'
    + "".join(f'<!ENTITY {two} "{10 * f"&{one};"}">\n' for one, two in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>\n<gpx><wpt>&i;</wpt></gpx>\n"
)
THIEF = '<!DOCTYPE gpx [<!ENTITY secret SYSTEM "file:///etc/hostname">]>\n<gpx><wpt>&secret;</wpt></gpx>\n'
OUTSIDE = '<?xml version="1.0"?>\n<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/gpx.dtd">\n<gpx/>\n'

TEXTS = {
    "nothing": ("", "1: (the file): found no XML: no element found; allowed: a GPX file"),
    "blanks": ("\n\n", "3: (the file): found no XML: no element found"),
    "words": ("turn left at the oasis\n", "1: (the file): found no XML: syntax error"),
    "YAML": ("kind: stage\n", "1: (the file): found no XML: syntax error"),
    "an open tag": (HEAD + START, "4: (the file): found no XML: no element found"),
    "crossed tags": (HEAD + "<wpt>\n<ele></wpt></ele></gpx>", "4: (the file): found no XML: mismatched tag"),
    "an unknown prefix": (HEAD + "<wpt><q:dz/></wpt></gpx>", "3: (the file): found no XML: unbound prefix"),
    "an undefined entity": (HEAD + "<wpt>&nbsp;</wpt></gpx>", "3: (the file): found no XML: undefined entity"),
    "two roots": (HEAD + START + "</gpx>\n<gpx/>", "5: (the file): found no XML: junk after document element"),
    "another root": ("<kml>\n<wpt/>\n</kml>\n", "1: (the file): found <kml>; allowed: a GPX file"),
    "a web page": ("<html><body>404</body></html>\n", "1: (the file): found <html>; allowed: a GPX file"),
    "no waypoints": (HEAD + "<trk/></gpx>", "1: wpt: found no waypoints; allowed: a GPX file with OpenRally waypoints"),
    "plain waypoints": (
        HEAD + 3 * '<wpt lat="0" lon="0"><name>A</name></wpt>\n' + "</gpx>",
        "3: wpt: found 3 waypoints without an OpenRally element; allowed: a GPX file with OpenRally waypoints",
    ),
    "other units": (
        HEAD + "<metadata><extensions>\n<o:units>leagues</o:units></extensions></metadata>\n" + START + "</gpx>",
        "4: units: found 'leagues'; allowed: metric or imperial",
    ),
    "a billion laughs": (LAUGHS, "2: (the file): found a document type; allowed: plain GPX without <!DOCTYPE"),
    "an entity from a file": (THIEF, "1: (the file): found a document type"),
    "a type from the net": (OUTSIDE, "2: (the file): found a document type"),
    "an encoding of nowhere": ('<?xml version="1.0" encoding="nowhere"?>\n<gpx/>', "1: (the file): found unknown enc"),
    "an encoding of many bytes": ('<?xml version="1.0" encoding="shift_jis"?>\n<gpx/>', "1: (the file): found multi-b"),
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_is_no_roadbook_is_refused_with_its_line(tmp_path: Path, case: str) -> None:
    """One fault with file, line, what was found and what is allowed; nothing is fetched or blown up."""
    text, words = TEXTS[case]
    assert f"book.gpx:{words}" in told(write(tmp_path, "", text, ""))


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder, bytes that are no text."""
    assert "no.gpx: (the file): found no such file or directory; allowed: a file that" in told(tmp_path / "no.gpx")
    assert ": (the file): found is a directory" in told(tmp_path)
    (tmp_path / "bytes.gpx").write_bytes(b"\xff\x00\xfe" * 100)
    assert "bytes.gpx:1: (the file): found no XML: not well-formed" in told(tmp_path / "bytes.gpx")
