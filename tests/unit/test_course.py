"""Courses: whatever kind of file, legs of routes; and the campaigns of the library, kilometre by kilometre."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from profiles.catalogue import names
from profiles.course.course import FOLDERS, load_course
from profiles.course.roadbook import FOLDER as ROADBOOKS
from profiles.road.segments import SyntheticSegment
from profiles.road.terrain import load_terrain
from profiles.schema import InputError
from tests.plans import campaign_file, stage_file

LIBRARY = ROADBOOKS.parent
BELGIAN = LIBRARY / "roads" / "belgian_block.crg"


def lengths_km(what: str) -> list[float]:
    return [leg.route.length_m / 1000.0 for leg in load_course(what).legs]


def test_a_terrain_is_one_leg() -> None:
    """The route of the terrain, with its own seed or another one, at 25 degrees."""
    course, other = load_course("dune_loop"), load_course("dune_loop", 5)
    (leg,) = course.legs
    assert leg.route.stretches == load_terrain("dune_loop").route().stretches
    assert (course.name, course.seed, course.style, leg.ambient_degc) == ("dune_loop", 2026, None, 25.0)
    assert (leg.soak_h, leg.service_min, course.notices) == (0.0, 0.0, ())
    assert other.seed == 5
    assert {stretch.seed for stretch in other.legs[0].route.stretches} == {5}


def test_the_road_data_of_a_terrain_is_one_of_its_inputs() -> None:
    """The terrain file and the road."""
    assert [path.name for path in load_course("belgian_block").inputs] == ["belgian_block.yaml", "belgian_block.crg"]


def test_a_stage_is_one_leg_with_its_style(tmp_path: Path) -> None:
    """Its files are the inputs; its style is that of the course."""
    course = load_course(str(stage_file(tmp_path, more="style: careful\n")))
    assert [leg.name for leg in course.legs] == ["short"]
    assert (course.seed, course.style, course.length_m) == (3, "careful", pytest.approx(500.0))
    assert [path.name for path in course.inputs] == ["short.yaml", "reg.yaml", "wadi.yaml"]
    assert load_course(str(tmp_path / "short.yaml"), 8).seed == 8


def test_a_campaign_is_a_leg_for_each_stage(tmp_path: Path) -> None:
    """Two laps, a night, one more."""
    course = load_course(str(campaign_file(tmp_path)))
    assert [(leg.day, leg.name, leg.soak_h) for leg in course.legs] == [
        ("one", "short (1 of 2)", 0.0), ("one", "short (2 of 2)", 0.0), ("two", "short", 1.0),
    ]  # fmt: skip
    assert course.length_m == pytest.approx(1500.0)


def test_a_roadbook_is_one_leg_with_notices(tmp_path: Path) -> None:
    """Whatever the case of its suffix; another seed is other ground."""
    path = tmp_path / "Rally Day 1.GPX"
    shutil.copy(ROADBOOKS / "openrally_example.gpx", path)
    course, other = load_course(str(path)), load_course(str(path), 2)
    assert (course.name, course.seed, other.seed) == ("rally_day_1", 1, 2)
    assert course.inputs == (path,)
    assert any("the ground is a mix of" in notice for notice in course.notices)
    assert course.legs[0].route.stretches != other.legs[0].route.stretches


def test_a_measured_road_is_driven_once_as_on_gravel(tmp_path: Path) -> None:
    """With a notice, as the file says nothing of the soil."""
    course = load_course(str(BELGIAN))
    (stretch,) = course.legs[0].route.stretches
    assert not isinstance(stretch.segment, SyntheticSegment)
    assert (stretch.segment.laps, stretch.segment.soil) == (1, "gravel")
    assert (course.name, course.notices) == ("belgian_block", ("belgian_block.crg: driven once, as on gravel",))
    assert course.length_m == pytest.approx(191 * 0.05)
    (tmp_path / "cut.crg").write_bytes(BELGIAN.read_bytes()[:500_000])
    with pytest.raises(InputError, match=r"cut\.crg: \(road data\): found .*truncated"):
        load_course(str(tmp_path / "cut.crg"))


@pytest.mark.parametrize(
    ("distance_m", "count"), [(0.001, 1), (500.0, 1), (500.1, 2), (1000.0, 2), (1400.0, 3), (1e9, 3)]
)
def test_until_keeps_the_legs_that_are_needed(tmp_path: Path, distance_m: float, count: int) -> None:
    """At least one, at most all; all else stays as it is."""
    course = load_course(str(campaign_file(tmp_path)))
    kept = course.until(distance_m)
    assert kept.legs == course.legs[:count]
    assert (kept.name, kept.seed, kept.inputs) == (course.name, course.seed, course.inputs)


WRONG = {
    "dune_lop": "course: found 'dune_lop'; allowed: did you mean 'dune_loop' or 'dune_loop_20km'? the library has",
    "": "the library has back_to_back, belgian_block, dakar_2026,",
    "stage_pace": "course: found 'stage_pace'; allowed: the library has",
    "no.yaml": "no.yaml: course: found no such file; allowed: a terrain, stage or campaign file (.yaml), or one of",
    "no/where": "no/where: course: found no such file",
    "./": "./: course: found a folder",
    "no.gpx": "no.gpx: roadbook: found no such file; allowed: a roadbook (.gpx)",
    "no.CSV": "no.CSV: road: found no such file; allowed: a measured road (.csv)",
    "no.crg": "no.crg: road: found no such file; allowed: a measured road (.crg)",
    "a\0b.gpx": "roadbook: found no such file",
    5000 * "x" + ".gpx": "roadbook: found no such file",
    5000 * "x" + ".yaml": "course: found no such file",
}


@pytest.mark.parametrize("what", WRONG, ids=lambda what: what.strip("x")[:20])
def test_what_is_not_there_is_told_with_what_there_is(what: str) -> None:
    """Nothing that a person can type raises anything but InputError."""
    with pytest.raises(InputError) as caught:
        load_course(what)
    assert WRONG[what] in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "kind: stag\n",
            "1: kind: found 'stag'; allowed: (did you mean 'stage'?) one of campaign, edit, stage, terrain",
        ),
        ("name: x\n", "1: kind: found nothing; allowed: one of campaign, edit, stage, terrain"),
        ("kind: vehicle\n", "1: kind: found 'vehicle'; allowed: one of campaign, edit, stage, terrain"),
        ("", "1: (the whole file): found nothing"),
        ("kind: [", "1: (the text): found no plain YAML"),
    ],
)
def test_a_file_that_is_no_course(tmp_path: Path, text: str, words: str) -> None:
    """Its kind says what it is, and what it may be."""
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_course(str(path))
    assert f"x.yaml:{words}" in str(caught.value)


def test_a_name_means_one_course() -> None:
    """No two kinds of the library share a name, each file bears its own."""
    known = [name for folder in FOLDERS.values() for name in names(folder)]
    assert len(known) == len(set(known)) >= 11
    assert [load_course(name).name for name in known] == known


DAKAR_KM = [25, 304, 400, 421, 453, 356, 336, 462, 470, 425, 418, 347, 310, 99]


def test_dakar_has_the_timed_kilometres_of_its_stages() -> None:
    """The prologue and 13 stages, 4,826 km; each another road; a service after all but the first marathon days."""
    legs = load_course("dakar_2026").legs
    assert [leg.route.length_m / 1000.0 for leg in legs] == pytest.approx(DAKAR_KM)
    assert load_course("dakar_2026").length_m == pytest.approx(4_826_000.0)
    assert [leg.name for leg in legs] == [leg.day for leg in legs]
    assert len({leg.route.stretches[0].seed for leg in legs}) == 14
    assert [leg.soak_h for leg in legs] == [0.0] + [12.0] * 6 + [34.0] + [12.0] * 6  # a rest day before stage 7
    unserved = [leg.name for leg in legs[1:] if not leg.service_min]
    assert unserved == ["stage 5, marathon", "stage 10, marathon"]


def test_the_ladder_scales_up_in_the_order_of_the_test() -> None:
    """Six loops of 20 km, twice 80 km, 250 km, three days of 350 km, which are those of back_to_back."""
    assert lengths_km("morocco_ladder") == pytest.approx([20.0] * 6 + [80.0] * 2 + [250.0] + [350.0] * 3)
    ladder, days = load_course("morocco_ladder").legs, load_course("back_to_back").legs
    assert len({leg.route for leg in ladder[:6]}) == 1
    assert ladder[6].route.stretches != ladder[7].route.stretches
    for leg, day in zip(ladder[-3:], days, strict=True):
        assert leg.route.stretches == day.route.stretches
        assert leg.ambient_degc == day.ambient_degc
    assert [leg.soak_h > 0 for leg in ladder] == [False] * 6 + [True, False, True, True, True, True]


def test_back_to_back_is_three_days_of_350_km() -> None:
    """Three different roads, nights between, nothing repaired."""
    legs = load_course("back_to_back").legs
    assert lengths_km("back_to_back") == pytest.approx([350.0] * 3)
    assert [(leg.soak_h, leg.service_min) for leg in legs] == [(0.0, 0.0), (10.0, 0.0), (10.0, 0.0)]
    assert len({tuple(s.segment.label for s in leg.route.stretches) for leg in legs}) == 3


@pytest.mark.parametrize("campaign", names(FOLDERS["campaign"]))
def test_no_surface_follows_itself_in_the_library(campaign: str) -> None:
    """And no segment is longer than its stage allows: 4 km."""
    for leg in load_course(campaign).legs:
        labels = [stretch.segment.label for stretch in leg.route.stretches]
        assert all(one != two for one, two in pairwise(labels))
        assert max(stretch.segment.length_m for stretch in leg.route.stretches) <= 4000.05
