"""The road is the same whatever the block length, and starts and ends level whatever the terrain."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.road.builder import iter_road, placed_features, road_digest
from profiles.road.terrain import STEP_M, Terrain, load_terrain
from profiles.signal import join_roads

SOME_FEATURES = (
    {"type": "dunettes", "rate_per_km": 30.0, "height_m": (0.1, 0.4), "length_m": (6.0, 15.0), "side": "either"},
    {"type": "stones", "rate_per_km": 100.0, "height_m": (0.03, 0.2)},
)


@st.composite
def terrains(draw: st.DrawFn) -> Terrain:
    """Terrains of one to three segments of 20 to 1,500 m, so that some hold several tiles."""
    segments = tuple(
        {
            "label": "a",
            "surface": "dunes",
            "soil": "dry_sand",
            "length_m": draw(st.integers(400, 30_000)) * STEP_M,
            "roughness": {"iso_class": draw(st.sampled_from("BCDE")), "waviness": draw(st.floats(1.5, 2.5))},
            "grade_pct": draw(st.floats(-20, 20)),
            "features": draw(st.sampled_from(((), SOME_FEATURES))),
        }
        for _ in range(draw(st.integers(1, 3)))
    )
    head = {"kind": "terrain", "name": "t", "description": "t", "seed": 1, "repeats": draw(st.integers(1, 3))}
    return Terrain.model_validate(head | {"segments": segments})


@settings(max_examples=25, deadline=None)
@given(terrain=terrains(), seed=st.integers(0, 2**63 - 1), block_m=st.floats(1.0, 3000.0))
def test_any_block_length_gives_the_same_road(terrain: Terrain, seed: int, block_m: float) -> None:
    """All stations of all channels have the same bits in blocks of any length, of 200 m, and in one."""
    whole = join_roads(iter_road(terrain, seed, block_m=1e6))
    for length_m in (block_m, 50.0, 200.0):
        other = join_roads(iter_road(terrain, seed, length_m))
        assert np.array_equal(other.data, whole.data)
        assert np.array_equal(other.segment, whole.segment)


@settings(max_examples=25, deadline=None)
@given(terrain=terrains(), seed=st.integers(0, 2**63 - 1))
def test_every_road_is_whole_and_its_obstacles_lie_on_it(terrain: Terrain, seed: int) -> None:
    """The stations are those of the terrain, both ends are level, and each obstacle lies within its own segment."""
    road = join_roads(iter_road(terrain, seed))
    assert road.stations == terrain.stretches[-1].end_station
    assert (np.bincount(road.segment) == [s.end_station - s.first_station for s in terrain.stretches]).all()
    assert np.abs(road.data[:2, 0]).max() < 1e-3
    for item in placed_features(terrain, seed):
        stretch = terrain.stretches[item.segment]
        assert stretch.start_m <= item.start_m
        assert item.start_m + item.length_m <= stretch.end_m + 1e-6


@settings(max_examples=5, deadline=None)
@given(block_m=st.floats(0.05, 500.0))
def test_the_measured_road_is_the_same_in_any_blocks(block_m: float) -> None:
    """The laps of the measured road do not depend on the blocks either."""
    terrain = load_terrain("belgian_block")
    blocks = list(iter_road(terrain, 1, block_m))
    assert np.array_equal(join_roads(blocks).data, join_roads(iter_road(terrain, 1, 1e6)).data)
    assert len({road_digest(terrain, 1) for _ in range(2)}) == 1
