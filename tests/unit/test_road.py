"""The road itself: joins, obstacles in place, grade, digests."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import signal

from profiles.road.builder import iter_road, placed_features, road_digest
from profiles.road.terrain import FADE_STATIONS, STEP_M, MeasuredSegment, Terrain, load_terrain
from profiles.signal import FloatArray, Road, join_roads


def terrain(*segments: Mapping[str, object], repeats: int = 1) -> Terrain:
    """A terrain of segments that differ from plain class C sand as said."""
    plain = {"label": "a", "surface": "dunes", "soil": "dry_sand", "length_m": 100.0, "roughness": {"iso_class": "C"}}
    head = {"kind": "terrain", "name": "t", "description": "t", "seed": 1, "repeats": repeats}
    return Terrain.model_validate(head | {"segments": tuple(plain | dict(segment) for segment in segments)})


def whole(of: Terrain, seed: int = 1) -> Road:
    return join_roads(iter_road(of, seed))


FLAT = {"roughness": {"g0_m3": 1e-12}}


def test_the_road_has_every_station_once_and_starts_and_ends_level() -> None:
    """Stations times step is the length; both ends are at height 0 with no step."""
    road = whole(load_terrain("dune_loop"))
    assert road.stations * STEP_M == pytest.approx(2000.0)
    assert np.abs(road.data[:2, [0, -1]]).max() < 1e-4
    assert sorted(set(road.segment.tolist())) == [0, 1, 2, 3, 4]
    assert road.segment[5999] == 0
    assert road.segment[6000] == 1


def test_joins_leave_no_step_and_keep_the_variance() -> None:
    """Over many joins of segments and tiles, neither jumps nor a dip in the height's spread show."""
    many = terrain(*[{"length_m": 25.0}] * 200)
    road = whole(many)
    step = np.abs(np.diff(road["left_m"]))
    joins = np.arange(500, road.stations, 500)
    assert step[joins - 1].max() <= step.max()
    assert step.max() < 0.03
    middle = road["left_m"].reshape(200, 500)[1:, FADE_STATIONS // 2 - 10 : FADE_STATIONS // 2 + 10]
    assert float(middle.std()) == pytest.approx(float(road["left_m"].std()), rel=0.1)


def test_a_long_segment_keeps_its_spectrum_across_tiles() -> None:
    """Welch over 20 km in one segment is within 10 % of G0 at 0.1 cycle/m; no line shows the tiles."""
    road = whole(terrain({"length_m": 20_000.0}))
    per_m, power = signal.welch(road["right_m"], 1 / STEP_M, nperseg=4096)
    band = (per_m > 0.089) & (per_m < 0.112)
    assert float((power * (per_m / 0.1) ** 2)[band].mean()) == pytest.approx(256e-6, rel=0.10)
    assert abs(np.corrcoef(np.diff(road["left_m"][:20_000]), np.diff(road["left_m"][20_000:40_000]))[0, 1]) < 0.05


def test_obstacles_lie_where_they_are_said_to_and_under_the_wheels_they_say() -> None:
    """On a flat road each obstacle stands at its place with its height, under its wheels only."""
    dunettes = {"type": "dunettes", "rate_per_km": 40.0, "height_m": (0.2, 0.4), "length_m": (8, 20), "side": "either"}
    of = terrain(FLAT, FLAT | {"length_m": 3000.0, "features": (dunettes,)})
    road = whole(of)
    found = placed_features(of, 1)
    assert len(found) > 80
    assert {(item.type, item.segment) for item in found} == {("dunettes", 1)}
    for item in found:
        here = slice(round(item.start_m / STEP_M), round((item.start_m + item.length_m) / STEP_M) + 1)
        under, beside = ("left_m", "right_m") if item.side == "left" else ("right_m", "left_m")
        assert road[under][here].max() == pytest.approx(item.height_m, abs=1e-3)
        assert np.abs(road[beside][here]).max() < 1e-3
        crest_m = (here.start + int(road[under][here].argmax())) * STEP_M
        assert crest_m == pytest.approx(item.start_m + 0.65 * item.length_m, abs=0.2)


def test_a_slip_face_on_the_road_has_its_angle() -> None:
    """The steepest descent of the road is the slip face, at its angle within the roughness and the step."""
    face = {"type": "slip_face", "at_m": 50.0, "height_m": 1.5, "angle_deg": 33.0, "crest_rounding_m": 1.0}
    of = terrain(FLAT | {"features": (face,)})
    slope = np.diff(whole(of)["left_m"]) / STEP_M
    assert np.degrees(np.arctan(-slope.min())) == pytest.approx(33.0, abs=0.1)
    (item,) = placed_features(of, 1)
    assert item.start_m < (int(slope.argmin()) * STEP_M) < item.start_m + item.length_m


def test_grade_is_that_of_the_segment_and_changes_smoothly() -> None:
    """After the 5 m of a join the grade is the segment's, and on the way it never jumps."""
    grade = whole(terrain({"grade_pct": 10.0}, {"grade_pct": -20.0}))["grade"]
    assert (grade[FADE_STATIONS:2000] == 0.1).all()
    assert (grade[2000 + FADE_STATIONS :] == -0.2).all()
    assert np.abs(np.diff(grade)).max() < 0.006


def test_a_repeated_loop_is_the_same_road_again() -> None:
    """After its first join the second time round has the same bits, and the obstacles move on by a lap."""
    of = terrain({"length_m": 200.0, "features": ({"type": "g_out", "at_m": 50, "depth_m": 0.3, "length_m": 8},)}, {})
    once, twice = whole(of), whole(of.model_copy(update={"repeats": 2}))
    lap = once.stations
    assert twice.stations == 2 * lap
    assert np.array_equal(twice.data[:, lap + FADE_STATIONS :], once.data[:, FADE_STATIONS:])
    assert np.array_equal(twice.data[:, : lap - FADE_STATIONS], once.data[:, : lap - FADE_STATIONS])
    assert twice.segment[-1] == 3
    starts = [item.start_m for item in placed_features(of.model_copy(update={"repeats": 2}), 1)]
    assert starts == [50.0, 350.0]


def test_the_measured_road_repeats_its_lap() -> None:
    """Each lap away from the ends is the one that was read, and the grade is the file's."""
    of = load_terrain("belgian_block")
    (segment,) = of.segments
    assert isinstance(segment, MeasuredSegment)
    lap = segment.tracks()
    road = whole(of)
    assert np.array_equal(road.data[:2, lap.stations : 2 * lap.stations], lap.heights_m)
    assert road["grade"][-1] == lap.grade


def test_the_digest_is_of_the_heights_and_the_seed_is_in_it() -> None:
    """The same terrain and seed give the same digest; another seed, or a height moved by a millimetre, another one."""
    of = terrain({})
    assert road_digest(of, 1) == road_digest(of, 1)
    assert road_digest(of, 1) != road_digest(of, 2)
    feature = {"type": "g_out", "at_m": 50, "depth_m": 0.001, "length_m": 8}
    assert road_digest(terrain({"features": (feature,)}), 1) != road_digest(of, 1)


@pytest.mark.parametrize("block_m", [0.0, -1.0, float("nan")])
def test_a_block_must_hold_a_station(block_m: float) -> None:
    """No block length is no road."""
    with pytest.raises(ValueError, match=r"block_m|NaN"):
        next(iter_road(terrain({}), 1, block_m))


def test_memory_does_not_grow_with_the_road() -> None:
    """The first block of a thousand kilometres comes at once and holds nothing but itself."""
    first = next(iter_road(terrain({"length_m": 100_000.0}, repeats=10), 1))
    base: FloatArray | None = first.data.base
    assert first.stations == 4000
    assert base is None or base.size <= first.data.size
