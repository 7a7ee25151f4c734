"""The moving window of road: what the tyres feel, and where things lie in it."""

import dataclasses

import numpy as np
import pytest

from profiles.car.track import Track
from profiles.road.soil import SOILS
from profiles.signal import Road, SignalError, join_roads
from tests.car_rides import FloatArray, class_road, level, road_of


def _track(roads: list[Road], share: float = 0.6) -> Track:
    track = Track(roads, 0.2, rear_ripple_share=share)
    track.reach(1e9)
    return track


def _wave(wave_m: float, soil: str) -> list[Road]:
    return road_of(lambda x: 0.03 * np.sin(2 * np.pi * x / wave_m), 40.0, soil)


def _blocks(road: Road, stations: int) -> list[Road]:
    cuts = range(0, road.stations, stations)
    parts = [slice(cut, cut + stations) for cut in cuts]
    return [Road(road.step_m, part.start, road.data[:, part], road.segment[part], road.soil[part]) for part in parts]


def _changing() -> Road:
    """A rough road that changes from gravel to dry sand and to lete sand, and back."""
    rough = join_roads(class_road("E", 2, 120.0))
    names = np.repeat(["gravel", "dry_sand", "lete_sand", "gravel"], rough.stations // 4)
    soil = np.array([SOILS.index(name) for name in names], dtype=np.int8)
    return Road(rough.step_m, 0, rough.data, rough.segment, soil)


def _amplitude(heights_m: FloatArray) -> float:
    return float(np.ptp(heights_m[200:600]))


def test_heights_are_means_over_the_contact_length() -> None:
    """A spike of 1 over one station of 0.05 m is spread over 0.20 m: a quarter, and an eighth at the ends."""
    track = Track(road_of(lambda x: 1.0 * (np.arange(len(x)) == 100), 20.0), 0.2)
    track.reach(19.0)
    np.testing.assert_allclose(track.heights_m[97:104], [0, 0.125, 0.25, 0.25, 0.25, 0.125, 0], atol=1e-15)
    np.testing.assert_array_equal(track.rear_m, track.heights_m)


@pytest.mark.parametrize("stations", [7, 140, 999])
def test_a_window_that_moves_holds_the_same_road(stations: int) -> None:
    """Reached and left step by step, in blocks of any length, every station has the bits that the whole has."""
    road = _changing()
    whole = _track([road])
    assert len(whole.heights_m) == len(whole.rear_m) == road.stations
    moving = Track(_blocks(road, stations), 0.2, rear_ripple_share=0.6)
    for end_m in (5.0, 30.0, 30.5, 60.0, 90.0, 500.0):
        moving.reach(end_m)
        part = slice(moving.first_station, moving.first_station + len(moving.heights_m))
        for name in ("heights_m", "rear_m"):
            np.testing.assert_array_equal(getattr(moving, name), getattr(whole, name)[part])
        for name in ("grade", "segment", "soil"):
            known = len(moving.heights_m)  # ground is known a little further on than heights are
            np.testing.assert_array_equal(getattr(moving, name)[:known], getattr(whole, name)[part])
        moving.leave(min(end_m, 119.0) - 4.0)
    assert moving.ended
    assert len(moving.heights_m) < 120
    assert moving.end_m == pytest.approx(119.95)


@pytest.mark.parametrize("soil", ["dry_sand", "lete_sand", "fesh_fesh"])
def test_on_soft_ground_the_rear_wheel_meets_a_share_of_short_waves(soil: str) -> None:
    """Of waves of half a metre 0.6 and little more is left; of 1 m half of that is taken; waves of 6 m stay."""
    left = {}
    for wave_m in (0.5, 1.0, 6.0):
        track = _track(_wave(wave_m, soil))
        left[wave_m] = _amplitude(track.rear_m) / _amplitude(track.heights_m)
    assert left[0.5] == pytest.approx(0.6, abs=0.04)
    assert left[1.0] == pytest.approx(0.8, abs=0.02)
    assert left[6.0] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("soil", ["gravel", "rock", "paved"])
def test_on_hard_ground_the_rear_wheel_meets_all_of_it(soil: str) -> None:
    """Rock does not give way: the same bits for both wheels."""
    track = _track(_wave(0.5, soil))
    np.testing.assert_array_equal(track.rear_m, track.heights_m)


def test_where_the_ground_changes_the_road_has_no_step() -> None:
    """Gravel turns to sand on a crest: what is taken from the rear wheel's road grows over a metre, not at once."""
    road = road_of(lambda x: 0.03 * np.cos(2 * np.pi * (x - 20.0) / 0.5), 40.0)[0]
    soil = np.where(np.arange(800) < 400, SOILS.index("gravel"), SOILS.index("dry_sand")).astype(np.int8)
    track = _track([dataclasses.replace(road, soil=soil)])
    taken = track.heights_m - track.rear_m
    np.testing.assert_array_equal(taken[:380], 0.0)
    steps = np.abs(np.diff(taken))
    assert steps[370:430].max() <= 1.1 * steps[450:700].max()
    assert np.abs(taken[450:700]).max() > 0.008


def test_each_side_has_its_own_heights() -> None:
    """The left track is the left wheel's, the right one the right wheel's."""
    x = np.zeros(200)
    road = Road(0.05, 0, np.stack([x + 1.0, x + 2.0, x]), np.zeros(200, np.int32), np.zeros(200, np.int8))
    for side, height_m in (("left", 1.0), ("right", 2.0)):
        track = Track([road], 0.2, side)  # type: ignore[arg-type]
        track.reach(5.0)
        np.testing.assert_allclose(track.heights_m, height_m)


def test_places_beyond_the_end_are_the_last() -> None:
    """Grade, segment and soil beyond the road are those of its last station."""
    track = Track(road_of(level, 10.0, grade=0.1), 0.2)
    track.reach(50.0)
    assert list(track.index(np.array([0.0, 0.05, 5.01, 99.0]))) == [0, 1, 100, 199]


def test_no_road_is_an_error() -> None:
    """Nothing to drive on is told, not driven on."""
    with pytest.raises(SignalError, match="no road"):
        Track([], 0.2)
