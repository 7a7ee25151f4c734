"""The real loop on the simulated servo controller in this process, for tests that look at every sample of both."""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.hardware import Hardware
from rig.bridge import EVENT_DTYPE, Bridge, End, EventKind, Slot
from rig.clock import Clock, SteppedClock
from rig.config import Limit, Rig, load_rig
from rig.record.ring import Ring, Rows
from rig.record.rows import row_dtype
from rig.rt.clamp import clamp_of
from rig.rt.control import ControlLaw
from rig.rt.drive_source import FixedDrive
from rig.rt.limits import LimitJudge, limit_table
from rig.rt.loop import Loop, Parts
from rig.rt.monitor import Monitor
from rig.rt.outbox import Outbox
from rig.rt.pacing import Pacer
from rig.rt.progress import ProgressWatch
from rig.rt.timing import LoopTiming
from rig.state import RigEvent, RigState
from simulators.bench import bench_config
from simulators.corner.plant import Plant
from simulators.servo.motion import Plays
from simulators.settings import BenchConfig, Pace
from simulators.wires import Wires
from tests.fakes import leave_alone
from tests.in_process import Codes, Faithful, InProcess, Patch, Patched, unchanged

FloatArray = NDArray[np.float64]
Script = Mapping[int, Callable[[Bridge], None]]

RIG = load_rig("one_corner")
AXES, CHANNELS = len(RIG.axes), len(RIG.channels)
MOST_SAMPLES = 100_000
"""No test plays as many: a loop that is never ended fails there."""


def rig_with(*limits: Limit, progress: bool = True, adapts: bool = True, **others: Any) -> Rig:
    """The library's rig with other limits, without progress watch or adaptation if wanted, and other keys."""
    axes = RIG.axes if progress else tuple(axis.model_copy(update={"progress": None}) for axis in RIG.axes)
    if not adapts:
        fixed = [axis.control.model_copy(update={"adapt": None}) for axis in axes]
        axes = tuple(axis.model_copy(update={"control": law}) for axis, law in zip(axes, fixed, strict=True))
    return RIG.model_copy(update={"limits": limits, "axes": axes, **others})


def config_of(rig: Rig, pace: Pace = "stepped", seed: int = 0) -> BenchConfig:
    """The simulated device that fits a rig."""
    return bench_config(rig, pace, seed, None)


class ScriptPacer:
    """No waiting; cycles carry ``batch`` samples at most, and end where the script has something to do.

    ``script``: what is done to the bridge, by the number of samples that have come back then.
    """

    def __init__(self, batch: int, script: Script, bridge: Bridge) -> None:
        self.batch = batch
        self.clock: Clock = SteppedClock()
        self._bridge, self._script = bridge, dict(sorted(script.items()))

    def start(self) -> None:
        """Nothing to do."""

    def wait(self, resting: bool = False) -> None:
        """Nothing to wait for."""

    def too_many_late(self) -> int:
        """Never."""
        return 0

    def room(self, sent: int) -> int:
        """Up to the next thing to do."""
        return min(self.batch, next(iter(self._script), MOST_SAMPLES) - sent)

    def meet(self, received: int) -> None:
        """Do what is due."""
        assert received < MOST_SAMPLES, "the loop never ends"
        while self._script and received >= next(iter(self._script)):
            self._script.pop(next(iter(self._script)))(self._bridge)


@dataclass(frozen=True, slots=True)
class Told:
    """An event that the loop told."""

    kind: EventKind
    index: int
    sample: int
    value: float
    text: str


@dataclass
class Rigged:
    """A loop that is put together, and its shared memory."""

    loop: Loop
    parts: Parts
    bridge: Bridge
    row_ring: Ring
    event_ring: Ring

    def events(self) -> list[Told]:
        """What it has told since it was asked last."""
        told = self.event_ring.reader("e").drain()
        texts = [bytes(one["text"]).decode() for one in told]
        return [
            Told(EventKind(int(one["kind"])), int(one["index"]), int(one["sample"]), float(one["value"]), text)
            for one, text in zip(told, texts, strict=True)
        ]


@contextlib.contextmanager
def rigged(
    rig: Rig,
    hardware: Hardware,
    drive: FloatArray,
    pacer: Callable[[Bridge], Pacer],
    start: RigEvent = RigEvent.START,
    alter: Callable[[Parts], None] = leave_alone,
) -> Iterator[Rigged]:
    """A loop over drive rows that are all there; its shared memory is gone afterwards.

    ``alter`` may put something else in place of a part.
    """
    bridge = Bridge.create(len(rig.axes), 1)
    dtype = row_dtype(len(rig.axes), len(rig.channels))
    try:
        with Ring.create(dtype, 1 << 15, ("r",)) as rows, Ring.create(EVENT_DTYPE, 1 << 8, ("e",)) as events:
            bridge.set(Slot.ALIVE, os.getppid())
            parts = Parts(
                hardware=hardware,
                law=ControlLaw(rig, 1e9),
                judge=LimitJudge(limit_table(rig), rig.sample_rate_hz),
                clamp=clamp_of(rig),
                monitor=Monitor(rig),
                progress=ProgressWatch(rig),
                outbox=Outbox(rig, rows, events),
                pacer=pacer(bridge),
                timing=LoopTiming(),
                bridge=bridge,
                drive=FixedDrive(drive),
            )
            alter(parts)
            yield Rigged(Loop(rig, parts, start), parts, bridge, rows, events)
    finally:
        bridge.close()
        bridge.unlink()


@dataclass
class Run:
    """What one run of a loop left.

    ``law``: the axes' records of `rig.rt.control_kernels.AXIS` as they were last.
    """

    end: End
    state: RigState
    rows: Rows
    events: list[Told]
    law: NDArray[np.void]

    def of_kind(self, kind: EventKind) -> list[Told]:
        """The events of one kind."""
        return [one for one in self.events if one.kind is kind]

    def states(self) -> list[tuple[RigState, int]]:
        """The states that were entered, each with its sample."""
        return [(RigState(one.index), one.sample) for one in self.of_kind(EventKind.STATE)]


def run_on(
    rig: Rig,
    hardware: Hardware,
    drive: FloatArray,
    batch: int,
    script: Script,
    alter: Callable[[Parts], None] = leave_alone,
) -> Run:
    """Run a loop at pace stepped to its end."""
    with rigged(rig, hardware, drive, lambda bridge: ScriptPacer(batch, script, bridge), alter=alter) as made:
        end = made.loop.run()
        rows = made.row_ring.reader("r").drain().copy()
        return Run(end, made.loop.state, rows, made.events(), made.parts.law.axes.copy())


@contextlib.contextmanager
def plant_of(config: BenchConfig) -> Iterator[Plant]:
    """The simulated corner itself; its cabling is gone afterwards."""
    wires = Wires.create()
    try:
        yield Plant(config, wires)
    finally:
        wires.close()
        wires.unlink()


@contextlib.contextmanager
def device_of(
    rig: Rig,
    *patches: Patch,
    change: Callable[[int, Codes], None] = unchanged,
    real_plant: bool = False,
    seed: int = 0,
) -> Iterator[InProcess]:
    """A servo controller in this process at pace stepped, with the simulated corner or a faithful plant behind it."""
    config = config_of(rig, seed=seed)
    with contextlib.ExitStack() as stack:
        plant: Plays = stack.enter_context(plant_of(config)) if real_plant else Faithful(config)
        yield InProcess(config, Patched(plant, list(patches), change))


def waves(
    samples: int,
    rng: np.random.Generator,
    centres: tuple[float, float, float] = (0.0, 800.0, 20.0),
    amplitudes: tuple[float, float, float] = (0.02, 300.0, 5.0),
    fade: int = 100,
) -> FloatArray:
    """Drive rows: a slow wave of a random period and phase for each axis, faded in; drive and set point are the same.

    ``fade``: samples in which they come up. The car drives 0.1 m a sample.
    """
    rows, number = np.zeros((samples, 2 * AXES + 3)), np.arange(samples)
    gain = np.minimum(number / fade, 1.0)
    for axis, (centre, amplitude) in enumerate(zip(centres, amplitudes, strict=True)):
        wave = np.sin(2 * np.pi * (number / rng.uniform(120, 400) + rng.uniform()))
        rows[:, axis] = rows[:, AXES + axis] = gain * (centre + amplitude * wave)
    rows[:, 2 * AXES] = 0.1 * number
    rows[:, 2 * AXES + 1] = 50.0
    return rows


def comparable(rows: Rows) -> list[NDArray[Any]]:
    """All fields of rows but the time of day."""
    return [rows[name] for name in rows.dtype.names or () if name != "mono_ns"]


def same(one: Rows, other: Rows) -> bool:
    """Whether rows are the same bit for bit, but for the time of day."""
    return len(one) == len(other) and all(
        (a == b).all() for a, b in zip(comparable(one), comparable(other), strict=True)
    )
