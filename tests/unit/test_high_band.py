"""The shaker's loop: in its band, without a step, the same each time."""

import numpy as np
import pytest

from profiles.drive.high_band import shaker_block
from tests.roads import CAR, terrain_of

TERRAIN = terrain_of({"roughness": {"iso_class": "E"}}, {"roughness": {"iso_class": "C"}, "length_m": 60.0})


def test_the_loop_holds_nothing_outside_its_band() -> None:
    """Lines below 40 Hz and above 200 Hz are gone; there is something in between."""
    loop = shaker_block(TERRAIN, CAR, 3, 0, 1000.0, 4096)
    lines, f = np.abs(np.fft.rfft(loop)), np.fft.rfftfreq(4096, 1e-3)
    inside = (f >= 40.0) & (f <= 200.0)
    assert loop.std() > 1e-3
    assert lines[~inside].max() < 1e-9 * lines[inside].max()


def test_the_loop_joins_without_a_step() -> None:
    """The step from the end to the start is no larger than steps elsewhere."""
    loop = shaker_block(TERRAIN, CAR, 3, 0, 1000.0, 4096)
    assert abs(loop[0] - loop[-1]) <= np.abs(np.diff(loop)).max()


def test_the_loop_is_the_segments_and_the_seeds() -> None:
    """The same each time; another seed or segment is another loop, and the rougher segment shakes more."""
    rough, smooth = (shaker_block(TERRAIN, CAR, 3, index, 1000.0, 2048) for index in (0, 1))
    np.testing.assert_array_equal(rough, shaker_block(TERRAIN, CAR, 3, 0, 1000.0, 2048))
    assert not np.array_equal(rough, shaker_block(TERRAIN, CAR, 4, 0, 1000.0, 2048))
    assert rough.std() > smooth.std()


def test_a_rate_that_does_not_carry_the_band_is_refused() -> None:
    """200 Hz needs more than 400 points a second."""
    with pytest.raises(ValueError, match="rate_hz"):
        shaker_block(TERRAIN, CAR, 3, 0, 400.0, 1024)
