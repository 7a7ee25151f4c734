"""Fixtures for all tests; the first of them fails a test that leaves something behind."""

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest


def _sockets() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


def _processes() -> dict[int, str]:
    """Children of this process, but for Python's own resource tracker, which lives as long as the interpreter."""
    found = {}
    for child in psutil.Process().children(recursive=True):
        try:
            command = " ".join(child.cmdline())
        except psutil.Error:
            continue
        if "multiprocessing.resource_tracker" not in command:
            found[child.pid] = command
    return found


def _shared_memory() -> set[str]:
    return {path.name for path in Path("/dev/shm").glob("psm_*")}


def _orphaned(names: set[str]) -> set[str]:
    """Blocks that no process maps any more; another program's blocks, which come and go, are mapped by it."""
    mapped = ""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            mapped += maps.read_text()
        except OSError:
            continue
    return {name for name in names if name not in mapped and (Path("/dev/shm") / name).exists()}


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves threads, processes, sockets or shared memory behind."""
    threads, processes, sockets, shared = set(threading.enumerate()), _processes(), _sockets(), _shared_memory()
    yield
    gc.collect()
    left = [f"thread {t.name}" for t in set(threading.enumerate()) - threads]
    left += [f"process {pid}: {command}" for pid, command in _processes().items() if pid not in processes]
    left += [f"open {name}" for name in _sockets() - sockets]
    left += [f"shared memory {name}" for name in _orphaned(_shared_memory() - shared)]
    if left:
        pytest.fail("left behind: " + "; ".join(left))
