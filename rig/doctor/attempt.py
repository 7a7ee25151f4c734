"""The loop's process without a loop: asks for real time as it does, then wakes by its pacer, or reads a status.

A process of its own, since what is asked for stays with it: locked memory, precedence, a processor. It imports what
the loop imports, so that there is as much memory to lock.
"""

import contextlib
import ctypes
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, NamedTuple

from drivers.errors import BusError
from rig.bridge import Bridge, DriveShape
from rig.clock import RealClock
from rig.config import Rig
from rig.doctor.status import round_trips
from rig.guard import guarded
from rig.rt.pacing import RealPacer
from rig.rt.realtime import Timing, freeze_garbage, request_realtime
from rig.rt.timing import Histogram, LoopTiming
from rig.supervisor.interrupt import unheard_by_children

Waker = Literal["pacer", "ctypes"]
_CLOCK_MONOTONIC, _TIMER_ABSTIME = 1, 1
_GLANCE_S = 0.1
_PATIENCE_S = 60.0
_END_S = 0.5
_SLACK = Path("/proc/self/timerslack_ns")

_spawn = get_context("spawn")


class AttemptError(Exception):
    """The process did not come up, or ended before its time; in words."""


class Given(NamedTuple):
    """What was given: the timing grade with its reasons, and the timer slack (ns; None where it is not told)."""

    timing: Timing
    slack_ns: int | None


class Attempt:
    """The process, for as long as ``with`` lasts.

    Args:
        period_ns: between two wake-ups.
        cpu: the processor that the rig file wants for the loop.
        glance: called while the process is waited for; what it raises ends the waiting.

    Raises:
        AttemptError: it did not come up.
    """

    def __init__(self, period_ns: int, cpu: int | None, glance: Callable[[], None]) -> None:
        self._glance = glance
        try:
            self._bridge = Bridge.create(1, 2)  # where the pacer counts late cycles
        except OSError as error:
            raise AttemptError(f"no shared memory can be had: {error.strerror or error}") from None
        self._connection, theirs = _spawn.Pipe()
        arguments = ("doctor", _serve, theirs, self._bridge.name, self._bridge.shape, period_ns, cpu)
        self._process = _spawn.Process(target=guarded, args=arguments, name="rig-doctor", daemon=True)
        try:
            with unheard_by_children():
                self._process.start()
            theirs.close()
            self.given: Given = self._receive(_PATIENCE_S)
        except BaseException:
            self._end()
            raise

    def wake(self, who: Waker, cycles: int, seconds: float) -> LoopTiming:
        """Wake so many times, which takes so long; all that was counted for this waker since the start.

        Raises:
            AttemptError: the process is gone.
        """
        with contextlib.suppress(OSError):  # then it is gone, which receiving tells
            self._connection.send((who, cycles))
        timing: LoopTiming = self._receive(seconds + _PATIENCE_S)
        return timing

    def read_status(self, rig: Rig, address: str, reads: int) -> Histogram:
        """Round trips of status reads, one in each period, scheduled as the loop is; the device is only read (FC3).

        Raises:
            AttemptError: the process is gone.
            BusError: of the device.
        """
        with contextlib.suppress(OSError):
            self._connection.send(("status", (rig, address, reads)))
        answer: Histogram | BusError = self._receive(_PATIENCE_S)
        if isinstance(answer, BusError):
            raise answer
        return answer

    def _receive(self, timeout_s: float) -> Any:
        try:
            for _ in range(round(timeout_s / _GLANCE_S)):
                self._glance()
                if self._connection.poll(_GLANCE_S):
                    return self._connection.recv()
        except (EOFError, OSError):
            raise AttemptError("the process that stands for the loop ended unexpectedly") from None
        raise AttemptError(f"the process that stands for the loop did not answer within {timeout_s:.0f} s")

    def _end(self) -> None:
        self._connection.close()
        if self._process.pid is not None:
            self._process.join(_END_S)
            self._process.kill()  # in the middle of its wake-ups it hears nothing
            self._process.join()
            self._process.close()
        self._bridge.close()
        self._bridge.unlink()

    def __enter__(self) -> "Attempt":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()


def _serve(connection: Connection, name: str, shape: DriveShape, period_ns: int, cpu: int | None) -> None:
    """The process: says what it was `Given`, then answers (waker, cycles) with a `LoopTiming` until nobody asks."""
    bridge = Bridge.attach(name, shape)
    try:
        connection.send(Given(request_realtime(cpu), _slack_ns()))
        freeze_garbage()
        timings = {"pacer": LoopTiming(), "ctypes": LoopTiming()}
        pacer = RealPacer(period_ns, 1, timings["pacer"], bridge)
        while True:
            who, cycles = connection.recv()
            if who == "status":
                connection.send(round_trips(pacer, *cycles))
                continue
            if who == "pacer":
                _by_pacer(pacer, cycles)
            else:
                _by_ctypes(timings[who], cycles, period_ns)
            connection.send(timings[who])
    finally:
        bridge.close()


def _by_pacer(pacer: RealPacer, cycles: int) -> None:
    pacer.start()
    for _ in range(cycles):
        pacer.wait()


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def _by_ctypes(timing: LoopTiming, cycles: int, period_ns: int) -> None:
    """The kernel's own clock_nanosleep to the same deadlines, as the loop in C has it."""
    sleep, clock, until = ctypes.CDLL(None).clock_nanosleep, RealClock(), _Timespec()
    deadline_ns = clock.now_ns()
    for _ in range(cycles):
        deadline_ns += period_ns
        behind_ns = clock.now_ns() - deadline_ns
        if behind_ns > 0:
            timing.late_cycles += 1
            deadline_ns += behind_ns // period_ns * period_ns
            continue
        until.seconds, until.nanoseconds = divmod(deadline_ns, 1_000_000_000)
        sleep(_CLOCK_MONOTONIC, _TIMER_ABSTIME, ctypes.byref(until), None)
        timing.wake_up.add(clock.now_ns() - deadline_ns)


def _slack_ns() -> int | None:
    with contextlib.suppress(OSError, ValueError):
        return int(_SLACK.read_text("utf-8"))
    return None
