"""What obstacles are built from: where they lie, humps of half cosines, and lines with rounded kinks."""

import numpy as np
import pytest

from profiles.road.features.shapes import SIDES, Spots, add_humps, add_to_sides, rounded_line, rounded_ramp
from profiles.signal import FloatArray

STEP_M = 0.01
SOME = Spots(
    np.array([10.0, 30.0, 60.0]),
    np.array([4.0, 8.0, 2.0]),
    np.array([0.2, -0.3, 0.1]),
    np.array([0, 1, 2], dtype=np.int8),
    np.array([0.5, 0.5, 0.8]),
)


def humps(spots: Spots, stations: int = 10_000, first_m: float = 0.0) -> FloatArray:
    heights = np.zeros((2, stations))
    add_humps(
        heights, first_m, STEP_M, spots.start_m, spots.length_m, spots.height_m, spots.side, spots.crest_at
    )  # fmt: skip
    return heights


def test_spots_know_their_ends_and_which_touch_a_part() -> None:
    """Ends are starts and lengths; a part holds what reaches into it, not what only ends or starts at its edge."""
    assert SOME.end_m.tolist() == [14.0, 38.0, 62.0]
    assert SOME.between(13.9, 30.1).start_m.tolist() == [10.0, 30.0]
    assert SOME.between(14.0, 30.0).start_m.tolist() == []
    assert SOME.between(35.0, 36.0).height_m.tolist() == [-0.3]
    assert len(SOME.where(np.array([True, False, True]))) == 2


def test_a_single_spot_is_where_it_was_put() -> None:
    """One spot has the values it was made of, each as an array of one."""
    one = Spots.one(5.0, 2.0, 0.3, "right", 0.6)
    assert (len(one), one.start_m[0], one.end_m[0], one.height_m[0], one.crest_at[0]) == (1, 5.0, 7.0, 0.3, 0.6)
    assert SIDES[one.side[0]] == "right"


@pytest.mark.parametrize(("index", "tracks"), [(0, (0, 1)), (1, (0,)), (2, (1,))])
def test_a_hump_is_half_a_cosine_up_to_its_crest_and_half_a_one_down(index: int, tracks: tuple[int, ...]) -> None:
    """Each side of the crest is the half cosine of its length, under the wheels of its side only."""
    one = SOME.where(np.arange(3) == index)
    found = humps(one)
    x_m = np.arange(found.shape[1]) * STEP_M - one.start_m[0]
    up_m = one.crest_at[0] * one.length_m[0]
    rising = 0.5 * one.height_m[0] * (1.0 - np.cos(np.pi * x_m / up_m))
    falling = 0.5 * one.height_m[0] * (1.0 - np.cos(np.pi * (one.length_m[0] - x_m) / (one.length_m[0] - up_m)))
    wanted = np.where(x_m < up_m, rising, falling) * ((x_m >= 0.0) & (x_m <= one.length_m[0]))
    for track in (0, 1):
        assert found[track] == pytest.approx(wanted if track in tracks else 0.0 * wanted, abs=1e-12)


def test_humps_in_pieces_are_the_humps_of_the_whole() -> None:
    """A piece holds what the whole holds there, also where it cuts a hump."""
    together = humps(SOME)
    parts = np.hstack([humps(SOME, 3300), humps(SOME, 3000, 33.0), humps(SOME, 3700, 63.0)])
    assert parts == pytest.approx(together, abs=1e-12)


def test_humps_add_to_what_is_there() -> None:
    """The ground below a hump stays."""
    heights = np.full((2, 6000), 1.5)
    one = SOME.where(np.arange(3) == 0)
    add_humps(heights, 0.0, STEP_M, one.start_m, one.length_m, one.height_m, one.side, one.crest_at)
    assert heights[0, 1200] == pytest.approx(1.7)
    assert heights[1, 500] == 1.5


@pytest.mark.parametrize(("side", "wanted"), [(0, [1.0, 1.0]), (1, [1.0, 0.0]), (2, [0.0, 1.0])])
def test_a_shape_goes_under_the_wheels_of_its_side(side: int, wanted: list[float]) -> None:
    """Index 0 of the sides is both tracks, 1 the left one, 2 the right one; nothing before or behind it changes."""
    heights = np.zeros((2, 10))
    add_to_sides(heights, 4, np.ones(3), side)
    assert heights[:, 5].tolist() == wanted
    assert heights[:, [3, 7]].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_a_rounded_ramp_bends_over_its_rounding_only() -> None:
    """Level before, the ramp itself behind, and between the two a parabola without a jump of height or slope."""
    x_m = np.asarray(np.arange(-2000, 2001) * 0.001, dtype=np.float64)
    ramp = rounded_ramp(x_m, 1.0)
    assert np.abs(ramp[x_m <= -0.5]).max() == 0.0
    assert ramp[x_m >= 0.5] == pytest.approx(x_m[x_m >= 0.5], abs=1e-12)
    slope, inside = np.diff(ramp) / 0.001, np.abs(x_m[1:-1]) < 0.49
    assert np.diff(slope)[inside] / 0.001 == pytest.approx(1.0, abs=1e-6)
    assert np.abs(np.diff(slope)).max() < 0.0011


def test_a_rounded_line_has_the_slope_of_all_kinks_so_far() -> None:
    """Between its kinks the line is straight, with the sum of the changes of slope before."""
    x_m = np.asarray(np.arange(3001) * 0.01, dtype=np.float64)
    line = rounded_line(x_m, ((5.0, 0.2), (10.0, -0.5), (20.0, 0.3)), 1.0)
    slope = np.diff(line) / 0.01
    for low, high, wanted in ((0.0, 4.4, 0.0), (5.6, 9.4, 0.2), (10.6, 19.4, -0.3), (20.6, 29.9, 0.0)):
        assert slope[round(low * 100) : round(high * 100)] == pytest.approx(wanted, abs=1e-9)
    assert line[-1] == pytest.approx(0.2 * 25.0 - 0.5 * 20.0 + 0.3 * 10.0, abs=1e-9)
