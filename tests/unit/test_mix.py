"""Mixes of surfaces: shares to the station, lengths in their range, an order by the seed, climbs that balance."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from profiles.catalogue import names
from profiles.course.mix import Mix, lay_out
from profiles.course.stage import Stage
from profiles.road.segments import STEP_M, SyntheticSegment
from profiles.road.surface import FOLDER, load_surface
from profiles.schema import InputError, load

SURFACES = names(FOLDER)


def mix(**more: Any) -> Mix:
    usual = {"distance_km": 40.0, "segment_km": (0.5, 2.0), "shares": {"reg": 0.5, "wadi": 0.3, "hamada": 0.2}}
    return Mix.model_validate({**usual, **more})


def stations(segments: list[SyntheticSegment]) -> Counter[str]:
    found: Counter[str] = Counter()
    for segment in segments:
        found[segment.label] += segment.stations
    return found


@st.composite
def mixes(draw: st.DrawFn) -> Mix:
    """Up to five surfaces in shares of at least 1 %, over 2 to 300 km."""
    chosen = draw(st.lists(st.sampled_from(SURFACES), min_size=1, max_size=5, unique=True))
    weights = draw(st.lists(st.integers(1, 20), min_size=len(chosen), max_size=len(chosen)))
    shortest = draw(st.floats(0.05, 4.0))
    return mix(
        distance_km=draw(st.floats(2.0, 300.0)),
        segment_km=(shortest, shortest * draw(st.floats(1.0, 5.0))),
        shares={name: weight / sum(weights) for name, weight in zip(chosen, weights, strict=True)},
        climb_m=draw(st.floats(-200.0, 200.0)),
    )


@settings(max_examples=150, deadline=None)
@given(mix=mixes(), seed=st.integers(0, 2**63 - 1), part=st.integers(0, 199))
def test_shares_are_met_to_the_station(mix: Mix, seed: int, part: int) -> None:
    """Of all stations each surface has its share, less than one station off; together they are the distance."""
    found = stations(lay_out(mix, seed, part))
    total = round(mix.distance_km * 1000.0 / STEP_M)
    assert sum(found.values()) == total
    for name, share in mix.shares.items():
        assert abs(found[name] - share * total) < 1.0 + 1e-6


@settings(max_examples=150, deadline=None)
@given(mix=mixes(), seed=st.integers(0, 1000))
def test_lengths_are_in_their_range_where_a_number_of_them_can_be(mix: Mix, seed: int) -> None:
    """Where some number of segments of these lengths adds up to the share; else they are all of one length."""
    low_m, high_m = (1000.0 * km for km in mix.segment_km)
    segments = lay_out(mix, seed, 0)
    assert min(segment.length_m for segment in segments) >= 20.0 - STEP_M
    for name, count in stations(segments).items():
        lengths_m = [segment.length_m for segment in segments if segment.label == name]
        fits = any(n * low_m <= count * STEP_M <= n * high_m for n in range(1, int(count * STEP_M / low_m) + 1))
        if fits:
            assert low_m - 2 * STEP_M <= min(lengths_m) <= max(lengths_m) <= high_m + 2 * STEP_M
        else:
            assert max(lengths_m) - min(lengths_m) <= 1.5 * STEP_M


@settings(max_examples=150, deadline=None)
@given(mix=mixes(), seed=st.integers(0, 1000))
def test_no_surface_follows_itself_where_that_can_be(mix: Mix, seed: int) -> None:
    """It can be where none has more than every second place."""
    segments = lay_out(mix, seed, 0)
    counts = Counter(segment.label for segment in segments)
    alike = sum(one.label == two.label for one, two in pairwise(segments))
    most = max(counts.values())
    assert alike == max(0, 2 * most - len(segments) - 1)


@settings(max_examples=60, deadline=None)
@given(mix=mixes(), seed=st.integers(0, 1000))
def test_climbs_balance(mix: Mix, seed: int) -> None:
    """Grades times lengths are the climb that was asked for, and grades differ no more than those of the surfaces."""
    segments = lay_out(mix, seed, 0)
    climb_m = sum(segment.length_m * segment.grade_pct / 100.0 for segment in segments)
    assert climb_m == pytest.approx(mix.climb_m, abs=1e-6)
    bounds = np.array([load_surface(name).grade_pct for name in mix.shares])
    spread = np.ptp([segment.grade_pct for segment in segments])
    assert spread <= bounds[:, 1].max() - bounds[:, 0].min() + 1e-9


def test_the_same_seed_is_the_same_layout_and_another_one_another() -> None:
    """Also another part of the same stage."""
    one, again, seeded, other_part = (lay_out(mix(), *key) for key in ((7, 0), (7, 0), (8, 0), (7, 1)))
    assert one == again
    for other in (seeded, other_part):
        assert [segment.label for segment in one] != [segment.label for segment in other]
        assert sorted(segment.length_m for segment in one) != sorted(segment.length_m for segment in other)


def test_lengths_and_grades_are_spread_over_their_ranges() -> None:
    """Not all in the middle: of 200 segments some are in the lowest and some in the highest fifth."""
    segments = lay_out(mix(distance_km=250.0), 1, 0)
    lengths_km = np.array([segment.length_m for segment in segments]) / 1000.0
    assert lengths_km.min() < 0.8
    assert lengths_km.max() > 1.7
    assert np.std([segment.grade_pct for segment in segments]) > 0.5


def test_one_surface_alone_follows_itself() -> None:
    """There is nothing else; its grades differ."""
    segments = lay_out(mix(shares={"reg": 1.0}), 1, 0)
    assert {segment.label for segment in segments} == {"reg"}
    assert len({segment.grade_pct for segment in segments}) == len(segments) > 20


def test_segments_are_stretches_of_their_surfaces() -> None:
    """With all that the surface file says."""
    for segment in lay_out(mix(), 3, 0):
        surface = load_surface(segment.label)
        assert (segment.surface, segment.soil, segment.roughness) == (surface.surface, surface.soil, surface.roughness)
        assert (segment.features, segment.corners) == (surface.features, surface.corners)


STEEP = """kind: surface
name: steep
description: for a test
source: made up
surface: dunes
soil: gravel
grade_pct: [-40.0, 40.0]
roughness: {iso_class: C}
"""

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "shares below 1": ({"shares": {"reg": 0.5, "wadi": 0.4}}, "shares that add up to 1; these add up to 0.9"),
    "shares above 1": ({"shares": {"reg": 0.9, "wadi": 0.2}}, "these add up to 1.1"),
    "no shares": ({"shares": {}}, "at least 1"),
    "a share of nothing": ({"shares": {"reg": 1.0, "wadi": 0.0}}, "greater than 0"),
    "segments too short": ({"segment_km": (0.01, 1.0)}, "a segment_km of at least 0.02"),
    "segments turned round": ({"segment_km": (2.0, 1.0)}, "the lower value first"),
    "too short for a share": (
        {"distance_km": 1.0, "shares": {"reg": 0.99, "wadi": 0.01}},
        "a distance_km of at least 2, 20 m for the smallest share",
    ),
    "too steep": ({"distance_km": 2.0, "climb_m": 1500.0}, "a climb_m of at most 1080 over 2 km, up or down"),
    "too far down": ({"distance_km": 2.0, "climb_m": -1500.0}, "a climb_m of at most 1080"),
    "no distance": ({"distance_km": float("nan")}, "finite number"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_mix_may_not_be(case: str) -> None:
    """Each says what is allowed."""
    more, words = WRONG[case]
    with pytest.raises(ValidationError, match=words):
        mix(**more)


def test_grades_that_differ_too_much_cannot_be_balanced(tmp_path: Path) -> None:
    """Those from -40 to 40 %, shifted, may be more than a segment can have."""
    path = tmp_path / "steep.yaml"
    path.write_text(STEEP)
    with pytest.raises(ValidationError, match="surfaces whose grades differ by at most 60 %; these by 80 %"):
        mix(shares={str(path): 1.0})


def test_a_wrong_name_and_a_short_list_are_told_as_what_they_are(tmp_path: Path) -> None:
    """The name that nobody knows, not its share; how long the list must be, not a key called 1."""
    path = tmp_path / "m.yaml"
    path.write_text(
        "kind: stage\nname: m\ndescription: x\nseed: 1\nparts:\n  - mix:\n      distance_km: 10.0\n"
        "      segment_km: [1.0]\n      shares: {regg: 0.5, sand_track: 0.5}\n"
    )
    with pytest.raises(InputError) as told:
        load(path, Stage)
    assert [(fault.line, fault.key, fault.found) for fault in told.value.faults] == [
        (8, "parts.0.mix.segment_km", "a list"),
        (9, "parts.0.mix.shares.regg", "'regg'"),
    ]
    assert told.value.faults[0].allowed == "a list of at least 2"
