"""Fixtures for all tests; the first of them fails a test that leaves something behind."""

import gc
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

_TRACKER = "multiprocessing.resource_tracker"
"""Python's own process for shared memory, which lives as long as the interpreter."""

GRACE_S = 2.0


def _threads() -> set[str]:
    return {f"thread {thread.name} ({thread.ident})" for thread in threading.enumerate()}


def _sockets() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue
        if target.startswith("socket:"):
            found.add(f"open {target}")
    return found


def _children(pid: int) -> Iterator[int]:
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in listing.read_text().split()]
        except OSError:
            continue
        for child in children:
            yield child
            yield from _children(child)


def _processes() -> set[str]:
    found = set()
    for pid in _children(os.getpid()):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if _TRACKER not in command:
            found.add(f"process {pid}: {command}")
    return found


def _shared_memory() -> set[str]:
    return {f"shared memory {path.name}" for path in Path("/dev/shm").glob("psm_*")}


def _orphaned(blocks: set[str]) -> set[str]:
    """Blocks that no process maps any more; another program's blocks, which come and go, are mapped by it."""
    if not blocks:
        return set()
    mapped = ""
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            mapped += maps.read_text()
        except OSError:
            continue
    return {block for block in blocks if block.split()[-1] not in mapped and block in _shared_memory()}


def _present() -> tuple[set[str], set[str]]:
    return _threads() | _sockets() | _processes(), _shared_memory()


def _left(before: tuple[set[str], set[str]]) -> set[str]:
    own, shared = _present()
    return (own - before[0]) | _orphaned(shared - before[1])


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves threads, processes, sockets or shared memory behind."""
    before = _present()
    yield
    if _left(before):
        gc.collect()  # what only a cycle of references keeps is not left behind
        deadline_s = time.monotonic() + GRACE_S  # a block of another worker's test may be on its way out
        while (left := _left(before)) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        if left:
            pytest.fail("left behind: " + "; ".join(sorted(left)))
