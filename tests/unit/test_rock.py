"""Stones of all sizes: the laws of their heights, their shape; and ledges, which are steps."""

import math

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.signal import FloatArray
from tests.roads import feature_of, first_alone, heights_of, laid

FINE_M = 0.01
STONES = {"type": "stones", "rate_per_km": 200.0, "height_m": (0.03, 1.0)}
COBBLES = {"type": "cobbles", "rate_per_km": 150.0, "largest_m": 10.0}
BOULDERS = {"type": "boulders", "rate_per_km": 20.0, "height_m": (0.2, 0.35)}
LEDGES = {"type": "ledges", "rate_per_km": 20.0, "height_m": (0.05, 0.2)}


def drawn(values: dict[str, object], count: int = 400_000) -> tuple[FloatArray, FloatArray]:
    """Lengths and heights of many of them."""
    feature = feature_of(values)
    length_m, height_m, _ = feature.draw(np.random.default_rng(5), count)  # type: ignore[union-attr]
    return length_m, height_m


@pytest.mark.parametrize("exponent", [2.5, 1.5])
def test_stones_follow_their_power_law(exponent: float) -> None:
    """A line through log N(>h) over log h of 400,000 stones falls with the exponent asked for, 2.5 unless said."""
    _, height_m = drawn(STONES | ({} if exponent == 2.5 else {"exponent": exponent}) | {"height_m": (0.03, 30.0)})
    above_m = np.geomspace(0.032, 0.3, 20)
    higher = [np.count_nonzero(height_m > h) for h in above_m]
    slope = np.polyfit(np.log(above_m), np.log(higher), 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.05)


def test_stones_are_capped_without_a_heap_at_the_cap() -> None:
    """None is lower or higher than asked for, and those near the highest are as rare as the law says."""
    _, height_m = drawn(STONES | {"height_m": (0.06, 0.25)})
    assert 0.06 <= height_m.min() < 0.0601
    assert 0.249 < height_m.max() <= 0.25
    law = (0.24**-2.5 - 0.25**-2.5) / (0.06**-2.5 - 0.25**-2.5)
    assert np.count_nonzero(height_m > 0.24) / len(height_m) == pytest.approx(law, rel=0.1)


def test_cobbles_are_log_normal_and_partly_embedded() -> None:
    """Diameters have a median of 60 mm and sigma 0.6; 40 % of each are in the ground."""
    _, height_m = drawn(COBBLES)
    logs = np.log(height_m / 0.6)
    assert math.exp(float(np.median(logs))) == pytest.approx(0.060, rel=0.01)
    assert float(logs.std()) == pytest.approx(0.6, rel=0.01)
    assert float(((logs - logs.mean()) ** 3).mean()) == pytest.approx(0.0, abs=0.01)
    assert float(np.mean(logs < np.log(0.060) + 0.6)) == pytest.approx(0.841, abs=0.003)


def test_cobbles_are_cut_off_at_the_largest() -> None:
    """No diameter is more than the largest, by default 256 mm; more embedded ones stand out less."""
    assert drawn(COBBLES | {"largest_m": 0.14})[1].max() == pytest.approx(0.6 * 0.14)
    assert drawn({"type": "cobbles", "rate_per_km": 150.0})[1].max() == pytest.approx(0.6 * 0.256)
    assert drawn(COBBLES | {"embedded": 0.7, "largest_m": 0.2})[1].max() == pytest.approx(0.3 * 0.2)


def test_boulders_are_spread_evenly_over_their_range() -> None:
    """Each quarter of the range holds a quarter of them."""
    _, height_m = drawn(BOULDERS)
    assert np.histogram(height_m, 4, (0.2, 0.35))[0] / len(height_m) == pytest.approx(0.25, abs=0.005)
    assert 0.2 <= height_m.min() <= height_m.max() <= 0.35


@pytest.mark.parametrize("values", [STONES, COBBLES, BOULDERS], ids=lambda values: str(values["type"]))
def test_a_stone_is_a_hump_under_one_wheel_whose_length_follows_from_its_height(values: dict[str, object]) -> None:
    """It is four times as long as high unless said, highest in its middle, and the other wheel stays on the ground."""
    for ratio in (4.0, 6.0):
        asked = values if ratio == 4.0 else values | {"length_per_height": ratio}
        one, heights = first_alone(1000.0, asked, 0.001)
        under, beside = (0, 1) if one.side[0] == 1 else (1, 0)
        assert one.length_m[0] == pytest.approx(ratio * one.height_m[0])
        assert heights[under].max() == pytest.approx(one.height_m[0], rel=1e-3)
        assert int(heights[under].argmax()) * 0.001 == pytest.approx(0.5 * one.length_m[0], abs=0.002)
        assert np.count_nonzero(heights[under]) * 0.001 == pytest.approx(one.length_m[0], abs=0.003)
        assert np.abs(heights[beside]).max() == 0.0


@pytest.mark.parametrize("values", [STONES, COBBLES, BOULDERS], ids=lambda values: str(values["type"]))
def test_the_mean_length_that_leaves_room_is_that_of_the_law(values: dict[str, object]) -> None:
    """What is counted on for each of them is the mean of many."""
    length_m, _ = drawn(values)
    assert feature_of(values).mean_length_m() == pytest.approx(float(length_m.mean()), rel=0.01)  # type: ignore[union-attr]


def test_a_ledge_is_a_step_that_the_ground_makes_up_for() -> None:
    """The whole height lies within the riser of 0.15 m, on the other side of it the ground takes metres."""
    feature, spots = laid(20_000.0, LEDGES)
    ups = 0
    for index in range(len(spots)):
        one = spots.where(np.arange(len(spots)) == index)
        start_m, length_m, height_m = float(one.start_m[0]), float(one.length_m[0]), float(one.height_m[0])
        shape = heights_of(feature, one, length_m + 0.1, 0.002, start_m)[0]
        crest_m = int(shape.argmax()) * 0.002
        up = crest_m < 0.5 * length_m
        assert (crest_m if up else length_m - crest_m) == pytest.approx(0.15, abs=0.005)
        assert shape.max() == pytest.approx(height_m, rel=1e-3)
        assert np.abs(np.diff(shape)).max() / 0.002 == pytest.approx(0.5 * math.pi * height_m / 0.15, rel=0.01)
        ups += up
    assert ups / len(spots) == pytest.approx(0.5, abs=0.1)


def test_a_steeper_riser_makes_a_sharper_step() -> None:
    """Half the riser is twice the slope; ledges lie across both tracks and stay within their ranges."""
    slopes = []
    for riser_m in (0.1, 0.2):
        one, heights = first_alone(5000.0, LEDGES | {"riser_m": riser_m, "length_m": (3.0, 6.0)}, 0.002)
        assert np.array_equal(heights[0], heights[1])
        assert 3.0 <= one.length_m[0] <= 6.0
        assert 0.05 <= one.height_m[0] <= 0.2
        slopes.append(np.abs(np.diff(heights[0])).max() / one.height_m[0])
    assert slopes[0] / slopes[1] == pytest.approx(2.0, rel=0.02)


def test_a_riser_longer_than_its_ledge_is_refused() -> None:
    """It would have no way back to the ground."""
    with pytest.raises(ValidationError, match=r"a riser_m shorter than the least length_m, 0\.1"):
        feature_of({"type": "ledges", "rate_per_km": 4.0, "height_m": (0.05, 0.1), "length_m": (0.1, 0.14)})
