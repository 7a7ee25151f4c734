"""What all obstacles keep to: their rate, their place, their edges, and what a terrain file may not ask for."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from profiles.road.features import EDGE_M, AtPlace, Scattered, lay_all
from profiles.road.segments import STEP_M
from tests.roads import feature_of, first_alone, heights_of, laid

SLIP_FACE = {"type": "slip_face", "at_m": 30.0, "height_m": 1.5, "angle_deg": 33.0, "windward_deg": 8.0}
G_OUT = {"type": "g_out", "at_m": 100.0, "depth_m": 0.4, "length_m": 8.0}
DUNETTES = {"type": "dunettes", "rate_per_km": 30.0, "height_m": (0.2, 0.4), "length_m": (8.0, 20.0)}
STONES = {"type": "stones", "rate_per_km": 200.0, "height_m": (0.03, 0.2)}
SCATTERED: tuple[dict[str, Any], ...] = (
    DUNETTES,
    STONES,
    {"type": "big_dunes", "rate_per_km": 1.2, "height_m": (20.0, 100.0), "angle_deg": 33.0, "crest_rounding_m": 10.0},
    {"type": "cobbles", "rate_per_km": 150.0, "largest_m": 0.14},
    {"type": "boulders", "rate_per_km": 2.0, "height_m": (0.2, 0.3)},
    {"type": "ledges", "rate_per_km": 4.0, "height_m": (0.05, 0.15)},
    {"type": "g_outs", "rate_per_km": 1.5, "depth_m": (0.3, 0.6), "length_m": (5.0, 10.0)},
    {"type": "fesh_fesh", "rate_per_km": 3.0, "depth_m": (0.2, 0.5), "length_m": (5.0, 10.0)},
    {"type": "wadi_crossings", "rate_per_km": 1.5, "depth_m": (0.8, 1.5), "bed_m": (10.0, 60.0), "bank_deg": 25.0},
    {"type": "corrugation", "rate_per_km": 3.0, "amplitude_m": (0.01, 0.02), "wavelength_m": (0.5, 1.0),
     "length_m": (50.0, 200.0)},
    {"type": "ruts", "rate_per_km": 2.0, "depth_m": (0.1, 0.3), "length_m": (50.0, 200.0)},
)  # fmt: skip
scattered = pytest.mark.parametrize("values", SCATTERED, ids=lambda values: str(values["type"]))


def _mean_length_m(values: dict[str, Any]) -> float:
    feature = feature_of(values)
    assert isinstance(feature, Scattered)
    return feature.mean_length_m()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (SLIP_FACE | {"angle_deg": 45.0}, "less than or equal to 34"),
        (SLIP_FACE | {"angle_deg": 31.0}, "greater than or equal to 32"),
        (SLIP_FACE | {"height_m": 0.5, "crest_rounding_m": 1.0}, "crest_rounding_m of at most 0.57"),
        (SLIP_FACE | {"side": "either"}, "'both', 'left' or 'right'"),
        (G_OUT | {"at_m": 0.0}, "greater than or equal to 5"),
        (DUNETTES | {"height_m": (0.4, 0.2)}, "the lower value first"),
        (DUNETTES | {"rate_per_km": 80.0}, "at most 90 %"),
        (DUNETTES | {"height_m": (0.2, float("nan"))}, "finite"),
        (DUNETTES | {"crest_at": 1.0}, "less than or equal to 0.8"),
        (STONES | {"height_m": (0.0, 0.2)}, "greater than 0"),
        (SCATTERED[2] | {"height_m": (5.0, 100.0)}, "crest_rounding_m of at most 7.50"),
        (SCATTERED[2] | {"rate_per_km": 3.0}, "at most 90 % of the way"),
        (SCATTERED[3] | {"embedded": 1.0}, "less than 1"),
        (SCATTERED[8] | {"bank_deg": 60.0}, "less than or equal to 45"),
        (SCATTERED[9] | {"wander": 0.5}, "less than or equal to 0.3"),
    ],
)
def test_what_no_ground_is_like_is_refused(values: dict[str, Any], words: str) -> None:
    """Angles, sizes and rates out of bounds are faults, each with what is allowed."""
    with pytest.raises(ValidationError, match=words):
        feature_of(values)


@scattered
def test_obstacles_come_at_their_rate(values: dict[str, Any]) -> None:
    """Over 4,000 km in all their number is the rate, within four standard deviations and 0.5 %."""
    feature = feature_of(values)
    assert isinstance(feature, Scattered)
    found = sum(len(feature.lay(np.random.default_rng(seed), 1e6)) for seed in range(4))
    wanted = 4000.0 * feature.rate_per_km
    assert found == pytest.approx(wanted, abs=4.0 * math.sqrt(wanted) + 0.005 * wanted)


@scattered
def test_obstacles_of_a_kind_neither_overlap_nor_leave_their_segment(values: dict[str, Any]) -> None:
    """On many segments they follow each other, start behind the first 5 m and end before the segment does."""
    feature = feature_of(values)
    for seed, length_m in itertools.product(range(100), (20.0, 1000.0)):
        spots = feature.lay(np.random.default_rng(seed), length_m)
        assert (spots.start_m[1:] >= spots.end_m[:-1]).all()
        assert (spots.start_m > EDGE_M).all()
        assert (spots.end_m <= length_m).all()


def test_the_first_one_may_come_right_behind_the_first_metres() -> None:
    """They are not kept off more than the 5 m: dense stones begin within 2 m of it."""
    first_m = [float(laid(100.0, STONES | {"rate_per_km": 1000.0}, seed)[1].start_m[0]) for seed in range(50)]
    assert EDGE_M < min(first_m) < EDGE_M + 0.2
    assert float(np.median(first_m)) < EDGE_M + 2.0


@scattered
def test_scattered_obstacles_keep_off_those_with_a_place(values: dict[str, Any]) -> None:
    """None of them touches a slip face or a g-out whose place is given, which stay where they are."""
    denser = {"rate_per_km": min(10.0 * values["rate_per_km"], 800.0 / _mean_length_m(values))}
    features = (feature_of(values | denser), feature_of(SLIP_FACE | {"at_m": 500.0}), feature_of(G_OUT))
    kept = free = 0
    for seed in range(20):
        (_, spots), *fixed = lay_all(features, 2000.0, seed, 0)
        for feature, place in fixed:
            assert isinstance(feature, AtPlace)
            assert place.start_m.tolist() == [feature.at_m]
            assert ((spots.end_m <= place.start_m[0]) | (spots.start_m >= place.end_m[0])).all()
        kept += len(spots)
        free += len(lay_all(features[:1], 2000.0, seed, 0)[0][1])
    assert 0 < kept < free


@scattered
def test_each_obstacle_starts_and_ends_on_the_ground(values: dict[str, Any]) -> None:
    """No obstacle leaves a step at its start or end, and it reaches its height (a corrugation its amplitude)."""
    one, heights = first_alone(5000.0, values, 0.01)
    assert np.abs(heights[:, 0]).max() < 1e-9
    assert np.abs(heights[:, round(one.end_m[0] / 0.01) + 1 :]).max() < 1e-9
    assert np.abs(np.diff(heights)).max() < (0.02 if values["type"] != "ledges" else 0.04)
    assert np.abs(heights).max() == pytest.approx(abs(one.height_m[0]), rel=0.05)


@scattered
def test_obstacles_in_pieces_are_those_of_the_whole(values: dict[str, Any]) -> None:
    """Wherever a road is cut in two, both pieces together have the heights of the whole."""
    feature, spots = laid(5000.0, values)
    part = spots.where(np.arange(len(spots)) < 3)
    begin_m = max(0.0, np.floor(float(part.start_m[0])) - 1.0)  # nothing lies before the first
    together = heights_of(feature, part, float(part.end_m[-1]) + 1.0 - begin_m, first_m=begin_m)
    middle, last = part.start_m + 0.37 * part.length_m, part.end_m - 0.01
    for cut in sorted({round((place - begin_m) / STEP_M) for place in [*middle, *last, *part.start_m]}):
        first = heights_of(feature, part, cut * STEP_M, first_m=begin_m)
        rest_m = (together.shape[1] - cut) * STEP_M
        second = heights_of(feature, part, rest_m, first_m=begin_m + cut * STEP_M)
        assert np.hstack([first, second]) == pytest.approx(together, abs=1e-9)


def test_the_seed_and_the_number_of_the_segment_scatter_them() -> None:
    """The same two give the same places; another one of them gives others."""
    features = (feature_of(STONES),)

    def starts(seed: int, number: int) -> list[float]:
        return list(lay_all(features, 500.0, seed, number)[0][1].start_m)

    first = starts(1, 0)
    lay_all.cache_clear()
    assert starts(1, 0) == first
    assert starts(2, 0) != first
    assert starts(1, 1) != first


@pytest.mark.parametrize(("side", "wanted"), [("both", {0}), ("left", {1}), ("right", {2}), ("either", {1, 2})])
def test_obstacles_lie_under_the_wheels_that_are_asked_for(side: str, wanted: set[int]) -> None:
    """With side either about half are left and half right, none under both; else all are where it says."""
    _, spots = laid(50_000.0, DUNETTES | {"side": side})
    assert set(spots.side.tolist()) == wanted
    if side == "either":
        assert float((spots.side == 1).mean()) == pytest.approx(0.5, abs=0.06)


def test_ruts_come_before_what_lies_in_them() -> None:
    """Ruts are laid first wherever the file names them, so that they make equal the ground and not its obstacles."""
    features = tuple(feature_of(values) for values in (STONES, DUNETTES, SCATTERED[-1]))
    assert [feature.type for feature, _ in lay_all(features, 5000.0, 1, 0)] == ["ruts", "stones", "dunettes"]  # type: ignore[attr-defined]
