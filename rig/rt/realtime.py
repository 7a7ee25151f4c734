"""What the loop's process asks of the operating system, and what it was given: the timing grade."""

import contextlib
import ctypes
import gc
import os
import signal
from dataclasses import dataclass
from typing import Literal

_MCL_CURRENT, _MCL_FUTURE = 1, 2
_PR_SET_TIMERSLACK = 29
FIFO_PRIORITY = 60


@dataclass(frozen=True, slots=True)
class Timing:
    """What was given. ``grade`` A: FIFO scheduling and locked memory; B: ordinary scheduling; C: stepped pace."""

    grade: Literal["A", "B", "C"]
    fifo: bool
    memory_locked: bool
    reason: str


def request_realtime() -> Timing:
    """Ask for FIFO scheduling, locked memory and the finest timer slack; say what was given.

    Never raises: where the system refuses, the run works at grade B and says why.
    """
    _set_timer_slack_ns(1)
    reasons: list[str] = []
    fifo = _try_fifo(reasons)
    locked = _try_lock_memory(reasons)
    return Timing("A" if fifo and locked else "B", fifo, locked, "; ".join(reasons) or "SCHED_FIFO and locked memory")


def stepped_timing() -> Timing:
    """The timing of a pace that knows no wall clock."""
    return Timing("C", False, False, "pace stepped: time advances with the samples")


def freeze_garbage() -> None:
    """Collect once, then keep the collector out of the loop."""
    gc.collect()
    gc.freeze()
    gc.disable()


def leave_signals_to_supervisor() -> None:
    """Ctrl-C and a closed terminal reach every process of the terminal, and a service manager's SIGTERM every process
    of the service; only the supervisor decides what they mean.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def steal_ticks() -> int:
    """Clock ticks that the hypervisor took from this machine since boot (``/proc/stat``); -1 where not told."""
    with contextlib.suppress(OSError, IndexError, ValueError), open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8])
    return -1


def _try_fifo(reasons: list[str]) -> bool:
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(FIFO_PRIORITY))
    except (OSError, AttributeError) as error:
        reasons.append(f"SCHED_FIFO refused ({error})")
        return False
    return True


def _try_lock_memory(reasons: list[str]) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) != 0:
        reasons.append(f"mlockall refused ({os.strerror(ctypes.get_errno())})")
        return False
    return True


def _set_timer_slack_ns(slack_ns: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, slack_ns, 0, 0, 0)
