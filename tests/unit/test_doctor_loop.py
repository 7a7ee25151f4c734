"""The process that stands for the loop, and the program in C that it is compared with."""

import os
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest
from corner_bench import corner, driver, served

from drivers.errors import IdentityError
from rig.bridge import Bridge
from rig.config import load_rig
from rig.doctor import examine, loop, reference
from rig.doctor.attempt import Attempt, AttemptError
from rig.doctor.bench import RigFile
from rig.doctor.lines import Mark
from rig.doctor.loop import loop_lines
from rig.doctor.reference import NoReferenceError, Reference, compile_reference
from rig.rt.realtime import Timing
from rig.supervisor.interrupt import StoppedEarly

PERIOD_NS = 1_000_000
SHORT_NS = 5_000  # less than waking takes: some cycles are late on any machine
ORDINARY = Timing("B", False, False, "not asked for")
needs_a_compiler = pytest.mark.skipif(
    not any(map(shutil.which, ("cc", "gcc", "clang"))), reason="no C compiler on the PATH (Debian: gcc)"
)


def unhurried() -> None:
    """Nobody stops anything."""


def untold(words: str, done: float, whole: float) -> None:
    """Nobody is told."""


def test_both_ways_of_waking_count_every_cycle() -> None:
    """Asleep or late, each cycle is one of the two; counts go on from slice to slice, the two are kept apart."""
    with Attempt(SHORT_NS, None, unhurried) as attempt:
        assert attempt.given.timing.grade in "AB"
        for who in ("pacer", "ctypes", "pacer"):
            found = attempt.wake(who, 30, 0.03)
        both = [attempt.wake(who, 0, 0.0) for who in ("pacer", "ctypes")]
    assert [one.late_cycles + int(one.wake_up.counts.sum()) for one in (found, *both)] == [60, 60, 30]
    assert min(one.late_cycles for one in both) > 0


def test_a_process_that_is_gone_is_told() -> None:
    """Killed in between: a sentence, and nothing is left."""
    with Attempt(PERIOD_NS, None, unhurried) as attempt:
        assert attempt._process.pid is not None
        os.kill(attempt._process.pid, signal.SIGKILL)
        with pytest.raises(AttemptError, match="ended unexpectedly"):
            attempt.wake("pacer", 10, 0.1)


def test_a_person_may_stop_in_the_middle() -> None:
    """While it wakes for a minute: over at once, and nothing is left."""
    stopped: list[bool] = []

    def glance() -> None:
        if stopped:
            raise StoppedEarly

    with Attempt(PERIOD_NS, None, glance) as attempt:
        stopped.append(True)
        with pytest.raises(StoppedEarly):
            attempt.wake("pacer", 60_000, 60.0)


@needs_a_compiler
def test_the_program_in_c_counts_every_cycle(tmp_path: Path) -> None:
    """Asleep or late, over two slices; at ordinary scheduling it is as ours is."""
    program = Reference(compile_reference(tmp_path), SHORT_NS, ORDINARY, unhurried)
    for _ in range(2):
        found = program.wake(30, 0.03)
    assert found.late_cycles + int(found.wake_up.counts.sum()) == 60
    assert found.late_cycles > 0
    assert program.alike


@needs_a_compiler
def test_unlike_scheduling_is_noticed(tmp_path: Path) -> None:
    """The program is not given what ours was: here, as it is not asked for."""
    program = Reference(compile_reference(tmp_path), PERIOD_NS, ORDINARY, unhurried)
    program._given = Timing("B", True, False, "as if")
    program.wake(2, 0.01)
    assert not program.alike


@needs_a_compiler
def test_a_program_that_fails_is_told(tmp_path: Path) -> None:
    """A processor that is not there: its exit code, not a guess."""
    program = Reference(compile_reference(tmp_path), PERIOD_NS, Timing("B", False, False, "", 1000), unhurried)
    with pytest.raises(NoReferenceError, match="ended with exit code 4"):
        program.wake(2, 0.01)


@needs_a_compiler
def test_the_program_in_c_ends_with_the_person(tmp_path: Path) -> None:
    """Nothing is left of a slice of a minute."""

    def stop() -> None:
        raise StoppedEarly

    program = Reference(compile_reference(tmp_path), PERIOD_NS, ORDINARY, stop)
    with pytest.raises(StoppedEarly):
        program.wake(60_000, 60.0)


@needs_a_compiler
def test_a_compiler_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its last line."""
    source = tmp_path / "wrong.c"
    source.write_text("int main(void) { return nothing; }\n")
    monkeypatch.setattr(reference, "SOURCE", source)
    with pytest.raises(NoReferenceError, match="failed: "):
        compile_reference(tmp_path)


def test_without_a_compiler_the_kernels_sleep_is_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor says with what it compares."""
    monkeypatch.setattr(reference.shutil, "which", lambda _: None)
    monkeypatch.setattr(loop, "_SLICE_S", 0.05)
    with Attempt(PERIOD_NS, None, unhurried) as attempt:
        lines = {line.what: line for line in loop_lines(load_rig("one_corner"), attempt, 0.2, untold, unhurried)}
    assert "clock_nanosleep called from Python, as there is no C compiler" in lines["against C"].found
    assert set(lines) == {"scheduling", "timer slack", "wake-up", "late cycles", "against C", "steal time"}


def test_a_process_that_does_not_come_up_is_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not a traceback; what was found of the machine stays."""

    def attempt(*_: object) -> None:
        raise AttemptError("it did not come up")

    monkeypatch.setattr(examine, "Attempt", attempt)
    file = RigFile(tmp_path / "x.yaml", load_rig("one_corner"))
    *machine, line = examine.examine(file, 1.0, tmp_path, untold, unhurried)
    assert len(machine) == 8
    assert (line.mark, line.found) == (Mark.BAD, "it did not come up")


def test_without_shared_memory_there_is_a_word_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full /dev/shm is no traceback."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Bridge, "create", full)
    with pytest.raises(AttemptError, match="no shared memory can be had: No space left"):
        Attempt(PERIOD_NS, None, unhurried)


@needs_a_compiler
def test_a_reference_that_fails_ends_the_test_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The permissions have been told; what could not be measured is a caution."""

    def fail(*_: object) -> None:
        raise NoReferenceError("the program in C ended with exit code 9")

    monkeypatch.setattr(Reference, "wake", fail)
    with Attempt(PERIOD_NS, None, unhurried) as attempt:
        *_, line = loop_lines(load_rig("one_corner"), attempt, 0.2, untold, unhurried)
    assert (line.what, line.mark) == ("loop test", Mark.CAUTION)
    assert "exit code 9" in line.found


def test_the_round_trips_are_of_a_process_like_the_loop() -> None:
    """So many reads and no frame; what goes wrong with the device is raised here as it was raised there."""
    with (
        served(corner("stepped")) as (address, _),
        closing(driver(address)) as watcher,
        Attempt(PERIOD_NS, None, unhurried) as attempt,
    ):
        watcher.open()
        before = watcher.status()
        trips = attempt.read_status(load_rig("one_corner"), f"{address[0]}:{address[1]}", 20)
        wrong = load_rig("one_corner").model_copy(update={"sample_rate_hz": 400})
        with pytest.raises(IdentityError, match="wanted 400"):
            attempt.read_status(wrong, f"{address[0]}:{address[1]}", 20)
        after = watcher.status()
    assert (after.sequence, after.key, after.state) == (before.sequence, before.key, before.state)
    assert trips.counts.sum() == 20
    assert trips.longest_ns > 0
