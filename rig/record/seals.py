"""The seals of closed segments: one JSON line each, with the file's hash and the hash of the line before.

``samples/seals.jsonl`` is what makes a segment one of this run: the hash of its last line stands in the event that ends
the run. A segment that is thinned gets another seal, before its file is replaced.
"""

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from rig.record.files import are_remains, from_json, refuse_gone, sha256_of, sync_folder, to_json, write_fully

FILE_NAME = "seals.jsonl"
FIRST_PREV = "0" * 64


class Seal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One closed segment.

    Attributes:
        number: of the line, from 0; -1 in records from before they were numbered.
        file: its name in ``samples/``.
        first, rows: the number of its first row, and how many it stands for; of `rig.record.seconds`, how many it has.
        size, sha256: of the file.
        prev: SHA-256 (hex) of the line before, without its newline; `FIRST_PREV` in the first line.
    """

    number: int = -1
    file: str
    first: int
    rows: int
    size: int
    sha256: str
    prev: str


class SealRecord(msgspec.Struct, frozen=True):
    """What a file of seals holds.

    Attributes:
        seals: all up to the first break of the chain.
        head: SHA-256 of the last good line: one hash that stands for all segments and their order.
        broken: where and how the chain breaks, in words; None where it holds.
        torn: its writer died, or the power went, in the last line.
        good_bytes: length of the part that holds.
    """

    seals: tuple[Seal, ...]
    head: str
    broken: str | None
    torn: bool
    good_bytes: int


class BrokenSealsError(ValueError):
    """The seals that are there are not as they were written; in words."""


class Sealer:
    """Seals the segments of a samples folder; goes on with the seals that are there, after cutting a torn tail.

    Only one process may: the file is locked for as long as it is open here, and with it the folder's samples.
    ``seals``: all of them, in order.

    Raises:
        BlockingIOError: another process writes the samples.
        BrokenSealsError: the chain that is there is broken; it is left as it is.
        OSError: the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = path = folder / FILE_NAME
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            _lock(self._file, path)
            record = read_seals(path)
            if record.broken:
                raise BrokenSealsError(record.broken)
            self.seals, self.head, self._bytes = list(record.seals), record.head, record.good_bytes
            os.ftruncate(self._file, self._bytes)
            sync_folder(folder)
        except BaseException:
            self.close()
            raise

    def seal(self, segment: Path, first: int, rows: int, beside: Path | None = None) -> None:
        """Seal a segment that has been closed; on the disk when this returns. ``beside``: the file that will be it.

        Raises:
            OSError: the disk refuses, and the seals before stay; or the file is gone.
        """
        size, sha256 = _size_and_hash(beside or segment)
        self.check()
        name, number = segment.relative_to(self._folder).as_posix(), len(self.seals)
        seal = Seal(number=number, file=name, first=first, rows=rows, size=size, sha256=sha256, prev=self.head)
        line = to_json(seal)
        try:
            write_fully(self._file, line + b"\n")
        except OSError as error:
            os.ftruncate(self._file, self._bytes)
            error.filename = str(self._path)
            raise
        self._bytes += len(line) + 1
        os.fdatasync(self._file)
        self.head = hashlib.sha256(line).hexdigest()
        self.seals.append(seal)

    def knows(self, segment: Path) -> bool:
        """Whether a segment is, byte for byte, a file that was sealed under its name.

        Raises:
            OSError: it can't be read.
        """
        return is_sealed(self.seals, self._folder, segment.relative_to(self._folder).as_posix())

    def check(self) -> None:
        """See that the file of the seals is still there.

        Raises:
            OSError: it is not.
        """
        refuse_gone(self._file, self._path)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _lock(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BlockingIOError(errno.EWOULDBLOCK, "another recorder still writes there", str(path)) from None


def read_seals(path: Path) -> SealRecord:
    """The seals of a file, as far as the chain holds; never raises for what the file holds. No file: no seals."""
    data = path.read_bytes() if path.exists() else b""
    *lines, tail = data.split(b"\n")
    seals: list[Seal] = []
    head, good_bytes = FIRST_PREV, 0
    for number, line in enumerate(lines, start=1):
        seal, fault = _checked(line, number - 1, head)
        if seal is None:
            if are_remains(lines[number - 1 :], "number", len(seals)):
                break
            return SealRecord(tuple(seals), head, f"{path.name} line {number}: {fault}", bool(tail), good_bytes)
        seals.append(seal)
        head = hashlib.sha256(line).hexdigest()
        good_bytes += len(line) + 1
    return SealRecord(tuple(seals), head, None, len(data) > good_bytes, good_bytes)


def _checked(line: bytes, number: int, head: str) -> tuple[Seal | None, str]:
    try:
        seal = from_json(line, Seal)
    except msgspec.MsgspecError as error:
        return None, f"no seal ({error})"
    if seal.prev != head:
        return None, f"it carries the hash {seal.prev[:12]}… of the line before, {head[:12]}…"
    if seal.number not in (number, -1):
        return None, f"it has number {seal.number}, wanted {number}"
    return seal, ""


def is_sealed(seals: Iterable[Seal], folder: Path, name: str) -> bool:
    """Whether a file in a folder of samples is, byte for byte, one that was sealed under its name.

    Raises:
        OSError: it can't be read.
    """
    found = _size_and_hash(folder / name)
    return any((seal.size, seal.sha256) == found for seal in seals if seal.file == name)


def _size_and_hash(path: Path) -> tuple[int, str]:
    return path.stat().st_size, sha256_of(path)
