"""The shaker's loop: in its band, without a step, the same each time."""

from typing import Any

import numpy as np
import pytest

from profiles.drive.high_band import shaker_block
from profiles.driver.speed import plan_speed
from profiles.signal import FloatArray
from tests.drives import CAR, STAGE_PACE, route_of

SEGMENTS: tuple[dict[str, Any], ...] = (
    {"roughness": {"iso_class": "E"}},
    {"roughness": {"iso_class": "B"}, "length_m": 60.0, "speed_cap_mps": 8.0},
)


def _loop(stretch: int = 0, points: int = 4096, rate_hz: float = 1000.0, seed: int = 3, **other: Any) -> FloatArray:
    route = route_of(*SEGMENTS, seed=seed)
    return shaker_block(route, plan_speed(route, CAR, STAGE_PACE), CAR, stretch, rate_hz, points, **other)


def test_the_loop_holds_nothing_outside_its_band() -> None:
    """Lines below 40 Hz and above 200 Hz are gone; there is something in between."""
    loop = _loop()
    lines, f = np.abs(np.fft.rfft(loop)), np.fft.rfftfreq(4096, 1e-3)
    inside = (f >= 40.0) & (f <= 200.0)
    assert loop.std() > 1e-3
    assert lines[~inside].max() < 1e-9 * lines[inside].max()


def test_the_loop_joins_without_a_step() -> None:
    """The step from the end to the start is no larger than steps elsewhere."""
    loop = _loop()
    assert abs(loop[0] - loop[-1]) <= np.abs(np.diff(loop)).max()


def test_the_loop_is_the_segments_and_the_seeds() -> None:
    """The same each time; another seed or segment is another loop, and the rougher segment shakes more."""
    rough, smooth = (_loop(index, 2048) for index in (0, 1))
    np.testing.assert_array_equal(rough, _loop(0, 2048))
    assert not np.array_equal(rough, _loop(0, 2048, seed=4))
    assert rough.std() > smooth.std()


def test_a_rate_that_does_not_carry_the_band_is_refused() -> None:
    """200 Hz needs more than 400 points a second."""
    with pytest.raises(ValueError, match="rate_hz"):
        _loop(0, 1024, 400.0)


def test_each_corner_has_its_own_loop() -> None:
    """Left and right wheels roll over tracks of their own, the rear ones carry the other end of the body."""
    corners = ("front_left", "front_right", "rear_left", "rear_right")
    loops = [_loop(0, 2048, corner=corner) for corner in corners]
    for index, one in enumerate(loops):
        for other in loops[index + 1 :]:
            assert np.abs(one - other).max() > 0.1 * one.std()


def test_the_band_can_be_chosen() -> None:
    """From 60 to 90 Hz, and nothing beside it."""
    lines, f = np.abs(np.fft.rfft(_loop(band_hz=(60.0, 90.0)))), np.fft.rfftfreq(4096, 1e-3)
    inside = (f >= 60.0) & (f <= 90.0)
    assert lines[~inside].max() < 1e-9 * lines[inside].max()
