"""One row played: the real loop on the real driver against the simulated servo controller, with a real event log."""

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from drivers.hardware import Hardware
from rig.bridge import EVENT_DTYPE, Bridge, End, EventKind, Request, Slot
from rig.config import Rig
from rig.record.events import EventLog, EventRecord, read_events
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt.clamp import clamp_of
from rig.rt.control import ControlLaw
from rig.rt.drive_source import FixedDrive
from rig.rt.limits import LimitJudge, limit_table
from rig.rt.loop import Loop, Parts
from rig.rt.monitor import Monitor
from rig.rt.outbox import Outbox
from rig.rt.pacing import RealPacer
from rig.rt.progress import ProgressWatch
from rig.rt.timing import LoopTiming
from rig.state import RigState
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.wiring import build_hardware
from tests.faults.row import Row
from tests.faults.stand import RIG, Stand, drive, precedence

AT = 120
"""The sample at which rows break things: all axes move."""
READER = "test"
ROWS = 1 << 12
PATIENCE_S = 15.0


@dataclass(frozen=True)
class Told:
    """An event as the loop told it, and when (ns, monotonic)."""

    kind: EventKind
    index: int
    sample: int
    at_ns: int


@dataclass
class Scene:
    """A loop about to run, and what is found out about it.

    Attributes:
        stand: with the device.
        address: where the loop finds the device; a row may put something else there.
        broken_ns: when it was broken, by the host's own hand.
        told: what the loop told.
        every_cycle: called between two cycles.
    """

    row: Row
    stand: Stand
    rig: Rig
    bridge: Bridge
    address: str
    broken_ns: int = 0
    told: list[Told] = field(default_factory=list)
    every_cycle: list[Callable[[], None]] = field(default_factory=list)
    cleanup: ExitStack = field(default_factory=ExitStack)
    drive: Any = None
    end: End = End.NOT_YET
    record: EventRecord | None = None
    reason: str = ""
    parts: Parts | None = None

    @property
    def hardware(self) -> Hardware:
        """The driver of the loop."""
        assert self.parts is not None
        return self.parts.hardware


class TimedOutbox(Outbox):
    """Notes when each event was told."""

    def __init__(self, rig: Rig, rows: Ring, events: Ring, told: list[Told]) -> None:
        super().__init__(rig, rows, events)
        self._told = told

    def event(self, kind: EventKind, index: int, sample: int, value: float, text: str = "") -> None:
        """See `Outbox.event`."""
        self._told.append(Told(kind, index, sample, time.monotonic_ns()))
        super().event(kind, index, sample, value, text)


class BreakingPacer(RealPacer):
    """The real pacer; between two cycles it is the supervisor, and breaks what the row wants broken."""

    def __init__(self, scene: Scene, timing: LoopTiming) -> None:
        rig = scene.rig
        period_ns = round(1e9 / rig.sample_rate_hz) * rig.samples_per_cycle
        super().__init__(period_ns, rig.lead_samples, timing, scene.bridge, rig.late_cycles_per_s)
        self._scene, self._broken = scene, scene.row.inject is None
        self._late_s = time.monotonic() + PATIENCE_S

    def meet(self, received: int) -> None:
        """After each cycle."""
        scene = self._scene
        assert time.monotonic() < self._late_s, "the loop does not come to an end"
        if not self._broken and received >= AT:
            self._broken = True
            assert scene.row.inject is not None
            scene.broken_ns = time.monotonic_ns()
            scene.row.inject(scene)
        for each in scene.every_cycle:
            each()


def play(row: Row, stand: Stand, run_dir: Path) -> Scene:
    """Play one row to the end of its loop, and until the device is at rest."""
    stand.begin()
    rig = RIG.model_copy(update=row.rig)
    with ExitStack() as stack:
        bridge = Bridge.create(len(rig.axes), 16)
        stack.callback(bridge.unlink)
        stack.callback(bridge.close)
        rows = stack.enter_context(Ring.create(row_dtype(len(rig.axes), len(rig.channels)), ROWS, (READER,)))
        events = stack.enter_context(Ring.create(EVENT_DTYPE, 1 << 8, (READER,)))
        scene = Scene(row, stand, rig, bridge, stand.address, drive=FixedDrive(drive(row.samples)))
        scene.every_cycle += [bridge.beat, lambda: _give_up_hold(bridge)]
        stack.enter_context(scene.cleanup)
        bridge.set(Slot.ALIVE, os.getppid())
        if row.before is not None:
            row.before(scene)
        _run(scene, rows, events)
        stand.settle(row.must.neutral_ms is not None)
        _write_events(scene, events, run_dir)
    return scene


def _give_up_hold(bridge: Bridge) -> None:
    """A person who finds the rig standing stops the run."""
    if bridge.get(Slot.STATE) == RigState.HOLDING and bridge.get(Slot.SPAN_PERMILLE) == 0:
        bridge.raise_request(Request.STOP_FOR_PERSON)


def _run(scene: Scene, rows: Ring, events: Ring) -> None:
    rig, timing = scene.rig, LoopTiming()
    scene.parts = parts = Parts(
        hardware=build_hardware(rig, scene.address, "real"),
        law=ControlLaw(rig, 1e9),
        judge=LimitJudge(limit_table(rig), rig.sample_rate_hz),
        clamp=clamp_of(rig),
        monitor=Monitor(rig),
        progress=ProgressWatch(rig),
        outbox=TimedOutbox(rig, rows, events, scene.told),
        pacer=BreakingPacer(scene, timing),
        timing=timing,
        bridge=scene.bridge,
        drive=scene.drive,
    )
    loop = Loop(rig, parts)
    scene.broken_ns = time.monotonic_ns()
    with precedence():
        scene.end = loop.run()


def _write_events(scene: Scene, events: Ring, run_dir: Path) -> None:
    """As the supervisor writes them: `read_events` then gives what a reviewer finds."""
    session: Any = SimpleNamespace(plan=SimpleNamespace(rig=scene.rig, segments=()))
    with EventLog(run_dir) as log:
        journalist = Journalist(session, log, events, READER)
        journalist.take_events(Progress())
        scene.reason = journalist.reason
    scene.record = read_events(run_dir / "events.jsonl")
