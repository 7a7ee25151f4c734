"""The carriers: shapes, finiteness, frozen data, joins."""

import numpy as np
import pytest

from profiles.signal import Road, Signal, SignalError, join, join_roads


def block(start_s: float = 0.0, samples: int = 4, names: tuple[str, ...] = ("a_m", "b_n")) -> Signal:
    return Signal(names, 2.0, start_s, np.ones((len(names), samples)))


def stretch(first: int = 0, stations: int = 4, step_m: float = 0.5) -> Road:
    ids = np.arange(first, first + stations)
    return Road(step_m, first, np.ones((3, stations)), ids.astype(np.int32), (ids % 8).astype(np.int8))


def test_a_signal_knows_its_channels_and_its_end() -> None:
    """Channels are found by name; the end is where the next block starts."""
    signal = block(1.0)
    assert signal["b_n"].tolist() == [1.0] * 4
    assert (signal.samples, signal.end_s) == (4, 3.0)
    with pytest.raises(KeyError, match="there are a_m, b_n"):
        signal["c_m"]


def test_data_is_frozen_without_freezing_the_array_it_came_from() -> None:
    """A carrier's data cannot be changed; the array that its maker holds still can."""
    mine = np.ones((2, 4))
    signal = Signal(("a_m", "b_n"), 2.0, 0.0, mine)
    with pytest.raises(ValueError, match="read-only"):
        signal.data[0, 0] = 2.0
    mine[0, 0] = 2.0
    number, soil = np.zeros(4, dtype=np.int32), np.zeros(4, dtype=np.int8)
    road = Road(0.5, 0, np.ones((3, 4)), number, soil)
    number[0], soil[0] = 7, 3
    assert (road.segment[0], road.soil[0]) == (0, 0)
    assert signal.data[0, 0] == 1.0
    for frozen in (road.data[0], road.segment, road.soil):
        with pytest.raises(ValueError, match="read-only"):
            frozen[0] = 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused_with_its_place(bad: float) -> None:
    """The error names the channel and the index."""
    data = np.ones((2, 4))
    data[1, 2] = bad
    with pytest.raises(SignalError, match="b_n is not finite at index 2"):
        Signal(("a_m", "b_n"), 2.0, 0.0, data)


def test_shapes_and_rates_that_do_not_fit_are_refused() -> None:
    """Wrong channel counts, rates, steps and lengths of segment or soil are errors."""
    with pytest.raises(SignalError, match="shape"):
        Signal(("a_m",), 2.0, 0.0, np.ones((2, 4)))
    with pytest.raises(SignalError, match="rate_hz"):
        Signal(("a_m",), float("nan"), 0.0, np.ones((1, 4)))
    with pytest.raises(SignalError, match="step_m"):
        stretch(step_m=0.0)
    three, four = np.zeros(3, dtype=np.int32), np.zeros(4, dtype=np.int32)
    with pytest.raises(SignalError, match="segment"):
        Road(0.5, 0, np.ones((3, 4)), three, four.astype(np.int8))
    with pytest.raises(SignalError, match="soil"):
        Road(0.5, 0, np.ones((3, 4)), four, three.astype(np.int8))


def test_blocks_join_where_they_meet() -> None:
    """Consecutive blocks become one; gaps, other names and other steps are refused, as is nothing at all."""
    whole = join([block(0.0), block(2.0, 2)])
    assert (whole.samples, whole.start_s) == (6, 0.0)
    road = join_roads(iter([stretch(0), stretch(4)]))
    assert (road.stations, road.start_m, road["grade"].shape) == (8, 0.0, (8,))
    assert road.segment.tolist() == road.soil.tolist() == list(range(8))
    for blocks in ([], [block(0.0), block(2.5)], [block(0.0), block(2.0, names=("a_m",))]):
        with pytest.raises(SignalError):
            join(blocks)
    for roads in ([], [stretch(0), stretch(5)], [stretch(0), stretch(4, step_m=0.25)]):
        with pytest.raises(SignalError):
            join_roads(roads)
