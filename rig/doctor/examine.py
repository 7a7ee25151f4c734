"""The whole examination: the machine, the loop's process on it, the bench."""

from collections.abc import Generator
from pathlib import Path

from rig.doctor.bench import RigFile, bench_lines
from rig.doctor.host import Host
from rig.doctor.lines import Line
from rig.doctor.loop import Glance, Told, loop_lines
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
    yield from loop_lines(file.rig, seconds, told, glance)
    yield from bench_lines(file, glance)
