"""A disk that may lose power: what is on it for certain, and what is only on its way there.

Two kinds of file system. ``posix``: only what the standard promises. A file's fsync brings its bytes, not its name; a
name comes with the fsync of its folder; changes of names that wait may come in any order, some and not others. That is
harsher than any file system in use. ``journalled``, as ext4 or XFS: changes of names come in their order, and any fsync
brings all that came before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from tests.powercut.trace import Op

System = Literal["posix", "journalled"]


@dataclass(slots=True)
class File:
    """A file's bytes: `safe` on the disk for certain, `live` as programs see them, `waiting` the way between them."""

    live: bytearray = field(default_factory=bytearray)
    safe: bytes = b""
    waiting: list[Op] = field(default_factory=list)

    def apply(self, op: Op) -> None:
        """Do a write or truncation that is not certain yet."""
        change(self.live, op)
        self.waiting.append(op)

    def sync(self) -> None:
        """Make all certain."""
        self.safe = bytes(self.live)
        self.waiting.clear()


@dataclass(slots=True)
class Folder:
    """A folder's names; `safe` and `live` as a file's."""

    live: dict[str, "Node"] = field(default_factory=dict)
    safe: dict[str, "Node"] = field(default_factory=dict)


Node = File | Folder


@dataclass(frozen=True, slots=True)
class Renaming:
    """One change of names in a folder, which comes whole or not at all; None: the name goes."""

    folder: Folder
    names: dict[str, Node | None]


class Disk:
    """The traced folder, operation by operation. `waiting`: the changes of names that are not certain, in order."""

    def __init__(self, system: System) -> None:
        self.system = system
        self.root = Folder()
        self.waiting: list[Renaming] = []

    def apply(self, op: Op) -> None:
        """Do one operation of the trace."""
        if op.kind != "promise":
            getattr(self, f"_{op.kind}")(op)

    def _create(self, op: Op) -> None:
        self._rename_in(op.path, File())

    def _folder(self, op: Op) -> None:
        self._rename_in(op.path, Folder())

    def _write(self, op: Op) -> None:
        self._file(op.path).apply(op)

    _truncate = _write

    def _unlink(self, op: Op) -> None:
        self._rename_in(op.path, None)

    def _rename(self, op: Op) -> None:
        source, target = PurePosixPath(op.path), PurePosixPath(op.to)
        if source.parent != target.parent:
            raise ValueError(f"{op.path} goes into another folder: the model has no such renaming")
        self._put(self._dir(source.parent), {source.name: None, target.name: self._file(op.path)})

    def _sync(self, op: Op) -> None:
        node = self._node(PurePosixPath(op.path))
        if isinstance(node, File):
            node.sync()
        self._commit(node)

    def _commit(self, node: Node) -> None:
        """Make changes of names certain: a folder's own, or with a journal all."""
        left = []
        for one in self.waiting:
            if self.system == "journalled" or one.folder is node:
                change_names(one.folder.safe, one)
            else:
                left.append(one)
        self.waiting = left

    def _rename_in(self, path: str, node: Node | None) -> None:
        pure = PurePosixPath(path)
        self._put(self._dir(pure.parent), {pure.name: node})

    def _put(self, folder: Folder, names: dict[str, Node | None]) -> None:
        self.waiting.append(Renaming(folder, names))
        change_names(folder.live, self.waiting[-1])

    def _node(self, path: PurePosixPath) -> Node:
        node: Node = self.root
        for part in path.parts:
            assert isinstance(node, Folder)
            node = node.live[part]
        return node

    def _dir(self, path: PurePosixPath) -> Folder:
        node = self._node(path)
        assert isinstance(node, Folder)
        return node

    def _file(self, path: str) -> File:
        node = self._node(PurePosixPath(path))
        assert isinstance(node, File)
        return node


def change(data: bytearray, op: Op) -> None:
    """Do a write or truncation to bytes; what lies between their end and the place of a write becomes zeros."""
    missing = op.at - len(data)
    if missing > 0:
        data.extend(bytes(missing))
    if op.kind == "truncate":
        del data[op.at :]
    else:
        data[op.at : op.at + len(op.data)] = op.data


def change_names(names: dict[str, Node], renaming: Renaming) -> None:
    """Do a change of names."""
    for name, node in renaming.names.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


def files_of(folder: Folder, before: str = "") -> Iterator[tuple[str, File | None]]:
    """Every file below a folder with its path, as programs see it, and every folder with None, before what is in it."""
    for name, node in folder.live.items():
        if isinstance(node, Folder):
            yield before + name, None
            yield from files_of(node, f"{before}{name}/")
        else:
            yield before + name, node
