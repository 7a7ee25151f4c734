"""Codes and values of one quantity."""

import numpy as np
import pytest

from drivers.channel import CODE_MAX, CODE_MIN, CODE_NAN, Channel

FORCE = Channel("strut_force_n", "N", 3.0, 10.0)


def test_value_is_offset_plus_scale_times_code() -> None:
    """The one rule of the wire."""
    np.testing.assert_array_equal(FORCE.decode(np.array([-1, 0, 2], dtype=np.int16)), [7.0, 10.0, 16.0])


def test_codes_come_back() -> None:
    """Every code but the one for NaN survives decoding and encoding."""
    codes = np.arange(CODE_MIN, CODE_MAX + 1, 7).astype(np.int16)
    np.testing.assert_array_equal(FORCE.encode(FORCE.decode(codes)), codes)


def test_nan_code_is_nan() -> None:
    """A sensor that is not there is no number."""
    assert np.isnan(FORCE.decode(np.array([CODE_NAN], dtype=np.int16)))[0]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 10.0 + 3.0 * 32768, 10.0 - 3.0 * 32768])
def test_nothing_is_clipped(value: float) -> None:
    """What does not fit, NaN included, is refused and names the channel."""
    with pytest.raises(ValueError, match="strut_force_n"):
        FORCE.encode(np.array([0.0, value]))


def test_ends_of_the_range_fit() -> None:
    """The lowest and the highest value are the end codes."""
    np.testing.assert_array_equal(FORCE.encode(np.array([FORCE.lowest, FORCE.highest])), [CODE_MIN, CODE_MAX])
