"""Measured roads: what all formats have in common, and what terrain files say of them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyopencrg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.course.course import load_course
from profiles.measured.lap import JOIN_M, make_lap
from profiles.measured.rpc3_road import Rpc3Recording
from profiles.measured.tracks import SUFFIXES, read_tracks
from profiles.road.builder import iter_road
from profiles.road.segments import FADE_STATIONS, STEP_M, USUAL_TRACK_M
from profiles.road.terrain import FOLDER, Terrain, check_roads, input_files, load_terrain
from profiles.schema import InputError, load
from profiles.signal import FloatArray, join_roads

BELGIAN = FOLDER.parent / "roads" / "belgian_block.crg"
U_M = np.arange(0.0, 30.001, STEP_M)
BUMPS_M = 0.03 * np.sin(2 * np.pi * U_M / 3.0) ** 3
CLIMB = 0.05 * np.sin(2 * np.pi * U_M / 30.0)

HEAD = "kind: terrain\nname: t\ndescription: d\nseed: 1\nsegments:\n"
SEGMENT = "  - {{label: a, surface: paved, soil: paved, road_file: {}}}\n"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Files of the same name are read again in each test."""
    read_tracks.cache_clear()
    yield
    read_tracks.cache_clear()


def table(folder: Path, grade: FloatArray | None = None, name: str = "road.csv") -> Path:
    columns = [U_M, BUMPS_M, 0.5 * BUMPS_M] + ([] if grade is None else [grade])
    head = "distance_m,left_m,right_m" + (",grade" if grade is not None else "")
    lines = [",".join(f"{value:.9g}" for value in row) for row in zip(*columns, strict=True)]
    path = folder / name
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def terrain_file(folder: Path, *segments: str) -> Path:
    path = folder / "terrain.yaml"
    path.write_text(HEAD + "".join(segments), encoding="utf-8")
    return path


def faults(path: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_terrain(str(path))
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]


def test_a_table_and_an_opencrg_file_of_one_road_are_the_same(tmp_path: Path) -> None:
    """The suffix says who reads it, in small letters or large; what is made of it is the same."""
    grid = np.where(np.arange(31) > 15, BUMPS_M[:, None], 0.5 * BUMPS_M[:, None])
    pyopencrg.CrgRoad(grid, u_inc=STEP_M, v=1.5).save(str(tmp_path / "road.CRG"), "KDBI")
    one = read_tracks(str(tmp_path / "road.CRG"), USUAL_TRACK_M, STEP_M)
    other = read_tracks(str(table(tmp_path)), USUAL_TRACK_M, STEP_M)
    assert one.heights_m == pytest.approx(other.heights_m, abs=1e-8)
    assert one.grade == pytest.approx(other.grade, abs=1e-8)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    points=st.integers(150, 900),
    from_m=st.sampled_from([0.01, 0.02, 0.05, 0.1, 0.25]),
    slope=st.floats(-0.3, 0.3),
)
def test_every_lap_is_level_and_has_no_step(seed: int, points: int, from_m: float, slope: float) -> None:
    """Any heights: a lap less its join, about a line whose slope is the grade, and continuous at its end."""
    points = max(points, int(8.0 / from_m))
    x_m = np.arange(points) * from_m
    phase, waves_m = np.random.default_rng(seed).uniform(0, 6, (2, 1)), np.array([[2.0], [3.0]])
    raw = 0.02 * np.sin(2 * np.pi * x_m / waves_m + phase) + slope * x_m
    lap = make_lap("road", raw, from_m, STEP_M)
    stations = int((x_m[-1] + 1e-9) / STEP_M) + 1 - round(JOIN_M / STEP_M)
    assert lap.heights_m.shape == (2, stations)
    assert lap.grade.shape == (stations,)
    assert lap.grade == pytest.approx(np.full(stations, slope), abs=0.02)
    assert np.abs(lap.heights_m).max() < 0.08
    inside = np.abs(np.diff(lap.heights_m, axis=1)).max(axis=1)
    across = np.abs(lap.heights_m[:, 0] - lap.heights_m[:, -1])
    assert (across <= 1.5 * inside).all()


def test_what_is_remembered_cannot_be_written_to(tmp_path: Path) -> None:
    """The same lap is handed to everybody who asks; who changes it changes his own copy."""
    tracks = read_tracks(str(table(tmp_path)), USUAL_TRACK_M, STEP_M)
    assert read_tracks(str(tmp_path / "road.csv"), USUAL_TRACK_M, STEP_M) is tracks
    for values in (tracks.heights_m, tracks.grade):
        with pytest.raises(ValueError, match="read-only"):
            values[..., 0] = 1.0


@pytest.mark.parametrize("name", ["road.txt", "road.crg.gz", "road", "crg"])
def test_another_suffix_is_refused_with_those_that_are_read(tmp_path: Path, name: str) -> None:
    """By whoever reads it, and by the terrain file at its line."""
    shutil.copy(BELGIAN, tmp_path / name)
    with pytest.raises(InputError) as caught:
        read_tracks(str(tmp_path / name), USUAL_TRACK_M, STEP_M)
    assert all(suffix in caught.value.faults[0].allowed for suffix in SUFFIXES)
    wanted = ".crg, .csv, .rsp, .drv, .tim, .rpc"
    assert faults(terrain_file(tmp_path, SEGMENT.format(name))) == [
        f"terrain.yaml:6: segments.0.road_file: found '{name}'; allowed: a measured road: {wanted}"
    ]


def test_rpc3_is_for_rpc3_files_only(tmp_path: Path) -> None:
    """Channels of a table are named by its columns, so that rpc3 there is a mistake."""
    table(tmp_path)
    more = (
        "  - {label: a, surface: paved, soil: paved, road_file: road.csv, rpc3: {left: a, right: b, speed_mps: 5.0}}\n"
    )
    (found,) = faults(terrain_file(tmp_path, more))
    assert found == "terrain.yaml:6: segments.0: found a mapping; allowed: rpc3 with .rsp, .drv, .tim, .rpc only"
    with pytest.raises(InputError, match="rpc3 with"):
        read_tracks(
            str(tmp_path / "road.csv"), USUAL_TRACK_M, STEP_M, Rpc3Recording(left="a", right="b", speed_mps=5.0)
        )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("laps: 3", "segments.0.road_file: found nothing; allowed: the key 'road_file' must be given here"),
        ("road_file: gone.csv", "segments.0.road_file: found 'gone.csv'; allowed: the path of a file that exists"),
        ("road_file: road.csv, length_m: 50.0", "segments.0.length_m: found an unknown key"),
        ("road_file: road.csv, laps: 0", "segments.0.laps: found '0'; allowed: at least 1"),
    ],
)
def test_terrain_files_say_what_is_wrong_with_a_measured_segment(tmp_path: Path, text: str, wanted: str) -> None:
    """With line and key, as for every key."""
    table(tmp_path)
    (found,) = faults(terrain_file(tmp_path, f"  - {{label: a, surface: paved, soil: paved, {text}}}\n"))
    assert found.startswith(f"terrain.yaml:6: {wanted}")


def test_the_faults_of_all_roads_are_told_with_who_names_them(tmp_path: Path) -> None:
    """Two bad roads are two faults, each once, however often they are driven; a good one is none."""
    table(tmp_path)
    (tmp_path / "bad.csv").write_text("distance_m,left_m,right_m\n0,0,x\n", encoding="utf-8")
    (tmp_path / "bad.crg").write_text("no road", encoding="utf-8")
    names = ("bad.csv", "road.csv", "bad.crg", "bad.csv")
    found = faults(terrain_file(tmp_path, *(SEGMENT.format(name) for name in names)))
    assert len(found) == 2
    assert found[0].startswith("bad.crg: (road data): found")
    assert found[1] == "bad.csv:2: right_m: found 'x'; allowed: a number; named in terrain.yaml"


def test_the_road_data_are_inputs(tmp_path: Path) -> None:
    """Each file once, in the order of the segments."""
    table(tmp_path)
    table(tmp_path, name="b.csv")
    path = terrain_file(tmp_path, *(SEGMENT.format(name) for name in ("road.csv", "b.csv", "road.csv")))
    assert input_files(path) == [tmp_path / "road.csv", tmp_path / "b.csv"]


def test_a_table_can_be_driven_as_it_is(tmp_path: Path) -> None:
    """As a course of its own, without a terrain file."""
    course = load_course(str(table(tmp_path)))
    assert course.length_m == pytest.approx(29.55)
    assert course.inputs == (tmp_path / "road.csv",)


def measured(folder: Path, laps: int) -> Terrain:
    text = SEGMENT.format("road.csv").replace("}", f", laps: {laps}, grade_pct: 2.0}}")
    flat = "  - {label: b, surface: paved, soil: paved, length_m: 40.0, roughness: {iso_class: A}}\n"
    path = terrain_file(folder, text, flat)
    check_roads(path, load(path, Terrain))
    return load(path, Terrain)


def test_a_grade_along_the_road_is_that_of_every_lap(tmp_path: Path) -> None:
    """The grade of the file comes back in each lap, on top of the segment's; after it, it fades out over 5 m."""
    table(tmp_path, CLIMB)
    road = join_roads(iter_road(measured(tmp_path, 41).route(), USUAL_TRACK_M))
    lap = read_tracks(str(tmp_path / "road.csv"), USUAL_TRACK_M, STEP_M).grade
    wanted = np.tile(lap, 41) + 0.02
    assert np.array_equal(road["grade"][FADE_STATIONS : len(wanted)], wanted[FADE_STATIONS:])
    assert np.abs(lap[20:] - lap.mean() - (CLIMB[20:-10] - CLIMB[20:-10].mean())).max() < 0.01
    assert abs(road["grade"][0]) < 1e-4
    assert (road["grade"][len(wanted) + FADE_STATIONS :] == 0.0).all()
    assert np.abs(np.diff(road["grade"][len(wanted) - 1 : len(wanted) + FADE_STATIONS])).max() < 0.002


@settings(max_examples=10, deadline=None)
@given(block_m=st.floats(1.0, 500.0), first=st.integers(0, 1))
def test_a_measured_road_is_the_same_in_blocks_of_any_length(
    tmp_path_factory: pytest.TempPathFactory, block_m: float, first: int
) -> None:
    """Heights and grade, from whichever stretch on; 41 laps are two pieces, that meet within a lap."""
    folder = tmp_path_factory.mktemp("road")
    table(folder, CLIMB)
    route = measured(folder, 41).route()
    whole = join_roads(iter_road(route, USUAL_TRACK_M, 1e5))
    part = join_roads(iter_road(route, USUAL_TRACK_M, block_m, first))
    assert np.array_equal(part.data, whole.data[:, part.first_station :])


def test_rig_check_shows_a_bad_road_without_a_traceback(tmp_path: Path) -> None:
    """One line for each fault, and the exit code of bad input."""
    (tmp_path / "bad.csv").write_text("distance_m;left_m;right_m\n0;0,01;0\n", encoding="utf-8")
    path = terrain_file(tmp_path, SEGMENT.format("bad.csv"))
    done = subprocess.run(
        [sys.executable, "-m", "rig", "check", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "bad.csv:2: left_m: found '0,01', with a decimal comma" in " ".join(f"{done.stdout}{done.stderr}".split())
    assert "Traceback" not in done.stdout + done.stderr
