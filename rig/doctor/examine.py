"""The whole examination: the machine, the loop's process on it, the bench."""

from collections.abc import Generator
from pathlib import Path

from rig.doctor.attempt import Attempt, AttemptError
from rig.doctor.bench import RigFile, bench_lines
from rig.doctor.host import Host
from rig.doctor.lines import Line, Mark
from rig.doctor.loop import Glance, Told, loop_lines, period_ns
from rig.doctor.machine import machine_lines


def examine(file: RigFile, seconds: float, runs: Path, told: Told, glance: Glance) -> Generator[Line, None, None]:
    """A line for each thing, as it is found; the bench last, so that a launched one is not beside the loop test.

    Args:
        file: the rig file.
        seconds: how long the loop test takes.
        runs: where run directories go.
        told: is told how far the loop test has come.
        glance: called again and again meanwhile; what it raises ends the examination, and leaves nothing.
    """
    yield from machine_lines(Host(), file.rig, runs)
    try:
        with Attempt(period_ns(file.rig), file.rig.cpu, glance) as attempt:
            yield from loop_lines(file.rig, attempt, seconds, told, glance)
            yield from bench_lines(file, attempt, glance)
    except AttemptError as error:
        do = "RIG_DEBUG=1 shows where it failed"
        yield Line("loop", "loop process", Mark.BAD, str(error), "a run needs such a process", do)
