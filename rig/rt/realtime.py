"""What the loop's process asks of the operating system, and what it was given: the timing grade."""

import contextlib
import ctypes
import gc
import os
import resource
import signal
import struct
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_MCL_CURRENT, _MCL_FUTURE = 1, 2
_PR_SET_TIMERSLACK = 29
_CAP_IPC_LOCK, _CAP_SYS_NICE = 14, 23
_ISOLATED = Path("/sys/devices/system/cpu/isolated")
_STATUS = Path("/proc/self/status")
_IDLE_STATES, _LATENCY = Path("/sys/devices/system/cpu/cpu0/cpuidle"), Path("/dev/cpu_dma_latency")
_MB = 1 << 20

FIFO_PRIORITY = 60
"""Above everything else of ours, which is scheduled in the ordinary way, and above the interrupts of a PREEMPT_RT
kernel (50), which the loop never holds up for long: it sleeps or waits for the device most of the time."""
ROOM_MB = 64
"""What must be left below a limit of locked memory: with all memory to come locked, going beyond it fails."""
ADVICE = "see docs/realtime.md"


@dataclass(frozen=True, slots=True)
class Timing:
    """What was given. ``grade`` A: FIFO scheduling and locked memory; B: ordinary scheduling; C: stepped pace.

    ``reason`` says it in words, and why where something was refused. ``cpu``: the one that the process is kept on;
    None where the kernel places it.
    """

    grade: Literal["A", "B", "C"]
    fifo: bool
    memory_locked: bool
    reason: str
    cpu: int | None = None


def request_realtime(cpu: int | None = None) -> Timing:
    """Ask for FIFO scheduling, locked memory, timer slack, no idle states and a processor; say what was given.

    ``cpu``: the processor to be kept on; by default one that the kernel isolates, where there is one (see `loop_cpu`).
    Never raises: where the system refuses, the run works at grade B and says why. What this process starts afterwards,
    threads as well, is scheduled in the ordinary way: nothing comes between the loop and its deadlines.
    """
    _set_timer_slack_ns(1)
    reasons: list[str] = []
    locked = _granted(_lock_memory(), reasons)
    kept_on = _keep_on(cpu, reasons)
    awake = _IDLE_STATES.exists() and _granted(_keep_awake(), reasons)
    fifo = _granted(_take_precedence(), reasons)
    given = [*(["SCHED_FIFO"] if fifo else []), *(["locked memory"] if locked else [])]
    given += [] if kept_on is None else [f"CPU {kept_on}"]
    given += ["no idle states"] if awake else []
    words = [*([", ".join(given)] if given else []), *reasons, *([ADVICE] if reasons else [])]
    return Timing("A" if fifo and locked else "B", fifo, locked, "; ".join(words), kept_on)


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


def cpu_list(text: str) -> frozenset[int]:
    """The numbers in a list as the kernel writes it, such as ``0-2,5``; none in an empty one.

    Raises:
        ValueError: it is none.
    """
    found: set[int] = set()
    for part in filter(None, text.strip().split(",")):
        first, to, last = part.partition("-")
        found.update(range(int(first), int(last if to else first) + 1))
    return frozenset(found)


def isolated_cpus() -> frozenset[int]:
    """The processors on which the kernel places nothing by itself (``isolcpus`` on its command line)."""
    with contextlib.suppress(OSError, ValueError):
        return cpu_list(_ISOLATED.read_text("utf-8"))
    return frozenset()


def loop_cpu(isolated: Collection[int], wanted: int | None = None) -> int | None:
    """Where the loop is kept: where somebody wants it, else on the last isolated processor, else nowhere.

    Not by itself on one that others share: that was measured, and brought no fewer late cycles (docs/performance.md).
    """
    return wanted if wanted is not None else max(isolated, default=None)


def memory_refusal(virtual_bytes: int, limit_bytes: int) -> str | None:
    """Why so much memory can't be locked under a limit; None where it can, and room is left for what is to come."""
    if limit_bytes == resource.RLIM_INFINITY or virtual_bytes + ROOM_MB * _MB <= limit_bytes:
        return None
    found = f"RLIMIT_MEMLOCK is {limit_bytes / _MB:.0f} MB, this process needs {virtual_bytes / _MB + ROOM_MB:.0f} MB"
    return f"memory not locked: {found}; allow LimitMEMLOCK=infinity or CAP_IPC_LOCK"


def _granted(refusal: str | None, reasons: list[str]) -> bool:
    if refusal is not None:
        reasons.append(refusal)
    return refusal is None


def _take_precedence() -> str | None:
    """FIFO scheduling; why not, where it is refused."""
    allowed = _raised_limit(resource.RLIMIT_RTPRIO)
    try:
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(0, policy, os.sched_param(FIFO_PRIORITY))
    except (OSError, AttributeError) as error:
        return _no_precedence(error, allowed)
    return None


def _no_precedence(error: Exception, allowed: int) -> str:
    if _has_capability(_CAP_SYS_NICE) or allowed == resource.RLIM_INFINITY or not allowed < FIFO_PRIORITY:
        return f"SCHED_FIFO refused ({error}) though permitted: its control group has no real-time budget"
    found = f"RLIMIT_RTPRIO is {allowed}, {FIFO_PRIORITY} is needed"
    return f"SCHED_FIFO refused: {found}; allow LimitRTPRIO={FIFO_PRIORITY} or CAP_SYS_NICE"


def _lock_memory() -> str | None:
    """All memory, also that to come; why not, where it is refused.

    A limit that holds just what there is now would be accepted, and every later allocation fail.
    """
    if not _has_capability(_CAP_IPC_LOCK):
        refusal = memory_refusal(_virtual_bytes(), _raised_limit(resource.RLIMIT_MEMLOCK))
        if refusal is not None:
            return refusal
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_MCL_CURRENT | _MCL_FUTURE) != 0:
        return f"memory not locked: mlockall refused ({os.strerror(ctypes.get_errno())})"
    return None


def _keep_on(wanted: int | None, reasons: list[str]) -> int | None:
    cpu = loop_cpu(isolated_cpus(), wanted)
    if cpu is None:
        return None
    try:
        os.sched_setaffinity(0, {cpu})
    except (OSError, OverflowError, ValueError):
        reasons.append(f"not kept on CPU {cpu}: there is none, or it is not permitted")
        return None
    return cpu


def _keep_awake() -> str | None:
    """No processor goes into a state from which it wakes late; why not, where it is refused.

    The request lasts as long as the file is open: as long as this process.
    """
    try:
        os.write(os.open(_LATENCY, os.O_WRONLY), struct.pack("i", 0))
    except OSError as error:
        return f"idle states not held off: {(error.strerror or 'unknown').lower()}; allow writing {_LATENCY}"
    return None


def _raised_limit(which: int) -> int:
    """A limit, after raising it as far as this process may by itself."""
    _, hard = resource.getrlimit(which)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(which, (hard, hard))
    return resource.getrlimit(which)[0]


def _has_capability(number: int) -> bool:
    return bool(int(_status_of("CapEff", "0"), 16) >> number & 1)


def _virtual_bytes() -> int:
    return int(_status_of("VmSize", "0 kB").split()[0]) * 1024


def _status_of(key: str, otherwise: str) -> str:
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text("utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name == key:
                return value.strip()
    return otherwise


def _set_timer_slack_ns(slack_ns: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_TIMERSLACK, slack_ns, 0, 0, 0)
