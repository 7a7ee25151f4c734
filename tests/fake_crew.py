"""A crew without processes, for tests of the supervisor alone: the test plays the loop, turn by turn."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import Pipe
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from rig.bridge import EVENT_DTYPE, Bridge, End, Slot
from rig.config import load_rig
from rig.life.verdict import Evidence, Finding
from rig.operator.server import OperatorServer
from rig.record import recorder
from rig.record.events import EventLog, read_events
from rig.record.recorder import RecorderFinished
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.state import RigState
from rig.supervisor.crew import JUDGE, SUPERVISOR, CrewError
from rig.supervisor.interrupt import Interrupt
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.supervisor.supervise import Ended, Supervisor

RIG = load_rig("one_corner").model_copy(update={"instruments": ()})
DTYPE = row_dtype(len(RIG.axes), len(RIG.channels))


class FakeMember:
    """A process that is not there; ``theirs`` is its end of the connection."""

    def __init__(self, name: str) -> None:
        self.name, self.alive, self.kills = name, True, 0
        self.connection, self.theirs = Pipe()
        self.process = SimpleNamespace(kill=self._kill, join=lambda _s: None, is_alive=lambda: not self.kills)

    def _kill(self) -> None:
        self.kills += 1

    def receive(self, timeout_s: float, glance: Callable[[], None] = lambda: None) -> Any:
        """What was sent; nobody waits in vain for what a test has not sent."""
        del timeout_s
        glance()
        if not self.connection.poll(0):
            raise CrewError(f"the {self.name} process did not answer")
        return self.connection.recv()

    def close(self) -> None:
        """Both ends."""
        self.connection.close()
        self.theirs.close()


@dataclass
class FakeJudge:
    """Finds what the test says at the first row that it is given, or raises."""

    finding: Finding | None = None
    error: Exception | None = None
    rows: int = 0
    health: tuple[()] = ()

    def consume(self, rows: np.ndarray) -> list[Finding]:
        """Counted."""
        if self.error:
            raise self.error
        self.rows += len(rows)
        found, self.finding = self.finding, None
        return [found] if found else []

    def consume_readings(self, sample: int, distance_km: float, values: Mapping[str, float | None]) -> list[Finding]:
        """Heard, and nothing found."""
        return []

    def damage(self) -> dict[str, float]:
        """None."""
        return {}

    def state(self) -> dict[str, Any]:
        """Nothing to go on from."""
        return {}


def finding_of(component: str) -> Finding:
    """A failure of a component, or of the rig."""
    words = ("failure", "fracture", 0.1, 7, "stiffness", 0.5, 0.8, Evidence(1, 7), 0.1, f"{component} is broken")
    return Finding(component, *words)


@dataclass
class Stage:
    """A supervisor and what a test plays to it."""

    supervisor: Supervisor
    bridge: Bridge
    rows: Ring
    loop: FakeMember
    recorder: FakeMember
    interrupt: Interrupt
    judge: FakeJudge
    tell: Journalist
    run_dir: Path
    server: OperatorServer
    events_ring: Ring
    visa: FakeMember
    turns: int = 0
    script: dict[int, Callable[[], None]] = field(default_factory=dict)

    def push(self, count: int = 10) -> None:
        """Rows as the loop pushes them."""
        rows = np.zeros(count, DTYPE)
        rows["sample"] = np.arange(self.rows.written, self.rows.written + count)
        rows["state"] = RigState.RUNNING
        self.rows.push(rows)

    def end(self, end: End = End.COMPLETED) -> None:
        """The loop says how it ended, and is gone."""
        self.loop.theirs.send(("ended", {"end": int(end), "timing": {}}))
        self.loop.alive = False

    def finish(self, short_by: int = 0) -> None:
        """What the recorder will say at the end."""
        self.recorder.theirs.send(RecorderFinished(self.rows.written - short_by, "0" * 64, short_by))

    def run(self) -> Ended:
        """Run the supervisor; the script says what happens after which turn."""
        return self.supervisor.run(self._show)

    def _show(self, progress: Progress) -> None:
        self.turns += 1
        assert self.turns < 500, "the supervisor never ends"
        self.bridge.integers[Slot.HEARTBEAT] += 1
        if step := self.script.pop(self.turns, None):
            step()

    @property
    def events(self) -> list[str]:
        """Kinds of the events that were written."""
        return [event.kind for event in read_events(self.run_dir / "events.jsonl").events]


@contextmanager
def stage(run_dir: Path, pace: str = "real", *, with_visa: bool = False) -> Iterator[Stage]:
    """A supervisor on a fake crew; everything is closed after."""
    part = SimpleNamespace(label="sand", surface="sand_track")
    plan = SimpleNamespace(rig=RIG, name="nowhere", segments=(part,), blocks=lambda _first: iter(()))
    order = SimpleNamespace(recording="full")
    session: Any = SimpleNamespace(plan=plan, pace=pace, target_m=1000.0, samples=0, order=order)
    bridge, judge = Bridge.create(len(RIG.axes), 64), FakeJudge()
    bridge.set(Slot.STATE, RigState.RUNNING)
    loop, writer, visa = FakeMember("loop"), FakeMember("recorder"), FakeMember("visa")
    with (
        Ring.create(DTYPE, 1 << 10, (recorder.READER, JUDGE)) as rows,
        Ring.create(EVENT_DTYPE, 1 << 6, (SUPERVISOR,)) as events,
        EventLog(run_dir) as log,
        OperatorServer(run_dir, run_dir / "erg") as server,
    ):
        crew: Any = SimpleNamespace(
            bridge=bridge, rows=rows, events=events, loop=loop, recorder=writer, addresses={"modbus": "x:1"}
        )
        crew.visa = visa if with_visa else None
        tell, interrupt = Journalist(session, log, events, SUPERVISOR), Interrupt()
        try:
            fake_judge: Any = judge
            supervisor = Supervisor(session, crew, fake_judge, tell, run_dir, interrupt, server)
            yield Stage(supervisor, bridge, rows, loop, writer, interrupt, judge, tell, run_dir, server, events, visa)
        finally:
            for member in (loop, writer, visa):
                member.close()
            del supervisor
            bridge.close()
            bridge.unlink()


class Device:
    """What the supervisor's own connection reaches."""

    def __init__(self) -> None:
        self.safe_calls = self.close_calls = 0

    def safe(self) -> bool:
        """Acknowledged."""
        self.safe_calls += 1
        return True

    def close(self) -> None:
        """Counted."""
        self.close_calls += 1


def end_with(made: Stage, end: End = End.COMPLETED, short_by: int = 0) -> None:
    """Ten rows, then the loop ends, and the recorder has them all but so many."""
    made.push()
    made.end(end)
    made.finish(short_by)
