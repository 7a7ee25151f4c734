"""What the kernel tells of the machine, as texts of ``/proc`` and ``/sys``, and what can be read from them."""

import re
from dataclasses import dataclass
from pathlib import Path

_SLOW_CLOCKS = ("hpet", "acpi_pm", "jiffies", "pit", "refined-jiffies")


@dataclass(frozen=True, slots=True)
class Host:
    """A machine by its files; another root is another machine, in a test."""

    root: Path = Path("/")

    def text(self, path: str) -> str | None:
        """A file's text without the blanks around it; None where it can't be read."""
        try:
            return (self.root / path).read_text("utf-8", errors="replace").strip()
        except OSError:
            return None

    def texts(self, pattern: str) -> list[str]:
        """The texts of all files of a pattern that can be read."""
        found = (self.text(str(path.relative_to(self.root))) for path in sorted(self.root.glob(pattern)))
        return [text for text in found if text is not None]


def preemption(version: str, realtime: str | None, modes: str | None, command_line: str | None) -> str:
    """The kernel's preemption: ``rt``, ``full``, ``lazy``, ``voluntary`` or ``none``; ``dynamic`` where none is told.

    Args:
        version: what ``uname -v`` prints.
        realtime: ``/sys/kernel/realtime``, only there with PREEMPT_RT.
        modes: ``/sys/kernel/debug/sched/preempt``, the present one in brackets; for root alone.
        command_line: ``/proc/cmdline``.
    """
    if realtime == "1" or "PREEMPT_RT" in version:
        return "rt"
    if "PREEMPT_DYNAMIC" not in version:
        return "full" if "PREEMPT" in version else "none"
    for text, pattern in ((modes, r"\((\w+)\)"), (command_line, r"\bpreempt=(\w+)")):
        found = re.search(pattern, text or "")
        if found:
            return found[1]
    return "dynamic"


def slow_clock(source: str) -> bool:
    """Whether reading this clock source costs microseconds, as it goes to a device."""
    return source in _SLOW_CLOCKS


def load_of(text: str | None) -> float | None:
    """The mean number of busy processes in the last minute, from ``/proc/loadavg``; None where it is not told."""
    try:
        return float((text or "").split()[0])
    except (IndexError, ValueError):
        return None
