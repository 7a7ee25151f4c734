"""A loop without a wire, for tests of the loop alone: a device that plays at once, and drive rows made on the spot."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.frames import (
    Command,
    DeviceIdentity,
    DeviceState,
    DeviceStatus,
    FaultCode,
    FeedbackBlock,
    Interlock,
    SetpointBlock,
    Status,
)
from rig.bridge import EVENT_DTYPE, Bridge, End, EventKind, Request, Slot
from rig.clock import Clock, SteppedClock
from rig.config import Rig, load_rig
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt.clamp import clamp_of
from rig.rt.control import ControlLaw
from rig.rt.drive_source import QueuedDrive
from rig.rt.limits import LimitJudge, limit_table
from rig.rt.loop import Loop, Parts
from rig.rt.monitor import Monitor
from rig.rt.outbox import Outbox
from rig.rt.progress import ProgressWatch
from rig.rt.timing import LoopTiming


def leave_alone(thing: object) -> None:
    """Change nothing."""


class EchoDevice:
    """Plays every sample as it arrives; the feedback of each axis is its command of that sample, noise is a counter.

    ``meddle`` may change an answer before it is given, or raise.
    """

    def __init__(self, rig: Rig, meddle: Callable[[FeedbackBlock], None] = leave_alone, *, deaf: bool = False) -> None:
        self.rig, self.meddle, self.deaf = rig, meddle, deaf
        self.state = DeviceState.OFF
        self.played = 0
        self.commands: list[Command] = []
        self.samples: list[list[int]] = []
        self.safe_calls = self.close_calls = 0

    def open(self) -> DeviceIdentity:
        """An identity that fits."""
        return DeviceIdentity(1, len(self.rig.axes), len(self.rig.channels), self.rig.sample_rate_hz, 150, 1000, 64)

    def arm(self) -> None:
        """Ready at once."""
        self.state = DeviceState.READY

    def status(self) -> DeviceStatus:
        """At rest, nothing wrong."""
        none = np.zeros(0, np.int16)
        shown = (self.state, Status(0), Interlock(0), FaultCode.NONE, 0, 0, 0, self.played, 0)
        return DeviceStatus(*shown, none, none, none, 0.0, 0.0, 0.0)

    def exchange(self, block: SetpointBlock) -> FeedbackBlock:
        """Play what arrives."""
        if block.command is not Command.NONE:
            self.commands.append(block.command)
        self.state = {Command.START: DeviceState.RUN, Command.STOP: DeviceState.OFF}.get(block.command, self.state)
        first = self.played
        codes = np.zeros((len(block.codes), len(self.rig.channels)), np.int16)
        codes[:, : len(self.rig.axes)] = block.codes
        codes[:, len(self.rig.axes) :] = (np.arange(first, first + len(codes)) % 7)[:, None]
        self.played += len(codes)
        self.samples += block.codes.tolist()
        answer = FeedbackBlock(
            self.state, Status(0), Interlock(0), FaultCode.NONE, block.sequence, 0, self.played, 0, first, codes
        )
        self.meddle(answer)
        return answer

    def safe(self) -> bool:
        """Counted; acknowledged unless the device is deaf."""
        self.safe_calls += 1
        self.state = DeviceState.FAULT
        return not self.deaf

    def close(self) -> None:
        """Counted."""
        self.close_calls += 1


_PLANS: dict[str, tuple[int, Callable[[], None]]] = {}


def at_sample(sample: int, request: Request, also: Callable[[], None] = lambda: None) -> Callable[[Bridge], None]:
    """For ``prepare``: raise a request, and do something else, once so many samples have come back."""

    def act(bridge: Bridge) -> None:
        bridge.raise_request(request)
        also()

    def prepare(bridge: Bridge) -> None:
        _PLANS[bridge.name] = (sample, lambda: act(bridge))

    return prepare


class FreePacer:
    """No waiting; cycles carry ``batch`` samples. What `at_sample` has set for a sample is done there."""

    def __init__(self, batch: int, bridge: Bridge) -> None:
        self.batch = batch
        self.clock: Clock = SteppedClock()
        self._plan = _PLANS.pop(bridge.name, None)

    def start(self) -> None:
        """Nothing to do."""

    def wait(self, resting: bool = False) -> None:
        """Nothing to do."""

    def too_many_late(self) -> int:
        """Never."""
        return 0

    def room(self, sent: int) -> int:
        """The batch."""
        return self.batch

    def meet(self, received: int) -> None:
        """Nobody but a test."""
        if self._plan is not None and received >= self._plan[0]:
            self._plan[1]()
            self._plan = None


@dataclass
class LoopRun:
    """What one run of a loop left."""

    end: End
    rows: NDArray[np.void]
    events: list[tuple[EventKind, int, int]]
    device: EchoDevice
    loop: Loop
    texts: list[str] = field(default_factory=list)


def drive(samples: int, axes: int = 3, amplitude: float = 0.01) -> NDArray[np.float64]:
    """Drive rows: a slow sine on the first axis, small noise that keeps every channel alive, 0.1 m a sample."""
    rng = np.random.default_rng(1)
    rows = np.zeros((samples, 2 * axes + 3))
    rows[:, :axes] = rng.normal(0, 1e-4, (samples, axes))
    rows[:, 0] += amplitude * np.sin(np.arange(samples) / 40.0)
    rows[:, 1] *= 1e5  # 10 N·m: some codes of the torque channel
    rows[:, 2] = 10.0 + 0.1 * np.arange(samples)
    rows[:, axes : 2 * axes] = rows[:, :axes]
    rows[:, 2 * axes] = 0.1 * np.arange(samples)
    rows[:, 2 * axes + 1] = 5.0
    return rows


def run_loop_on(
    rows: NDArray[np.float64],
    batch: int = 4,
    target_m: float = 1e9,
    rig: Rig | None = None,
    meddle: Callable[[FeedbackBlock], None] = leave_alone,
    prepare: Callable[[Bridge], None] = leave_alone,
    devices: list[EchoDevice] | None = None,
    *,
    deaf: bool = False,
) -> LoopRun:
    """Run a loop over drive rows on an `EchoDevice` and collect what it left; all shared memory is gone after."""
    rig = rig or load_rig("one_corner")
    device = EchoDevice(rig, meddle, deaf=deaf)
    if devices is not None:
        devices.append(device)
    bridge = Bridge.create(len(rig.axes), 1 << 13)
    dtype = row_dtype(len(rig.axes), len(rig.channels))
    with Ring.create(dtype, 1 << 13, ("r",)) as out, Ring.create(EVENT_DTYPE, 1 << 8, ("e",)) as events:
        try:
            bridge.set(Slot.ALIVE, os.getppid())
            bridge.write_drive(rows)
            bridge.set(Slot.DRIVE_ENDS_AT, len(rows))
            prepare(bridge)
            parts = Parts(
                hardware=device,
                law=ControlLaw(rig, target_m),
                judge=LimitJudge(limit_table(rig), rig.sample_rate_hz),
                clamp=clamp_of(rig),
                monitor=Monitor(rig),
                progress=ProgressWatch(rig),
                outbox=Outbox(rig, out, events),
                pacer=FreePacer(batch, bridge),
                timing=LoopTiming(),
                bridge=bridge,
                drive=QueuedDrive(bridge),
            )
            loop = Loop(rig, parts)
            end = loop.run()
            told = events.reader("e").drain()
            kinds = [(EventKind(int(e["kind"])), int(e["index"]), int(e["sample"])) for e in told]
            texts = [bytes(e["text"]).decode() for e in told]
            return LoopRun(end, out.reader("r").drain().copy(), kinds, device, loop, texts)
        finally:
            bridge.close()
            bridge.unlink()
