"""One row of the fault table: a fault, where it is injected, what must happen, and what did."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tests.faults.scene import Scene

State = Literal["OFFLINE", "RUNNING", "HOLDING", "STOPPING", "TRIPPED"]

ACTIONS: dict[State, str] = {
    "OFFLINE": "nothing begins to move; not a single frame is written",
    "RUNNING": "the run goes on to its end",
    "HOLDING": "the span ramps to 0; the rig stands until a person resumes or stops",
    "STOPPING": "the span ramps to 0, then STOP and power off",
    "TRIPPED": "no further sample; TRIP; the device ramps to neutral; latched",
}
"""What each state means, for the table in the docs."""

BUSY_MS = 250.0
"""Allowed on top of every bound in ms, because the tests share two processors with whatever else runs there."""
RUN_BUSY_MS = 2000.0
"""The same for whole runs, whose supervisor has no precedence over whatever else runs there."""


@dataclass(frozen=True)
class Must:
    """What must happen.

    Attributes:
        state: the first state after the fault other than RUNNING; OFFLINE where the run must not begin, RUNNING where
            it must go on to its end.
        within_ms: from the fault to that state, on a machine that is not busy.
        says: in what the operator reads.
        kinds: of events that must be recorded, besides the changes of state.
        within_samples: bad samples until the loop has judged, the last one included; exact, whatever the machine does.
        first_fault: what the device says came first, in the end; "" is HOST_TRIP after a trip, else NONE.
        neutral_ms: from the fault until every axis has been ramped to neutral; None where that is not asked.
        acknowledged: whether the device confirms the trip; where it does not, the record must say so.
        exit_code: of a whole run.
    """

    state: State
    within_ms: float
    says: str
    kinds: tuple[str, ...] = ()
    within_samples: int | None = None
    first_fault: str = ""
    neutral_ms: float | None = None
    acknowledged: bool = True
    exit_code: int | None = None

    @property
    def device_says(self) -> str:
        """The first fault of the device."""
        return self.first_fault or ("HOST_TRIP" if self.state == "TRIPPED" else "NONE")


@dataclass
class Reaction:
    """What was measured: ms from the fault; None where it never came.

    Attributes:
        state: the first state after the fault other than RUNNING, or the last one.
        state_ms, neutral_ms: until that state, and until the axes were at neutral.
        device_ms: until the device itself had left RUN, whoever saw to it.
        samples: bad samples up to the one at which the loop judged.
        kinds, reads: kinds of events that were recorded, and what the operator reads.
        first_fault: the device's own.
        complaints: what did not happen as it must.
    """

    state: str = ""
    state_ms: float | None = None
    device_ms: float | None = None
    neutral_ms: float | None = None
    samples: int | None = None
    kinds: tuple[str, ...] = ()
    reads: str = ""
    first_fault: str = ""
    complaints: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One fault at the loop.

    Attributes:
        name: for pytest.
        fault: in words.
        where: what it is injected into, and how.
        must: what must happen.
        before: what is broken before the loop begins.
        inject: what is broken once the sample `AT` has come back, in the loop's thread between two cycles.
        begins: the name of the device's fault whose beginning in the device's log is when it all begins; else that is
            when ``inject`` is called, or when the loop begins.
        samples: of the drive; it ends by itself where nothing ends it.
        rig: changes the rig file for this row.
        line_keeps: the line, or the device's own buffer, delivers an old write after the trip. Nobody can call it back;
            the device, which has tripped or rebooted, must play no sample of it.
    """

    name: str
    fault: str
    where: str
    must: Must
    before: "Callable[[Scene], None] | None" = None
    inject: "Callable[[Scene], None] | None" = None
    begins: str = ""
    samples: int = 400
    rig: dict[str, object] = field(default_factory=dict)
    line_keeps: bool = False
