"""Limits and the clamp: each kind at its edge, persistence, and what is no number."""

from typing import Any

import numpy as np
import pytest

from drivers.channel import CODE_MAX, CODE_NAN
from rig.config import Limit, Rig, load_rig
from rig.rt.clamp import clamp_of
from rig.rt.limits import HOLD, INDICATE, STOP, TRIP, Breach, LimitJudge, limit_table


def rig_with(*limits: dict[str, Any]) -> Rig:
    """The library's rig with other limits."""
    models = tuple(Limit.model_validate(limit) for limit in limits)
    return load_rig("one_corner").model_copy(update={"limits": models})


def judged(rig: Rig, name: str, values: list[float], expected: float = 0.0) -> tuple[list[Breach], list[int]]:
    """Breaches and requested actions for a channel's values; every other channel is 0."""
    names = [channel.name for channel in rig.channels]
    column = names.index(name)
    codes = np.zeros((len(values), len(names)), np.int16)
    scale = rig.channels[column].scale
    codes[:, column] = [CODE_NAN if np.isnan(value) else round(value / scale) for value in values]
    requests = np.full(len(values), -1, np.int64)
    setpoints = np.full((len(values), len(rig.axes)), expected)
    first = 100 * len(values)  # which is number 0 of the window
    strongest, found = LimitJudge(limit_table(rig), rig.sample_rate_hz).judge(
        first, len(values), codes, setpoints, requests
    )
    assert strongest == requests.max()
    return [Breach(one.limit, one.sample - first, one.value) for one in found], requests.tolist()


def test_upper_limit_breaks_at_the_first_sample_beyond() -> None:
    """The value itself is allowed; one code more is not."""
    rig = rig_with({"channel": "strut_force_n", "kind": "upper", "value": 300.0, "action": "trip"})
    breaches, requests = judged(rig, "strut_force_n", [0.0, 300.0, 303.0, 0.0])
    assert requests == [-1, -1, TRIP, -1]
    assert breaches == [Breach(0, 2, 303.0)]


def test_persistence_counts_samples_in_a_row() -> None:
    """A good sample in between starts the count anew."""
    limit = {"channel": "strut_force_n", "kind": "lower", "value": -30.0, "action": "stop", "persistence_samples": 3}
    _, requests = judged(rig_with(limit), "strut_force_n", [-60.0, -60.0, 0.0, -60.0, -60.0, -60.0, -60.0])
    assert requests == [-1, -1, -1, -1, -1, STOP, STOP]


def test_a_standing_breach_is_told_once_and_again_after_it_cleared() -> None:
    """An operator is not flooded."""
    rig = rig_with({"channel": "strut_force_n", "kind": "upper", "value": 30.0, "action": "indicate"})
    breaches, requests = judged(rig, "strut_force_n", [60.0, 60.0, 0.0, 60.0])
    assert [breach.sample for breach in breaches] == [0, 3]
    assert requests == [INDICATE, INDICATE, -1, INDICATE]


@pytest.mark.parametrize("kind", ["upper", "lower", "following_error", "rate"])
def test_nan_fails_every_comparison(kind: str) -> None:
    """A sensor that is not there is a breach, not a value within limits."""
    limit = {"channel": "pan_displacement_m", "kind": kind, "value": 0.2, "action": "trip"}
    _, requests = judged(rig_with(limit), "pan_displacement_m", [np.nan])
    assert requests == [TRIP]


def test_following_error_compares_with_the_set_point() -> None:
    """The set point's sample is the feedback's sample."""
    limit = {"channel": "pan_displacement_m", "kind": "following_error", "value": 0.01, "action": "hold"}
    _, requests = judged(rig_with(limit), "pan_displacement_m", [0.05, 0.035], expected=0.05)
    assert requests == [-1, HOLD]


def test_stuck_counts_equal_codes() -> None:
    """A live sensor has noise; the same code again and again has none."""
    limit = {"channel": "strut_travel_m", "kind": "stuck", "action": "stop", "persistence_samples": 2}
    _, requests = judged(rig_with(limit), "strut_travel_m", [0.001, 0.001, 0.002, 0.002, 0.002])
    assert requests == [-1, -1, -1, -1, STOP]


def test_saturated_is_the_end_of_the_code() -> None:
    """A measurement at the end of its range is not known."""
    rig = rig_with({"channel": "strut_force_n", "kind": "saturated", "action": "trip"})
    scale = next(channel.scale for channel in rig.channels if channel.name == "strut_force_n")
    _, requests = judged(rig, "strut_force_n", [scale * (CODE_MAX - 1), scale * CODE_MAX])
    assert requests == [-1, TRIP]


def test_underpeak_judges_the_peaks_of_a_window() -> None:
    """The feedback must reach a share of the set point's peak."""
    limit = {
        "channel": "pan_displacement_m",
        "kind": "underpeak",
        "value": 0.5,
        "action": "stop",
        "persistence_samples": 3,
    }
    good = judged(rig_with(limit), "pan_displacement_m", [0.0, 0.06, 0.0], expected=0.1)[1]
    weak = judged(rig_with(limit), "pan_displacement_m", [0.0, 0.04, 0.0], expected=0.1)[1]
    assert (good, weak) == ([-1, -1, -1], [-1, -1, STOP])


def test_the_split_into_blocks_does_not_matter() -> None:
    """Persistence and stuck counts go on across blocks."""
    rig = load_rig("one_corner")
    rng = np.random.default_rng(5)
    codes = rng.integers(-20000, 20000, (60, len(rig.channels))).astype(np.int16)
    expected = np.zeros((60, len(rig.axes)))
    whole, parts = np.full(60, -1, np.int64), np.full(60, -1, np.int64)
    _, at_once = LimitJudge(limit_table(rig), 500.0).judge(0, 60, codes, expected, whole)
    judge, in_parts = LimitJudge(limit_table(rig), 500.0), []
    for first in range(0, 60, 7):
        in_parts += judge.judge(first, min(7, 60 - first), codes, expected, parts)[1]
    assert (whole == parts).all()
    assert at_once == in_parts


def counting(cycles: int, action: str = "stop") -> Rig:
    """A rig that counts cycles of the strut's travel of at least 10 mm."""
    limit = {"channel": "strut_travel_m", "kind": "end_of_count", "value": 0.01, "cycles": cycles, "action": action}
    return rig_with(limit)


def test_end_of_count_breaks_at_its_cycle() -> None:
    """A cycle is a fall and a rise of at least the value; smaller turns between do not count."""
    cycle = [0.0, -0.012, -0.008, -0.011, 0.004]
    breaches, requests = judged(counting(2), "strut_travel_m", [0.004, *cycle, *cycle, 0.004])
    assert [at for at, request in enumerate(requests) if request == STOP] == [10]
    assert breaches == [Breach(0, 10, 2.0)]


def test_a_count_begins_anew_at_its_end() -> None:
    """A hold at the end of a count comes again after as many cycles, and not at once when the run goes on."""
    cycles = [0.0, -0.02] * 5
    breaches, requests = judged(counting(2, "hold"), "strut_travel_m", [*cycles, 0.0])
    assert [at for at, request in enumerate(requests) if request == HOLD] == [4, 8]
    assert len(breaches) == 2


def test_a_missing_sensor_ends_a_count() -> None:
    """What can't be counted must not go on for ever."""
    _, requests = judged(counting(1000), "strut_travel_m", [0.0, np.nan])
    assert requests == [-1, STOP]


def test_clamp_encodes_what_is_inside() -> None:
    """The ends of the range are inside."""
    rig = load_rig("one_corner")
    codes = np.zeros((2, 3), np.int16)
    assert clamp_of(rig).encode(np.array([[0.2, -6000.0, 0.0], [-0.2, 6000.0, 1.0]]), codes, 2) == -1
    assert codes.tolist() == [[20000, -24000, 0], [-20000, 24000, 200]]


@pytest.mark.parametrize("bad", [0.2001, -0.2001, np.nan, np.inf, -np.inf])
def test_clamp_refuses_what_is_outside_and_what_is_no_number(bad: float) -> None:
    """From the bad sample on, the last good command stands; nothing beyond the range is encoded."""
    rig = load_rig("one_corner")
    codes = np.zeros((3, 3), np.int16)
    commands = np.array([[0.01, 0.0, 0.0], [bad, 0.0, 0.0], [0.02, 0.0, 0.0]])
    assert clamp_of(rig).encode(commands, codes, 3) == 1
    assert codes[:, 0].tolist() == [1000, 1000, 1000]
