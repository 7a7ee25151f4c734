"""The road is the same whatever the block length, and starts and ends level whatever the terrain."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.catalogue import names
from profiles.road.builder import iter_road, placed_features
from profiles.road.route import Route
from profiles.road.segments import STEP_M, USUAL_TRACK_M
from profiles.road.surface import FOLDER, load_surface
from profiles.road.terrain import Terrain, load_terrain
from profiles.signal import Road, join_roads
from tests.roads import road_digest, terrain_of

SURFACES = names(FOLDER)
PLACED = (
    {"type": "g_out", "at_m": 5.0, "depth_m": 0.4, "length_m": 6.0},
    {"type": "dunettes", "rate_per_km": 30.0, "height_m": (0.1, 0.4), "length_m": (6.0, 15.0), "side": "either"},
    {"type": "stones", "rate_per_km": 100.0, "height_m": (0.03, 0.2)},
)


@st.composite
def terrains(draw: st.DrawFn) -> Terrain:
    """Terrains of one to three segments of 20 to 1,500 m, so that some hold several tiles."""
    lengths = draw(st.lists(st.integers(400, 30_000), min_size=1, max_size=3))
    segments = []
    for stations in lengths:
        surface = load_surface(draw(st.sampled_from(SURFACES))).segment(stations * STEP_M).model_dump()
        plain = {
            "soil": "dry_sand",
            "length_m": stations * STEP_M,
            "roughness": {"iso_class": draw(st.sampled_from("BCDE")), "waviness": draw(st.floats(1.5, 2.5))},
            "features": draw(st.sampled_from(((), PLACED))),
        }
        segments.append(draw(st.sampled_from((surface, plain))) | {"grade_pct": draw(st.floats(-20, 20))})
    return terrain_of(*segments, repeats=draw(st.integers(1, 3)))


def road_of(route: Route, block_m: float, first_stretch: int = 0) -> Road:
    return join_roads(iter_road(route, USUAL_TRACK_M, block_m, first_stretch))


def same_bits(one: Road, other: Road) -> bool:
    """Whether two roads have the same bits in all their arrays, and start at the same station."""
    arrays = ((one.data, other.data), (one.segment, other.segment), (one.soil, other.soil))
    same = all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in arrays)
    return same and one.first_station == other.first_station


@settings(max_examples=60, deadline=None)
@given(terrain=terrains(), seed=st.integers(0, 2**63 - 1), block_m=st.floats(1.0, 3000.0))
def test_any_block_length_gives_the_same_road(terrain: Terrain, seed: int, block_m: float) -> None:
    """All stations of all channels have the same bits in blocks of any length, of 50 m, of 1 km, and in one."""
    route = terrain.route(seed)
    whole = road_of(route, 1e6)
    assert all(same_bits(road_of(route, length_m), whole) for length_m in (block_m, 50.0, 1000.0))


@pytest.mark.parametrize("name", SURFACES)
def test_every_surface_is_the_same_road_in_any_blocks_and_from_any_stretch(name: str) -> None:
    """2.5 km of each surface, twice, over the borders of pieces: in 50 m, 1 km, one block, and begun in its middle."""
    segment = load_surface(name).segment(2500.0, 1.0).model_dump()
    route = terrain_of(segment, segment).route(3)
    whole = road_of(route, 1e6)
    assert len(placed_features(route)) > 0
    assert all(same_bits(road_of(route, length_m), whole) for length_m in (50.0, 1000.0, 333.35))
    assert same_bits(road_of(route, 50.0, first_stretch=1), _tail(whole, route, 1))


def _tail(whole: Road, route: Route, stretch: int) -> Road:
    first = route.stretches[stretch].first_station
    return Road(whole.step_m, first, whole.data[:, first:], whole.segment[first:], whole.soil[first:])


@settings(max_examples=60, deadline=None)
@given(terrain=terrains(), seed=st.integers(0, 2**63 - 1), block_m=st.floats(1.0, 3000.0), data=st.data())
def test_a_road_begun_on_the_way_is_the_tail_of_the_whole(
    terrain: Terrain, seed: int, block_m: float, data: st.DataObject
) -> None:
    """From any stretch on, all stations have the same bits and numbers as on the road from its start."""
    route = terrain.route(seed)
    stretch = data.draw(st.integers(0, len(route.stretches) - 1))
    assert same_bits(road_of(route, block_m, stretch), _tail(road_of(route, 1e6), route, stretch))


@settings(max_examples=60, deadline=None)
@given(terrain=terrains(), seed=st.integers(0, 2**63 - 1))
def test_every_road_is_whole_and_its_obstacles_lie_on_it(terrain: Terrain, seed: int) -> None:
    """The stations are those of the route, both ends are level, and each obstacle lies within its own segment."""
    route = terrain.route(seed)
    road = road_of(route, 200.0)
    assert road.stations == route.stretches[-1].end_station
    assert (np.bincount(road.segment) == [s.end_station - s.first_station for s in route.stretches]).all()
    assert np.abs(road.data[:2, 0]).max() < 1e-3
    for item in placed_features(route):
        stretch = route.stretches[item.segment]
        assert stretch.start_m + 5.0 <= item.start_m
        assert item.start_m + item.length_m <= stretch.end_m + 1e-6


@settings(max_examples=5, deadline=None)
@given(block_m=st.floats(0.05, 500.0))
def test_the_measured_road_is_the_same_in_any_blocks(block_m: float) -> None:
    """The laps of the measured road do not depend on the blocks either, nor do they begun on the way."""
    terrain = load_terrain("belgian_block")
    mixed = terrain_of({"length_m": 30.0}, terrain.segments[0].model_dump(), {"length_m": 30.0})
    for route in (terrain.route(1), mixed.route(1)):
        whole = road_of(route, 1e6)
        assert same_bits(road_of(route, block_m), whole)
        last = len(route.stretches) - 1
        assert same_bits(road_of(route, block_m, last), _tail(whole, route, last))
        assert len({road_digest(route, USUAL_TRACK_M) for _ in range(2)}) == 1
