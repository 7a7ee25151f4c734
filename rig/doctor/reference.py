"""A loop in C that wakes at the same deadlines: what this machine can do at best."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from rig.rt.realtime import FIFO_PRIORITY, Timing
from rig.rt.timing import LoopTiming
from rig.supervisor.interrupt import unheard_by_children

SOURCE = Path(__file__).parent / "clock_nanosleep.c"
_COMPILERS = ("cc", "gcc", "clang")
_COMPILE_TIMEOUT_S = 30.0
_PATIENCE_S = 60.0
_GLANCE_S = 0.1


class NoReferenceError(Exception):
    """The program in C can't be had, or failed; in words."""


def compile_reference(folder: Path) -> Path:
    """The program, compiled into a folder.

    Raises:
        NoReferenceError: there is no compiler, or it failed.
    """
    compiler = next(filter(None, map(shutil.which, _COMPILERS)), None)
    if compiler is None:
        raise NoReferenceError(f"no C compiler ({', '.join(_COMPILERS)})")
    program = folder / "clock_nanosleep"
    try:
        command = [compiler, "-O2", "-o", str(program), str(SOURCE)]
        subprocess.run(command, capture_output=True, check=True, timeout=_COMPILE_TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        raise NoReferenceError(f"{compiler} failed: {_last_line(error.stderr)}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoReferenceError(f"{compiler} failed: {error}") from None
    return program


class Reference:
    """The program in C, started anew for each slice; ``timing`` is what was counted since the start.

    Args:
        program: see `compile_reference`.
        period_ns: between two wake-ups.
        given: what our process was given; the program asks for the same. ``alike`` says whether it was given it.
        glance: called while the program runs; what it raises ends it.
    """

    def __init__(self, program: Path, period_ns: int, given: Timing, glance: Callable[[], None]) -> None:
        self._words = [str(program), "", str(period_ns), str(FIFO_PRIORITY if given.fifo else 0)]
        self._words.append(str(-1 if given.cpu is None else given.cpu))
        self._given, self._glance = given, glance
        self.timing = LoopTiming()
        self.alike = True

    def wake(self, cycles: int, seconds: float) -> LoopTiming:
        """Wake so many times, which takes so long.

        Raises:
            NoReferenceError: the program failed.
        """
        self._words[1] = str(cycles)
        try:
            with unheard_by_children():
                process = subprocess.Popen(self._words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise NoReferenceError(f"the program in C can't be started: {error.strerror or error}") from None
        self._take(self._heard(process, seconds + _PATIENCE_S))
        return self.timing

    def _heard(self, process: "subprocess.Popen[bytes]", timeout_s: float) -> list[bytes]:
        with process:
            try:
                for _ in range(round(timeout_s / _GLANCE_S)):
                    self._glance()
                    try:
                        said, _ = process.communicate(timeout=_GLANCE_S)
                    except subprocess.TimeoutExpired:
                        continue
                    if process.returncode != 0:
                        raise NoReferenceError(f"the program in C ended with exit code {process.returncode}")
                    return said.splitlines()
            finally:
                process.kill()
        raise NoReferenceError(f"the program in C did not end within {timeout_s:.0f} s")

    def _take(self, said: Sequence[bytes]) -> None:
        fifo, locked, late = (int(word) for word in said[0].split())
        self.alike &= bool(fifo) == self._given.fifo and bool(locked) >= self._given.memory_locked
        self.timing.late_cycles += late
        for line in said[1:]:
            self.timing.wake_up.add(int(line))


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
