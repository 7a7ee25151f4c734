"""The trend that the report shows: bounded, and true to what it stands for."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strut_rows import Left, after, healthy_rows, new_judge

from rig.life.spans import Span
from rig.life.trend import Trend


def filled(values: list[float], most: int = 8) -> Trend:
    """A trend of some blocks."""
    trend = Trend(most)
    for number, value in enumerate(values):
        trend.add(Span(10 * number, 10 * number + 9, number / 10, (number + 1) / 10), value, 0.01 * number)
    return trend


@given(st.lists(st.floats(0.0, 2.0), min_size=1, max_size=200))
def test_points_stand_for_their_blocks(values: list[float]) -> None:
    """Never more points than asked for; together they are all blocks, each with their mean, lowest and highest."""
    points = filled(values).points
    assert len(points) <= 8
    assert sum(point.blocks for point in points) == len(values)
    at = 0
    for point in points:
        part = values[at : at + point.blocks]
        assert (point.first_sample, point.last_sample) == (10 * at, 10 * (at + point.blocks) - 1)
        assert (point.lowest, point.highest) == (min(part), max(part))
        assert np.isclose(point.mean, np.mean(part))
        at += point.blocks
        assert point.cusum == 0.01 * (at - 1)


def test_saved_and_gone_on_with_it_is_the_same() -> None:
    """Through JSON, in the middle of a point."""
    values = [float(value) for value in np.random.default_rng(1).random(37)]
    first, second = filled(values[:29]), Trend(8)
    second.restore(json.loads(json.dumps(first.state())))
    for number in range(29, 37):
        place = Span(10 * number, 10 * number + 9, number / 10, (number + 1) / 10)
        second.add(place, values[number], 0.01 * number)
    assert second.points == filled(values).points


def test_the_judge_tells_each_property() -> None:
    """A damper that loses 6 % after a minute: its trend shows it, those of spring and mount stay."""
    judge = new_judge()
    judge.consume(healthy_rows(150.0, Left(damping=after(60.0, 150.0, 0.94))))
    trends = {(each.component, each.feature): each for each in judge.trends()}
    assert set(trends) == {("coil_spring", "stiffness"), ("damper", "damping"), ("top_mount", "mount")}
    damping = trends["damper", "damping"]
    assert (damping.warning, damping.failure, damping.cusum_interval) == (0.9, 0.75, 0.12)
    before, since = ([p.mean for p in damping.points if (p.first_sample >= 30_000) is late] for late in (False, True))
    assert np.allclose(before, 1.0, atol=0.01)
    assert np.allclose(since, 0.94, atol=0.01)
    assert all(abs(point.mean - 1.0) < 0.01 for point in trends["coil_spring", "stiffness"].points)
