"""The relief of the country out of GPX tracks: what it is made of, what it adds to a road, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.course.course import load_course
from profiles.course.roadbook import FOLDER as ROADBOOKS
from profiles.course.roadbook import read_roadbook
from profiles.course.stage import Stage, load_stage
from profiles.measured.gpx_elevation import EARTH_M, Relief, has_elevation, read_relief
from profiles.road.builder import iter_road
from profiles.road.segments import FADE_STATIONS, STEP_M
from profiles.schema import InputError, load
from profiles.signal import FloatArray, join_roads

DEGREE_M = EARTH_M * np.pi / 180.0
XMLNS = 'xmlns="http://www.topografix.com/GPX/1/1" xmlns:openrally="http://www.openrally.org/xmlschemas/GpxExtensions/v1.0.3"'


def track(distance_m: FloatArray, height_m: FloatArray, ele: str = "<ele>{:.4f}</ele>") -> str:
    """Northwards along a meridian, where the great circle is as long as the difference of latitudes."""
    points = (
        f'<trkpt lat="{31.0 + x / DEGREE_M:.9f}" lon="-4.0">{ele.format(h)}</trkpt>'
        for x, h in zip(distance_m.tolist(), height_m.tolist(), strict=True)
    )
    return "<trk><trkseg>\n" + "\n".join(points) + "\n</trkseg></trk>"


def gpx(folder: Path, *parts: str, name: str = "relief.gpx") -> str:
    path = folder / name
    path.write_text(f'<?xml version="1.0"?>\n<gpx {XMLNS}>\n{"".join(parts)}\n</gpx>\n', encoding="utf-8")
    return str(path)


def hills(x_m: FloatArray) -> FloatArray:
    return np.asarray(1100.0 + 20.0 * np.sin(2 * np.pi * x_m / 1000.0))


X_M = np.arange(0.0, 3000.1, 10.0)


def refused(file: str, length_m: float = 3000.0) -> list[tuple[int, str, str]]:
    with pytest.raises(InputError) as caught:
        read_relief(file, length_m)
    assert {fault.file for fault in caught.value.faults} == {file}
    return [(fault.line, fault.key, fault.found) for fault in caught.value.faults]


@settings(max_examples=30, deadline=None)
@given(grade=st.floats(-0.3, 0.3), gap_m=st.floats(3.0, 150.0))
def test_a_plane_has_its_grade_everywhere(tmp_path_factory: pytest.TempPathFactory, grade: float, gap_m: float) -> None:
    """However far apart its points are, up to its very ends."""
    x_m = np.append(np.arange(0.0, 2000.0, gap_m), 2000.0)
    relief = read_relief(gpx(tmp_path_factory.mktemp("gpx"), track(x_m, 900.0 + grade * x_m)), 2000.0)
    assert relief.grade == pytest.approx(np.full(len(relief.grade), grade), abs=2e-4)


def test_long_hills_are_kept_and_short_ones_are_not(tmp_path: Path) -> None:
    """Hills of a kilometre keep their grade within 3 %; waves of 50 m and of 20 m, a receiver's noise, do not."""
    x_m = np.arange(0.0, 3000.1, 5.0)
    at_m = np.arange(200.0, 2800.0, 7.0)
    relief = read_relief(gpx(tmp_path, track(x_m, hills(x_m))), 3000.0)
    wanted = 20.0 * 2 * np.pi / 1000.0 * np.cos(2 * np.pi * at_m / 1000.0)
    assert np.abs(relief.grade_at(at_m) - wanted).max() < 0.03 * np.abs(wanted).max()
    for number, wave_m in enumerate((50.0, 20.0)):
        rough = track(x_m, 2.0 * np.sin(2 * np.pi * x_m / wave_m))
        noise = read_relief(gpx(tmp_path, rough, name=f"{number}.gpx"), 3000.0)
        assert np.abs(noise.grade_at(at_m)).max() < 0.03 * 2.0 * 2 * np.pi / wave_m


def test_distance_is_that_of_the_great_circle(tmp_path: Path) -> None:
    """At 60 degrees north a degree of longitude is half as long as on the equator, less a little for the detour."""
    points = "".join(f'<trkpt lat="60" lon="{0.001 * k}"><ele>{k}</ele></trkpt>' for k in range(51))
    length_m = 0.05 * DEGREE_M * 0.5
    relief = read_relief(gpx(tmp_path, f"<trk><trkseg>{points}</trkseg></trk>"), length_m)
    assert relief.grade == pytest.approx(np.full(len(relief.grade), 50.0 / length_m), rel=1e-3)


def test_a_car_that_stands_adds_nothing(tmp_path: Path) -> None:
    """Points at one place are one, at their mean height; segments of a track follow each other."""
    x_m = np.sort(np.concatenate([X_M, [1000.0, 1000.0]]))
    heights = hills(x_m)
    heights[x_m == 1000.0] += (1.0, 0.0, -1.0)
    two = track(x_m, heights).replace("\n", "\n</trkseg><trkseg>\n", 40)
    still = read_relief(gpx(tmp_path, two, name="still.gpx"), 3000.0)
    assert still.grade == pytest.approx(read_relief(gpx(tmp_path, track(X_M, hills(X_M))), 3000.0).grade, abs=1e-4)


def test_the_track_is_scaled_to_what_is_driven(tmp_path: Path) -> None:
    """Within 5 % the same rise is climbed over the stage's length; beyond that it is another track."""
    file = gpx(tmp_path, track(X_M, hills(X_M)))
    relief = read_relief(file, 3120.0)
    assert relief.length_m == 3120.0
    assert relief.step_m * (len(relief.grade) - 1) == pytest.approx(3120.0)
    assert relief.grade_at(np.array([1560.0])) == pytest.approx(
        read_relief(file, 3000.0).grade_at(np.array([1500.0])) / 1.04
    )
    assert refused(file, 3200.0) == [(0, "(the track)", "3.00 km")]
    assert refused(file, 2850.0) == [(0, "(the track)", "3.00 km")]


def test_a_part_of_a_relief_is_what_lies_there() -> None:
    """Between two places, from its own start; beyond its end nobody knows anything."""
    relief = Relief(10.0, np.sin(np.arange(101) / 7.0), 1000.0)
    part, at_m = relief.between(200.0, 700.0), np.linspace(0.0, 500.0, 51)
    assert part.length_m == 500.0
    assert part.grade_at(at_m) == pytest.approx(relief.grade_at(at_m + 200.0))
    for outside in (-0.1, 1000.1, np.nan):
        with pytest.raises(ValueError, match="distance_m"):
            relief.grade_at(np.array([0.0, outside]))


POINT = '<trkpt lat="31" lon="-4"><ele>900</ele></trkpt>'


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ('<wpt lat="0" lon="0"><ele>5</ele></wpt>', (0, "trk", "no track")),
        ("<trk><name>empty</name></trk>", (0, "trk", "no track")),
        (2 * f"<trk><trkseg>{POINT}</trkseg></trk>", (0, "trk", "2 tracks")),
        (f"<trk><trkseg>{POINT}</trkseg></trk>", (3, "(the track)", "1 point, 0 m")),
        (f"<trk><trkseg>{5 * POINT}</trkseg></trk>", (3, "(the track)", "5 points, 0 m")),
        (track(X_M, X_M, ele=""), (4, "ele", "nothing")),
        (track(X_M, X_M, ele="<extensions><ele>7</ele></extensions>"), (4, "ele", "nothing")),
        (track(X_M, X_M).replace("<ele>10.0000</ele>", ""), (5, "ele", "nothing")),
        (track(X_M, X_M).replace("<ele>20.0000<", "<ele>NaN<"), (6, "ele", "'NaN'")),
        (track(X_M, X_M).replace("<ele>30.0000<", "<ele>30 m<"), (7, "ele", "'30 m'")),
        (track(X_M, X_M * 1e3), (5, "ele", "'10000.0000'")),
        (track(X_M, X_M).replace('lon="-4.0"', 'lon="-400"', 1), (4, "lon", "'-400'")),
        (track(X_M, X_M).replace('lat="31.000000000" ', "", 1), (4, "lat", "nothing")),
        (track(X_M, 0.9 * X_M), (0, "(the track)", "a grade of 90 % at")),
        ("<trk>", (4, "(the file)", "no XML: mismatched tag")),
    ],
)
def test_wrong_files_are_refused_with_the_place(tmp_path: Path, part: str, wanted: tuple[int, str, str]) -> None:
    """No track, several, one point, no heights, none that make sense, and no XML."""
    line, key, found = refused(gpx(tmp_path, part))[0]
    assert (line, key) == wanted[:2]
    assert found.startswith(wanted[2])


def test_document_types_and_other_files_are_refused(tmp_path: Path) -> None:
    """An entity that grows when it is read is not read; nor are binary data or nothing at all."""
    path = tmp_path / "bomb.gpx"
    path.write_text('<?xml version="1.0"?>\n<!DOCTYPE gpx [<!ENTITY a "aa">]>\n<gpx>&a;</gpx>', encoding="utf-8")
    assert refused(str(path)) == [(2, "(the file)", "a document type")]
    path.write_bytes(bytes(range(256)))
    assert refused(str(path))[0][2].startswith("no XML")
    assert refused(str(tmp_path / "missing.gpx")) == [(0, "(the file)", "no such file or directory")]
    many = refused(gpx(tmp_path, track(X_M, X_M, ele="<ele>x</ele>")))
    assert (len(many), many[-1][2]) == (21, f"{len(X_M) - 20} more faults")


STAGE = """kind: stage
name: hilly
description: three kilometres over hills
seed: 3
parts: [{surface: reg, length_km: 1.3, grade_pct: 2.0}, {surface: sand_track, length_km: 1.7}]
"""


def stage(folder: Path, more: str = "elevation_file: relief.gpx\n") -> Path:
    path = folder / "hilly.yaml"
    path.write_text(STAGE + more, encoding="utf-8")
    return path


def test_a_stage_with_an_elevation_file_climbs_its_hills(tmp_path: Path) -> None:
    """The grade of the file is added to that of the parts; heights stay as they are; the road starts level."""
    file = gpx(tmp_path, track(X_M, hills(X_M)))
    hilly, plain = (load(stage(tmp_path, more), Stage).route() for more in ("elevation_file: relief.gpx\n", ""))
    with_it, without = (join_roads(iter_road(route, 1.77)) for route in (hilly, plain))
    assert np.array_equal(with_it.data[:2], without.data[:2])
    relief = read_relief(file, 3000.0)
    more = with_it["grade"] - without["grade"]
    at_m = np.arange(with_it.stations) * STEP_M
    assert more[FADE_STATIONS:] == pytest.approx(relief.grade_at(at_m)[FADE_STATIONS:], abs=1e-12)
    assert abs(with_it["grade"][0]) < 1e-4


@settings(max_examples=8, deadline=None)
@given(block_m=st.floats(3.0, 2000.0), first=st.integers(0, 1))
def test_any_block_length_climbs_the_same_hills(
    tmp_path_factory: pytest.TempPathFactory, block_m: float, first: int
) -> None:
    """The same bits whatever the block, and from whichever stretch on."""
    folder = tmp_path_factory.mktemp("stage")
    gpx(folder, track(X_M, hills(X_M)))
    route = load(stage(folder), Stage).route()
    whole = join_roads(iter_road(route, 1.77, 1e5))
    part = join_roads(iter_road(route, 1.77, block_m, first))
    assert part.first_station == route.stretches[first].first_station
    assert np.array_equal(part.data, whole.data[:, part.first_station :])


def test_the_elevation_file_is_one_of_the_inputs(tmp_path: Path) -> None:
    """Of the stage, and of the course that it is."""
    gpx(tmp_path, track(X_M, hills(X_M)))
    path = stage(tmp_path)
    assert tmp_path / "relief.gpx" in load_stage(str(path))[1]
    assert tmp_path / "relief.gpx" in load_course(str(path)).inputs


def test_a_stage_says_where_its_elevation_file_is_wrong(tmp_path: Path) -> None:
    """One that is not there is a fault of the stage; one of another length a fault of the track."""
    with pytest.raises(InputError, match=r"hilly.yaml:6: elevation_file: found 'relief.gpx'"):
        load_course(str(stage(tmp_path)))
    gpx(tmp_path, track(0.5 * X_M, hills(X_M)))
    with pytest.raises(InputError, match=r"found 1.50 km; allowed: the length of what is driven, 3.00 km, within 5 %"):
        load_course(str(stage(tmp_path)))


def waypoint(km: float, inside: str = "") -> str:
    text = f"<openrally:distance>{km}</openrally:distance>{inside}"
    return f'<wpt lat="0" lon="0"><extensions>{text}</extensions></wpt>\n'


BOOK = waypoint(0.0) + waypoint(1.0, "<openrally:dss/>") + waypoint(2.5, "<openrally:ass/>") + waypoint(3.0)


def test_a_roadbook_climbs_the_hills_of_its_track(tmp_path: Path) -> None:
    """A track of the whole book is cut to the selective section; one of the section is taken as it is."""
    whole = read_roadbook(Path(gpx(tmp_path, BOOK, track(X_M, hills(X_M)))), 1).route
    short_m = X_M[X_M <= 1500.0]
    section = read_roadbook(Path(gpx(tmp_path, BOOK, track(short_m, hills(short_m + 1000.0)), name="b.gpx")), 1).route
    at_m = np.arange(100.0, 1400.0, 13.0)
    for route in (whole, section):
        assert route.relief is not None
        wanted = 0.04 * np.pi * np.cos(2 * np.pi * (at_m + 1000.0) / 1000.0)
        assert route.relief.grade_at(at_m) == pytest.approx(wanted, abs=0.006)


def test_a_roadbook_without_heights_is_level(tmp_path: Path) -> None:
    """As the example of the library; a track of another length is a fault."""
    assert not has_elevation(str(ROADBOOKS / "openrally_example.gpx"))
    assert read_roadbook(ROADBOOKS / "openrally_example.gpx", 1).route.relief is None
    level = Path(gpx(tmp_path, BOOK, track(X_M, hills(X_M), ele="")))
    assert read_roadbook(level, 1).route.relief is None
    with pytest.raises(InputError, match="allowed: the length of what is driven"):
        read_roadbook(Path(gpx(tmp_path, BOOK, track(0.3 * X_M, hills(X_M)), name="c.gpx")), 1)


@pytest.mark.parametrize("encoding", ["shift_jis", "nonsense"])
def test_an_encoding_that_cannot_be_read_is_told(encoding: str, tmp_path: Path) -> None:
    """The first line names one of several bytes a letter, or none at all."""
    path = tmp_path / "track.gpx"
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?><gpx></gpx>')
    with pytest.raises(InputError, match=r"track\.gpx:1: .*UTF-8 or another plain encoding"):
        read_relief(str(path), 1000.0)
