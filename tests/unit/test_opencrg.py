"""Measured roads: OpenCRG files good and bad."""

import shutil
from pathlib import Path

import numpy as np
import pyopencrg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.measured.opencrg import read_crg
from profiles.road.segments import STEP_M
from profiles.road.segments import USUAL_TRACK_M as TRACK_M
from profiles.road.terrain import FOLDER
from profiles.schema import InputError
from profiles.signal import FloatArray

BELGIAN = FOLDER.parent / "roads" / "belgian_block.crg"
FORMATS = ("LRFI", "LDFI", "KRBI", "KDBI")


def save(folder: Path, heights: FloatArray, fmt: str = "KRBI", **options: object) -> str:
    """A file with a grid of heights[sections, positions] every 0.05 m along."""
    path = folder / "road.crg"
    pyopencrg.CrgRoad(heights, **({"u_inc": STEP_M, "v": 1.5} | options)).save(str(path), fmt)
    return str(path)


def found(file: str, track_m: float = TRACK_M) -> str:
    with pytest.raises(InputError) as caught:
        read_crg(file, track_m, STEP_M)
    (fault,) = caught.value.faults
    assert fault.file == file
    assert "Traceback" not in fault.found
    return fault.found


def test_the_belgian_block_is_a_lap_of_ten_metres_less_its_join() -> None:
    """The measured road has the stations of 10.00 m less 0.5 m, and cobble-like heights."""
    tracks = read_crg(str(BELGIAN), TRACK_M, STEP_M)
    assert tracks.stations == 191
    assert np.abs(tracks.heights_m).max() < 0.08
    assert 0.015 < float(tracks.heights_m.std()) < 0.04
    assert tracks.grade == pytest.approx(np.full(191, 0.0037), abs=0.0005)


def test_heights_are_those_of_the_file_under_each_wheel() -> None:
    """Away from the join each track is what an independent evaluation of the file gives, less a straight line."""
    tracks = read_crg(str(BELGIAN), TRACK_M, STEP_M)
    road = pyopencrg.read(str(BELGIAN))
    u_m = road.u_start + np.arange(20, 180) * STEP_M
    for row, side in ((0, 0.5), (1, -0.5)):
        fine = np.mean([road.uv_to_z(u_m + shift, side * TRACK_M) for shift in 0.01 * np.arange(-2, 3)], axis=0)
        rest = tracks.heights_m[row, 20:180] - fine
        line = np.polyval(np.polyfit(u_m - u_m[0], rest, 1), u_m - u_m[0])
        assert np.abs(rest - line).max() < 1e-6


def test_no_step_arises_where_a_lap_meets_the_next() -> None:
    """The step from the end of a lap to its start is no larger than those within it."""
    heights = read_crg(str(BELGIAN), TRACK_M, STEP_M).heights_m
    inside = np.abs(np.diff(heights, axis=1)).max(axis=1)
    across = np.abs(heights[:, 0] - heights[:, -1])
    assert (across <= inside).all()


def test_banking_and_grade_are_taken_out(tmp_path: Path) -> None:
    """A plane that climbs 5 % and leans 10 % is flat under both wheels, and its grade is 5 %."""
    file = save(tmp_path, np.zeros((401, 31)), slope=0.05, banking=0.1)
    tracks = read_crg(file, TRACK_M, STEP_M)
    assert np.abs(tracks.heights_m).max() < 1e-6
    assert tracks.grade == pytest.approx(np.full(tracks.stations, 0.05))


def test_banking_that_changes_moves_both_wheels_against_each_other(tmp_path: Path) -> None:
    """A road that leans to and fro by 5 % lifts one wheel by 5 % of half the track, and lowers the other one."""
    lean = 0.05 * np.cos(2 * np.pi * np.arange(401) * STEP_M / 4.0)
    left, right = read_crg(save(tmp_path, np.zeros((401, 31)), banking=lean), TRACK_M, STEP_M).heights_m[:, 20:]
    assert np.abs(left).max() == pytest.approx(0.05 * 0.5 * TRACK_M, rel=0.05)
    assert right == pytest.approx(-left, abs=1e-6)


def test_the_left_track_is_at_positive_lateral_positions(tmp_path: Path) -> None:
    """A wave on the left half of the road is in the left track only."""
    wave = 0.1 * np.cos(2 * np.pi * np.arange(401) * STEP_M / 4.0)
    grid = np.zeros((401, 31))
    grid[:, 16:] = wave[:, None]
    left, right = read_crg(save(tmp_path, grid), TRACK_M, STEP_M).heights_m
    assert np.abs(left).max() == pytest.approx(0.1, rel=0.05)
    assert np.abs(right).max() < 1e-6


def test_coarse_files_are_joined_by_straight_lines(tmp_path: Path) -> None:
    """A section each metre gives stations each 0.05 m, with the file's heights at its own sections."""
    grid = np.zeros((21, 31))
    grid[10] = 0.1
    heights = read_crg(save(tmp_path, grid, u_inc=1.0), TRACK_M, STEP_M).heights_m
    peak = heights[0, 200] - heights[0, 180]
    assert peak == pytest.approx(0.1, abs=0.001)
    assert heights[0, 190] - heights[0, 180] == pytest.approx(0.05, abs=0.001)


def test_a_road_too_narrow_or_too_short_is_refused(tmp_path: Path) -> None:
    """The fault says how wide or long the file is."""
    assert found(save(tmp_path, np.zeros((401, 11)), v=0.8)) == "a road from -0.80 to 0.80 m across"
    assert found(save(tmp_path, np.zeros((50, 31)))) == "a road of 2.45 m"


def test_missing_data_matters_under_a_wheel_only(tmp_path: Path) -> None:
    """NaN beside the tracks is no concern; under a wheel it is a fault that says where."""
    grid = np.zeros((401, 31))
    grid[100:110, 15] = np.nan
    assert read_crg(save(tmp_path, grid), TRACK_M, STEP_M).stations > 0
    grid[100:110, 24] = np.nan
    assert found(save(tmp_path, grid)) == "no data at u = 5.00 m, v = 0.885 m (10 places)"


@pytest.mark.parametrize("keep", [0, 300, 9_850, 9_881, 9_880 + 13_680 * 73, 700_001, 1_379_319])
def test_a_truncated_file_is_refused_in_plain_words(tmp_path: Path, keep: int) -> None:
    """Wherever a file breaks off, on a record's border as well, it is a fault."""
    path = tmp_path / "cut.crg"
    path.write_bytes(BELGIAN.read_bytes()[:keep])
    assert found(str(path))


def test_damaged_files_and_others_are_refused(tmp_path: Path) -> None:
    """Converted line ends, other text, a folder, and nothing at all are faults, not tracebacks."""
    raw = BELGIAN.read_bytes()
    (tmp_path / "crlf.crg").write_bytes(raw.replace(b"\n", b"\r\n"))
    (tmp_path / "text.crg").write_bytes(b"left,right\n0,0\n")
    (tmp_path / "header.crg").write_bytes(raw.replace(b"D:long section 120,", b"D:long section x20,"))
    for name in ("crlf.crg", "text.crg", "header.crg", "missing.crg", "."):
        assert found(str(tmp_path / name))


def test_modifiers_are_not_silently_left_out(tmp_path: Path) -> None:
    """A file that asks for its heights to be scaled on reading is refused."""
    raw = BELGIAN.read_bytes()
    cut = raw.index(b"$ROAD_CRG\r\n") if b"$ROAD_CRG\r\n" in raw else raw.index(b"$ROAD_CRG\n")
    (tmp_path / "mods.crg").write_bytes(raw[:cut] + b"$ROAD_CRG_MODS\nscale_z_grid = 2.0\n" + raw[cut:])
    assert "modifiers" in found(str(tmp_path / "mods.crg"))


def test_the_data_ships_with_its_licence(tmp_path: Path) -> None:
    """Beside the data stand its origin and the Apache licence."""
    assert "OpenCRG" in (BELGIAN.parent / "README.md").read_text(encoding="utf-8")
    assert "Apache License" in (BELGIAN.parent / "LICENSE").read_text(encoding="utf-8")
    copy = shutil.copy(BELGIAN, tmp_path / "copy.crg")
    assert read_crg(str(copy), TRACK_M, STEP_M).stations == 191


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    sections=st.integers(130, 260),
    slope=st.floats(-0.1, 0.1),
    lean=st.floats(-0.1, 0.1),
)
def test_all_four_encodings_are_the_same_road(
    tmp_path_factory: pytest.TempPathFactory, seed: int, sections: int, slope: float, lean: float
) -> None:
    """Text and binary, single and double precision, with slope, banking and a hole beside the tracks."""
    folder = tmp_path_factory.mktemp("crg")
    grid = np.random.default_rng(seed).uniform(-0.05, 0.05, (sections, 31))
    grid[20:25, 15] = np.nan
    roads = [
        read_crg(save(folder, grid, fmt, slope=slope, banking=lean, heading=0.3), TRACK_M, STEP_M) for fmt in FORMATS
    ]
    for road in roads:
        assert road.heights_m.shape == (2, sections - 10)
        assert np.abs(road.heights_m - roads[1].heights_m).max() < 2e-6
        assert road.grade == pytest.approx(roads[1].grade, abs=2e-6)
    assert roads[1].heights_m.std() > 0.02


@pytest.mark.parametrize(("fmt", "width"), [("KRBI", 4), ("KDBI", 8)])
@pytest.mark.parametrize("shape", ["noise", "steps", "flat"])
def test_the_wrong_byte_order_is_refused(tmp_path: Path, fmt: str, width: int, shape: str) -> None:
    """With the bytes of its numbers swapped the same file is no road, whatever road it was."""
    rng = np.random.default_rng(5)
    grids = {
        "noise": rng.uniform(-0.05, 0.05, (200, 31)),
        "steps": rng.choice([0.0, 0.25, 0.5], (200, 31)),
        "flat": np.full((200, 31), 0.5),
    }
    path = Path(save(tmp_path, grids[shape], fmt))
    assert read_crg(str(path), TRACK_M, STEP_M).stations == 190
    raw = path.read_bytes()
    start = raw.index(b"\n", raw.index(b"$$$$")) + 1
    payload = np.frombuffer(raw[start:], dtype=f">f{width}").byteswap()
    path.write_bytes(raw[:start] + payload.tobytes())
    assert found(str(path))


@pytest.mark.parametrize("fmt", FORMATS)
def test_a_header_without_data_is_refused(tmp_path: Path, fmt: str) -> None:
    """The header alone, and one cross section alone, which is a road of no length."""
    path = Path(save(tmp_path, np.zeros((200, 31)), fmt))
    raw = path.read_bytes()
    start = raw.index(b"\n", raw.index(b"$$$$")) + 1
    path.write_bytes(raw[:start])
    assert found(str(path))
    path.write_bytes(raw[: raw.index(b"$$$$")])
    assert found(str(path))


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_every_encoding_tells_where_it_is_cut(tmp_path: Path, fmt: str, share: float) -> None:
    """Part of the data, whatever the encoding."""
    path = Path(save(tmp_path, np.full((200, 31), 0.02), fmt))
    raw = path.read_bytes()
    start = raw.index(b"\n", raw.index(b"$$$$")) + 1
    path.write_bytes(raw[: start + int(share * (len(raw) - start))])
    assert found(str(path))


def test_heights_that_are_none_of_a_road_are_refused(tmp_path: Path) -> None:
    """More than 1000 m from the lowest to the highest; high above the sea is no matter."""
    grid = np.zeros((200, 31))
    assert read_crg(save(tmp_path, grid, "KDBI", z_start=1234.5), TRACK_M, STEP_M).stations == 190
    grid[100] = 1500.0
    assert found(save(tmp_path, grid)) == "heights from 0 to 1500 m"


def test_hills_of_the_reference_line_are_grade_and_its_bumps_are_road(tmp_path: Path) -> None:
    """A slope in waves of 400 m is the car's grade; one in waves of 5 m shakes the wheels, as in the heights."""
    u_m = (np.arange(16_000) + 0.5) * STEP_M
    hills = 0.1 * np.sin(2 * np.pi * u_m / 400.0)
    long = read_crg(save(tmp_path, np.zeros((16_001, 31)), "KDBI", slope=hills), TRACK_M, STEP_M)
    assert np.abs(long.heights_m).max() < 0.15  # of hills of 6.4 m
    assert np.abs(long.grade[400:-400] - hills[400 : long.stations - 400]).max() < 0.005
    bumps = 0.1 * np.sin(2 * np.pi * u_m / 5.0)
    short = read_crg(save(tmp_path, np.zeros((16_001, 31)), "KDBI", slope=bumps), TRACK_M, STEP_M)
    assert np.ptp(short.heights_m[0, 400:-400]) == pytest.approx(0.1 * 5.0 / np.pi, rel=0.02)
    assert np.abs(short.grade[400:-400]).max() < 0.002
