"""How a run stands, in words: the channel nearest to a limit, the time that is left, why it holds, what to type."""

from pathlib import Path

import numpy as np
import pytest

from rig.bridge import EVENT_DTYPE, EventKind
from rig.cli.operate import permille_of
from rig.config import Limit
from rig.operator.protocol import duration, percent
from rig.state import RigState
from rig.supervisor.progress import Progress
from rig.supervisor.standing import left_s, worst_channel
from tests.fake_crew import stage


def limit(channel: str, kind: str, value: float) -> Limit:
    """One that stops."""
    return Limit.model_validate({"channel": channel, "kind": kind, "value": value, "action": "stop"})


LIMITS = (limit("force_n", "upper", 60000.0), limit("force_n", "lower", -60000.0), limit("warm_degc", "upper", 150.0))


@pytest.mark.parametrize(
    ("feedback", "words"),
    [
        ({"force_n": 30000.0, "warm_degc": 30.0}, "force_n 3e+04, upper limit 60000 (50 %)"),
        ({"force_n": -54000.0, "warm_degc": 120.0}, "force_n -5.4e+04, lower limit -60000 (90 %)"),
        ({"force_n": 0.0, "warm_degc": 120.0}, "warm_degc 120, upper limit 150 (80 %)"),
        ({"force_n": 0.0, "warm_degc": float("nan")}, "warm_degc nan, upper limit 150 (no number)"),
        ({}, ""),
    ],
)
def test_the_channel_nearest_to_a_limit(feedback: dict[str, float], words: str) -> None:
    """By its share of the limit on its own side; what is no number comes first."""
    assert worst_channel(LIMITS, feedback) == words


def test_time_that_is_left() -> None:
    """As the way so far; nothing is told before a hundredth of it."""
    places = [Progress(distance_m=place_m, driven_s=10.0) for place_m in (0.5, 25.0, 100.0)]
    assert [left_s(place, 100.0) for place in places] == [None, 30.0, 0.0]
    gone_on = Progress(distance_m=60.0, driven_s=10.0, begun_m=40.0)
    assert left_s(gone_on, 100.0) == 20.0
    assert [duration(s) for s in (0.9, 187.0, 3787.0)] == ["0:00", "3:07", "1:03:07"]


@pytest.mark.parametrize(
    ("text", "permille"),
    [("80%", 800), ("80 %", 800), ("0.8", 800), ("100%", 1000), ("1", 1000), (".5", 500), ("0.1%", 1), ("33.3%", 333)],
)
def test_a_span_as_people_type_it(text: str, permille: int) -> None:
    """Percent with its sign, or a share; told back the same way."""
    assert permille_of(text) == permille
    assert permille_of(percent(permille / 1000.0)) == permille


def test_a_limit_that_holds_is_why_the_rig_holds_and_no_end(tmp_path: Path) -> None:
    """The run may go on: its reason stays open until something ends it."""
    with stage(tmp_path) as made:
        limits = [each for each in made.supervisor._session.plan.rig.limits if each.kind != "stale"]
        held = limits[0].model_copy(update={"action": "hold"})
        made.tell._session = type("Any", (), {"plan": type("Any", (), {"rig": type("Any", (), {"limits": [held]})})})
        progress, event = Progress(), np.zeros(2, EVENT_DTYPE)
        event[0] = (int(EventKind.LIMIT), 0, 10, 1.0, 0.25, b"")
        event[1] = (int(EventKind.STATE), int(RigState.HOLDING), 14, 1.2, 0.0, b"")
        made.events_ring.push(event)
        made.tell.take_events(progress)
        assert progress.holding.startswith(f"{held.channel} {held.kind}: 0.25, limit")
        assert made.tell.reason == ""
        assert made.events == ["limit_breached", "state_changed"]
        made.supervisor._link._log.close()
