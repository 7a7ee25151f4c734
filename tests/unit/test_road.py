"""The road itself: joins, obstacles in place, ground, digests."""

from typing import Any

import numpy as np
import pytest
from scipy import signal

from profiles.road.builder import features_of, iter_road, placed_features
from profiles.road.segments import FADE_STATIONS, STEP_M, USUAL_TRACK_M, MeasuredSegment
from profiles.road.soil import SOILS
from profiles.road.surface import load_surface
from profiles.road.terrain import Terrain, load_terrain
from profiles.signal import FloatArray, join_roads
from tests.roads import FLAT, road_digest, terrain_of, whole

C: dict[str, Any] = {"roughness": {"iso_class": "C"}, "length_m": 100.0}
G_OUT = {"type": "g_out", "at_m": 50.0, "depth_m": 0.3, "length_m": 8.0}


def belgian(laps: int = 42, repeats: int = 1) -> tuple[Terrain, FloatArray]:
    """The Belgian block driven so often, and the heights of one lap."""
    of = load_terrain("belgian_block")
    (segment,) = of.segments
    assert isinstance(segment, MeasuredSegment)
    again = {"segments": (segment.model_copy(update={"laps": laps}),), "repeats": repeats}
    return of.model_copy(update=again), segment.tracks().heights_m


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
    road = whole(terrain_of(*[C | {"length_m": 25.0}] * 200))
    step = np.abs(np.diff(road["left_m"]))
    joins = np.arange(500, road.stations, 500)
    assert step[joins - 1].max() <= step.max()
    assert step.max() < 0.03
    middle = road["left_m"].reshape(200, 500)[1:, FADE_STATIONS // 2 - 10 : FADE_STATIONS // 2 + 10]
    assert float(middle.std()) == pytest.approx(float(road["left_m"].std()), rel=0.1)


def test_a_long_segment_keeps_its_spectrum_across_tiles() -> None:
    """Welch over 20 km in one segment is within 10 % of G0 at 0.1 cycle/m; no line shows the tiles."""
    road = whole(terrain_of(C | {"length_m": 20_000.0}))
    per_m, power = signal.welch(road["right_m"], 1 / STEP_M, nperseg=4096)
    band = (per_m > 0.089) & (per_m < 0.112)
    assert float((power * (per_m / 0.1) ** 2)[band].mean()) == pytest.approx(256e-6, rel=0.10)
    assert abs(np.corrcoef(np.diff(road["left_m"][:20_000]), np.diff(road["left_m"][20_000:40_000]))[0, 1]) < 0.05


def test_obstacles_lie_where_they_are_said_to_and_under_the_wheels_they_say() -> None:
    """On a flat road each obstacle stands at its place with its height, under its wheels only."""
    dunettes = {"type": "dunettes", "rate_per_km": 40.0, "height_m": (0.2, 0.4), "length_m": (8, 20), "side": "either"}
    of = terrain_of(FLAT, FLAT | {"length_m": 3000.0, "features": (dunettes,)})
    road = whole(of)
    found = placed_features(of.route())
    assert len(found) > 80
    assert {(item.type, item.segment) for item in found} == {("dunettes", 1)}
    for item in found:
        here = slice(round(item.start_m / STEP_M), round((item.start_m + item.length_m) / STEP_M) + 1)
        under, beside = ("left_m", "right_m") if item.side == "left" else ("right_m", "left_m")
        assert road[under][here].max() == pytest.approx(item.height_m, abs=1e-3)
        assert np.abs(road[beside][here]).max() < 1e-3
        crest_m = (here.start + int(road[under][here].argmax())) * STEP_M
        assert crest_m == pytest.approx(item.start_m + 0.65 * item.length_m, abs=0.06)


def test_obstacles_of_all_kinds_are_listed_in_their_order() -> None:
    """All stretches and kinds together are in the order of their starts, and each stretch lists its own."""
    segments = [load_surface(name).segment(3000.0).model_dump() for name in ("wadi", "hamada", "fesh_fesh_track")]
    route = terrain_of(*segments).route()
    found = placed_features(route)
    starts = [item.start_m for item in found]
    assert starts == sorted(starts)
    assert {item.type for item in found} >= {"ruts", "wadi_crossings", "g_outs", "cobbles", "ledges", "fesh_fesh"}
    assert [item for item in found if item.segment == 1] == features_of(route.stretches[1])
    assert all(
        (item.height_m < 0) == (item.type in ("ruts", "wadi_crossings", "g_outs", "fesh_fesh")) for item in found
    )


def test_a_slip_face_on_the_road_has_its_angle() -> None:
    """The steepest descent of the road is the slip face, at its angle within the roughness and the step."""
    face = {"type": "slip_face", "at_m": 50.0, "height_m": 1.5, "angle_deg": 33.0, "crest_rounding_m": 1.0}
    of = terrain_of(C | FLAT | {"features": (face,)})
    slope = np.diff(whole(of)["left_m"]) / STEP_M
    assert np.degrees(np.arctan(-slope.min())) == pytest.approx(33.0, abs=0.1)
    (item,) = placed_features(of.route())
    assert item.start_m < (int(slope.argmin()) * STEP_M) < item.start_m + item.length_m


def test_ruts_make_equal_the_ground_but_not_the_stones_in_them() -> None:
    """Within ruts both wheels meet the same roughness, and a stone under one of them is still under that one only."""
    ruts = {"type": "ruts", "rate_per_km": 1.0, "depth_m": (0.2, 0.2), "length_m": (400.0, 400.0)}
    stones = {"type": "stones", "rate_per_km": 50.0, "height_m": (0.1, 0.2)}
    of = terrain_of(C | {"length_m": 5000.0, "coherence": {"model": "fixed", "gamma_squared": 0.0}})
    rutted = terrain_of({**of.segments[0].model_dump(), "features": (stones, ruts)})
    road, items = whole(rutted), placed_features(rutted.route())
    found = [item for item in items if item.type == "ruts"]
    assert len(found) >= 2
    for item in found:
        inner = slice(round((item.start_m + 5.1) / STEP_M), round((item.start_m + item.length_m - 5.1) / STEP_M))
        apart = np.abs(road["left_m"] - road["right_m"])[inner] > 1e-9
        lies = [i for i in items if i.type == "stones" and item.start_m < i.start_m < item.start_m + item.length_m]
        covered = sum(stone.length_m for stone in lies) / (item.length_m - 10.2)
        assert len(lies) > 5
        assert 0.5 * covered < float(apart.mean()) < 1.5 * covered


def test_soil_is_that_of_the_segment() -> None:
    """Each station has the soil of its segment, from its first station to its last."""
    road = whole(terrain_of({"soil": "dry_sand", "length_m": 50.0}, {"soil": "rock", "length_m": 50.0}))
    assert [SOILS[index] for index in road.soil[[0, 999, 1000, -1]]] == ["dry_sand", "dry_sand", "rock", "rock"]
    assert np.count_nonzero(np.diff(road.soil)) == 1


def test_holes_of_dust_have_its_soil() -> None:
    """Over each hole the soil is fesh-fesh, and the heights fall by its depth; elsewhere it is the segment's."""
    holes = {"type": "fesh_fesh", "rate_per_km": 20.0, "depth_m": (0.2, 0.5), "length_m": (3.0, 10.0)}
    g_outs = {"type": "g_outs", "rate_per_km": 20.0, "depth_m": (0.3, 0.6), "length_m": (5.0, 10.0)}
    ground: dict[str, Any] = {"soil": "sandy_loam", "length_m": 3000.0}
    of = terrain_of(ground | FLAT | {"features": (g_outs, holes)}, ground)
    road, wanted = whole(of), np.zeros(6000 * 20, dtype=np.bool_)
    found = [item for item in placed_features(of.route()) if item.type == "fesh_fesh"]
    assert len(found) > 30
    for item in found:
        wanted[round(item.start_m / STEP_M) : round((item.start_m + item.length_m) / STEP_M)] = True
    assert np.array_equal(road.soil == SOILS.index("fesh_fesh"), wanted)
    assert set(road.soil[~wanted].tolist()) == {SOILS.index("sandy_loam")}
    alone = whole(terrain_of(ground | FLAT | {"features": (holes,)}))
    for item in placed_features(terrain_of(ground | FLAT | {"features": (holes,)}).route()):
        here = slice(round(item.start_m / STEP_M), round((item.start_m + item.length_m) / STEP_M) + 1)
        assert alone["left_m"][here].min() == pytest.approx(item.height_m, abs=2e-3)


def test_a_repeated_loop_is_the_same_road_again() -> None:
    """After its first join the second time round has the same bits, and the obstacles move on by a lap."""
    of = terrain_of(C | {"length_m": 200.0, "features": (G_OUT,)}, C)
    once, twice = whole(of), whole(of.model_copy(update={"repeats": 2}))
    lap = once.stations
    assert twice.stations == 2 * lap
    assert np.array_equal(twice.data[:, lap + FADE_STATIONS :], once.data[:, FADE_STATIONS:])
    assert np.array_equal(twice.data[:, : lap - FADE_STATIONS], once.data[:, : lap - FADE_STATIONS])
    assert twice.segment[-1] == 3
    starts = [item.start_m for item in placed_features(of.model_copy(update={"repeats": 2}).route())]
    assert starts == [50.0, 350.0]


@pytest.mark.parametrize(("laps", "repeats"), [(42, 1), (250, 1), (42, 2)])
def test_the_measured_road_repeats_its_lap(laps: int, repeats: int) -> None:
    """Each lap away from the ends of the road is the one that was read, also over many laps and in repeats."""
    of, lap = belgian(laps, repeats)
    road = whole(of)
    wanted = np.tile(lap, laps * repeats)
    inner = slice(FADE_STATIONS, -FADE_STATIONS)
    assert road.stations == wanted.shape[1]
    assert np.abs(road.data[:2, inner] - wanted[:, inner]).max() < 1e-9


def test_the_measured_road_has_the_grade_of_its_file() -> None:
    """The slope that was taken off the measured heights is in the grade, with that of the segment."""
    of, _ = belgian()
    (segment,) = of.segments
    assert isinstance(segment, MeasuredSegment)
    steeper = of.model_copy(update={"segments": (segment.model_copy(update={"grade_pct": 3.0}),)})
    assert whole(of)["grade"][-1] == pytest.approx(segment.tracks().grade)
    assert whole(steeper)["grade"][-1] == pytest.approx(segment.tracks().grade + 0.03)


def test_the_track_width_is_in_the_coherence() -> None:
    """Wheels that stand closer meet roads that are more alike; the left track stays the same."""
    route = terrain_of(C | {"length_m": 5000.0}).route()
    narrow, wide = (join_roads(iter_road(route, track_m)) for track_m in (0.5, 3.0))
    assert np.array_equal(narrow["left_m"], wide["left_m"])
    alike = [np.corrcoef(np.diff(road["left_m"]), np.diff(road["right_m"]))[0, 1] for road in (narrow, wide)]
    assert alike[0] > alike[1] + 0.2


def test_the_digest_is_of_the_heights_and_the_seed_is_in_it() -> None:
    """The same terrain and seed give the same digest; another seed, or a height moved by a millimetre, another one."""
    of = terrain_of(C)
    first = road_digest(of.route(1), USUAL_TRACK_M)
    assert road_digest(of.route(1), USUAL_TRACK_M) == first
    moved = terrain_of(C | {"features": (G_OUT | {"depth_m": 0.001},)})
    for other in (of.route(2), moved.route(1)):
        assert road_digest(other, USUAL_TRACK_M) != first


@pytest.mark.parametrize("block_m", [0.0, -1.0, 0.02, float("nan"), float("inf")])
def test_a_block_must_hold_a_station(block_m: float) -> None:
    """No block length is no road."""
    with pytest.raises(ValueError, match="block_m is"):
        next(iter_road(terrain_of(C).route(), USUAL_TRACK_M, block_m))


def test_memory_does_not_grow_with_the_road() -> None:
    """The first block of a thousand kilometres comes at once and holds nothing but itself."""
    first = next(iter_road(terrain_of(C | {"length_m": 100_000.0}, repeats=10).route(), USUAL_TRACK_M))
    base: FloatArray | None = first.data.base
    assert first.stations == 4000
    assert base is None or base.size <= first.data.size
