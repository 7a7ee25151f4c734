"""The grade of the road: that of the segments, and the slope of obstacles that are large enough for the whole car."""

import math

import numpy as np
import pytest

from profiles.road.segments import FADE_STATIONS, STEP_M
from profiles.signal import FloatArray
from tests.roads import FLAT, feature_of, terrain_of, whole

GROUND = {**FLAT, "length_m": 1000.0}
BIG = {"type": "big_dunes", "rate_per_km": 1.5, "height_m": (20.0, 60.0), "angle_deg": 33.0, "windward_deg": 10.0}
LARGE: tuple[dict[str, object], ...] = (
    BIG,
    {"type": "slip_face", "at_m": 100.0, "height_m": 3.0, "angle_deg": 33.0},
    {"type": "dunettes", "rate_per_km": 25.0, "height_m": (0.3, 0.9), "length_m": (14.0, 30.0)},
    {"type": "g_out", "at_m": 100.0, "depth_m": 0.5, "length_m": 10.0},
    {"type": "g_outs", "rate_per_km": 10.0, "depth_m": (0.3, 0.6), "length_m": (5.0, 10.0)},
    {"type": "fesh_fesh", "rate_per_km": 10.0, "depth_m": (0.2, 0.5), "length_m": (5.0, 10.0)},
    {"type": "wadi_crossings", "rate_per_km": 4.0, "depth_m": (0.8, 1.5), "bed_m": (10.0, 60.0)},
)
SMALL: tuple[dict[str, object], ...] = (
    {"type": "stones", "rate_per_km": 100.0, "height_m": (0.03, 0.2)},
    {"type": "cobbles", "rate_per_km": 100.0},
    {"type": "boulders", "rate_per_km": 10.0, "height_m": (0.2, 0.3)},
    {"type": "ledges", "rate_per_km": 10.0, "height_m": (0.05, 0.2)},
    {"type": "corrugation", "rate_per_km": 4.0, "amplitude_m": (0.01, 0.02), "wavelength_m": (0.5, 1.0),
     "length_m": (50.0, 100.0)},
    {"type": "ruts", "rate_per_km": 4.0, "depth_m": (0.1, 0.3), "length_m": (50.0, 100.0)},
)  # fmt: skip


HALF_CAR = 30
"""Stations of 1.5 m."""


def over_a_car(heights_m: FloatArray) -> FloatArray:
    """The rise over 1.5 m before and behind each station, over these 3 m; the road goes on level at both ends."""
    apart = np.pad(heights_m, HALF_CAR)
    return np.asarray((apart[2 * HALF_CAR :] - apart[: -2 * HALF_CAR]) / (2 * HALF_CAR * STEP_M))


def test_grade_is_that_of_the_segment_and_changes_smoothly() -> None:
    """After the 5 m of a join the grade is the segment's, and on the way it never jumps."""
    grade = whole(terrain_of({"grade_pct": 10.0, "length_m": 100.0}, {"grade_pct": -20.0, "length_m": 100.0}))["grade"]
    assert (grade[FADE_STATIONS:2000] == 0.1).all()
    assert (grade[2000 + FADE_STATIONS :] == -0.2).all()
    assert np.abs(np.diff(grade)).max() < 0.006


@pytest.mark.parametrize("values", LARGE, ids=lambda values: str(values["type"]))
def test_grade_follows_large_obstacles_over_the_length_of_a_car(values: dict[str, object]) -> None:
    """On flat ground the grade is the mean of both tracks' slope over 3 m, and what has been climbed is come down."""
    road = whole(terrain_of(GROUND | {"features": (values,)}))
    wanted = over_a_car(0.5 * (road["left_m"] + road["right_m"]))
    assert np.abs(wanted).max() > 0.05
    assert road["grade"] == pytest.approx(wanted, abs=2e-5)
    assert float(road["grade"].sum()) * STEP_M == pytest.approx(0.0, abs=0.02)


@pytest.mark.parametrize("at_m", [987.5, 991.4, 999.0, 1000.6])
def test_grade_follows_an_obstacle_near_the_border_of_two_pieces(at_m: float) -> None:
    """An obstacle that ends or starts within 1.5 m of where a piece of the road does is in the grade of both."""
    hollow = {"type": "g_out", "at_m": at_m, "depth_m": 0.5, "length_m": 8.0}
    road = whole(terrain_of(GROUND | {"length_m": 2000.0, "features": (hollow,)}))
    assert road["grade"] == pytest.approx(over_a_car(0.5 * (road["left_m"] + road["right_m"])), abs=2e-5)


@pytest.mark.parametrize("values", SMALL, ids=lambda values: str(values["type"]))
def test_grade_does_not_follow_small_obstacles(values: dict[str, object]) -> None:
    """Stones, ledges, corrugation and ruts are under the wheels, but the grade stays the segment's."""
    road = whole(terrain_of(GROUND | {"grade_pct": 4.0, "features": (values,)}))
    assert np.abs(road.data[:2]).max() > 0.01
    assert (road["grade"][FADE_STATIONS:] == 0.04).all()


def test_the_grade_of_an_obstacle_adds_to_that_of_the_segment() -> None:
    """On a climb the slope of a dune is on top of the segment's grade."""
    level, climbing = (
        whole(terrain_of(GROUND | {"features": (LARGE[1],), "grade_pct": grade})) for grade in (0.0, 5.0)
    )
    inner = slice(FADE_STATIONS, None)
    assert climbing["grade"][inner] - level["grade"][inner] == pytest.approx(0.05, abs=1e-12)


def test_an_obstacle_under_one_wheel_slopes_the_car_half_as_much() -> None:
    """What lies under one track only is half in the grade."""
    both, left = (whole(terrain_of(GROUND | {"features": (LARGE[3] | {"side": s},)})) for s in ("both", "left"))
    assert left["grade"] == pytest.approx(0.5 * both["grade"], abs=2e-5)


def test_a_big_dune_is_a_grade_of_its_angles() -> None:
    """On the flanks of a dune the grade is the tangent of the windward angle, and of the slip face downwards."""
    grade = whole(terrain_of({**FLAT, "length_m": 3000.0, "features": (BIG,)}))["grade"]
    assert grade.max() == pytest.approx(math.tan(math.radians(10.0)), abs=1e-4)
    assert grade.min() == pytest.approx(-math.tan(math.radians(33.0)), abs=1e-4)


def test_the_grade_of_an_obstacle_goes_on_where_the_road_is_made_in_pieces() -> None:
    """A dune that lies over the border of two pieces of a long segment has the grade of one that does not."""
    face = {"type": "slip_face", "height_m": 20.0, "angle_deg": 33.0, "at_m": 900.0}
    pieces = whole(terrain_of({**FLAT, "length_m": 2000.0, "features": (face,)}))
    one = whole(terrain_of({**FLAT, "length_m": 900.0, "features": (face | {"at_m": 400.0},)}))
    near = slice(400 * 20 - 200, 400 * 20 + 8000)
    moved = slice(near.start + 10_000, near.stop + 10_000)
    assert moved.start < 20_000 < moved.stop
    assert pieces["grade"][moved] == pytest.approx(one["grade"][near], abs=1e-9)
    assert pieces["left_m"][moved] == pytest.approx(one["left_m"][near], abs=2e-4)


def test_the_slope_of_an_obstacle_at_the_end_of_a_segment_goes_on_into_the_next() -> None:
    """The car is still on it for half its length: no grade changes by more than a thirtieth of it in one station."""
    face = {"type": "slip_face", "at_m": 40.0, "height_m": 1.5, "angle_deg": 33.0, "crest_rounding_m": 1.0}
    toe_m = float(feature_of(face).place().end_m[0])
    first = {**FLAT, "features": (face,), "length_m": math.ceil(toe_m * 20.0) / 20.0}
    grade = whole(terrain_of(first, {**FLAT, "length_m": 50.0}))["grade"]
    border = round(first["length_m"] / STEP_M)
    assert grade[border - 2 : border + 2].max() < -0.05
    assert np.abs(np.diff(grade[border - 40 : border + 60])).max() < 0.04
    np.testing.assert_array_equal(grade[border + 31 : border + 200], 0.0)
