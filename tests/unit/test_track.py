"""The moving window of road: what the tyre feels, and where things lie in it."""

import numpy as np
import pytest

from profiles.car.track import Track
from profiles.road.builder import iter_road
from profiles.signal import SignalError, join_roads
from tests.roads import road_of, terrain_of


def test_heights_are_means_over_the_contact_length() -> None:
    """A spike of 1 over one station of 0.05 m is spread over 0.20 m: a quarter, and an eighth at the ends."""
    track = Track(road_of(lambda x: 1.0 * (np.arange(len(x)) == 100), 20.0), 0.2)
    track.reach(19.0)
    np.testing.assert_allclose(track.heights_m[97:104], [0, 0.125, 0.25, 0.25, 0.25, 0.125, 0], atol=1e-15)


def test_a_window_that_moves_holds_the_same_road() -> None:
    """Reached and left step by step, every station has the bits that the whole has."""
    terrain = terrain_of({"length_m": 120.0})
    whole = Track([join_roads(iter_road(terrain, 2))], 0.2)
    whole.reach(1e9)
    moving = Track(iter_road(terrain, 2, 7.0), 0.2)
    for end_m in (5.0, 30.0, 30.5, 90.0, 500.0):
        moving.reach(end_m)
        first = moving.first_station
        np.testing.assert_array_equal(moving.heights_m, whole.heights_m[first : first + len(moving.heights_m)])
        moving.leave(min(end_m, 119.0) - 1.0)
    assert moving.ended
    assert len(moving.heights_m) < 100
    assert moving.end_m == pytest.approx(119.95)


def test_places_beyond_the_end_are_the_last() -> None:
    """Grade and segment beyond the road are those of its last station."""
    track = Track(road_of(np.zeros_like, 10.0, grade=0.1), 0.2)
    track.reach(50.0)
    assert list(track.index(np.array([0.0, 0.05, 5.01, 99.0]))) == [0, 1, 100, 199]


def test_no_road_is_an_error() -> None:
    """Nothing to drive on is told, not driven on."""
    with pytest.raises(SignalError, match="no road"):
        Track([], 0.2)
