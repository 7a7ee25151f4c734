"""Dunes: slip faces at the angle of repose, gentle windward sides, rounded crests, and small dunes."""

import math

import numpy as np
import pytest

from profiles.road.builder import iter_road
from profiles.road.features import lay_all
from profiles.road.route import Route, stretches_of
from profiles.road.surface import load_surface
from profiles.signal import FloatArray
from tests.roads import feature_of, first_alone, heights_of, laid

FINE_M = 0.01
SLIP_FACE = {"type": "slip_face", "at_m": 30.0, "height_m": 1.5, "angle_deg": 33.0, "windward_deg": 8.0}
BIG = {"type": "big_dunes", "rate_per_km": 1.2, "height_m": (20.0, 100.0), "angle_deg": 33.0, "windward_deg": 10.0}
DUNETTES = {"type": "dunettes", "rate_per_km": 30.0, "height_m": (0.2, 0.4), "length_m": (8.0, 20.0)}


def slopes_deg(heights: FloatArray) -> FloatArray:
    """Slopes of a track in degrees, up is positive."""
    return np.asarray(np.degrees(np.arctan(np.diff(heights) / FINE_M)))


def face(**changes: object) -> FloatArray:
    """A slip face 1 m behind the start, and what is behind it, on the left track."""
    feature = feature_of(SLIP_FACE | changes)
    spots = feature.lay(np.random.default_rng(1), 200.0)
    return np.asarray(heights_of(feature, spots, 100.0, FINE_M, first_m=29.0)[0])


@pytest.mark.parametrize("angle_deg", [32.0, 33.0, 34.0])
def test_a_slip_face_falls_at_its_angle_and_rises_gently(angle_deg: float) -> None:
    """The steepest descent is the angle of repose, the steepest ascent the windward angle; it ends level."""
    shape = face(angle_deg=angle_deg)
    assert slopes_deg(shape).min() == pytest.approx(-angle_deg, abs=0.01)
    assert slopes_deg(shape).max() == pytest.approx(8.0, abs=0.01)
    assert (shape[0], shape[-1]) == (0.0, pytest.approx(0.0, abs=1e-9))


def test_the_crest_of_a_slip_face_is_rounded_over_its_length_and_so_lower() -> None:
    """The slope turns at a constant pace over the rounding; the crest lies 1/8 of turn times rounding lower."""
    turn = math.tan(math.radians(33.0)) + math.tan(math.radians(8.0))
    for rounding_m in (0.5, 1.0, 2.0):
        shape = face(crest_rounding_m=rounding_m)
        curvature = np.diff(shape, 2) / FINE_M**2
        assert -curvature.min() == pytest.approx(turn / rounding_m, rel=0.01)
        assert np.count_nonzero(curvature < -0.5 * turn / rounding_m) * FINE_M == pytest.approx(rounding_m, abs=0.03)
        assert shape.max() == pytest.approx(1.5 - turn * rounding_m / 8.0, abs=0.06 * rounding_m)


@pytest.mark.parametrize("angle_deg", [32.0, 34.0])
@pytest.mark.parametrize("windward_deg", [5.0, 10.0, 15.0])
def test_big_dunes_have_straight_flanks_at_their_angles(angle_deg: float, windward_deg: float) -> None:
    """Measured on the heights, most of the lee side lies at the angle of repose, most of the climb at the other."""
    asked = {"angle_deg": angle_deg, "windward_deg": windward_deg, "rate_per_km": 0.5, "crest_rounding_m": 10.0}
    one, heights = first_alone(20_000.0, BIG | asked, FINE_M)
    crest = int(heights[0].argmax())
    up, down = slopes_deg(heights[0][:crest]), -slopes_deg(heights[0][crest:])
    assert float(np.median(up)) == pytest.approx(windward_deg, abs=0.01)
    assert float(np.median(down[down > 0.0])) == pytest.approx(angle_deg, abs=0.01)
    assert down.max() < angle_deg + 0.01
    assert 20.0 <= one.height_m[0] <= 100.0


def test_the_lee_sides_of_the_library_dunes_are_slip_faces() -> None:
    """Every dune of big_dunes has its steepest descent at 32 to 34 degrees, its steepest ascent at 5 to 15."""
    dunes = load_surface("big_dunes").features[0]
    spots = dunes.lay(np.random.default_rng(3), 20_000.0)
    assert len(spots) > 10
    for index in range(len(spots)):
        one = spots.where(np.arange(len(spots)) == index)
        shape = heights_of(dunes, one, float(one.length_m[0]) + 1.0, 0.05, float(one.start_m[0]))[0]
        slope = np.degrees(np.arctan(np.diff(shape) / 0.05))
        assert 32.0 <= -slope.min() <= 34.0
        assert 5.0 <= slope.max() <= 15.0


def test_big_dunes_are_spread_evenly_over_their_heights_and_as_long_as_their_flanks() -> None:
    """Heights fill the range evenly; the length is both flanks and the rounding, about 700 m for 100 m."""
    _, spots = laid(2_000_000.0, BIG)
    assert np.histogram(spots.height_m, 4, (20.0, 100.0))[0] / len(spots) == pytest.approx(0.25, abs=0.05)
    flanks = 1.0 / math.tan(math.radians(10.0)) + 1.0 / math.tan(math.radians(33.0))
    assert spots.length_m == pytest.approx(flanks * spots.height_m + 1.0)
    assert float(spots.length_m.max()) == pytest.approx(720.0, abs=10.0)


def test_a_crest_is_rounded_at_most_so_far_that_the_face_keeps_its_angle() -> None:
    """The largest rounding that is allowed still leaves a face at its angle."""
    longest = 1.5 / math.tan(math.radians(33.0)) - 0.21
    assert slopes_deg(face(crest_rounding_m=longest)).min() == pytest.approx(-33.0, abs=0.01)


def test_dunettes_are_within_their_ranges_and_fill_them() -> None:
    """Heights and lengths lie in their ranges, reach to both ends of them, and do not depend on each other."""
    _, spots = laid(100_000.0, DUNETTES)
    for found, (low, high) in ((spots.height_m, (0.2, 0.4)), (spots.length_m, (8.0, 20.0))):
        assert found.min() == pytest.approx(low, rel=0.02)
        assert found.max() == pytest.approx(high, rel=0.02)
        assert low <= found.min() <= found.max() <= high
        assert float(found.mean()) == pytest.approx(0.5 * (low + high), rel=0.02)
    assert abs(np.corrcoef(spots.height_m, spots.length_m)[0, 1]) < 0.1


@pytest.mark.parametrize("crest_at", [0.5, 0.65, 0.8])
def test_a_dunette_climbs_gently_to_its_crest_and_falls_faster(crest_at: float) -> None:
    """The crest lies where it is asked for; the slopes of both sides are in the ratio of their lengths."""
    one, heights = first_alone(1000.0, DUNETTES | {"crest_at": crest_at}, FINE_M)
    assert int(heights[0].argmax()) * FINE_M == pytest.approx(crest_at * one.length_m[0], abs=2 * FINE_M)
    assert heights[0].max() == pytest.approx(one.height_m[0], abs=1e-5)
    slope = np.diff(heights[0])
    assert -slope.min() / slope.max() == pytest.approx(crest_at / (1.0 - crest_at), rel=0.01)
    assert np.array_equal(heights[0], heights[1])


def test_small_dunes_do_not_lie_on_slip_faces() -> None:
    """Over 50 km of big dunes with dunettes, the fall is nowhere steeper than the face alone."""
    surface = load_surface("big_dunes")
    route = Route("erg", stretches_of((surface.segment(50_000.0),), 5))
    found = {feature.type: spots for feature, spots in lay_all(surface.features, 50_000.0, 5, 0)}  # type: ignore[attr-defined]
    big, small = found["big_dunes"], found["dunettes"]
    faces_m = big.height_m / math.tan(math.radians(33.0))
    for end_m, face_m in zip(big.end_m, faces_m, strict=True):
        assert not ((small.end_m > end_m - face_m) & (small.start_m < end_m)).any()
    assert len(big) > 40
    assert len(small) > 400
    steepest = min(float(block["grade"].min()) for block in iter_road(route, 1.77, 1000.0))
    assert steepest == pytest.approx(-math.tan(math.radians(33.0)), rel=0.02)
