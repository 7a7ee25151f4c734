"""The seals of closed segments: one JSON line each, with the file's hash and the hash of the line before.

``samples/seals.jsonl`` is what makes a segment one of this run: the hash of its last line stands in the event that ends
the run.
"""

import hashlib
import os
from pathlib import Path

import msgspec

from rig.record.files import from_json, refuse_gone, sha256_of, sync_folder, to_json, write_fully

FILE_NAME = "seals.jsonl"
FIRST_PREV = "0" * 64


class Seal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One closed segment.

    Attributes:
        file: its name in ``samples/``.
        first, rows: the number of its first row, and how many it has.
        size, sha256: of the file.
        prev: SHA-256 (hex) of the line before, without its newline; `FIRST_PREV` in the first line.
    """

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
        torn: the last line has no end: its writer died in it.
        good_bytes: length of the part that holds.
    """

    seals: tuple[Seal, ...]
    head: str
    broken: str | None
    torn: bool
    good_bytes: int


class Sealer:
    """Seals the segments of a samples folder; goes on with the seals that are there, after cutting a torn tail.

    Raises:
        OSError: the disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = path = folder / FILE_NAME
        record = read_seals(path)
        self.head, self._bytes = record.head, record.good_bytes
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.ftruncate(self._file, self._bytes)
        sync_folder(folder)

    def seal(self, segment: Path, first: int, rows: int) -> None:
        """Seal a segment that has been closed; on the disk when this returns.

        Raises:
            OSError: the disk refuses, and the seals before stay; or the file is gone.
        """
        size, sha256 = _size_and_hash(segment)
        self.check()
        line = to_json(Seal(file=segment.name, first=first, rows=rows, size=size, sha256=sha256, prev=self.head))
        try:
            write_fully(self._file, line + b"\n")
        except OSError as error:
            os.ftruncate(self._file, self._bytes)
            error.filename = str(self._path)
            raise
        self._bytes += len(line) + 1
        os.fdatasync(self._file)
        self.head = hashlib.sha256(line).hexdigest()

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


def read_seals(path: Path) -> SealRecord:
    """The seals of a file, as far as the chain holds; never raises for what the file holds. No file: no seals."""
    data = path.read_bytes() if path.exists() else b""
    *lines, tail = data.split(b"\n")
    seals: list[Seal] = []
    head, good_bytes = FIRST_PREV, 0
    for number, line in enumerate(lines, start=1):
        try:
            seal = from_json(line, Seal)
        except msgspec.MsgspecError as error:
            return SealRecord(
                tuple(seals), head, f"{path.name} line {number}: no seal ({error})", bool(tail), good_bytes
            )
        if seal.prev != head:
            words = f"{path.name} line {number}: it carries the hash {seal.prev[:12]}… of the line before, {head[:12]}…"
            return SealRecord(tuple(seals), head, words, bool(tail), good_bytes)
        seals.append(seal)
        head = hashlib.sha256(line).hexdigest()
        good_bytes += len(line) + 1
    return SealRecord(tuple(seals), head, None, bool(tail), good_bytes)


def fits(seal: Seal, folder: Path) -> bool:
    """Whether a segment is the file that was sealed, byte for byte.

    Raises:
        OSError: it can't be read.
    """
    return _size_and_hash(folder / seal.file) == (seal.size, seal.sha256)


def _size_and_hash(path: Path) -> tuple[int, str]:
    return path.stat().st_size, sha256_of(path)
