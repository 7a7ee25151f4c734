"""The ring: rows in shared memory from the loop to whoever reads them, without ever making the loop wait.

One producer, several readers, each with its own cursor. The producer overwrites what a slow reader has not taken;
the reader notices, counts the lost rows and goes on at the oldest row that is still whole. The order of the stores
is the protocol (`reserved`, rows, `written`), which holds where stores become visible in program order (x86-64).
Linux: the block is a file in /dev/shm.
"""

import json
import mmap
import os
from collections.abc import Sequence
from multiprocessing.shared_memory import SharedMemory
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]

_MAGIC = 0x676E69722D677265  # "erg-ring"
_LAYOUT = 1
_HEADER_BYTES = 8192
_TEXT_AT = 1024
_MAGIC_AT, _LAYOUT_AT, _CAPACITY_AT, _TEXT_LENGTH_AT, _RESERVED_AT = range(5)
_WRITTEN_AT = 8  # a cache line of its own
_FIRST_READER_AT = 16
_WORDS_PER_READER = 8
_MOST_READERS = 8


class RingError(Exception):
    """The shared memory is not there, is no ring, or was asked for a reader that it does not have."""


class Ring:
    """A ring of rows of one dtype in shared memory; see the module for the rules. Counters count from its creation."""

    def __init__(self, block: SharedMemory | mmap.mmap, name: str) -> None:
        """Use `create` or `attach`."""
        self.name = name
        self._block = block
        self._bytes = _bytes_of(block)
        self._words = self._bytes[:_TEXT_AT].cast("Q")
        length = self._words[_TEXT_LENGTH_AT]
        text = json.loads(bytes(self._bytes[_TEXT_AT : _TEXT_AT + length]))
        self.readers: tuple[str, ...] = tuple(text["readers"])
        self.dtype: np.dtype[np.void] = np.dtype([_as_field(field) for field in text["fields"]])
        self.capacity = self._words[_CAPACITY_AT]
        self._mask = self.capacity - 1
        self._size = self.dtype.itemsize
        self._body = self._bytes[_HEADER_BYTES : _HEADER_BYTES + self.capacity * self._size]

    @classmethod
    def create(cls, dtype: np.dtype[np.void], capacity: int, readers: Sequence[str]) -> "Ring":
        """A new ring of `capacity` rows (a power of two), which this process owns and must `unlink`.

        Raises:
            ValueError: the capacity is no power of two, or there are too many readers.
        """
        if capacity < 1 or capacity & (capacity - 1):
            raise ValueError(f"capacity is {capacity}, wanted a power of two")
        if len(readers) > _MOST_READERS:
            raise ValueError(f"{len(readers)} readers, wanted at most {_MOST_READERS}")
        text = json.dumps({"readers": list(readers), "fields": dtype.descr}).encode()
        if len(text) > _HEADER_BYTES - _TEXT_AT:
            raise ValueError("the names of fields and readers do not fit the header")
        owner = SharedMemory(create=True, size=_HEADER_BYTES + capacity * dtype.itemsize)
        with _bytes_of(owner) as block, block[:_TEXT_AT].cast("Q") as words:
            words[_LAYOUT_AT], words[_CAPACITY_AT], words[_TEXT_LENGTH_AT] = _LAYOUT, capacity, len(text)
            block[_TEXT_AT : _TEXT_AT + len(text)] = text
            words[_MAGIC_AT] = _MAGIC
        return cls(owner, owner.name)

    @classmethod
    def attach(cls, name: str) -> "Ring":
        """The ring of that name, which another process owns.

        Mapped without `SharedMemory`, which in Python 3.11 would enter every attachment with the resource tracker,
        and so destroy the ring when the first process that attached ends.

        Raises:
            RingError: there is no such block, or it is no ring of this layout.
        """
        try:
            file = os.open(f"/dev/shm/{name}", os.O_RDWR)
        except OSError as error:
            raise RingError(f"no ring {name!r}: {(error.strerror or 'unknown').lower()}") from None
        try:
            block = mmap.mmap(file, 0)
        finally:
            os.close(file)
        if len(block) < _HEADER_BYTES or block[:16] != _MAGIC.to_bytes(8, "little") + _LAYOUT.to_bytes(8, "little"):
            block.close()
            raise RingError(f"{name!r} is no ring of layout {_LAYOUT}")
        return cls(block, name)

    @property
    def written(self) -> int:
        """Rows pushed so far."""
        return self._words[_WRITTEN_AT]

    def push(self, rows: Rows) -> None:
        """Append rows of the ring's dtype; never waits. The producer's process only.

        Raises:
            ValueError: the rows are of another dtype, or more than the ring holds.
        """
        count = len(rows)
        data = rows.tobytes()
        if len(data) != count * self._size or count > self.capacity:
            raise ValueError(f"{count} rows of {rows.dtype.itemsize} bytes do not fit a ring of {self.capacity} rows")
        words, size = self._words, self._size
        first = words[_WRITTEN_AT]
        words[_RESERVED_AT] = first + count
        start = (first & self._mask) * size
        room = len(self._body) - start
        if len(data) <= room:
            self._body[start : start + len(data)] = data
        else:
            self._body[start:] = data[:room]
            self._body[: len(data) - room] = data[room:]
        words[_WRITTEN_AT] = first + count

    def reader(self, name: str) -> "Reader":
        """The reader of that name; only one process may use it.

        Raises:
            RingError: the ring was created without it.
        """
        return Reader(self, self._reader_at(name))

    def acknowledged(self, name: str) -> int:
        """Rows (lost ones included) that the reader of that name says it has dealt with."""
        return self._words[self._reader_at(name) + 2]

    def lost(self, name: str) -> int:
        """Rows that the reader of that name has lost by being overtaken."""
        return self._words[self._reader_at(name) + 1]

    def durable(self, name: str) -> int:
        """Rows that the reader of that name says are on the disk, safe from a loss of power."""
        return self._words[self._reader_at(name) + 3]

    def close(self) -> None:
        """Let go of the memory. Idempotent."""
        for view in (self._body, self._words, self._bytes):
            view.release()
        self._block.close()

    def unlink(self) -> None:
        """Remove the ring's name; the memory goes with the last process that holds it. The owner only."""
        if isinstance(self._block, SharedMemory):
            self._block.unlink()

    def __enter__(self) -> "Ring":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
        self.unlink()

    def _reader_at(self, name: str) -> int:
        if name not in self.readers:
            raise RingError(f"the ring has no reader {name!r}; there are {', '.join(self.readers)}")
        return _FIRST_READER_AT + _WORDS_PER_READER * self.readers.index(name)

    def _copy(self, first: int, count: int) -> bytearray:
        start = (first & self._mask) * self._size
        end = start + count * self._size
        data = bytearray(self._body[start:end])
        if end > len(self._body):
            data += self._body[: end - len(self._body)]
        return data

    def _oldest(self) -> int:
        return max(0, self._words[_RESERVED_AT] - self.capacity)


class Reader:
    """One reader's place in the ring. The counters live in the shared memory, where the others see them."""

    def __init__(self, ring: Ring, at: int) -> None:
        """Use `Ring.reader`."""
        self._ring = ring
        self._words = ring._words  # noqa: SLF001 - the two classes of this file share the layout
        self._at = at

    @property
    def cursor(self) -> int:
        """Rows taken or lost so far: the number of the next row."""
        return self._words[self._at]

    @property
    def lost(self) -> int:
        """Rows overwritten before they were taken."""
        return self._words[self._at + 1]

    @property
    def pending(self) -> int:
        """Rows that wait to be taken."""
        return self._ring.written - self.cursor

    def drain(self, most: int | None = None) -> Rows:
        """Copies of the rows that wait, oldest first, at most `most`; none where none wait."""
        ring = self._ring
        # In this order: read the other way round, `written` could be more than the capacity beyond the oldest row.
        written = ring.written
        first = max(self.cursor, min(ring._oldest(), written))  # noqa: SLF001
        count = written - first if most is None else min(most, written - first)
        data = ring._copy(first, count)  # noqa: SLF001
        # What the producer has begun to overwrite meanwhile may be torn.
        torn = min(max(0, ring._oldest() - first), count)  # noqa: SLF001
        self._words[self._at + 1] += first + torn - self.cursor
        self._words[self._at] = first + count
        return np.frombuffer(data, dtype=ring.dtype)[torn:]

    def acknowledge(self, rows: int) -> None:
        """Say that all rows before number `rows` have been dealt with; the producer may wait for it in step."""
        self._words[self._at + 2] = rows

    def make_durable(self, rows: int) -> None:
        """Say that all rows before number `rows` are on the disk."""
        self._words[self._at + 3] = rows


def _bytes_of(block: SharedMemory | mmap.mmap) -> memoryview:
    if isinstance(block, mmap.mmap):
        return memoryview(block)
    if block.buf is None:
        raise RingError(f"{block.name!r} is closed")
    return memoryview(block.buf)


def _as_field(field: list[object]) -> tuple[object, ...]:
    return (field[0], field[1], tuple(field[2])) if len(field) > 2 else tuple(field)  # type: ignore[arg-type]
