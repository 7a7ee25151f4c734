"""The machine: processors, kernel, clock, load, room and versions; what each means for a run."""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from rig.config import Rig
from rig.doctor.host import Host, load_of, preemption, slow_clock
from rig.doctor.lines import Line, Mark
from rig.record import room
from rig.record.manifest import versions
from rig.record.room import Room
from rig.rt.realtime import ADVICE, cpu_list

SHARED_MB = 64
"""What a run keeps in shared memory at most: rows, events and drive, tens of MB."""
LEAST_DISK_BYTES = 100e6
COMFORTABLE_H = 24.0
_PREEMPTION = {
    "rt": (Mark.GOOD, "PREEMPT_RT: made for this"),
    "full": (Mark.GOOD, "full preemption: the kernel lets the loop in almost everywhere"),
    "lazy": (Mark.GOOD, "lazy preemption: full for real-time processes"),
    "dynamic": (Mark.GOOD, "dynamic preemption, the mode is not told (to root, where debugfs is mounted)"),
    "voluntary": (Mark.CAUTION, "voluntary preemption only"),
    "none": (Mark.CAUTION, "no preemption in the kernel"),
}


def machine_lines(host: Host, rig: Rig, runs: Path) -> Iterator[Line]:
    """What the machine is, before anything is tried.

    Args:
        host: where ``/proc`` and ``/sys`` are.
        rig: what will run here; its sample rate says how long the disk lasts.
        runs: where the run directories go.
    """
    online = _cpus(host.text("sys/devices/system/cpu/online"))
    yield processors(online, _cpus(host.text("sys/devices/system/cpu/isolated")))
    yield kernel(
        host.text("proc/sys/kernel/version") or "",
        host.text("sys/kernel/realtime"),
        host.text("sys/kernel/debug/sched/preempt"),
        host.text("proc/cmdline"),
    )
    yield clock_source(host.text("sys/devices/system/clocksource/clocksource0/current_clocksource"))
    yield governor(host.texts("sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"))
    yield load(load_of(host.text("proc/loadavg")), max(1, len(online)))
    yield shared_memory(room.free_bytes(host.root / "dev/shm"))
    yield disk(room.free_bytes(runs), runs, bytes_a_second(rig))
    yield software(versions())


def processors(online: Collection[int], isolated: Collection[int]) -> Line:
    """How many there are, and whether one is kept for the loop."""
    figures = {"online": len(online), "isolated": len(isolated)}
    if not online:
        return _line("processors", Mark.CAUTION, "not told by the kernel", figures=figures)
    found = f"{len(online)} online, {f'isolated: {_listed(isolated)}' if isolated else 'none isolated'}"
    if len(online) < 2:
        means, do = "the loop shares the only one with everything else", "a machine with two or more"
        return _line("processors", Mark.CAUTION, found, means, do, figures)
    means = (
        "the loop has one to itself"
        if isolated
        else f"enough for grade A; with an isolated one it is tighter, {ADVICE}"
    )
    return _line("processors", Mark.GOOD, found, means, figures=figures)


def kernel(version: str, realtime: str | None, modes: str | None, command_line: str | None) -> Line:
    """Whether the kernel can be interrupted for the loop; see `rig.doctor.host.preemption`."""
    model = preemption(version, realtime, modes, command_line)
    mark, found = _PREEMPTION.get(model, (Mark.GOOD, f"preemption {model}"))
    if mark is Mark.GOOD:
        return _line("kernel", mark, found, figures={"preemption": model})
    do = "preempt=full on the kernel's command line, or a kernel with PREEMPT_RT"
    return _line("kernel", mark, found, "long system calls of others delay the loop", do, {"preemption": model})


def clock_source(source: str | None) -> Line:
    """What time is read from."""
    if source is None:
        return _line("clock source", Mark.CAUTION, "not told by the kernel", figures={"source": None})
    if slow_clock(source):
        means = "each look at the clock asks a device, microseconds each time"
        do = "clocksource=tsc on the kernel's command line, where the processor's counter is stable"
        return _line("clock source", Mark.CAUTION, source, means, do, {"source": source})
    return _line("clock source", Mark.GOOD, source, "read without a system call", figures={"source": source})


def governor(found: Sequence[str]) -> Line:
    """What the processors' frequency follows."""
    kinds = sorted(set(found))
    figures = {"governor": ", ".join(kinds) or None}
    if not kinds:
        return _line("governor", Mark.GOOD, "none: the frequency is not this system's to set", figures=figures)
    if kinds == ["performance"]:
        return _line("governor", Mark.GOOD, "performance", figures=figures)
    means = "a processor that sleeps at a low frequency wakes the loop late"
    return _line("governor", Mark.CAUTION, ", ".join(kinds), means, "cpupower frequency-set -g performance", figures)


def load(busy: float | None, cpus: int) -> Line:
    """What others do here. ``busy``: processes, mean of the last minute."""
    if busy is None:
        return _line("load", Mark.CAUTION, "not told by the kernel", figures={"load": None})
    found, figures = f"{busy:.1f} busy processes on {cpus} processors", {"load": busy}
    if busy <= 0.5 * cpus:
        return _line("load", Mark.GOOD, found, figures=figures)
    means = "others are busy here; the figures below suffer from it, and a run would"
    return _line("load", Mark.CAUTION, found, means, "end what is not needed, and ask again", figures)


def shared_memory(free_bytes: int | None) -> Line:
    """Room for what the processes of a run share."""
    if free_bytes is None:
        do = "mount a tmpfs at /dev/shm"
        return _line("shared memory", Mark.BAD, "no /dev/shm", "the processes of a run meet there", do)
    free_mb = free_bytes / 1e6
    found, figures = f"{room.in_bytes(free_bytes)} free in /dev/shm", {"free_mb": round(free_mb)}
    if free_mb >= SHARED_MB:
        return _line("shared memory", Mark.GOOD, found, figures=figures)
    means, do = f"a run may need {SHARED_MB} MB", "make it larger: mount -o remount,size=256M /dev/shm (--shm-size)"
    return _line("shared memory", Mark.BAD, found, means, do, figures)


def bytes_a_second(rig: Rig) -> float:
    """What the record of a run takes, as runs usually are."""
    return float(Room(len(rig.axes), len(rig.channels), rig.sample_rate_hz).usual(rig.sample_rate_hz))


def disk(free_bytes: int | None, runs: Path, needed_bytes_per_s: float) -> Line:
    """How long a run may be recorded where run directories go."""
    where = f"for {runs}"
    if free_bytes is None:
        return _line("disk", Mark.BAD, f"no room to be found {where}", "", "--runs DIR names another folder")
    hours = free_bytes / needed_bytes_per_s / 3600.0
    found = f"{room.in_bytes(free_bytes)} free {where}"
    means = f"about {hours:,.0f} h of record at {needed_bytes_per_s * 3.6e-3:.0f} MB/h"
    figures = {"free_mb": round(free_bytes / 1e6), "hours": round(hours, 1)}
    if not free_bytes >= LEAST_DISK_BYTES:
        return _line("disk", Mark.BAD, found, "a run would end with its disk full", "make room, or --runs DIR", figures)
    if not hours >= COMFORTABLE_H:
        return _line("disk", Mark.CAUTION, found, means, "make room before a long run, or --runs DIR", figures)
    return _line("disk", Mark.GOOD, found, means, figures=figures)


def software(found: Mapping[str, str]) -> Line:
    """The versions of what a run computes with."""
    missing = [name for name, version in found.items() if version == "not installed"]
    words = ", ".join(f"{name} {version}" for name, version in found.items() if name not in missing)
    if missing:
        means, do = f"not installed: {', '.join(missing)}", "set the environment up anew: make demo"
        return _line("software", Mark.BAD, words, means, do, dict(found))
    return _line("software", Mark.GOOD, words, figures=dict(found))


def _line(
    what: str, mark: Mark, found: str, means: str = "", do: str = "", figures: Mapping[str, float | str | None] = {}
) -> Line:
    return Line("machine", what, mark, found, means, do, figures)


def _cpus(text: str | None) -> frozenset[int]:
    with contextlib.suppress(ValueError):
        return cpu_list(text or "")
    return frozenset()


def _listed(cpus: Collection[int]) -> str:
    return ", ".join(str(cpu) for cpu in sorted(cpus))
