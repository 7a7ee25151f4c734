"""Surface files: the ground of a kind, from which segments of any length are made."""

from pathlib import Path

import pytest

from profiles.catalogue import names
from profiles.road.features import Scattered
from profiles.road.segments import SURFACES, SyntheticSegment
from profiles.road.soil import SOILS
from profiles.road.surface import FOLDER, SurfaceFile, load_surface
from profiles.schema import InputError

GOOD = """\
kind: surface
name: mine
description: a test
source: "a test"
surface: dunes
soil: dry_sand
grade_pct: [-2.0, 3.0]
roughness: {iso_class: C}
"""


def fault(folder: Path, text: str) -> str:
    """The one fault of a file."""
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_surface(str(path))
    assert len(caught.value.faults) == 1
    return str(caught.value)


@pytest.mark.parametrize("name", names(FOLDER))
def test_every_surface_of_the_library_reads(name: str) -> None:
    """Each file bears its own name, says where it is from, and is ground that there is."""
    surface = load_surface(name)
    assert surface.name == name
    assert surface.surface in SURFACES
    assert surface.soil in SOILS
    assert len(surface.source) > 20
    assert surface.grade_pct[0] <= 0.0 <= surface.grade_pct[1]
    assert all(isinstance(feature, Scattered) for feature in surface.features)


def test_the_library_has_the_surfaces_of_a_rally() -> None:
    """Nine of them, and all kinds of surface but the paved one are there."""
    assert names(FOLDER) == [
        "big_dunes", "corrugated_track", "dunettes", "fesh_fesh_track", "hamada", "reg", "rock_garden", "sand_track",
        "wadi",
    ]  # fmt: skip
    assert {load_surface(name).surface for name in names(FOLDER)} == set(SURFACES) - {"paved"}


@pytest.mark.parametrize("name", names(FOLDER))
def test_a_segment_keeps_what_its_surface_says(name: str) -> None:
    """All values are those of the file, and the segment passes every check that one in a terrain file has to."""
    surface = load_surface(name)
    segment = surface.segment(500.0, 1.5, "here")
    assert (segment.length_m, segment.grade_pct, segment.label) == (500.0, 1.5, "here")
    for key in ("surface", "soil", "speed_cap_mps", "roughness", "coherence", "features", "corners"):
        assert getattr(segment, key) == getattr(surface, key)
    assert SyntheticSegment.model_validate(segment.model_dump()) == segment


def test_a_segment_is_level_and_called_like_its_surface_unless_said() -> None:
    """Grade and label have what a segment mostly wants; values that a file leaves out are those of a segment."""
    segment = load_surface("reg").segment(100.0)
    assert (segment.grade_pct, segment.label, segment.speed_cap_mps) == (0.0, "reg", None)


@pytest.mark.parametrize(
    ("asked_m", "stations"), [(100.0, 2000), (100.02, 2000), (100.03, 2001), (33.333, 667), (20.0, 400)]
)
def test_a_length_is_taken_to_the_nearest_station(asked_m: float, stations: int) -> None:
    """The segment has whole stations: its length is the nearest multiple of 0.05 m."""
    segment = load_surface("reg").segment(asked_m)
    assert segment.stations == stations
    assert segment.length_m == pytest.approx(0.05 * stations, abs=1e-9)
    assert SyntheticSegment.model_validate(segment.model_dump()).stations == stations


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    """What is not said has its usual value: no obstacles, no bends, no cap."""
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    surface = load_surface(str(path))
    assert isinstance(surface, SurfaceFile)
    assert (surface.grade_pct, surface.features, surface.corners, surface.speed_cap_mps) == (
        (-2.0, 3.0),
        (),
        None,
        None,
    )
    assert surface.coherence.model == "exponential"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("[-2.0, 3.0]", "[3.0, -2.0]"), "a grade_pct with the lower value first"),
        (GOOD.replace("[-2.0, 3.0]", "[-2.0, 70.0]"), "mine.yaml:7: grade_pct.1: found '70.0'; allowed: at most 60"),
        (
            GOOD + "features: [{type: g_out, at_m: 20.0, depth_m: 0.3, length_m: 8.0}]\n",
            "scattered obstacles only; g_out has a place",
        ),
        (
            GOOD + "features: [{type: slip_face, at_m: 20.0, height_m: 2.0, angle_deg: 33.0}]\n",
            "scattered obstacles only; slip_face has a place",
        ),
        (GOOD + "features: [{type: stones, rate_per_km: 100.0}]\n", "the key 'height_m' must be given"),
        (GOOD + "features: [{type: dunes, rate_per_km: 1.0}]\n", "'slip_face', 'big_dunes', 'dunettes'"),
        (GOOD + "corners: {rate_per_km: 2.0, radius_m: [60.0, 20.0]}\n", "the lower value first"),
        (GOOD + "length_m: 100.0\n", "mine.yaml:9: length_m: found an unknown key"),
        (GOOD.replace("dry_sand", "mud"), "mine.yaml:6: soil: found 'mud'"),
        (GOOD.replace("name: mine", "name: My Own"), "mine.yaml:2: name"),
        (GOOD.replace('source: "a test"\n', ""), "the key 'source' must be given"),
        (GOOD.replace("kind: surface", "kind: terrain"), "'surface'"),
        (GOOD.replace("{iso_class: C}", "{iso_class: C, g0_m3: 1.0e-4}"), "either iso_class"),
    ],
)
def test_what_a_surface_file_may_not_say(tmp_path: Path, text: str, words: str) -> None:
    """Each fault is one line that says what is allowed."""
    assert words in fault(tmp_path, text)


def test_an_unknown_surface_names_the_library() -> None:
    """A slip of the pen in a name is answered with the name that was meant."""
    with pytest.raises(InputError, match=r"did you mean 'hamada'.*the library has big_dunes, corrugated_track"):
        load_surface("hamda")
