"""Stage files: parts in their order, seeds, what stands on the way, and what a stage may not say."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from profiles.course.course import check_stage
from profiles.course.stage import Stage, load_stage
from profiles.road.route import Route, Zone
from profiles.road.terrain import MOST_SEGMENTS, load_terrain
from profiles.schema import InputError
from tests.roads import road_digest

HEAD = "kind: stage\nname: s\ndescription: for a test\nseed: 3\nparts:\n"
ALL = (
    "  - {terrain: dune_loop, repeats: 2}\n  - {surface: reg, length_km: 0.3, grade_pct: 2.5}\n"
    "  - {mix: {distance_km: 3.0, segment_km: [0.2, 0.6], shares: {reg: 0.5, wadi: 0.5}}}\n"
)
PLAIN = "  - {surface: reg, length_km: 1.0}\n"
OWN = Path(__file__).parents[2] / "profiles" / "library" / "surfaces" / "reg.yaml"


def write(folder: Path, parts: str = ALL, more: str = "", name: str = "s") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD + parts + more, encoding="utf-8")
    return path


def stage_of(folder: Path, parts: str = ALL, more: str = "") -> Stage:
    return load_stage(str(write(folder, parts, more)))[0]


def labels(route: Route) -> list[str]:
    return [stretch.segment.label for stretch in route.stretches]


def test_parts_follow_each_other_in_their_order(tmp_path: Path) -> None:
    """Two dune loops, one stretch of reg with its grade, then the mix; no gap, numbered through."""
    stretches = stage_of(tmp_path).route().stretches
    loop = [segment.label for segment in load_terrain("dune_loop").segments]
    assert [stretch.segment.label for stretch in stretches[: 2 * len(loop) + 1]] == [*loop, *loop, "reg"]
    assert stretches[2 * len(loop)].segment.grade_pct == 2.5
    assert {stretch.segment.label for stretch in stretches[2 * len(loop) + 1 :]} == {"reg", "wadi"}
    assert [stretch.index for stretch in stretches] == list(range(len(stretches)))
    assert stretches[0].start_m == 0.0
    assert all(one.end_station == two.first_station for one, two in pairwise(stretches))
    assert [stretches[place].end_m for place in (len(loop) - 1, 2 * len(loop), -1)] == [2000.0, 4300.0, 7300.0]


def test_repeats_of_a_terrain_are_the_same_road(tmp_path: Path) -> None:
    """Both loops have the random numbers of the terrain file: the road is that of the terrain driven twice."""
    stage = stage_of(tmp_path, "  - {terrain: dune_loop, repeats: 2}\n").route()
    twice = load_terrain("dune_loop").model_copy(update={"repeats": 2}).route()
    for one, two in zip(stage.stretches, twice.stretches, strict=True):
        assert replace(one, number=one.number & 0xFFFF) == two
    assert road_digest(stage, 1.77) == road_digest(twice, 1.77)


def test_the_repeats_of_the_terrain_itself_count_too(tmp_path: Path) -> None:
    """A terrain that is driven three times, twice: six laps."""
    text = (Path(__file__).parents[2] / "profiles" / "library" / "terrain" / "dune_loop.yaml").read_text()
    (tmp_path / "loop.yaml").write_text(text + "repeats: 3\n")
    route = stage_of(tmp_path, "  - {terrain: loop.yaml, repeats: 2}\n").route()
    assert route.length_m == 12_000.0
    assert [stretch.lap for stretch in route.stretches[::5]] == list(range(6))


def test_no_two_synthetic_stretches_share_their_random_numbers(tmp_path: Path) -> None:
    """Two parts of the same surface are not the same road."""
    stretches = stage_of(tmp_path, PLAIN + PLAIN + ALL.splitlines(keepends=True)[2]).route().stretches
    assert len({(stretch.seed, stretch.number) for stretch in stretches}) == len(stretches) > 5


def test_the_same_seed_is_the_same_road_and_another_one_another(tmp_path: Path) -> None:
    """A seed given from outside replaces that of the stage and those of its terrains."""
    stage = stage_of(tmp_path)
    own, again, other = stage.route(), stage.route(3), stage.route(4)
    assert own.stretches == stage.route().stretches
    assert labels(own) == labels(again)
    assert labels(own) != labels(other)
    assert {stretch.seed for stretch in own.stretches} == {3, load_terrain("dune_loop").seed}
    assert {stretch.seed for stretch in other.stretches} == {4}


PLACES = """\
zones:
  - {from_km: 0.6, to_km: 0.8, speed_kmh: 36, why: village}
  - {from_km: 0.2, to_km: 0.3, speed_kmh: 90}
dangers: [{at_km: 0.4, level: 3}, {at_km: 0.0, level: 1}, {at_km: 1.0, level: 2}]
stops: [{at_km: 0.9, duration_s: 60, why: fuel}, {at_km: 0.1, duration_s: 2.5}]
"""


def test_zones_dangers_and_stops_are_where_they_were_put_and_in_order(tmp_path: Path) -> None:
    """In metres and metres a second; dangers from 50 m before to 20 m after, as far as there is road."""
    route = stage_of(tmp_path, PLAIN, PLACES).route()
    assert [(zone.why, zone.danger) for zone in route.zones] == [
        ("danger 1", 1), ("speed zone", 0), ("danger 3", 3), ("village", 0), ("danger 2", 2),
    ]  # fmt: skip
    spans = [(zone.start_m, zone.end_m) for zone in route.zones]
    for span, wanted in zip(spans, [(0, 20), (200, 300), (350, 420), (600, 800), (950, 1000)], strict=True):
        assert span == pytest.approx(wanted)
    assert [zone.highest_mps for zone in route.zones if not zone.danger] == pytest.approx([25.0, 10.0])
    assert [(stop.at_m, stop.duration_s, stop.why) for stop in route.stops] == [
        (pytest.approx(100.0), 2.5, "stop"), (pytest.approx(900.0), 60.0, "fuel"),
    ]  # fmt: skip
    assert all(isinstance(zone, Zone) for zone in route.zones)


def test_files_beside_the_stage_are_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are taken from the folder of the stage file; all files it is made from are told, each once."""
    (tmp_path / "grounds").mkdir()
    (tmp_path / "grounds" / "mine.yaml").write_text(OWN.read_text().replace("name: reg", "name: mine"))
    parts = (
        "  - {surface: grounds/mine.yaml, length_km: 0.1}\n  - {terrain: belgian_block}\n  - {terrain: belgian_block}\n"
        "  - {mix: {distance_km: 1.0, segment_km: [0.1, 0.2], shares: {./grounds/mine.yaml: 0.5, reg: 0.5}}}\n"
    )
    write(tmp_path, parts)
    monkeypatch.chdir(tmp_path.parent)
    stage, files = load_stage(f"{tmp_path.name}/s.yaml")
    assert set(labels(stage.route())) == {"mine", "reg", "Belgian block"}
    named = [path.name for path in files]
    assert named == ["s.yaml", "mine.yaml", "belgian_block.yaml", "belgian_block.crg", "reg.yaml"]
    monkeypatch.chdir(tmp_path)
    assert labels(load_stage("s.yaml")[0].route()) == labels(stage.route())


def test_a_path_is_never_a_name_of_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``./reg`` is a file beside the stage, wherever the stage is read from."""
    for folder, what in ((tmp_path, "s.yaml"), (tmp_path.parent, f"{tmp_path.name}/s.yaml")):
        write(tmp_path, "  - {surface: ./reg, length_km: 1}\n")
        monkeypatch.chdir(folder)
        with pytest.raises(InputError, match=r"parts\.0\.surface: found '\./reg'.*reg: no such file"):
            load_stage(what)


MIX = "  - mix: {{distance_km: 10, segment_km: [1, 2], shares: {}}}\n"

WRONG: dict[str, tuple[str, str]] = {
    "no part": ("  []\n", "s.yaml:5: parts: found a list; allowed: a list of at least 1"),
    "a part of nothing": (
        "  - {}\n",
        "6: parts.0: found a mapping; allowed: a mapping with one of the keys terrain, surface, mix",
    ),
    "a bare word": ("  - dune_loop\n", "6: parts.0: found 'dune_loop'; allowed: a mapping with one of the keys"),
    "a misspelt key": (
        "  - {terain: dune_loop}\n",
        "6: parts.0.terain: found an unknown key; allowed: (did you mean 'terrain'?)",
    ),
    "two keys": ("  - {terrain: dune_loop, surface: reg}\n", "6: parts.0.surface: found an unknown key"),
    "unknown terrain": (
        "  - {terrain: dune_lop}\n",
        "6: parts.0.terrain: found 'dune_lop'; allowed: did you mean 'dune_loop'?",
    ),
    "unknown surface": (
        PLAIN + "  - {surface: regg, length_km: 1}\n",
        "7: parts.1.surface: found 'regg'; allowed: did you mean 'reg'? the library has big_dunes,",
    ),
    "unknown share": (
        MIX.format("{wadii: 1}"),
        "6: parts.0.mix.shares.wadii: found 'wadii'; allowed: did you mean 'wadi'?",
    ),
    "no such file": ("  - {terrain: a/no.yaml}\n", "6: parts.0.terrain: found 'a/no.yaml'; allowed: a terrain file"),
    "no repeats": ("  - {terrain: dune_loop, repeats: 0}\n", "6: parts.0.repeats: found '0'; allowed: at least 1"),
    "half a repeat": (
        "  - {terrain: dune_loop, repeats: 1.5}\n",
        "parts.0.repeats: found '1.5'; allowed: a whole number",
    ),
    "too many segments": (
        PLAIN + "  - {terrain: dune_loop, repeats: 9999}\n",
        f"7: parts.1.repeats: found '9999'; allowed: at most {MOST_SEGMENTS} segments in the whole stage; with",
    ),
    "no length": ("  - {surface: reg}\n", "6: parts.0.length_km: found nothing; allowed: the key 'length_km'"),
    "too short": (
        "  - {surface: reg, length_km: 0.01}\n",
        "6: parts.0.length_km: found '0.01'; allowed: at least 0.02",
    ),
    "too steep": (PLAIN.replace("}", ", grade_pct: -61}"), "6: parts.0.grade_pct: found '-61'; allowed: at least -60"),
    "a length without unit": (
        "  - {surface: reg, length: 1}\n",
        "parts.0.length: found an unknown key; allowed: length_km (the unit is part of the name)",
    ),
    "half a mix": (
        MIX.format("{reg: 0.5}"),
        "6: parts.0.mix: found a mapping; allowed: shares that add up to 1; these add up to 0.5",
    ),
    "a negative place": (
        PLAIN + "stops: [{at_km: -1, duration_s: 1}]\n",
        "7: stops.0.at_km: found '-1'; allowed: at least 0",
    ),
    "no stop at all": (PLAIN + "stops: [{at_km: 0.5, duration_s: 0}]\n", "7: stops.0.duration_s: found '0'"),
    "danger 4": (PLAIN + "dangers: [{at_km: 0.5, level: 4}]\n", "7: dangers.0.level: found '4'; allowed: at most 3"),
    "a zone of no speed": (
        PLAIN + "zones: [{from_km: 0, to_km: 1, speed_kmh: 0}]\n",
        "7: zones.0.speed_kmh: found '0'",
    ),
    "a zone turned round": (
        PLAIN + "zones:\n  - {from_km: 0.5, to_km: 0.5, speed_kmh: 30}\n",
        "8: zones.0.to_km: found '0.5'; allowed: more than from_km",
    ),
    "no such style": (PLAIN + "style: atack\n", "7: style: found 'atack'; allowed: did you mean 'attack'?"),
    "unknown key": (PLAIN + "pace: 2\n", "7: pace: found an unknown key; allowed: kind, name,"),
    "a zone beyond the end": (
        PLAIN
        + "zones:\n  - {from_km: 0.1, to_km: 0.2, speed_kmh: 30}\n  - {from_km: 0.5, to_km: 1.2, speed_kmh: 30}\n",
        "s.yaml:9: zones.1.to_km: found '1.2'; allowed: at most 1, the length of the stage",
    ),
    "a danger beyond the end": (
        PLAIN + "dangers:\n- {at_km: 1.01, level: 1}\n",
        "8: dangers.0.at_km: found '1.01'; allowed: at most 1,",
    ),
    "a stop beyond the end": (
        PLAIN + "stops: [{at_km: 9, duration_s: 1}]\n",
        "7: stops.0.at_km: found '9'; allowed: at most 1,",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_stage_file_may_not_say(tmp_path: Path, case: str) -> None:
    """Each fault with file, line, key, what was found and what is allowed."""
    text, words = WRONG[case]
    path = write(tmp_path, text)
    with pytest.raises(InputError) as caught:
        check_stage(path, load_stage(str(path))[0])
    assert words in str(caught.value)


def test_all_places_beyond_the_end_are_told_at_once(tmp_path: Path) -> None:
    """Each at its own line; a place at the very end is good."""
    more = "dangers:\n  - {at_km: 1.5, level: 1}\n  - {at_km: 1.0, level: 1}\nstops:\n  - {at_km: 2, duration_s: 1}\n"
    path = write(tmp_path, PLAIN, more)
    with pytest.raises(InputError) as caught:
        check_stage(path, load_stage(str(path))[0])
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [(8, "dangers.0.at_km"), (11, "stops.0.at_km")]


def test_a_fault_of_a_file_that_it_names_is_told_in_that_file(tmp_path: Path) -> None:
    """A surface with a negative roughness: its own line."""
    (tmp_path / "bad.yaml").write_text(OWN.read_text().replace("g0_m3: 7.0e-4", "g0_m3: -7.0e-4"))
    with pytest.raises(InputError, match=r"bad\.yaml:\d+: roughness\.g0_m3: found '-7\.0e-4'"):
        stage_of(tmp_path, "  - {surface: bad.yaml, length_km: 1}\n").route()
