"""Terrain files: what they hold, where each segment lies, and what they may not say."""

from pathlib import Path

import pytest

from profiles.catalogue import names
from profiles.road.route import Route
from profiles.road.segments import MeasuredSegment, SyntheticSegment
from profiles.road.terrain import FOLDER, MOST_SEGMENTS, Terrain, input_files, load_terrain
from profiles.schema import InputError, load

HEAD = "kind: terrain\nname: x\ndescription: x\nseed: 1\n"
PLAIN = "label: a, surface: dunes, soil: dry_sand, roughness: {iso_class: C}"


def fault(folder: Path, text: str) -> str:
    path = folder / "terrain.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load(path, Terrain)
    assert len(caught.value.faults) == 1
    return str(caught.value)


@pytest.mark.parametrize("name", names(FOLDER))
def test_every_terrain_of_the_library_reads(name: str) -> None:
    """Each file bears its own name and is a road of some length."""
    terrain = load_terrain(name)
    assert terrain.name == name
    assert terrain.route().length_m > 100.0


def test_the_dune_loop_is_a_loop_of_two_kilometres_over_several_surfaces() -> None:
    """It ends at the height it started from, has three surfaces and one slip face."""
    terrain = load_terrain("dune_loop")
    assert terrain.route().length_m == pytest.approx(2000.0)
    assert sum(segment.length_m * segment.grade_pct for segment in terrain.segments) == pytest.approx(0.0)
    assert len({segment.surface for segment in terrain.segments}) >= 3
    assert [f.type for s in terrain.segments for f in s.features].count("slip_face") == 1


def test_the_belgian_block_is_about_four_hundred_metres_of_laps() -> None:
    """Its length is the laps times the lap that was read, and its road data is named for the record."""
    (segment,) = load_terrain("belgian_block").segments
    assert isinstance(segment, MeasuredSegment)
    assert segment.length_m == pytest.approx(42 * 191 * 0.05)
    assert [path.name for path in input_files(FOLDER / "belgian_block.yaml")] == ["belgian_block.crg"]


def test_distances_belong_to_the_stretch_that_starts_there() -> None:
    """A border belongs to the next stretch, the very end to the last one; off the road there is none."""
    route = load_terrain("dune_loop").route()
    for distance_m, label in ((0.0, "approach"), (299.99, "approach"), (300.0, "dunettes"), (2000.0, "dune bowl")):
        assert route.stretch_at(distance_m).segment.label == label
    for distance_m in (-0.01, 2000.01, float("nan")):
        with pytest.raises(ValueError, match="distance_m"):
            route.stretch_at(distance_m)


def test_a_route_finds_each_of_many_stretches() -> None:
    """At the start, in the middle and just before the end of each of 500 stretches it is that one."""
    route = load_terrain("dune_loop").model_copy(update={"repeats": 100}).route()
    for stretch in route.stretches:
        for distance_m in (stretch.start_m, 0.5 * (stretch.start_m + stretch.end_m), stretch.end_m - 0.01):
            assert route.stretch_at(distance_m) is stretch


def test_repeats_number_the_stretches_on() -> None:
    """Each repeat has stretches of its own with numbers of their own over the same segments and the same seeds."""
    once = load_terrain("dune_loop")
    first = once.route()
    twice = once.model_copy(update={"repeats": 2}).route()
    count = len(once.segments)
    assert twice.length_m == 2 * first.length_m
    assert [stretch.index for stretch in twice.stretches] == list(range(2 * count))
    assert [stretch.lap for stretch in twice.stretches] == count * [0] + count * [1]
    assert twice.stretch_at(2300.0).index == count + 1
    for before, after in zip(twice.stretches[:count], twice.stretches[count:], strict=True):
        assert (after.segment, after.seed, after.number) == (before.segment, before.seed, before.number)
        assert after.start_m == pytest.approx(before.start_m + 2000.0)


def test_stretches_follow_each_other_without_a_gap() -> None:
    """The first one starts at 0, each other one where the one before ends."""
    route = load_terrain("dune_loop").route()
    ends = [0, *(stretch.end_station for stretch in route.stretches)]
    assert [stretch.first_station for stretch in route.stretches] == ends[:-1]


def test_a_route_has_the_seed_of_its_file_unless_told_another() -> None:
    """Without a seed it is that of the file; a seed of 0 is one too. It has the terrain's name and no zones."""
    terrain = load_terrain("dune_loop")

    def seeds(route: Route) -> set[int]:
        return {stretch.seed for stretch in route.stretches}

    assert seeds(terrain.route()) == {terrain.seed}
    assert seeds(terrain.route(0)) == {0}
    assert seeds(terrain.route(5)) == {5}
    assert (terrain.route().name, terrain.route().zones, terrain.route().stops) == ("dune_loop", (), ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"segments: [{{{PLAIN}, length_m: 100.02}}]", "a multiple of 0.05 m"),
        (f"segments: [{{{PLAIN}, length_m: 10.0}}]", "length_m: found '10.0'; allowed: at least 20"),
        (f"segments: [{{{PLAIN}, length_m: 100}}]\nrepeats: {MOST_SEGMENTS + 1}", "at most 32767"),
        (
            f"segments: [{{{PLAIN}, length_m: 100}}, {{{PLAIN}, length_m: 100}}]\nrepeats: {MOST_SEGMENTS}",
            "repeats times the number of segments at most",
        ),
        ("segments: []", "a list of at least 1"),
        (
            f"segments: [{{{PLAIN}, length_m: 100, features: [{{type: g_out, at_m: 95, depth_m: 0.2, length_m: 8}}]}}]",
            "the g_out ends at 103.0 m",
        ),
        (
            f"segments: [{{{PLAIN}, length_m: 100, features: [{{type: ditch}}]}}]",
            "'slip_face', 'big_dunes', 'dunettes'",
        ),
        (f"segments: [{{{PLAIN}, length_m: 100, features: [{{at_m: 5}}]}}]", "the key 'type' must be given"),
        (
            f"segments: [{{{PLAIN}, length_m: 100, features: [{{type: cobbles, rate_per_km: 9000}}]}}]",
            "rate_per_km: found '9000'; allowed: at most 2000",
        ),
        (
            f"segments: [{{{PLAIN}, length_m: 100, corners: {{rate_per_km: 2, radius_m: [60, 20]}}}}]",
            "the lower value first",
        ),
        (
            "segments: [{label: a, surface: dunes, soil: dry_sand, length_m: 100, roughness: {}}]",
            "either iso_class",
        ),
        (
            "segments: [{label: a, surface: dunes, soil: dry_sand, length_m: 100,"
            " roughness: {iso_class: C, g0_m3: 1.0e-4}}]",
            "either iso_class",
        ),
        (
            "segments: [{label: a, surface: dunes, soil: mud, length_m: 100, roughness: {iso_class: C}}]",
            "'dry_sand', 'lete_sand'",
        ),
    ],
)
def test_what_a_terrain_file_may_not_say(tmp_path: Path, text: str, words: str) -> None:
    """Each fault is one line that names what is allowed."""
    assert words in fault(tmp_path, text)


def test_damaged_road_data_is_found_when_the_terrain_is_loaded(tmp_path: Path) -> None:
    """The terrain file is right but its road is cut off: the fault names the road file."""
    data = (FOLDER.parent / "roads" / "belgian_block.crg").read_bytes()
    (tmp_path / "cut.crg").write_bytes(data[:500_000])
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + "segments: [{label: a, surface: paved, soil: paved, road_file: cut.crg}]", encoding="utf-8")
    with pytest.raises(InputError, match=r"cut\.crg: \(road data\): found .*truncated"):
        load_terrain(str(path))


def test_a_segment_is_what_its_keys_say() -> None:
    """With a road file it is measured, else synthetic, also when built from models."""
    for name, kind in (("dune_loop", SyntheticSegment), ("belgian_block", MeasuredSegment)):
        terrain = load_terrain(name)
        assert all(isinstance(segment, kind) for segment in Terrain(**dict(terrain)).segments)
