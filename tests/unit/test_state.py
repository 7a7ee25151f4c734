"""The table of transitions."""

import pytest

from rig.state import MOVING, TRANSITIONS, RigEvent, RigState, TransitionError, advance, diagram

POWERED = (RigState.ARMED, RigState.CHECKING, RigState.RUNNING, RigState.HOLDING, RigState.STOPPING)


@pytest.mark.parametrize("state", POWERED)
def test_trip_is_reachable_from_every_powered_state(state: RigState) -> None:
    """Whatever has power can trip."""
    assert advance(state, RigEvent.TRIP) is RigState.TRIPPED


def test_trip_is_latched() -> None:
    """Out of TRIPPED there is only a person's reset; another trip changes nothing."""
    ways_out = {event: after for (before, event), after in TRANSITIONS.items() if before is RigState.TRIPPED}
    assert ways_out == {RigEvent.TRIP: RigState.TRIPPED, RigEvent.RESET: RigState.IDLE}


def test_motion_begins_only_by_a_start_from_armed() -> None:
    """No other transition leads from rest into a moving state that plays the drive."""
    to_running = {pair for pair, after in TRANSITIONS.items() if after is RigState.RUNNING}
    begins = {(before, event) for before, event in to_running if before not in MOVING}
    assert begins == {(RigState.ARMED, RigEvent.START)}


def test_no_state_is_a_dead_end() -> None:
    """From every state a way leads back to IDLE."""
    for start in RigState:
        reached, frontier = {start}, [start]
        while frontier:
            state = frontier.pop()
            for (before, _), after in TRANSITIONS.items():
                if before is state and after not in reached:
                    reached.add(after)
                    frontier.append(after)
        assert RigState.IDLE in reached


def test_an_event_that_the_table_lacks_raises() -> None:
    """Nothing is started that was not armed."""
    with pytest.raises(TransitionError, match="IDLE on START"):
        advance(RigState.IDLE, RigEvent.START)


def test_the_diagram_has_every_transition() -> None:
    """The diagram is made from the table, one line a transition."""
    assert len(diagram().splitlines()) == len(TRANSITIONS) + 2
