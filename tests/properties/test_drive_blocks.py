"""Whatever the blocks, the same bits: filters, response and drive."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from profiles.car.response import iter_response
from profiles.drive.filters import Fade, Fir, HighPass, MovingAverage, Stage, low_pass
from profiles.drive.prepare import iter_drive
from profiles.driver.speed import plan_speed
from profiles.road.builder import iter_road
from profiles.signal import join
from tests.roads import CAR, CORNER, terrain_of

STAGES: tuple[Callable[[], Stage], ...] = (
    lambda: Fir(low_pass(500.0, 40.0)),
    lambda: Fir(low_pass(2000.0, 200.0), 4),
    lambda: MovingAverage(101),
    lambda: HighPass(500.0, 5.0),
    lambda: Fade(1500, 200),
)
TERRAIN = terrain_of({"length_m": 60.0}, {"length_m": 40.0, "roughness": {"iso_class": "E"}, "soil": "lete_sand"})


def _in_blocks(stage: Stage, x: NDArray[np.float64], cuts: list[int]) -> NDArray[np.float64]:
    bounds = [0, *sorted(cuts), len(x)]
    parts = [stage.feed(x[a:b], index == len(bounds) - 2) for index, (a, b) in enumerate(pairwise(bounds))]
    return np.concatenate(parts)


@given(
    st.integers(0, len(STAGES) - 1),
    st.lists(st.integers(0, 1500), max_size=12),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=60, deadline=None)
def test_filters_do_not_see_blocks(which: int, cuts: list[int], seed: int) -> None:
    """Any cutting, empty blocks included, gives the bits of the whole, one output for each (decimated) input."""
    x = np.random.default_rng(seed).normal(size=1500)
    whole = STAGES[which]().feed(x, True)
    assert len(whole) == (375 if which == 1 else 1500)
    np.testing.assert_array_equal(_in_blocks(STAGES[which](), x, cuts), whole)


@given(st.floats(0.5, 150.0))
@settings(max_examples=15, deadline=None)
def test_the_response_does_not_see_road_blocks(block_m: float) -> None:
    """Road blocks of half a metre or the whole give the same response, bit for bit."""
    plan = plan_speed(TERRAIN, CAR, 9)
    whole = join(list(iter_response(iter_road(TERRAIN, 9), plan, CAR)))
    cut = join(list(iter_response(iter_road(TERRAIN, 9, block_m), plan, CAR)))
    np.testing.assert_array_equal(cut.data, whole.data)


@given(st.integers(100, 40_000))
@settings(max_examples=10, deadline=None)
def test_the_response_does_not_see_its_own_blocks(block_steps: int) -> None:
    """The time blocks are no more than packaging."""
    plan = plan_speed(TERRAIN, CAR, 9)
    whole = join(list(iter_response(iter_road(TERRAIN, 9), plan, CAR)))
    cut = join(list(iter_response(iter_road(TERRAIN, 9), plan, CAR, block_steps=block_steps)))
    np.testing.assert_array_equal(cut.data, whole.data)


@pytest.mark.parametrize("block_m", [7.3, 50.0, 1000.0])
def test_the_drive_does_not_see_road_blocks(block_m: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the road to the drive with other road blocks, the speed plan included: the same bits."""
    usual = list(iter_drive(TERRAIN, CAR, CORNER, 9, 500.0, 0.3, 40.0))
    for module in ("profiles.drive.prepare", "profiles.driver.speed"):
        monkeypatch.setattr(f"{module}.iter_road", lambda terrain, seed: iter_road(terrain, seed, block_m))
    plan_speed.cache_clear()
    other = list(iter_drive(TERRAIN, CAR, CORNER, 9, 500.0, 0.3, 40.0))
    assert len(other) == len(usual)
    for a, b in zip(usual, other, strict=True):
        for name in ("drive", "setpoint", "distance_m", "speed_mps", "segment", "strut_force_n"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
