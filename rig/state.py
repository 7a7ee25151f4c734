"""The state of the rig as the controller sees it: one enum and one table of transitions."""

from enum import IntEnum


class RigState(IntEnum):
    """What the rig may do. Only CHECKING, RUNNING, HOLDING (ramping into or out of it) and STOPPING may move."""

    OFFLINE = 0
    IDLE = 1
    ARMED = 2
    RUNNING = 3
    HOLDING = 4
    STOPPING = 5
    TRIPPED = 6
    CHECKING = 7


class RigEvent(IntEnum):
    """What can happen to it."""

    CONNECT = 0
    ARM = 1
    START = 2
    HOLD = 3
    RESUME = 4
    STOP = 5
    STOPPED = 6
    TRIP = 7
    RESET = 8
    CLOSE = 9
    CHECK = 10


MOVING = frozenset({RigState.CHECKING, RigState.RUNNING, RigState.HOLDING, RigState.STOPPING})

TRANSITIONS: dict[tuple[RigState, RigEvent], RigState] = {
    (RigState.OFFLINE, RigEvent.CONNECT): RigState.IDLE,
    (RigState.IDLE, RigEvent.ARM): RigState.ARMED,
    (RigState.ARMED, RigEvent.CHECK): RigState.CHECKING,
    (RigState.ARMED, RigEvent.START): RigState.RUNNING,
    (RigState.RUNNING, RigEvent.HOLD): RigState.HOLDING,
    (RigState.HOLDING, RigEvent.RESUME): RigState.RUNNING,
    (RigState.IDLE, RigEvent.STOP): RigState.STOPPING,
    (RigState.ARMED, RigEvent.STOP): RigState.STOPPING,
    (RigState.CHECKING, RigEvent.STOP): RigState.STOPPING,
    (RigState.RUNNING, RigEvent.STOP): RigState.STOPPING,
    (RigState.HOLDING, RigEvent.STOP): RigState.STOPPING,
    (RigState.STOPPING, RigEvent.STOPPED): RigState.IDLE,
    (RigState.IDLE, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.ARMED, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.CHECKING, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.RUNNING, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.HOLDING, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.STOPPING, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.TRIPPED, RigEvent.TRIP): RigState.TRIPPED,
    (RigState.TRIPPED, RigEvent.RESET): RigState.IDLE,
    (RigState.IDLE, RigEvent.CLOSE): RigState.OFFLINE,
}


class TransitionError(RuntimeError):
    """An event that the table does not have for this state."""


def advance(state: RigState, event: RigEvent) -> RigState:
    """The state after an event.

    Raises:
        TransitionError: the table has no such transition; the caller treats it as a fault of the program.
    """
    after = TRANSITIONS.get((state, event))
    if after is None:
        raise TransitionError(f"no transition from {state.name} on {event.name}")
    return after


def diagram() -> str:
    """The table as a Mermaid state diagram, for the docs (a test holds the docs to it)."""
    lines = ["stateDiagram-v2", "    [*] --> OFFLINE"]
    lines += [f"    {before.name} --> {after.name}: {event.name}" for (before, event), after in TRANSITIONS.items()]
    return "\n".join(lines)
