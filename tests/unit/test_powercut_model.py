"""The disk that may lose power, and the states it leaves: only what the standard allows, and all of that."""

import random
from typing import get_args

import pytest

from tests.powercut.crash import WAYS, State, crash
from tests.powercut.disk import Disk, System
from tests.powercut.trace import Op, Reading, UnknownCallError

SYSTEMS: tuple[System, ...] = get_args(System)


def disk_after(system: System, *ops: Op) -> Disk:
    disk = Disk(system)
    for op in ops:
        disk.apply(op)
    return disk


def states(disk: Disk, way: str = "mixed") -> list[State]:
    """Many of those that a way may leave."""
    return [crash(disk, way, random.Random(seed)) for seed in range(300)]


CREATED = (Op("create", "a"), Op("write", "a", 0, b"one"), Op("sync", "a"))
SAFE = (*CREATED, Op("sync", "."))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_synced_stays(system: System, way: str) -> None:
    """Bytes by their own sync, names by the folder's; nothing else can come of it."""
    assert all(state == {"a": b"one"} for state in states(disk_after(system, *SAFE), way))


def test_a_name_comes_with_its_folder_or_with_the_journal() -> None:
    """By the standard the fsync of a file does not bring its name; a journal does."""
    assert {tuple(state.items()) for state in states(disk_after("posix", *CREATED))} == {(), (("a", b"one"),)}
    assert all(state == {"a": b"one"} for state in states(disk_after("journalled", *CREATED)))


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_renaming_is_whole_and_may_be_undone(system: System) -> None:
    """The old file or the new one; with its bytes not synced also one without bytes."""
    other = (Op("create", "b"), Op("write", "b", 0, b"TWO"))
    found = {state.get("a") for state in states(disk_after(system, *SAFE, *other, Op("rename", "b", to="a")))}
    assert {b"one", b"TWO", b""} <= found
    synced = disk_after(system, *SAFE, *other, Op("sync", "b"), Op("rename", "b", to="a"))
    assert {state.get("a") for state in states(synced)} == {b"one", b"TWO"}


def test_names_come_in_any_order_by_the_standard_and_in_theirs_with_a_journal() -> None:
    """A later one without the one before it."""
    ops = (Op("create", "a"), Op("create", "b"))
    assert {tuple(state) for state in states(disk_after("posix", *ops))} == {(), ("a",), ("b",), ("a", "b")}
    assert {tuple(state) for state in states(disk_after("journalled", *ops))} == {(), ("a",), ("a", "b")}


def test_a_folder_that_did_not_come_takes_along_what_is_in_it() -> None:
    """However often that was synced."""
    ops = (Op("folder", "f"), Op("create", "f/a"), Op("write", "f/a", 0, b"x"), Op("sync", "f/a"), Op("sync", "f"))
    assert {tuple(state) for state in states(disk_after("posix", *ops))} == {(), ("f", "f/a")}
    assert {tuple(state) for state in states(disk_after("journalled", *ops))} == {("f", "f/a")}


@pytest.mark.parametrize("system", SYSTEMS)
def test_bytes_that_wait_are_cut_zeros_or_garbage(system: System) -> None:
    """Those that are safe stay as they are, at any length of the rest."""
    more = bytes(range(1, 256)) * 9
    disk = disk_after(system, *SAFE, Op("write", "a", 3, more))
    found = [state["a"] or b"" for state in states(disk)]
    assert all(data[:3] == b"one" and len(data) <= 3 + len(more) for data in found)
    assert len({len(data) for data in found}) > 50
    assert any(bytes(512) in data for data in found)
    strange = [data for data in found if any(a not in (0, b) for a, b in zip(data[3:], more, strict=False))]
    assert len(strange) > 20
    swapped = [
        data for data in found if not any(data[3:512]) and data[512:] and data[512:] == more[509 : len(data) - 3]
    ]
    assert swapped  # a later block came, an earlier one did not


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_truncation_may_be_undone(system: System) -> None:
    """Until it is synced."""
    disk = disk_after(system, *SAFE, Op("truncate", "a", 1))
    assert {state["a"] for state in states(disk)} == {b"one", b"on", b"o"}
    disk.apply(Op("sync", "a"))
    assert {state["a"] for state in states(disk)} == {b"o"}


def hexed(text: str) -> str:
    """As strace -xx prints it."""
    return '"' + "".join(f"\\x{ord(letter):02x}" for letter in text) + '"'


@pytest.mark.parametrize(
    "call",
    [
        "fallocate(7, 0, 0, 10) = 0",
        "pwrite64(7, {text}, 1, 0) = 1",
        "copy_file_range(8, NULL, 7, NULL, 10, 0) = 10",
        "dup(7) = 9",
        "fcntl(7, F_DUPFD_CLOEXEC, 0) = 9",
        "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_SHARED, 7, 0) = 0x7f0000000000",
        "link({path}, {path}) = 0",
        "rmdir({path}) = 0",
    ],
)
def test_a_call_that_the_model_does_not_know_is_refused(call: str) -> None:
    """As soon as it concerns a traced file; elsewhere it may be."""
    opened = f"1 openat(AT_FDCWD, {hexed('/t/w/a')}, O_WRONLY|O_CREAT, 0644) = 7"
    elsewhere = opened.replace(hexed("/t/w/a"), hexed("/t/v/a"))
    words = "1 " + call.format(text=hexed("x"), path=hexed("/t/w/a"))
    assert list(Reading("/t/w", "/t/m").ops(iter([elsewhere, words.replace(hexed("/t/w/a"), hexed("/t/v/a"))]))) == []
    with pytest.raises(UnknownCallError):
        list(Reading("/t/w", "/t/m").ops(iter([opened, words])))


def test_a_trace_is_read() -> None:
    """Appends, seeks, renamings with a file open, failed calls, another program's calls."""
    lines = [
        "1 execve(0, 0, 0) = 0",
        f"1 openat(AT_FDCWD, {hexed('/t/w/a')}, O_WRONLY|O_CREAT|O_APPEND|O_CLOEXEC, 0644) = 7",
        f"1 write(7, {hexed('one')}, 3) = 3",
        f"1 rename({hexed('/t/w/a')}, {hexed('/t/w/b')}) = 0",
        f"2 write(7, {hexed('two')}, 3) = 2",
        "3 execve(0, 0, 0) = 0",
        "3 close(7) = 0",
        "1 write(7, 0, 3) = -1 ENOSPC (No space left on device)",
        "1 fdatasync(7) = 0",
        "1 close(7) = 0",
        "1 fsync(7) = 0",
    ]
    assert list(Reading("/t/w", "/t/m").ops(iter(lines))) == [
        Op("create", "a"),
        Op("write", "a", 0, b"one"),
        Op("rename", "a", to="b"),
        Op("write", "b", 3, b"tw"),
        Op("sync", "b"),
    ]
