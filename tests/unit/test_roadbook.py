"""Roadbooks as routes: the selective section with its zones, dangers and stops; every fault with its line."""

from pathlib import Path

import pytest

from profiles.course.roadbook import FOLDER, Roadbook, read_roadbook
from profiles.road.route import Route
from profiles.schema import InputError
from tests.roadbooks import HEAD, at

MILES = "<metadata><extensions><o:units>imperial</o:units></extensions></metadata>\n"
MAP = "kind: surface_map\ndefault: reg\n"


def book(folder: Path, *waypoints: str, head: str = HEAD) -> Roadbook:
    """A roadbook whose first waypoint stands in line 2, on reg."""
    (folder / "book.surfaces.yaml").write_text(MAP)
    path = folder / "book.gpx"
    path.write_text(head + "".join(waypoints) + "</gpx>\n", encoding="utf-8")
    return read_roadbook(path, 1)


def zones(route: Route) -> list[tuple[float, float, float, str]]:
    return [(zone.start_m, zone.end_m, zone.highest_mps * 3.6, zone.why) for zone in route.zones]


def faults(folder: Path, *waypoints: str, head: str = HEAD) -> list[tuple[int, str, str, str]]:
    with pytest.raises(InputError) as caught:
        book(folder, *waypoints, head=head)
    return [(fault.line, fault.key, fault.found, fault.allowed) for fault in caught.value.faults]


def test_the_example_becomes_seventy_kilometres_with_all_that_it_shows() -> None:
    """Its section starts and ends in one waypoint, so that all of it is driven; two fuel stops, a transfer."""
    found = read_roadbook(FOLDER / "openrally_example.gpx", 1)
    route = found.route
    assert route.length_m == pytest.approx(70_000.0)
    wanted = [(100, 200, 65, "speed zone, 65 km/h"), (500, 510, 40, "speed zone, 40 km/h"), (500, 510, 50, "transfer")]
    slow = [zone for zone in zones(route) if "danger" not in zone[3]]
    assert sorted({(round(a), round(b), round(c), why) for a, b, c, why in slow}) == wanted
    assert [(zone.danger, round(zone.start_m), round(zone.end_m)) for zone in route.zones if zone.danger] == [
        (3, 250, 320)
    ]
    assert [(round(stop.at_m), stop.duration_s, stop.why) for stop in route.stops] == [
        (350, 1.0, "stop"),
        (400, 3.0, "stop"),
        (500, 900.0, "neutralisation, fuel"),
        (500, 900.0, "neutralisation, fuel"),
    ]
    assert len(found.notices) == 3
    assert found.inputs == (FOLDER / "openrally_example.gpx",)


def test_the_selective_section_is_driven_from_its_start_to_its_finish(tmp_path: Path) -> None:
    """Distances are from its start; what lies outside is left out, a zone across its start is cut."""
    found = book(
        tmp_path,
        at(0), at(0.5, "stop=30"), at(1, "dz=40"), at(2, "dss"), at(3, "fz"), at(4, "stop=5"),
        at(5, "danger=2"), at(10, "ass"), at(10.02, "danger=1"), at(12, "dz=30"), at(13, "fz", "stop"),
    )  # fmt: skip
    assert found.route.length_m == pytest.approx(8000.0)
    (slow, two, one) = found.route.zones
    assert (slow.start_m, slow.end_m, slow.highest_mps * 3.6) == pytest.approx((0.0, 1000.0, 40.0))
    assert (two.danger, two.start_m, two.end_m) == (2, pytest.approx(2950.0), pytest.approx(3020.0))
    assert (one.danger, one.start_m, one.end_m) == (1, pytest.approx(7970.0), pytest.approx(8000.0))
    assert [(stop.at_m, stop.duration_s) for stop in found.route.stops] == [(pytest.approx(2000.0), 5.0)]
    assert found.notices == ()


@pytest.mark.parametrize(
    ("marks", "km", "words"),
    [
        (("", "", ""), 3.0, ""),
        (("dss", "", ""), 3.0, "no finish of the selective section after its start; the whole book is driven"),
        (("", "ass", ""), 3.0, "no finish of the selective section"),
        (("ass", "dss", ""), 3.0, "no finish of the selective section"),
        (("", "dss", "ass"), 1.0, ""),
        (("dss", "dss", "ass"), 2.0, "several selective sections; driven from the first start to the last finish"),
    ],
)
def test_a_book_that_marks_no_whole_section_is_driven_whole(
    tmp_path: Path, marks: tuple[str, ...], km: float, words: str
) -> None:
    """With a notice where it marks half of one, or several."""
    found = book(tmp_path, *(at(k, *([mark] if mark else [])) for k, mark in enumerate(marks)), at(3))
    assert found.route.length_m == pytest.approx(1000.0 * km)
    assert [words in notice for notice in found.notices] == ([True] if words else [])


def test_speed_zones_may_be_nested_and_say_their_speed_in_either_way(tmp_path: Path) -> None:
    """An end closes the last zone that is open; the speed stands in the zone's element or beside it."""
    found = book(
        tmp_path,
        at(0),
        at(1, "dz=90"),
        at(1.2, "dz", "speed=30"),
        at(1.3, "fz"),
        at(2, "fz"),
        at(2, "dz=50"),
        at(3, "fz"),
    )
    assert zones(found.route) == [
        (pytest.approx(1000.0), pytest.approx(2000.0), pytest.approx(90.0), "speed zone, 90 km/h"),
        (pytest.approx(1200.0), pytest.approx(1300.0), pytest.approx(30.0), "speed zone, 30 km/h"),
        (pytest.approx(2000.0), pytest.approx(3000.0), pytest.approx(50.0), "speed zone, 50 km/h"),
    ]


def test_transfers_and_neutralisations(tmp_path: Path) -> None:
    """In a transfer 50 km/h; a neutralisation is a stop at its start, with or without fuel."""
    found = book(
        tmp_path, at(0), at(1, "dt"), at(2, "ft"), at(3, "neutralization=600"), at(3.1, "fn"),
        at(4, "neutralization=900", "fuel"), at(4.1, "fn"), at(5),
    )  # fmt: skip
    assert [(zone[2], zone[3]) for zone in zones(found.route)] == [(pytest.approx(50.0), "transfer")]
    assert [(round(stop.at_m), stop.duration_s, stop.why) for stop in found.route.stops] == [
        (3000, 600.0, "neutralisation"), (4000, 900.0, "neutralisation, fuel"),
    ]  # fmt: skip


@pytest.mark.parametrize(("words", "seconds"), [("stop", 1.0), ("stop=0", 1.0), ("stop=0.4", 0.4), ("stop=90", 90.0)])
def test_stops_take_their_time(tmp_path: Path, words: str, seconds: float) -> None:
    """A second where they say none."""
    (stop,) = book(tmp_path, at(0), at(1, words), at(2)).route.stops
    assert (stop.at_m, stop.duration_s) == (pytest.approx(1000.0), seconds)


def test_dangers_of_all_levels(tmp_path: Path) -> None:
    """The driver's own speed for each holds around it."""
    found = book(tmp_path, at(0), *(at(level, f"danger={level}") for level in (1, 2, 3)), at(4))
    assert [zone.danger for zone in found.route.zones] == [1, 2, 3]
    assert [zone.highest_mps for zone in found.route.zones] == [float("inf")] * 3


def test_miles_are_miles_and_miles_an_hour(tmp_path: Path) -> None:
    """Distances and speeds; times are seconds."""
    found = book(tmp_path, at(0), at(1, "dz=50"), at(2, "fz"), at(3, "stop=4"), at(10), head=HEAD + MILES)
    assert found.route.length_m == pytest.approx(16_093.44, abs=0.05)
    (slow,) = found.route.zones
    assert (slow.start_m, slow.end_m, slow.highest_mps) == pytest.approx((1609.344, 3218.688, 22.352))
    assert [(stop.at_m, stop.duration_s) for stop in found.route.stops] == [(pytest.approx(4828.032), 4.0)]


def test_distances_that_go_backwards_are_taken_by_distance_with_a_notice(tmp_path: Path) -> None:
    """As in the example, where they are grouped by what they show."""
    found = book(tmp_path, at(0), at(2, "fz"), at(1, "dz=40"), at(3))
    assert [zone[:2] for zone in zones(found.route)] == [(pytest.approx(1000.0), pytest.approx(2000.0))]
    assert found.notices == ("waypoints are not in the order of their distances; they are taken by distance",)


def test_unknown_elements_are_one_notice(tmp_path: Path) -> None:
    """All of them, sorted; the book is driven all the same."""
    found = book(tmp_path, at(0, "oasis"), at(1, "camel=3", "oasis"), at(2, "camel"))
    assert found.notices == ("elements that nothing is made of: camel, oasis",)


NUMBER = "a number, 0 to 5000"
WRONG: dict[str, tuple[tuple[str, ...], tuple[int, str, str, str]]] = {
    "no distance": ((at(0), at("", "dz=30"), at(2)), (3, "distance", "nothing", "the distance from the start in ev")),
    "an empty distance": ((at(0), at("", "distance"), at(2)), (3, "distance", "nothing", NUMBER)),
    "words": ((at(0), at("far"), at(2)), (3, "distance", "'far'", NUMBER)),
    "a comma": ((at(0), at("1,5"), at(2)), (3, "distance", "'1,5'", NUMBER)),
    "an underscore": ((at(0), at("1_5"), at(2)), (3, "distance", "'1_5'", NUMBER)),
    "no number": ((at(0), at("nan"), at(2)), (3, "distance", "'nan'", NUMBER)),
    "backwards": ((at(0), at("-1"), at(2)), (3, "distance", "'-1'", NUMBER)),
    "too far": ((at(0), at("5001")), (3, "distance", "'5001'", NUMBER)),
    "a speed of nothing": ((at(0), at(1, "dz"), at(2, "fz")), (3, "dz", "nothing", "a number, 1 to 300")),
    "an empty speed": ((at(0), at(1, "dz=30", "speed"), at(2, "fz")), (3, "speed", "nothing", "a number, 1 to 300")),
    "too fast": ((at(0), at(1, "dz", "speed=301"), at(2, "fz")), (3, "speed", "'301'", "a number, 1 to 300")),
    "danger 4": ((at(0), at(1, "danger=4"), at(2)), (3, "danger", "'4'", "a number, 1 to 3")),
    "danger 1.5": ((at(0), at(1, "danger=1.5"), at(2)), (3, "danger", "'1.5'", "1, 2 or 3")),
    "danger !!!": ((at(0), at(1, "danger=!!!"), at(2)), (3, "danger", "'!!!'", "a number, 1 to 3")),
    "a stop of days": ((at(0), at(1, "stop=9e4"), at(2)), (3, "stop", "'9e4'", "a number, 0 to 7200")),
    "a neutralisation of no time": (
        (at(0), at(1, "neutralization"), at(2, "fn")),
        (3, "neutralization", "nothing", "a number, 1 to 7200"),
    ),
    "an open zone": ((at(0), at(1, "dz=30"), at(2)), (3, "dz", "a speed zone that never ends", "fz at a later dist")),
    "an open inner zone": (
        (at(0), at(1, "dz=90"), at(1.5, "dz=30"), at(2, "fz")),
        (3, "dz", "a speed zone that never ends", "fz at a later"),
    ),
    "an end alone": ((at(0), at(1, "fz"), at(2)), (3, "fz", "nothing to end", "dz before it")),
    "an open transfer": ((at(0), at(1, "dt"), at(2)), (3, "dt", "a transfer that never ends", "ft at a later")),
    "an end of no transfer": ((at(0), at(1, "ft"), at(2)), (3, "ft", "nothing to end", "dt before it")),
    "an open neutralisation": (
        (at(0), at(1, "neutralization=60"), at(2)),
        (3, "neutralization", "a neutralisation that never ends", "fn at a later distance"),
    ),
    "one waypoint": ((at(0),), (2, "distance", "0 km from start to finish", "0.02 to 2000 km")),
    "no way between": ((at(1, "dss"), at(1.01, "ass")), (3, "distance", "0.01 km from start to", "0.02 to 2000 km")),
    "no end of the way": ((at(0), at(2500)), (3, "distance", "2500 km from start to finish", "0.02 to 2000 km")),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_a_roadbook_may_not_say(tmp_path: Path, case: str) -> None:
    """One fault each, with its line, the element, what was found and what is allowed."""
    waypoints, (line, key, found, allowed) = WRONG[case]
    (fault,) = faults(tmp_path, *waypoints)
    assert fault[:2] == (line, key)
    assert fault[2].startswith(found)
    assert fault[3].startswith(allowed)


def test_all_faults_are_told_at_once_and_of_many_the_first(tmp_path: Path) -> None:
    """Four in four lines; of a hundred twenty and how many more."""
    four = faults(tmp_path, at(0, "danger=9"), at("x"), at(2, "fz"), at(3, "stop=x"))
    assert [(line, key) for line, key, _, _ in four] == [(2, "danger"), (3, "distance"), (4, "fz"), (5, "stop")]
    many = faults(tmp_path, *(at("", "dz=3") for _ in range(100)))
    assert len(many) == 21
    assert many[-1][2] == "80 more faults"


def test_bounds_are_told_in_the_units_of_the_book(tmp_path: Path) -> None:
    """300 km/h are 186.411 miles an hour."""
    (fault,) = faults(tmp_path, at(0), at(1, "dz=187"), at(2, "fz"), head=HEAD + MILES)
    assert fault == (4, "dz", "'187'", "a number, 0.621371 to 186.411")
