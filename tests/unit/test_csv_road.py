"""Measured roads in tables, good and bad."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.measured.csv_road import read_csv_road
from profiles.measured.lap import JOIN_M, WheelTracks
from profiles.road.segments import STEP_M
from profiles.schema import Fault, InputError
from profiles.signal import FloatArray

JOIN = round(JOIN_M / STEP_M)


def rows(*columns: FloatArray, separator: str = ",") -> str:
    return "\n".join(separator.join(f"{value:.9g}" for value in row) for row in zip(*columns, strict=True)) + "\n"


def read(folder: Path, text: str | bytes) -> WheelTracks:
    path = folder / "road.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv_road(str(path), STEP_M)


def faults(folder: Path, text: str | bytes) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        read(folder, text)
    assert {fault.file for fault in caught.value.faults} == {str(folder / "road.csv")}
    return caught.value.faults


def only(folder: Path, text: str | bytes) -> str:
    (fault,) = faults(folder, text)
    return f"{fault.line}: {fault.key}: {fault.found}"


X_M = np.arange(0.0, 10.0001, 0.05)
LEFT_M = 0.02 * np.sin(2 * np.pi * X_M / 2.0)
RIGHT_M = 0.01 * np.cos(2 * np.pi * X_M / 3.0)
GOOD = "distance_m,left_m,right_m\n" + rows(X_M, LEFT_M, RIGHT_M)


def shape_of(tracks: WheelTracks, row: int) -> FloatArray:
    """Heights away from the join, less their own straight line."""
    return straight_out(tracks.heights_m[row, JOIN:])


def straight_out(values: FloatArray) -> FloatArray:
    x = np.arange(len(values))
    return np.asarray(values - np.polyval(np.polyfit(x, values, 1), x))


def test_heights_are_those_of_the_table_under_each_wheel(tmp_path: Path) -> None:
    """At our own spacing each track is what the table says, less a straight line."""
    tracks = read(tmp_path, GOOD)
    assert tracks.stations == len(X_M) - JOIN
    for row, wanted in enumerate((LEFT_M, RIGHT_M)):
        assert np.abs(shape_of(tracks, row) - straight_out(wanted[JOIN : tracks.stations])).max() < 1e-8


@pytest.mark.parametrize(
    ("header", "factors"),
    [
        ("distance_km,left_mm,right_mm", (1e-3, 1e3, 1e3)),
        ("distance_cm,left_cm,right_cm", (1e2, 1e2, 1e2)),
        ("distance_mm,left_m,right_m", (1e3, 1.0, 1.0)),
    ],
)
def test_units_are_those_of_the_names(tmp_path: Path, header: str, factors: tuple[float, float, float]) -> None:
    """The same road in other units is the same road."""
    wanted = read(tmp_path, GOOD)
    columns = [factor * column for factor, column in zip(factors, (X_M, LEFT_M, RIGHT_M), strict=True)]
    got = read(tmp_path, header + "\n" + rows(*columns))
    assert np.abs(got.heights_m - wanted.heights_m).max() < 1e-8


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_comments_and_line_ends_do_not_matter(tmp_path: Path, separator: str) -> None:
    """Comma, semicolon or tab; comments, empty lines, a byte order mark, Windows line ends, columns in any order."""
    head = "# measured on a Tuesday\n\n" + separator.join(("right_m", "distance_m", "left_m")) + "\n# in the rain\n"
    text = head + rows(RIGHT_M, X_M, LEFT_M, separator=separator) + "\n \n"
    got = read(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert np.array_equal(got.heights_m, read(tmp_path, GOOD).heights_m)


@settings(max_examples=40, deadline=None)
@given(
    start_m=st.floats(-5000.0, 5000.0),
    gaps=st.lists(st.floats(0.05, 0.99), min_size=14, max_size=60),
    seed=st.integers(0, 2**32 - 1),
)
def test_uneven_points_are_joined_by_straight_lines(
    tmp_path_factory: pytest.TempPathFactory, start_m: float, gaps: list[float], seed: int
) -> None:
    """Wherever the distance starts and however it is spaced, a road of straight lines is read as it is, smoothed."""
    gaps_m = np.array(gaps) * max(1.0, 7.0 / sum(gaps))
    gaps_m = np.minimum(gaps_m, 1.0)
    x_m = np.concatenate([[0.0], np.cumsum(np.append(gaps_m, np.full(8, 0.9)))])
    left, right = np.random.default_rng(seed).uniform(-0.05, 0.05, (2, len(x_m)))
    text = "distance_m,left_m,right_m\n" + rows(np.round(start_m, 3) + np.round(x_m, 4), left, right)
    tracks = read(tmp_path_factory.mktemp("csv"), text)
    at = np.arange(JOIN, tracks.stations) * STEP_M
    wanted = straight_out(np.interp(at, np.round(x_m, 4), left))
    steepest = float(np.abs(np.diff(left) / np.diff(x_m)).max())
    assert np.abs(shape_of(tracks, 0) - wanted).max() < 2 * STEP_M * steepest + 1e-4


def test_points_finer_than_a_station_are_averaged(tmp_path: Path) -> None:
    """A ripple of 11 mm wavelength is not seen by a station of 50 mm, whatever the phase."""
    x_m = np.arange(0.0, 8.0, 0.0025)
    ripple = 0.01 * np.sin(2 * np.pi * x_m / 0.011)
    tracks = read(tmp_path, "distance_m,left_m,right_m\n" + rows(x_m, ripple, ripple))
    assert np.abs(tracks.heights_m[:, 1:-1]).max() < 0.002


@pytest.mark.parametrize(("name", "factor"), [("grade", 1.0), ("grade_pct", 100.0)])
def test_a_grade_is_kept_along_the_road(tmp_path: Path, name: str, factor: float) -> None:
    """The grade of the table varies with distance; what the heights still climb as a whole is added to it."""
    grade = 0.05 * np.sin(2 * np.pi * X_M / 5.0)
    text = f"distance_m,left_m,right_m,{name}\n" + rows(X_M, LEFT_M + 0.01 * X_M, RIGHT_M + 0.01 * X_M, factor * grade)
    tracks = read(tmp_path, text)
    rest = tracks.grade[JOIN:] - grade[JOIN : tracks.stations]
    assert rest.std() < 1e-6
    climb = np.mean([np.polyfit(X_M, track, 1)[0] for track in (LEFT_M, RIGHT_M)])
    assert rest.mean() == pytest.approx(0.01 + climb, abs=1e-6)
    assert np.abs(tracks.heights_m).max() < 0.03


def test_without_a_grade_it_is_that_of_the_line_that_was_taken_out(tmp_path: Path) -> None:
    """A plane that climbs 4 % is flat, and its grade is 4 % everywhere."""
    tracks = read(tmp_path, "distance_m,left_m,right_m\n" + rows(X_M, 0.04 * X_M, 0.04 * X_M))
    assert np.abs(tracks.heights_m).max() < 1e-9
    assert tracks.grade == pytest.approx(np.full(tracks.stations, 0.04))


HEAD = "distance_m,left_m,right_m\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "0: (the whole file): nothing"),
        ("# only a comment\n", "0: (the whole file): nothing"),
        ("distance_m left_m right_m\n0 0 0\n", "1: (the columns): 'distance_m left_m right_m'"),
        ("distance_m;left_m,right_m\n0;0,0\n", "1: (the columns): comma and semicolon"),
        ("distance_m,left_m\n0,0\n", "1: right_m: nothing"),
        ("distance_m,left_m,right_m,speed_mps\n0,0,0,1\n", "1: speed_mps: an unknown column"),
        ("distance,left_m,right_m\n0,0,0\n", "1: distance: an unknown column without its unit"),
        ("distance_m,left_ft,right_m\n0,0,0\n", "1: left_ft: an unknown column"),
        ("distance_m,left_m,right_m,\n0,0,0,\n", "1: (no name): an unknown column"),
        ("distance_m,left_m,left_mm,right_m\n0,0,0,0\n", "1: left_mm: a second column of the kind"),
        ("distance_m,left_m,right_m,grade,grade_pct\n0,0,0,0,0\n", "1: grade_pct: a second column of the kind"),
        ("distance_m,left_m,right_mm\n0,0,0\n1,0,0\n", "1: right: left in m, right in mm"),
        (HEAD + "0,0,0\n0.5,x,0\n", "3: left_m: 'x'"),
        (HEAD + "0,0,0\n0.5,,0\n", "3: left_m: nothing"),
        (HEAD + "0,0,0\n0.5,1_0,0\n", "3: left_m: '1_0'"),
        (HEAD + "0,0,0\n0.5,nan,0\n", "3: left_m: 'nan', which is not a number"),
        (HEAD + "0,0,0\n0.5,0,-Infinity\n", "3: right_m: '-Infinity', which is not a number"),
        (HEAD + "0,0,0\n0.5,0,1e999\n", "3: right_m: '1e999', which is not a number"),
        (HEAD + "0,0,0\n0.5,0\n", "3: (the row): 2 fields"),
        (HEAD + "0,00,0,01,0,02\n", "2: (the row): 6 fields"),
        ("distance_m;left_m;right_m\n0;0;0\n0.5;0,01;0\n", "3: left_m: '0,01', with a decimal comma"),
        (HEAD + "0,0,0\n0.5,0,0\n# back\n0.4,0,0\n", "5: distance: 0.4 m after 0.5 m"),
        (HEAD + "0,0,0\n0,0,0\n", "3: distance: 0 m after 0 m"),
        (HEAD + "0,0,0\n1,0,0\n2.5,0,0\n", "4: distance: a gap of 1.5 m"),
        (HEAD, "1: (rows): 0 rows of numbers"),
        (HEAD + "0,0,0\n", "2: (rows): 1 row of numbers"),
        (HEAD + "0,0,0\n1,0,0\n", "0: (road data): a road of 1.00 m"),
        (HEAD + rows(X_M, 200 * X_M, 0 * X_M), "0: (road data): heights from 0 to 2000 m"),
        (HEAD.replace("\n", ",grade\n") + rows(X_M, LEFT_M, RIGHT_M, 0 * X_M + 7), "0: grade: a grade of 7.00"),
        (HEAD + rows(X_M, 0.7 * X_M, 0.7 * X_M), "0: grade: a grade of 0.70"),
        (b"distance_m,left_m,right_m\n0,0,\xff\n", "2: (the text): byte 30 is no UTF-8"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, text: str | bytes, wanted: str) -> None:
    """One fault each, at its line and column."""
    assert only(tmp_path, text) == wanted


def test_all_faults_are_told_at_once_and_many_are_counted(tmp_path: Path) -> None:
    """Two faults are two; of two hundred the first twenty and the number of the others."""
    two = faults(tmp_path, HEAD + "0,0,0\n0.5,x,y\n")
    assert [fault.key for fault in two] == ["left_m", "right_m"]
    many = faults(tmp_path, HEAD + "x,0,0\n" * 200)
    assert len(many) == 21
    assert many[-1].found == "180 more faults"


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """A folder, or nothing at all."""
    for name in (".", "missing.csv"):
        with pytest.raises(InputError):
            read_csv_road(str(tmp_path / name), STEP_M)
