"""Whatever the blocks, the same bits: filters, speed plan, response and drive."""

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from profiles.car.response import iter_response
from profiles.drive.filters import Fade, Fir, HighPass, MovingAverage, Stage, low_pass
from profiles.drive.prepare import DriveBlock, Over, iter_drive
from profiles.driver.reconnaissance import scout
from profiles.driver.speed import plan_over, plan_speed
from profiles.road.builder import iter_road
from profiles.signal import join
from tests.drives import BENCH, CAR, STAGE_PACE, route_of

STAGES: tuple[Callable[[], Stage], ...] = (
    lambda: Fir(low_pass(500.0, 40.0)),
    lambda: Fir(low_pass(2000.0, 200.0), 4),
    lambda: MovingAverage(101),
    lambda: HighPass(500.0, 5.0),
    lambda: Fade(1500, 200),
)
ROUTE = route_of({"length_m": 60.0}, {"length_m": 40.0, "roughness": {"iso_class": "E"}, "soil": "lete_sand"})
PLAN = plan_speed(ROUTE, CAR, STAGE_PACE)
TRACK_M = CAR.track_m.value


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
    whole = join(list(iter_response(iter_road(ROUTE, TRACK_M), PLAN, CAR)))
    cut = join(list(iter_response(iter_road(ROUTE, TRACK_M, block_m), PLAN, CAR)))
    np.testing.assert_array_equal(cut.data, whole.data)


@given(st.integers(100, 40_000))
@settings(max_examples=10, deadline=None)
def test_the_response_does_not_see_its_own_blocks(block_steps: int) -> None:
    """The time blocks are no more than packaging."""
    whole = join(list(iter_response(iter_road(ROUTE, TRACK_M), PLAN, CAR)))
    cut = join(list(iter_response(iter_road(ROUTE, TRACK_M), PLAN, CAR, block_steps=block_steps)))
    np.testing.assert_array_equal(cut.data, whole.data)


@given(st.floats(0.5, 150.0))
@settings(max_examples=10, deadline=None)
def test_the_speed_plan_does_not_see_road_blocks(block_m: float) -> None:
    """What is found out on the road, and the plan from it, are the same for any."""
    scouting = scout(iter_road(ROUTE, TRACK_M, block_m), CAR, STAGE_PACE, ROUTE.length_m)
    np.testing.assert_array_equal(plan_over(scouting, ROUTE, CAR, STAGE_PACE).speed_mps, PLAN.speed_mps)


def _same(blocks: list[DriveBlock], usual: list[DriveBlock]) -> None:
    """Every value of every block is the same to the last bit."""
    assert len(blocks) == len(usual) > 1
    for block, other in zip(blocks, usual, strict=True):
        for field in fields(DriveBlock):
            np.testing.assert_array_equal(getattr(block, field.name), getattr(other, field.name))


def _drive(block_m: float, over: Over = "refuse") -> list[DriveBlock]:
    return list(iter_drive(ROUTE, PLAN, CAR, BENCH, over=over, block_m=block_m))


@pytest.mark.parametrize("over", ["refuse", "clip"])
@pytest.mark.parametrize("block_m", [50.0, 1000.0])
def test_the_drive_does_not_see_road_blocks(block_m: float, over: Over) -> None:
    """Of 50 m, of 1 km and of the whole route, clipped or not: the same bits."""
    _same(_drive(block_m, over), _drive(ROUTE.length_m, over))


@given(st.floats(0.5, 150.0))
@settings(max_examples=10, deadline=None)
def test_the_drive_does_not_see_any_road_blocks(block_m: float) -> None:
    """Nor of any other length."""
    _same(_drive(block_m), _drive(200.0))
