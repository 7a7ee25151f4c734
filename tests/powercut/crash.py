"""States that a power cut may leave: of what was on its way to the disk some is there, some not, some is garbage."""

import random
from collections.abc import Callable
from pathlib import Path

from tests.powercut.disk import Disk, File, Folder, Node, Renaming, change, change_names

State = dict[str, bytes | None]
"""A folder after the cut: the bytes of each file by its path; None: a folder."""

BLOCKS = (512, 4096)
"""Bytes that a disk writes as one."""


def crash(disk: Disk, way: str, rng: random.Random) -> State:
    """What is there after a cut at this moment; `way` is one of `WAYS`."""
    files, names = WAYS[way]
    state: State = {}
    _collect(disk.root, "", _names_after(disk, names, rng), lambda file: files(file, rng), state)
    return state


def _lost(file: File, _rng: random.Random) -> bytes:
    return file.safe


def _kept(file: File, _rng: random.Random) -> bytes:
    return bytes(file.live)


def _cut(file: File, rng: random.Random) -> bytes:
    """All up to a byte of one of the writes that wait, and nothing after it."""
    if not file.waiting:
        return file.safe
    last = rng.randrange(len(file.waiting))
    data = bytearray(file.safe)
    for op in file.waiting[:last]:
        change(data, op)
    op = file.waiting[last]
    if op.kind == "truncate":
        return bytes(data)
    torn = bytearray(data)
    change(torn, op)
    return bytes(torn[: rng.randint(min(op.at, len(torn)), len(torn))])


def _zeros(file: File, rng: random.Random) -> bytes:
    """Blocks come in any order; in place of one that did not come there is what was there before, or zeros."""
    return _in_blocks(file, rng, bytes)


def _garbage(file: File, rng: random.Random) -> bytes:
    """As `_zeros`, with whatever lay on the disk: also pieces of the file's own past, and line ends."""

    def rubbish(count: int) -> bytes:
        kind = rng.randrange(3)
        if kind == 0:
            return rng.randbytes(count)
        if kind == 1:
            return (b"\n" + rng.randbytes(7)) * (count // 8) + b"\n" * (count % 8)
        begin = rng.randrange(max(1, len(file.live) - count))
        return bytes(file.live[begin : begin + count].ljust(count, b"\n"))

    return _in_blocks(file, rng, rubbish)


def _in_blocks(file: File, rng: random.Random, filler: Callable[[int], bytes]) -> bytes:
    if not file.waiting:
        return file.safe
    block, share = rng.choice(BLOCKS), rng.choice((0.2, 0.5, 0.9))
    low, high = sorted((len(file.safe), len(file.live)))
    length = rng.choice((high, rng.randint(low, high)))
    data = bytearray(file.live[:length]) + file.safe[len(file.live) : length]
    for begin in range(0, length, block):
        end = min(begin + block, length)
        before = file.safe[begin:end]
        if data[begin:end] != before and rng.random() < share:
            data[begin:end] = before + filler(end - begin - len(before))
    return bytes(data)


def _mixed(file: File, rng: random.Random) -> bytes:
    return rng.choice((_lost, _kept, _cut, _zeros, _garbage))(file, rng)


WAYS: dict[str, tuple[Callable[[File, random.Random], bytes], str]] = {
    "lost": (_lost, "none"),
    "kept": (_kept, "all"),
    "names without bytes": (_lost, "all"),
    "bytes without names": (_kept, "none"),
    "cut back": (_cut, "some"),
    "zeros": (_zeros, "some"),
    "garbage": (_garbage, "some"),
    "mixed": (_mixed, "some"),
}
"""By its name: what happens to a file's bytes that wait, and how many of the changes of names that wait have come."""


def _names_after(disk: Disk, how_many: str, rng: random.Random) -> list[Renaming]:
    """The changes of names that came although they were not certain: any, or with a journal the first ones."""
    waiting = disk.waiting
    if how_many != "some":
        return list(waiting) if how_many == "all" else []
    if disk.system == "journalled":
        return waiting[: rng.randint(0, len(waiting))]
    return [one for one in waiting if rng.random() < 0.5]


def _collect(
    folder: Folder, before: str, came: list[Renaming], bytes_of: Callable[[File], bytes], state: State
) -> None:
    names: dict[str, Node] = dict(folder.safe)
    for one in came:
        if one.folder is folder:
            change_names(names, one)
    for name, node in names.items():
        if isinstance(node, Folder):
            state[before + name] = None
            _collect(node, f"{before}{name}/", came, bytes_of, state)
        else:
            state[before + name] = bytes_of(node)


def lay_out(state: State, folder: Path) -> None:
    """Write a state into an empty folder."""
    for name, data in state.items():
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)
