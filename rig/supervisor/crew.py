"""The processes of a run and the shared memory between them: started together, ended together, leaving nothing."""

import os
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any

from rig.bridge import EVENT_DTYPE, Bridge, Slot
from rig.record import recorder
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt.process import run_loop
from rig.rt.realtime import Timing
from rig.supervisor.launcher import Launched, addresses_of
from rig.supervisor.session import Session
from rig.visa.worker import run_worker
from rig.wiring import LoopOrder

ROWS_CAPACITY = 1 << 16
EVENTS_CAPACITY = 1 << 10
DRIVE_CAPACITY = 1 << 13
JUDGE = "judge"
SUPERVISOR = "supervisor"
READY_TIMEOUT_S = 120.0
END_TIMEOUT_S = 10.0

_spawn = get_context("spawn")


class CrewError(Exception):
    """A process did not come up, or ended before its time; in words."""


class Member:
    """One process and the supervisor's end of its connection."""

    def __init__(self, name: str, target: Any, arguments: tuple[Any, ...], *, connection_at: int) -> None:
        self.name = name
        self.connection, theirs = _spawn.Pipe()
        at = [*arguments]
        at.insert(connection_at, theirs)
        self.process: BaseProcess = _spawn.Process(target=target, args=tuple(at), name=f"rig-{name}", daemon=True)
        self.process.start()
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return self.process.is_alive()

    def receive(self, timeout_s: float) -> Any:
        """The next message.

        Raises:
            CrewError: none came in time, or the process is gone.
        """
        try:
            if self.connection.poll(timeout_s):
                return self.connection.recv()
        except (EOFError, OSError):
            raise CrewError(f"the {self.name} process ended unexpectedly") from None
        raise CrewError(f"the {self.name} process did not answer within {timeout_s:.0f} s")

    def end(self) -> None:
        """Let it end; after a while make it end. Idempotent."""
        self.connection.close()
        self.process.join(END_TIMEOUT_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class Crew:
    """Bench, loop, recorder and VISA worker of one session, and what they share. Use with ``with``."""

    def __init__(self, session: Session, run_dir: Path) -> None:
        self._stack = ExitStack()
        try:
            self._launch(session, run_dir)
            self._share(session)
            self._start(session)
        except BaseException:
            self._stack.close()
            raise

    def _launch(self, session: Session, run_dir: Path) -> None:
        rig, order = session.plan.rig, session.order
        self.launched = None
        if rig.launch:
            options = ("--rig", order.rig, "--pace", session.pace, "--seed", str(session.plan.seed))
            parts = ("--specimens", str(session.specimens_path), "--until-stdin-closes")
            self.launched = self._stack.enter_context(Launched((*rig.launch, *options, *parts), run_dir / "launch.log"))
        wanted: dict[str, str] = {instrument.role: instrument.resource for instrument in rig.instruments}
        self.addresses = addresses_of(self.launched, rig.modbus.address, wanted)

    def _share(self, session: Session) -> None:
        rig = session.plan.rig
        self.bridge = Bridge.create(len(rig.axes), DRIVE_CAPACITY)
        self._stack.callback(self.bridge.unlink)
        self._stack.callback(self.bridge.close)
        dtype = row_dtype(len(rig.axes), len(rig.channels))
        self.rows = self._stack.enter_context(Ring.create(dtype, ROWS_CAPACITY, (recorder.READER, JUDGE)))
        self.events = self._stack.enter_context(Ring.create(EVENT_DTYPE, EVENTS_CAPACITY, (SUPERVISOR,)))
        self.bridge.set(Slot.ALIVE, os.getpid())

    def _start(self, session: Session) -> None:
        order = LoopOrder(
            rig=session.plan.rig,
            pace=session.pace,
            modbus_address=self.addresses["modbus"],
            target_m=session.target_m,
            bridge_name=self.bridge.name,
            bridge_shape=self.bridge.shape,
            rows_name=self.rows.name,
            events_name=self.events.name,
        )
        self.loop = self._member("loop", run_loop, (order,), 1)
        self.visa = None
        if session.plan.rig.instruments:
            self.visa = self._member("visa", run_worker, self._worker_arguments(session), 0)

    def _worker_arguments(self, session: Session) -> tuple[Any, ...]:
        resources = {role: address for role, address in self.addresses.items() if role != "modbus"}
        return (session.plan.rig, resources, session.waveforms_v)

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
        word, timing = self.loop.receive(READY_TIMEOUT_S)
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
        self._stack.close()
