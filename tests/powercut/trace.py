"""The trace of the writer: what strace saw it do to files, as a list of operations.

Nothing is passed over: a call that changes a traced file in a way that is not known here raises.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.powercut.writer import Promise

STRACE = shutil.which("strace")

_CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fsync,fdatasync,sync_file_range,sync,"
    "syncfs,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,close,dup,dup2,"
    "dup3,fcntl,lseek,mmap,fallocate,copy_file_range,sendfile,splice,io_uring_setup,execve"
)
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)(?: .*)?$")
_UNFINISHED = re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")


@dataclass(frozen=True, slots=True)
class Op:
    """One operation.

    Attributes:
        kind: ``create``, ``folder``, ``write``, ``truncate``, ``sync``, ``rename``, ``unlink`` or ``promise``.
        path: of the file or folder, relative to the traced folder, by the name that it has at that moment.
        at: where a write begins, or the new length of a truncated file.
        to: the new name.
    """

    kind: str
    path: str = ""
    at: int = 0
    data: bytes = b""
    to: str = ""
    promise: Promise | None = None


class UnknownCallError(Exception):
    """The writer did something to a file that the model of the disk does not know."""


def record(scratch: Path) -> tuple[Path, list[Op]]:
    """Run the writer under strace; the folder that it wrote, and all that it did there.

    Raises:
        subprocess.CalledProcessError: strace or the writer failed; what it said is in its ``stderr``.
    """
    folder, markers, log = scratch / "written", scratch / "markers", scratch / "strace"
    folder.mkdir()
    assert STRACE is not None
    words = [STRACE, "-f", "--seccomp-bpf", "-xx", "-s", str(1 << 22), "-e", f"trace={_CALLS}", "-o", log]
    program = [sys.executable, "-m", "tests.powercut.writer", folder, markers]
    root = Path(__file__).parent.parent.parent
    environment = os.environ | {"PYTHONPATH": str(root)}
    subprocess.run([*words, *program], check=True, capture_output=True, text=True, env=environment, cwd=root)
    return folder, list(Reading(folder, markers).ops(whole_lines(log)))


def can_trace() -> str:
    """Why strace can't trace here, in words; empty where it can."""
    if STRACE is None:
        return "no strace on the PATH (Debian: strace)"
    done = subprocess.run([STRACE, "-f", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"strace can't trace here: {done.stderr.strip()}"


def whole_lines(log: Path) -> Iterator[str]:
    """The lines of a log of strace, calls that were interrupted by another thread's put together where they end."""
    begun: dict[str, str] = {}
    with log.open() as file:
        for line in file:
            text = line.rstrip("\n")
            if unfinished := _UNFINISHED.match(text):
                begun[unfinished[1]] = unfinished[2]
            elif resumed := _RESUMED.match(text):
                yield f"{resumed[1]} {begun.pop(resumed[1])}{resumed[2]}"
            else:
                yield text


@dataclass(slots=True)
class _Handle:
    path: str
    appends: bool
    at: int = 0


class Reading:
    """Turns calls into operations; knows which file descriptors are open on the traced files."""

    def __init__(self, folder: Path | str, markers: Path | str) -> None:
        self._folder, self._markers = f"{folder}/", str(markers)
        self._handles: dict[int, _Handle] = {}
        self._lengths: dict[str, int] = {}
        self._writer = ""
        self._strangers: set[str] = set()

    def ops(self, lines: Iterator[str]) -> Iterator[Op]:
        """The operations of a trace."""
        for line in lines:
            call = _LINE.match(line)
            if call and not call[4].startswith("-") and call[4] != "?" and not self._is_strange(call[1], call[2]):
                yield from self._call(call[2], call[3].split(", "), int(call[4], 0))

    def _is_strange(self, process: str, name: str) -> bool:
        """Whether a call is that of another program that the writer started: Python's resource tracker."""
        self._writer = self._writer or process
        if name == "execve" and process != self._writer:
            self._strangers.add(process)
        return name == "execve" or process in self._strangers

    def _call(self, name: str, args: list[str], result: int) -> Iterator[Op]:
        known = getattr(self, f"_on_{name}", None)
        if known is not None:
            yield from known(args, result)
        elif self._concerns(args):
            raise UnknownCallError(f"{name}({', '.join(arg[:80] for arg in args)})")

    def _concerns(self, args: list[str]) -> bool:
        """Whether a call has to do with a traced file, by any of its arguments."""
        numbers = {int(arg) for arg in args if arg.isdigit()}
        return bool(numbers & self._handles.keys()) or any(self._name(arg) for arg in args if arg.startswith('"'))

    def _name(self, arg: str) -> str:
        """A path below the traced folder, ``.`` for itself; empty where it is another."""
        path = f"{_unhex(arg).decode()}/"
        return (path.removeprefix(self._folder)[:-1] or ".") if path.startswith(self._folder) else ""

    def _on_openat(self, args: list[str], result: int) -> Iterator[Op]:
        self._handles.pop(result, None)
        flags = args[2].split("|")
        if _unhex(args[1]).decode() == self._markers:
            self._handles[result] = _Handle(self._markers, appends=True)
        elif path := self._name(args[1]):
            if "O_CREAT" in flags and path not in self._lengths:
                self._lengths[path] = 0
                yield Op("create", path)
            if "O_TRUNC" in flags and self._lengths.get(path):
                yield from self._truncated(path, 0)
            self._handles[result] = _Handle(path, "O_APPEND" in flags)

    def _on_write(self, args: list[str], result: int) -> Iterator[Op]:
        handle = self._handles.get(int(args[0]))
        if handle is None:
            return
        data = _unhex(args[1])[:result]
        if handle.path == self._markers:
            yield Op("promise", promise=msgspec.json.decode(data, type=Promise))
            return
        at = self._lengths[handle.path] if handle.appends else handle.at
        handle.at = at + result
        self._lengths[handle.path] = max(self._lengths[handle.path], handle.at)
        yield Op("write", handle.path, at, data)

    def _on_lseek(self, args: list[str], result: int) -> Iterator[Op]:
        if handle := self._handles.get(int(args[0])):
            handle.at = result
        return iter(())

    def _on_ftruncate(self, args: list[str], _result: int) -> Iterator[Op]:
        if handle := self._handles.get(int(args[0])):
            yield from self._truncated(handle.path, int(args[1]))

    def _truncated(self, path: str, length: int) -> Iterator[Op]:
        self._lengths[path] = length
        yield Op("truncate", path, length)

    def _on_fsync(self, args: list[str], _result: int) -> Iterator[Op]:
        if handle := self._handles.get(int(args[0])):
            yield Op("sync", handle.path)

    _on_fdatasync = _on_fsync

    def _on_rename(self, args: list[str], _result: int) -> Iterator[Op]:
        path, to = self._name(args[0]), self._name(args[1])
        if not path and not to:
            return
        self._lengths[to] = self._lengths.pop(path)
        for handle in self._handles.values():
            handle.path = to if handle.path == path else handle.path
        yield Op("rename", path, to=to)

    def _on_unlink(self, args: list[str], _result: int) -> Iterator[Op]:
        if path := self._name(args[0]):
            del self._lengths[path]
            yield Op("unlink", path)

    def _on_mkdir(self, args: list[str], _result: int) -> Iterator[Op]:
        if path := self._name(args[0]):
            yield Op("folder", path)

    def _on_close(self, args: list[str], _result: int) -> Iterator[Op]:
        self._handles.pop(int(args[0]), None)
        return iter(())

    def _on_fcntl(self, args: list[str], _result: int) -> Iterator[Op]:
        if args[1].startswith("F_DUPFD") and int(args[0]) in self._handles:
            raise UnknownCallError("fcntl: a second descriptor for a traced file")
        return iter(())

    def _on_mmap(self, args: list[str], _result: int) -> Iterator[Op]:
        if "MAP_SHARED" in args[3] and "PROT_WRITE" in args[2] and int(args[4]) in self._handles:
            raise UnknownCallError("mmap: a traced file is written by memory")
        return iter(())


def _unhex(arg: str) -> bytes:
    """A string as strace -xx prints it."""
    if arg.endswith("..."):
        raise UnknownCallError("a string that strace has cut")
    return bytes.fromhex(arg.strip('"').replace("\\x", ""))
