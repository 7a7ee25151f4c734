"""The readings of the slow instruments: one JSON object a line, each fsynced."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from profiles.schema import Fault, InputError
from rig.record.files import are_remains, from_json, refuse_gone, sync_folder, to_json, write_fully

FILE_NAME = "slow.jsonl"


class SlowLog:
    """Appends readings to those of a run directory, after cutting a torn tail.

    Raises:
        InputError: what is there is no file of readings.
        OSError: the disk refuses.
    """

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / FILE_NAME
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        readings, torn = read_slow(self._path)
        if torn:
            whole = self._path.read_bytes().split(b"\n")[: len(readings)]
            os.ftruncate(self._file, sum(len(line) + 1 for line in whole))
        sync_folder(run_dir)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add one line; on the disk when this returns.

        Raises:
            OSError: the disk refuses; half a line may be there, and nothing may come after it. Or the file is gone.
        """
        refuse_gone(self._file, self._path)
        write_fully(self._file, to_json(row) + b"\n")
        os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def read_slow(path: Path) -> tuple[list[dict[str, Any]], bool]:
    """The readings of a file in order, and whether its last line is torn, which is left out. No file: no readings.

    Raises:
        InputError: a line before others is no JSON object.
    """
    data = path.read_bytes() if path.exists() else b""
    *lines, tail = data.split(b"\n")
    readings: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        try:
            readings.append(from_json(line, dict[str, Any]))
        except msgspec.MsgspecError as error:
            if are_remains(lines[number:], "sample", readings[-1].get("sample", 0) + 1 if readings else 0):
                return readings, True
            raise InputError([Fault(str(path), number, "(the line)", str(error), "a JSON object")]) from None
    return readings, bool(tail)
