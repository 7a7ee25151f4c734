"""The event log: a closed vocabulary, one JSON line an event, each with the hash of the line before, each fsynced."""

import fcntl
import hashlib
import os
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

import msgspec

from rig.record.files import are_remains, from_json, refuse_gone, sync_folder, to_json, write_fully

FILE_NAME = "events.jsonl"
FIRST_PREV = "0" * 64

EventKind = Literal[
    "run_started",
    "run_recovered",
    "checks_passed",
    "checks_failed",
    "state_changed",
    "segment_entered",
    "waveform_switched",
    "limit_indicated",
    "limit_breached",
    "device_fault",
    "bus_fault",
    "instrument_fault",
    "health_block",
    "component_warning",
    "component_failed",
    "operator_hold",
    "operator_resume",
    "operator_span",
    "operator_stop",
    "operator_trip",
    "operator_reset",
    "engineer_note",
    "process_lost",
    "rows_lost",
    "late_cycles",
    "drive_late",
    "disk_low",
    "run_ended",
]
KINDS: tuple[str, ...] = get_args(EventKind)


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event.

    Attributes:
        number: from 0, without gaps.
        time_s: since the run's anchor, by the run's clock.
        text: the event in words, for a person.
        sample, distance_km: where in the run, when known.
        data: the numbers behind it, plain JSON values.
        prev: SHA-256 (hex) of the line before, without its newline; `FIRST_PREV` in the first line.
    """

    number: int
    time_s: float
    kind: EventKind
    text: str
    sample: int | None = None
    distance_km: float | None = None
    data: dict[str, Any] = {}
    prev: str


class EventRecord(msgspec.Struct, frozen=True):
    """What an event file holds.

    Attributes:
        events: all up to the first break of the chain.
        head: SHA-256 of the last good line: one hash that stands for all events and their order.
        broken: where and how the chain breaks, in words; None where it holds.
        torn: the writer died, or the power went, in its last line, in words; None where neither did. No fault of the
            events before.
        good_bytes: length of the part that holds.
    """

    events: tuple[Event, ...]
    head: str
    broken: str | None
    torn: str | None
    good_bytes: int


class LogInUseError(ValueError):
    """Another process writes the log."""


class EventLog:
    """Appends events to the log of a run directory; goes on with a log that is there, after cutting a torn tail.

    Only one process may: the file is locked for as long as it is open here.

    Raises:
        LogInUseError: another process writes it.
        ValueError: the log that is there is broken; it is left as it is.
        OSError: the disk refuses.
    """

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / FILE_NAME
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            record = self._locked(self._path)
            self.head, self._bytes = record.head, record.good_bytes
            self._number = len(record.events)
            self._kinds = Counter(event.kind for event in record.events)
            os.ftruncate(self._file, self._bytes)
            sync_folder(run_dir)
        except BaseException:
            self.close()
            raise

    def _locked(self, path: Path) -> EventRecord:
        """What the log holds, while nobody else writes it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LogInUseError("its events are being written by another process: the run goes on") from None
        record = read_events(path)
        if record.broken:
            raise ValueError(record.broken)
        return record

    def append(
        self,
        kind: EventKind,
        text: str,
        *,
        time_s: float,
        sample: int | None = None,
        distance_km: float | None = None,
        data: dict[str, Any] | None = None,
    ) -> Event:
        """Add one event; on the disk when this returns.

        Raises:
            ValueError: the kind is not in the vocabulary.
            OSError: the disk refuses, and what was appended before stays; or the file is gone.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of event; there are {', '.join(KINDS)}")
        event = Event(
            number=self._number,
            time_s=time_s,
            kind=kind,
            text=text,
            sample=sample,
            distance_km=distance_km,
            data=data or {},
            prev=self.head,
        )
        line = to_json(event)
        self.check()
        try:
            write_fully(self._file, line + b"\n")
        except OSError:
            os.ftruncate(self._file, self._bytes)  # a full disk may have taken half of it
            raise
        self._bytes += len(line) + 1
        os.fdatasync(self._file)
        self.head = hashlib.sha256(line).hexdigest()
        self._number += 1
        self._kinds[kind] += 1
        return event

    def counted(self, kind: EventKind) -> int:
        """How many events of a kind the log holds."""
        return self._kinds[kind]

    def check(self) -> None:
        """See that the file is still there: what is appended to a deleted one is lost.

        Raises:
            OSError: it is not.
        """
        refuse_gone(self._file, self._path)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> "EventLog":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def read_events(path: Path) -> EventRecord:
    """The events of a file, as far as the chain holds; never raises for what the file holds. No file: no events."""
    data = path.read_bytes() if path.exists() else b""
    *lines, tail = data.split(b"\n")
    events: list[Event] = []
    head, good_bytes = FIRST_PREV, 0
    for number, line in enumerate(lines):
        event, fault = _checked(line, number, head)
        if event is None and are_remains(lines[number:], "number", number):
            break
        if event is None:
            torn = _torn(path, len(tail))
            broken = f"{path.name} line {number + 1}: {fault}; the {number} events before it hold"
            return EventRecord(tuple(events), head, broken, torn, good_bytes)
        events.append(event)
        head = hashlib.sha256(line).hexdigest()
        good_bytes += len(line) + 1
    return EventRecord(tuple(events), head, None, _torn(path, len(data) - good_bytes), good_bytes)


def _torn(path: Path, count: int) -> str | None:
    words = f"{path.name}: the last line is torn ({count} bytes that are no event): its writer died, or the power went"
    return words if count else None


def _checked(line: bytes, number: int, head: str) -> tuple[Event | None, str]:
    try:
        event = from_json(line, Event)
    except msgspec.MsgspecError as error:
        return None, f"no event ({error})"
    if event.prev != head:
        return None, f"it carries the hash {event.prev[:12]}… of the line before, which is {head[:12]}…"
    if event.number != number:
        return None, f"it has number {event.number}, wanted {number}"
    return event, ""
