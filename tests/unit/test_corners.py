"""Bends: how many there are, how tight, and where they may lie."""

import itertools
import math

import numpy as np
import pytest

from profiles.road.corners import Corner, corners_of, placed_corners
from profiles.road.segments import TURNS_DEG
from tests.roads import terrain_of

BENDS = {"corners": {"rate_per_km": 4.0, "radius_m": (15.0, 60.0)}, "length_m": 100_000.0}


@pytest.fixture(scope="module")
def many() -> list[Corner]:
    """The bends of 1,000 km."""
    return placed_corners(terrain_of(*[BENDS] * 10).route())


@pytest.mark.parametrize(("rate_per_km", "radius_m"), [(4.0, (15.0, 60.0)), (1.5, (40.0, 300.0)), (0.7, (60.0, 400.0))])
def test_bends_come_at_their_rate(rate_per_km: float, radius_m: tuple[float, float]) -> None:
    """Over 4,000 km their number is the rate within four standard deviations, however long they are."""
    segment = BENDS | {"corners": {"rate_per_km": rate_per_km, "radius_m": radius_m}}
    found = placed_corners(terrain_of(*[segment] * 40).route())
    wanted = 4000.0 * rate_per_km
    assert len(found) == pytest.approx(wanted, abs=4.0 * math.sqrt(wanted) + 0.005 * wanted)


def test_radii_are_spread_evenly_over_the_logarithm_of_their_range(many: list[Corner]) -> None:
    """Each quarter of the logarithm of the range holds a quarter of the bends."""
    logs = np.log([corner.radius_m for corner in many])
    assert np.exp(logs.min()) >= 15.0 * (1.0 - 1e-9)
    assert np.exp(logs.max()) <= 60.0 * (1.0 + 1e-9)
    assert np.histogram(logs, 4, (math.log(15.0), math.log(60.0)))[0] / len(many) == pytest.approx(0.25, abs=0.03)


def test_bends_turn_by_angles_spread_evenly_over_their_range(many: list[Corner]) -> None:
    """Their length over their radius is the angle: from 20 to 120 degrees, each quarter a quarter of the bends."""
    turns = np.degrees([(corner.end_m - corner.start_m) / corner.radius_m for corner in many])
    assert turns.min() >= TURNS_DEG[0] - 1e-3
    assert turns.max() <= TURNS_DEG[1] + 1e-3
    assert np.histogram(turns, 4, TURNS_DEG)[0] / len(many) == pytest.approx(0.25, abs=0.03)


def test_gaps_between_bends_are_exponential(many: list[Corner]) -> None:
    """A gap says nothing of the next one: mean and standard deviation are equal."""
    gaps = [
        after.start_m - before.end_m for before, after in itertools.pairwise(many) if after.segment == before.segment
    ]
    assert float(np.std(gaps)) == pytest.approx(float(np.mean(gaps)), rel=0.08)


def test_bends_neither_overlap_nor_reach_over_the_end_of_their_segment() -> None:
    """On 400 short segments full of bends each lies within its own and ends before the next starts."""
    segment = {"corners": {"rate_per_km": 50.0, "radius_m": (5.0, 30.0)}, "length_m": 120.0}
    route = terrain_of(*[segment] * 200, repeats=2).route()
    found = placed_corners(route)
    assert len(found) > 800
    assert all(before.end_m <= after.start_m for before, after in itertools.pairwise(found))
    for corner in found:
        stretch = route.stretches[corner.segment]
        assert stretch.start_m <= corner.start_m < corner.end_m <= stretch.end_m


def test_bends_may_come_close_to_the_end_of_their_segment() -> None:
    """They are not kept off the end: of many segments some have a bend in their last 5 m."""
    segment = {"corners": {"rate_per_km": 50.0, "radius_m": (5.0, 30.0)}, "length_m": 120.0}
    route = terrain_of(*[segment] * 200).route()
    last_m = min(route.stretches[corner.segment].end_m - corner.end_m for corner in placed_corners(route))
    assert last_m < 5.0


def test_segments_without_bends_have_none() -> None:
    """Only what asks for bends has some, at the index of its stretch."""
    route = terrain_of({}, BENDS | {"length_m": 2000.0}, {}).route()
    assert [len(corners_of(stretch)) > 0 for stretch in route.stretches] == [False, True, False]
    assert {corner.segment for corner in placed_corners(route)} == {1}


def test_the_seed_and_the_number_of_the_segment_place_them() -> None:
    """A repeat has the same bends a lap on; another seed or another segment has others."""
    of = terrain_of(BENDS | {"length_m": 3000.0}, BENDS | {"length_m": 3000.0}, repeats=2)

    def places(seed: int, stretch: int) -> list[float]:
        one = of.route(seed).stretches[stretch]
        return [corner.start_m - one.start_m for corner in corners_of(one)]

    assert places(1, 0) == places(1, 0)
    assert places(1, 2) == pytest.approx(places(1, 0))
    assert places(1, 1)[0] != places(1, 0)[0]
    assert places(2, 0)[0] != places(1, 0)[0]
