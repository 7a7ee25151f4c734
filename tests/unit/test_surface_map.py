"""Which ground a roadbook lies on: its surface map, or a mix with a notice."""

from pathlib import Path

import pytest

from profiles.course.course import load_course
from profiles.course.surface_map import DEFAULT_SHARES, SurfaceMap, ground_of
from profiles.road.route import Route, Stretch
from profiles.schema import InputError, load
from tests.roadbooks import HEAD, at
from tests.roads import road_digest

MAP = "kind: surface_map\ndefault: reg\n"
REG = Path(__file__).parents[2] / "profiles" / "library" / "surfaces" / "reg.yaml"


def ground(folder: Path, sections: str, length_km: float = 10.0) -> tuple[Stretch, ...]:
    (folder / "day.surfaces.yaml").write_text(MAP + sections, encoding="utf-8")
    stretches, _, notices = ground_of(folder / "day.gpx", length_km, 1)
    assert notices == []
    return stretches


def laid(stretches: tuple[Stretch, ...]) -> list[tuple[str, float, float]]:
    """Surfaces one after the other, in km, pieces of the same one joined."""
    found: list[tuple[str, float, float]] = []
    for stretch in stretches:
        label, start, end = stretch.segment.label, stretch.start_m / 1000.0, stretch.end_m / 1000.0
        joined = bool(found) and found[-1][0] == label
        found.append((label, found.pop()[1] if joined else start, end))
    return [(label, pytest.approx(start), pytest.approx(end)) for label, start, end in found]


SECTIONS = "sections:\n  - {from_km: 1, to_km: 2.5, surface: wadi}\n  - {from_km: 2.5, to_km: 9, surface: dunettes}\n"


def test_sections_lie_where_the_map_says_and_the_rest_is_the_default(tmp_path: Path) -> None:
    """To the end of the roadbook, without a gap."""
    stretches = ground(tmp_path, SECTIONS)
    assert laid(stretches) == [("reg", 0.0, 1.0), ("wadi", 1.0, 2.5), ("dunettes", 2.5, 9.0), ("reg", 9.0, 10.0)]
    assert stretches[-1].end_m == pytest.approx(10_000.0)


@pytest.mark.parametrize(
    ("sections", "wanted"),
    [
        ("", [("reg", 0.0, 10.0)]),
        ("sections: [{from_km: 0, to_km: 10, surface: wadi}]\n", [("wadi", 0.0, 10.0)]),
        ("sections: [{from_km: 9.98, to_km: 10, surface: wadi}]\n", [("reg", 0.0, 9.98), ("wadi", 9.98, 10.0)]),
        (
            "sections: [{from_km: 0.02, to_km: 9.98, surface: wadi}]\n",
            [("reg", 0.0, 0.02), ("wadi", 0.02, 9.98), ("reg", 9.98, 10.0)],
        ),
    ],
)
def test_sections_may_fill_all_or_nothing(
    tmp_path: Path, sections: str, wanted: list[tuple[str, float, float]]
) -> None:
    """The default alone, a section alone, and the shortest pieces at both ends."""
    assert laid(ground(tmp_path, sections)) == wanted


def test_long_sections_are_several_segments(tmp_path: Path) -> None:
    """Each about 5 km, with random numbers of their own, adding up to the station."""
    stretches = ground(tmp_path, "", 123.4567)
    assert len(stretches) == 25
    assert {round(stretch.segment.length_m) for stretch in stretches} == {4938}
    assert len({(stretch.seed, stretch.number) for stretch in stretches}) == 25
    assert stretches[-1].end_m == pytest.approx(123_456.7)


def test_another_seed_is_another_road_on_the_same_ground(tmp_path: Path) -> None:
    """The map says where what lies; the seed what it is like there."""
    ground(tmp_path, "sections: [{from_km: 0.1, to_km: 0.2, surface: wadi}]\n", 0.4)
    one, again, other = (ground_of(tmp_path / "day.gpx", 0.4, seed)[0] for seed in (1, 1, 2))
    assert laid(one) == laid(other)
    digests = [road_digest(Route("x", stretches), 1.77) for stretches in (one, again, other)]
    assert digests[0] == digests[1] != digests[2]


def test_the_map_and_its_surfaces_are_inputs(tmp_path: Path) -> None:
    """A surface beside the map is found from anywhere."""
    (tmp_path / "mine.yaml").write_text(REG.read_text().replace("name: reg", "name: mine"))
    (tmp_path / "day.surfaces.yaml").write_text(MAP + "sections: [{from_km: 1, to_km: 2, surface: mine.yaml}]\n")
    path = tmp_path / "day.gpx"
    path.write_text(HEAD + at(0) + at(4) + "</gpx>\n")
    course = load_course(str(path))
    assert course.notices == ()
    assert set(course.inputs) == {path, tmp_path / "day.surfaces.yaml", tmp_path / "mine.yaml", REG}
    assert laid(course.legs[0].route.stretches) == [("reg", 0.0, 1.0), ("mine", 1.0, 2.0), ("reg", 2.0, 4.0)]


def test_the_map_is_that_of_the_section_that_is_driven(tmp_path: Path) -> None:
    """Its distances count from the start of the selective section."""
    (tmp_path / "day.surfaces.yaml").write_text(MAP + "sections: [{from_km: 1, to_km: 2, surface: wadi}]\n")
    path = tmp_path / "day.gpx"
    path.write_text(HEAD + at(0) + at(3, "dss") + at(6, "ass") + at(8) + "</gpx>\n")
    route = load_course(str(path)).legs[0].route
    assert laid(route.stretches) == [("reg", 0.0, 1.0), ("wadi", 1.0, 2.0), ("reg", 2.0, 3.0)]


@pytest.mark.parametrize("length_km", [0.2, 0.5, 3.0, 70.0, 1999.9])
def test_without_a_map_the_ground_is_a_mix_and_the_plan_says_so(tmp_path: Path, length_km: float) -> None:
    """In the usual shares to the station, whatever the length."""
    stretches, inputs, notices = ground_of(tmp_path / "day.gpx", length_km, 1)
    assert inputs == ()
    assert notices == [
        "no day.surfaces.yaml beside it: the ground is a mix of"
        " 35% sand_track, 35% reg, 10% hamada, 10% dunettes, 10% wadi"
    ]
    assert stretches[-1].end_m == pytest.approx(1000.0 * length_km)
    assert min(stretch.segment.length_m for stretch in stretches) >= 19.95
    for name, share in DEFAULT_SHARES.items():
        found_m = sum(stretch.segment.length_m for stretch in stretches if stretch.segment.label == name)
        assert found_m == pytest.approx(1000.0 * share * length_km, abs=0.051)


@pytest.mark.parametrize("length_km", [0.02, 0.1, 0.1999])
def test_what_is_too_short_for_a_mix_is_one_surface(tmp_path: Path, length_km: float) -> None:
    """And no longer than the roadbook."""
    stretches, _, notices = ground_of(tmp_path / "day.gpx", length_km, 1)
    assert [stretch.segment.label for stretch in stretches] == ["sand_track"]
    assert stretches[-1].end_m == pytest.approx(1000.0 * length_km, abs=0.026)
    assert notices == ["no day.surfaces.yaml beside it: the ground is sand_track, as it is too short for a mix"]


def test_a_name_too_long_for_a_map_beside_it_has_none(tmp_path: Path) -> None:
    """A file system allows 255 bytes; the roadbook fits, its map could not."""
    _, _, notices = ground_of(tmp_path / (250 * "x" + ".gpx"), 5.0, 1)
    assert "beside it: the ground is a mix" in notices[0]


WRONG = {
    "unknown surface": (
        "sections:\n  - {from_km: 1, to_km: 2, surface: wadii}\n",
        "4: sections.0.surface: found 'wadii'; allowed: did you mean 'wadi'? the library has big_dunes,",
    ),
    "no such file": (
        "sections: [{from_km: 1, to_km: 2, surface: no.yaml}]\n",
        "3: sections.0.surface: found 'no.yaml'",
    ),
    "overlap": (
        "sections:\n  - {from_km: 1, to_km: 2, surface: wadi}\n  - {from_km: 1.9, to_km: 3, surface: reg}\n",
        "5: sections.1.from_km: found '1.9'; allowed: at least 2, where the section before ends",
    ),
    "out of order": (
        "sections:\n  - {from_km: 5, to_km: 6, surface: wadi}\n  - {from_km: 1, to_km: 2, surface: reg}\n",
        "5: sections.1.from_km: found '1'; allowed: at least 6, where the section before ends",
    ),
    "turned round": (
        "sections: [{from_km: 2, to_km: 1, surface: wadi}]\n",
        "3: sections.0.to_km: found '1'; allowed: at least 0.02 more than from_km",
    ),
    "too short": ("sections: [{from_km: 2, to_km: 2.01, surface: wadi}]\n", "3: sections.0.to_km: found '2.01'"),
    "too short a gap": (
        "sections:\n  - {from_km: 1, to_km: 2, surface: wadi}\n  - {from_km: 2.01, to_km: 3, surface: reg}\n",
        "5: sections.1.from_km: found '2.01'; allowed: 2, or at least 2.02: nothing shorter is laid between",
    ),
    "too short a start": (
        "sections: [{from_km: 0.01, to_km: 3, surface: wadi}]\n",
        "3: sections.0.from_km: found '0.01'; allowed: 0, or at least 0.02: nothing shorter",
    ),
    "too short an end": (
        "sections: [{from_km: 1, to_km: 9.99, surface: wadi}]\n",
        "3: sections.0.to_km: found '9.99'; allowed: 10, where the section that is driven ends, or at least 0.02 less",
    ),
    "beyond the end": (
        "sections:\n  - {from_km: 1, to_km: 2, surface: wadi}\n  - {from_km: 9, to_km: 10.1, surface: reg}\n",
        "5: sections.1.to_km: found '10.1'; allowed: at most 10, the length of the section that is driven",
    ),
    "before the start": ("sections: [{from_km: -1, to_km: 2, surface: wadi}]\n", "3: sections.0.from_km: found '-1'"),
    "no surface": ("sections: [{from_km: 1, to_km: 2}]\n", "3: sections.0.surface: found nothing; allowed: the key"),
    "unknown key": (
        "surfaces: []\n",
        "3: surfaces: found an unknown key; allowed: kind, description, default, sections",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_surface_map_may_not_say(tmp_path: Path, case: str) -> None:
    """Each fault with file, line, key, what was found and what is allowed."""
    sections, words = WRONG[case]
    with pytest.raises(InputError) as caught:
        ground(tmp_path, sections)
    assert f"day.surfaces.yaml:{words}" in str(caught.value)


def test_a_map_needs_a_default_and_its_kind(tmp_path: Path) -> None:
    """A file beside a roadbook that is something else is refused."""
    for text, words in (
        ("kind: surface_map\n", "1: default: found nothing"),
        ("kind: stage\n", "1: kind: found 'stage'"),
    ):
        (tmp_path / "day.surfaces.yaml").write_text(text)
        with pytest.raises(InputError, match=words):
            ground_of(tmp_path / "day.gpx", 10.0, 1)
        with pytest.raises(InputError, match=words):
            load(tmp_path / "day.surfaces.yaml", SurfaceMap)
