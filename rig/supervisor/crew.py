"""The processes of a run and the shared memory between them: started together, ended together, leaving nothing."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.bridge import EVENT_DTYPE, Bridge, End, Request, Slot
from rig.config import Pace, Rig
from rig.guard import guarded
from rig.record import recorder
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt.beginning import START, Beginning
from rig.rt.process import run_loop
from rig.rt.realtime import Timing
from rig.supervisor.interrupt import Interrupt, unheard_by_children
from rig.supervisor.launcher import Launched, NoSuchCommandError, addresses_of
from rig.visa.worker import run_worker
from rig.wiring import LoopOrder

ROWS_CAPACITY = 1 << 16
EVENTS_CAPACITY = 1 << 10
DRIVE_CAPACITY = 1 << 13
JUDGE = "judge"
SUPERVISOR = "supervisor"
READY_TIMEOUT_S = 120.0
END_TIMEOUT_S = 10.0
LAUNCH_LOG = "launch.log"
LAUNCH_MEMORY = "launch.memory"
"""Where what is launched may keep what outlasts it: worn parts are worn still when the run is gone on with."""
_GLANCE_S = 0.2

_spawn = get_context("spawn")


@dataclass(frozen=True, slots=True)
class CrewOrder:
    """What a crew is started for.

    Attributes:
        rig, rig_path: the rig file, and where it is.
        pace, seed, specimens_path: for the bench that is launched.
        target_m: where the loop stops.
        waveforms_v: the shaker's block of each segment, float64[points], volts.
        beginning: where the loop begins.
    """

    rig: Rig
    rig_path: Path
    pace: Pace
    seed: int
    specimens_path: Path
    target_m: float
    waveforms_v: tuple[NDArray[np.float64], ...]
    beginning: Beginning = START


class CrewError(Exception):
    """A process did not come up, or ended before its time; in words."""


class Member:
    """One process and the supervisor's end of its connection."""

    def __init__(self, name: str, target: Any, arguments: tuple[Any, ...], *, connection_at: int) -> None:
        self.name = name
        self.connection, theirs = _spawn.Pipe()
        at = [*arguments]
        at.insert(connection_at, theirs)
        self.process: BaseProcess = _spawn.Process(
            target=guarded, args=(name, target, *at), name=f"rig-{name}", daemon=True
        )
        self._up = False
        with unheard_by_children():
            self.process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self.process.is_alive()

    def receive(self, timeout_s: float, glance: Callable[[], None] = lambda: None) -> Any:
        """The next message. ``glance`` is called while it is waited for; what that raises ends the waiting.

        Raises:
            CrewError: none came in time, or the process is gone.
        """
        try:
            for _ in range(max(1, round(timeout_s / _GLANCE_S))):
                glance()
                if self.connection.poll(_GLANCE_S):
                    self._up = True
                    return self.connection.recv()
        except (EOFError, OSError):
            raise CrewError(f"the {self.name} process ended unexpectedly") from None
        raise CrewError(f"the {self.name} process did not answer within {timeout_s:.0f} s")

    def end(self) -> None:
        """Let it end; after a while, or where it is only starting, make it end."""
        if not self._up:
            self.process.kill()
        self.connection.close()
        self.process.join(END_TIMEOUT_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class Crew:
    """Bench, loop, recorder and VISA worker of one order, and what they share. Use with ``with``."""

    def __init__(self, order: CrewOrder, run_dir: Path, interrupt: Interrupt) -> None:
        self._stack = ExitStack()
        self._interrupt = interrupt
        try:
            self._launch(order, run_dir)
            self._share(order.rig)
            self._start(order)
        except BaseException:
            self._stack.close()
            raise

    def _launch(self, order: CrewOrder, run_dir: Path) -> None:
        rig, path = order.rig, order.rig_path
        self.launched = None
        if rig.launch:
            options = ("--rig", str(path.resolve()), "--pace", order.pace, "--seed", str(order.seed))
            parts = ("--specimens", str(order.specimens_path), "--until-stdin-closes")
            memory = ("--memory", str((run_dir / LAUNCH_MEMORY).resolve()))
            command, log = (*rig.launch, *options, *parts, *memory), run_dir / LAUNCH_LOG
            try:
                self.launched = self._stack.enter_context(Launched(command, log, self._interrupt.check))
            except NoSuchCommandError as error:
                found, allowed = f"{rig.launch[0]!r}: {error}", "a command that can be started here"
                raise InputError([Fault(str(path), 0, "launch", found, allowed)]) from None
        wanted: dict[str, str] = {instrument.role: instrument.resource for instrument in rig.instruments}
        self.addresses = addresses_of(self.launched, rig.modbus.address, wanted)

    def _share(self, rig: Rig) -> None:
        self.bridge = Bridge.create(len(rig.axes), DRIVE_CAPACITY)
        self._stack.callback(self.bridge.unlink)
        self._stack.callback(self.bridge.close)
        dtype = row_dtype(len(rig.axes), len(rig.channels))
        self.rows = self._stack.enter_context(Ring.create(dtype, ROWS_CAPACITY, (recorder.READER, JUDGE)))
        self.events = self._stack.enter_context(Ring.create(EVENT_DTYPE, EVENTS_CAPACITY, (SUPERVISOR,)))
        self.bridge.set(Slot.ALIVE, os.getpid())

    def _start(self, order: CrewOrder) -> None:
        loop_order = LoopOrder(
            rig=order.rig,
            pace=order.pace,
            modbus_address=self.addresses["modbus"],
            target_m=order.target_m,
            bridge_name=self.bridge.name,
            bridge_shape=self.bridge.shape,
            rows_name=self.rows.name,
            events_name=self.events.name,
            beginning=order.beginning,
        )
        self.loop = self._member("loop", run_loop, (loop_order,), 1)
        self.visa = None
        if order.rig.instruments:
            resources = {role: address for role, address in self.addresses.items() if role != "modbus"}
            self.visa = self._member("visa", run_worker, (order.rig, resources, order.waveforms_v), 0)

    def start_recorder(self, run_dir: Path, poll_s: float) -> None:
        """Start the recorder; the run directory has its manifest.

        Raises:
            CrewError: it can't record there.
        """
        self.recorder = self._member("recorder", recorder.record, (self.rows.name, str(run_dir)), 2, poll_s)
        answer = self.recorder.receive(READY_TIMEOUT_S)
        if isinstance(answer, recorder.RecorderFault):
            raise CrewError(answer.text)

    def timing(self) -> Timing:
        """Wait until the loop is warm and knows its scheduling.

        Raises:
            CrewError: it did not come up.
        """
        word, timing = self.loop.receive(READY_TIMEOUT_S, self._interrupt.check)
        if word != "ready" or not isinstance(timing, Timing):
            raise CrewError(f"the loop process said {word!r} instead of being ready")
        return timing

    def _member(self, name: str, target: Any, arguments: tuple[Any, ...], at: int, *more: Any) -> Member:
        member = Member(name, target, (*arguments, *more), connection_at=at)
        self._stack.callback(member.end)
        return member

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.bridge.get(Slot.ENDED) == End.NOT_YET:
            self.bridge.raise_request(Request.TRIP)  # it must not go on while the others are ended
        self._stack.close()
