"""What lies below the ground: g-outs, holes of dust, wadis between their banks."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.signal import FloatArray
from tests.roads import feature_of, first_alone, heights_of, laid

FINE_M = 0.01
G_OUT = {"type": "g_out", "at_m": 20.0, "depth_m": 0.4, "length_m": 8.0}
G_OUTS = {"type": "g_outs", "rate_per_km": 10.0, "depth_m": (0.3, 0.6), "length_m": (5.0, 10.0)}
DUST = {"type": "fesh_fesh", "rate_per_km": 10.0, "depth_m": (0.2, 0.5), "length_m": (3.0, 10.0)}
WADI = {"type": "wadi_crossings", "rate_per_km": 4.0, "depth_m": (0.8, 1.5), "bed_m": (10.0, 60.0)}


def test_a_g_out_is_a_raised_cosine_downwards() -> None:
    """It starts and ends level and is as deep as asked for in its middle, at the place that was given."""
    feature = feature_of(G_OUT)
    spots = feature.lay(np.random.default_rng(1), 100.0)
    assert (spots.start_m[0], spots.end_m[0], spots.height_m[0]) == (20.0, 28.0, -0.4)
    shape = heights_of(feature, spots, 50.0)[0]
    x_m = np.arange(len(shape)) * 0.05
    wanted = np.where((x_m >= 20.0) & (x_m <= 28.0), -0.2 * (1.0 - np.cos(2.0 * np.pi * (x_m - 20.0) / 8.0)), 0.0)
    assert shape == pytest.approx(wanted, abs=1e-12)
    assert shape[480] == pytest.approx(-0.4)


@pytest.mark.parametrize("values", [G_OUTS, DUST], ids=lambda values: str(values["type"]))
def test_scattered_hollows_fill_their_ranges(values: dict[str, Any]) -> None:
    """Depths and lengths are spread evenly over their ranges, and a depth is below the ground."""
    _, spots = laid(500_000.0, values)
    for found, bounds in ((-spots.height_m, values["depth_m"]), (spots.length_m, values["length_m"])):
        low, high = bounds
        assert low <= found.min() <= found.max() <= high
        assert np.histogram(found, 4, (low, high))[0] / len(spots) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("values", [G_OUTS, DUST], ids=lambda values: str(values["type"]))
def test_a_hollow_is_as_deep_as_drawn_in_its_middle(values: dict[str, object]) -> None:
    """Its bottom lies in its middle at its depth, under both wheels, and it is deeper than its edges."""
    one, heights = first_alone(5000.0, values, FINE_M)
    assert np.array_equal(heights[0], heights[1])
    assert heights[0].min() == pytest.approx(one.height_m[0], abs=1e-4)
    assert int(heights[0].argmin()) * FINE_M == pytest.approx(0.5 * one.length_m[0], abs=2 * FINE_M)
    assert heights[0].max() <= 0.0


def wadi(**changes: object) -> tuple[float, float, FloatArray]:
    """Depth and length of a crossing, and its heights on the left track."""
    one, heights = first_alone(5000.0, WADI | changes, FINE_M)
    return -float(one.height_m[0]), float(one.length_m[0]), heights[0]


@pytest.mark.parametrize("bank_deg", [20.0, 30.0, 45.0])
def test_the_banks_of_a_wadi_lie_at_their_angle(bank_deg: float) -> None:
    """Down the one bank and up the other the steepest slope is the angle asked for, and neither is steeper."""
    _, _, shape = wadi(bank_deg=bank_deg, rounding_m=0.5)
    slope_deg = np.degrees(np.arctan(np.diff(shape) / FINE_M))
    assert slope_deg.min() == pytest.approx(-bank_deg, abs=0.01)
    assert slope_deg.max() == pytest.approx(bank_deg, abs=0.01)
    assert int(slope_deg.argmin()) < int(slope_deg.argmax())


def test_the_bed_of_a_wadi_lies_at_its_depth_over_its_length() -> None:
    """Between the banks it is level at the depth, for as long as the bed that was drawn, and behind them it is 0."""
    depth_m, length_m, shape = wadi()
    assert shape.min() == pytest.approx(-depth_m, abs=1e-9)
    bed_m = np.count_nonzero(np.abs(shape + depth_m) < 1e-9) * FINE_M
    assert bed_m == pytest.approx(length_m - 2.0 * depth_m / math.tan(math.radians(30.0)) - 2.0 * 0.8, abs=0.05)
    assert 10.0 <= bed_m <= 60.0
    assert np.abs(shape[round(length_m / FINE_M) + 1 :]).max() < 1e-9


def test_the_edges_of_a_wadi_are_rounded_over_their_length() -> None:
    """Nowhere does the slope turn faster than its own size over the rounding."""
    for rounding_m in (0.5, 1.0):
        _, _, shape = wadi(rounding_m=rounding_m)
        curvature = np.abs(np.diff(shape, 2)) / FINE_M**2
        assert curvature.max() == pytest.approx(math.tan(math.radians(30.0)) / rounding_m, rel=0.01)


def test_wadis_fill_their_ranges_under_both_wheels() -> None:
    """Depths are spread evenly; the length is the bed, both banks and the roundings."""
    feature, spots = laid(500_000.0, WADI)
    assert -spots.height_m.max() >= 0.8
    assert -spots.height_m.min() <= 1.5
    assert np.histogram(-spots.height_m, 4, (0.8, 1.5))[0] / len(spots) == pytest.approx(0.25, abs=0.05)
    bed_m = spots.length_m + 2.0 * spots.height_m / math.tan(math.radians(30.0)) - 2.0 * 0.8
    assert np.histogram(bed_m, 4, (10.0, 60.0))[0] / len(spots) == pytest.approx(0.25, abs=0.05)
    heights = heights_of(feature, spots, 2000.0)
    assert np.array_equal(heights[0], heights[1])


def test_a_bed_shorter_than_its_roundings_is_refused() -> None:
    """The banks would meet before the bottom."""
    values = {
        "type": "wadi_crossings",
        "rate_per_km": 1.0,
        "depth_m": (0.5, 1.0),
        "bed_m": (1.0, 2.0),
        "rounding_m": 1.5,
    }
    with pytest.raises(ValidationError, match="a rounding_m of at most the least bed_m, 1"):
        feature_of(values)
