"""Single obstacles: their shape, their place, and what a terrain file may not ask for."""

import itertools
import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from profiles.road.features import EDGE_M, Feature, Spot, spots
from profiles.signal import FloatArray

STEP_M = 0.05
READ: TypeAdapter[Feature] = TypeAdapter(Feature)

SLIP_FACE = {"type": "slip_face", "at_m": 30.0, "height_m": 1.5, "angle_deg": 33.0, "windward_deg": 8.0}
G_OUT = {"type": "g_out", "at_m": 100.0, "depth_m": 0.4, "length_m": 8.0}
DUNETTES = {"type": "dunettes", "rate_per_km": 30.0, "height_m": (0.2, 0.4), "length_m": (8.0, 20.0)}
STONES = {"type": "stones", "rate_per_km": 200.0, "height_m": (0.03, 0.2)}


def placed(length_m: float, *features: object, seed: int = 1) -> list[tuple[Feature, Spot]]:
    read = tuple(READ.validate_python(feature) for feature in features)
    return spots(read, length_m, np.random.default_rng(seed))


def heights(feature: Feature, spot: Spot) -> FloatArray:
    return feature.profile(np.arange(-1.0, spot.length_m + 1.0, STEP_M / 5), spot)


def test_a_slip_face_falls_at_its_angle_and_rises_gently() -> None:
    """The steepest descent is the angle of repose, the steepest ascent the windward angle; it ends level."""
    for angle_deg in (32.0, 33.0, 34.0):
        ((feature, spot),) = placed(100.0, SLIP_FACE | {"angle_deg": angle_deg})
        shape = heights(feature, spot)
        slope = np.diff(shape) / (STEP_M / 5)
        assert math.degrees(math.atan(-slope.min())) == pytest.approx(angle_deg, abs=0.01)
        assert math.degrees(math.atan(slope.max())) == pytest.approx(8.0, abs=0.01)
        assert shape[0] == 0.0
        assert shape[-1] == pytest.approx(0.0, abs=1e-12)
        assert 1.2 < shape.max() <= 1.5


def test_the_crest_is_rounded() -> None:
    """The slope never changes faster than the two slopes' sum over the rounding length."""
    ((feature, spot),) = placed(100.0, SLIP_FACE | {"crest_rounding_m": 1.0})
    curvature = np.diff(heights(feature, spot), 2) / (STEP_M / 5) ** 2
    wanted = math.tan(math.radians(33.0)) + math.tan(math.radians(8.0))
    assert -curvature.min() == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (SLIP_FACE | {"angle_deg": 45.0}, "less than or equal to 34"),
        (SLIP_FACE | {"height_m": 0.5, "crest_rounding_m": 1.0}, "crest_rounding_m of at most 0.57"),
        (G_OUT | {"at_m": 0.0}, "greater than or equal to 5"),
        (DUNETTES | {"height_m": (0.4, 0.2)}, "the lower value first"),
        (DUNETTES | {"rate_per_km": 80.0}, "at most 90 %"),
        (DUNETTES | {"height_m": (0.2, float("nan"))}, "finite"),
        (STONES | {"height_m": (0.0, 0.2)}, "greater than 0"),
    ],
)
def test_what_no_ground_is_like_is_refused(feature: object, words: str) -> None:
    """Angles, sizes and rates out of bounds are faults, each with what is allowed."""
    with pytest.raises(ValidationError, match=words):
        READ.validate_python(feature)


def test_a_g_out_is_a_hollow_of_its_depth() -> None:
    """It starts and ends level and is deepest in its middle."""
    ((feature, spot),) = placed(200.0, G_OUT)
    shape = heights(feature, spot)
    assert (spot.start_m, spot.end_m, spot.height_m) == (100.0, 108.0, -0.4)
    assert shape.min() == pytest.approx(-0.4, abs=1e-6)
    assert np.abs(shape[[0, -1]]).max() == 0.0


def test_scattered_obstacles_come_at_their_rate_and_in_their_ranges() -> None:
    """Over 200 km the number is the rate within four standard deviations, and all sizes are within the ranges."""
    found = [spot for _, spot in placed(200_000.0, DUNETTES)]
    assert len(found) == pytest.approx(6000, abs=4 * math.sqrt(6000))
    assert all(0.2 <= spot.height_m <= 0.4 and 8.0 <= spot.length_m <= 20.0 for spot in found)
    assert {spot.side for spot in found} == {"both"}


def test_scattered_obstacles_neither_overlap_nor_touch_a_given_place() -> None:
    """They keep off each other, off the edge of the segment, and off obstacles whose place is given."""
    found = placed(1000.0, DUNETTES, SLIP_FACE, G_OUT)
    ends = [(spot.start_m, spot.end_m) for _, spot in found]
    assert len(found) > 15
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(ends))
    assert ends[0][0] >= EDGE_M
    assert ends[-1][1] <= 1000.0


def test_stones_follow_their_power_law_under_either_wheel() -> None:
    """Twice the height is 2^-2.5 times as frequent, cut at the highest; half of them lie left."""
    found = [spot for _, spot in placed(100_000.0, STONES | {"height_m": (0.03, 1.0)})]
    high = [spot.height_m for spot in found]
    assert sum(h > 0.06 for h in high) / len(high) == pytest.approx(2**-2.5, rel=0.05)
    assert 0.03 <= min(high) < max(high) <= 1.0
    assert sum(spot.side == "left" for spot in found) / len(found) == pytest.approx(0.5, abs=0.02)


def test_dunettes_may_lie_under_either_wheel() -> None:
    """With side either, some are left, some right, none under both."""
    assert {spot.side for _, spot in placed(5000.0, DUNETTES | {"side": "either"})} == {"left", "right"}


def test_every_kind_of_obstacle_starts_and_ends_on_the_ground() -> None:
    """No obstacle leaves a step at its start or end, and it reaches its height."""
    for data in (SLIP_FACE, G_OUT, DUNETTES, STONES):
        feature, spot = placed(1000.0, data)[0]
        shape = heights(feature, spot)
        assert np.abs(np.diff(shape)).max() < 0.02
        assert np.abs(shape[[0, -1]]).max() < 1e-9
        assert np.abs(shape).max() == pytest.approx(abs(spot.height_m), rel=0.1)
