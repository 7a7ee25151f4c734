"""What is shown while the rig runs: the live display's content, and the plain lines of a log."""

import io
from typing import cast

import pytest
from rich.console import Console

from rig.life.specimens import load_specimens
from rig.plan import Wanted, load_plan
from rig.state import RigState
from rig.supervisor.display import LiveDisplay, PlainDisplay, axis_bar, display_for
from rig.supervisor.progress import Progress
from rig.supervisor.session import Order, Session


@pytest.fixture(scope="module")
def session() -> Session:
    plan = load_plan(Wanted("dune_loop"))
    return Session(Order("dune_loop"), plan, load_specimens(), (), 2000.0, (), ())


def progress(distance_m: float, state: RigState = RigState.RUNNING) -> Progress:
    """Somewhere on the way, with a pan displacement that stands out."""
    return Progress(
        distance_m=distance_m,
        speed_mps=10.0,
        segment=1,
        state=state,
        feedback={"pan_displacement_m": 0.1234, "damper_temperature_degc": 55.5},
        damage={"damper": 1.5e-6},
        readings={"fan_voltage_v": 12.0},
        late_cycles=7,
        grade="B",
        note="the shaker plays SEG1",
    )


@pytest.mark.parametrize(
    ("value", "bar"),
    [
        (0.0, "───────────────█───────────────"),
        (1.0, "───────────────████████████████"),
        (-1.0, "████████████████───────────────"),
        (1.01, "──────────────────────────────!"),
        (-1.01, "!──────────────────────────────"),
        (float("nan"), "──────────────────────────────!"),
    ],
)
def test_axis_bar_runs_from_neutral_and_marks_what_lies_beyond(value: float, bar: str) -> None:
    """A bar from the middle to the value; an exclamation mark at the end that it left, also for what is no number."""
    assert axis_bar(value, -1.0, 1.0, 0.0) == bar


def test_live_display_shows_what_an_engineer_looks_for(session: Session) -> None:
    """Distance, speed, surface, time, axis, temperature, reading, damage with serial number, last event."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=140, color_system=None)
    with LiveDisplay(session, console) as display:
        display.show(progress(500.0))
    text = out.getvalue()
    words = [
        "RUNNING",
        "0.500 of 2 km",
        "36.0 km/h",
        "dunettes (dunes)",
        "0.1234 m",
        "55.5000 °C",
        "fan_voltage_v",
        "12",
    ]
    words += [
        "damper",
        "D-0001",
        "1.500e-06",
        "the shaker plays SEG1",
        "left",
        "timing grade B, 7 late cycles, 0 underruns",
    ]
    assert [word for word in words if word not in text] == []


def drawn(session: Session, shown: Progress) -> str:
    """What the live display says."""
    out = io.StringIO()
    with LiveDisplay(session, Console(file=out, force_terminal=True, width=160, color_system=None)) as display:
        display.show(shown)
    return out.getvalue()


def test_live_display_says_why_the_rig_holds_and_what_to_do(session: Session) -> None:
    """And what an operator at another terminal did; a span only where it is not all of it."""
    held = progress(500.0, RigState.HOLDING)
    held.holding, held.operator, held.span = "12 late cycles within a second", "anna asked for a hold", 0.0
    text = drawn(session, held)
    assert "HOLDING: 12 late cycles within a second. rig resume goes on, rig stop ends the run" in text
    assert "operator: anna asked for a hold" in text
    assert "span 0 %" not in text
    reduced = progress(500.0)
    reduced.span = 0.8
    assert "span 80 %" in drawn(session, reduced)
    assert "span" not in drawn(session, progress(500.0))


def test_plain_display_has_a_line_for_what_operators_do(session: Session) -> None:
    """Each command once, as it is: square brackets and all; a hold says what to do; the grade once."""
    out = io.StringIO()
    held = progress(500.0, RigState.HOLDING)
    held.holding, held.operator = "[anna] asked for it", "[anna] asked for a hold"
    with PlainDisplay(session, Console(file=out, width=60)) as display:
        display.show(progress(500.0))
        display.show(held)
        display.show(held)
        after = progress(600.0)
        after.operator, after.span = held.operator, 0.5
        display.show(after)
    assert out.getvalue().splitlines() == [
        "RUNNING   0.500 of 2 km  dunes  timing grade B",
        "operator  [anna] asked for a hold",
        "HOLDING   0.500 of 2 km  dunes  [anna] asked for it; rig resume goes on, rig stop ends the run",
        "RUNNING   0.600 of 2 km  dunes  span 50 %",
    ]


def test_plain_display_writes_few_lines(session: Session) -> None:
    """A line at a change of state and at each tenth of the way, however often it is called."""
    out = io.StringIO()
    with PlainDisplay(session, Console(file=out, width=120)) as display:
        for metre in range(0, 2000, 2):
            display.show(progress(float(metre)))
        display.show(progress(2000.0, RigState.STOPPING))
    lines = out.getvalue().splitlines()
    assert len(lines) == 11
    assert "STOPPING" in lines[-1]


def test_live_only_where_somebody_looks(session: Session) -> None:
    """A terminal gets the live display, a file the plain one."""
    terminal = Console(file=io.StringIO(), force_terminal=True)
    assert isinstance(display_for(session, terminal), LiveDisplay)
    assert isinstance(cast(object, display_for(session, Console(file=io.StringIO()))), PlainDisplay)
