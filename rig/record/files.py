"""Writing files so that after a crash there is the old one or the new one, never half of one."""

import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file's content; on the disk, name included, when this returns.

    Raises:
        OSError: the disk refuses; the old file is still there.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_fully(handle: int, data: bytes | memoryview) -> None:
    """Write all of `data` to a file descriptor; a short write, as before a full disk, is gone on with.

    Raises:
        OSError: as `os.write`.
    """
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(handle, view) :]


def in_words(error: OSError, doing: str) -> str:
    """An operating system's error as a sentence for a person."""
    reason = (error.strerror or str(error)).lower()
    where = f" ({error.filename})" if error.filename else ""
    return f"{doing}: {reason}{where}"


def to_json(value: Any, *, indent: int | None = None) -> bytes:
    """A Struct or plain value as JSON, numpy's scalars and arrays included; on one line without `indent`."""
    data = msgspec.json.encode(value, enc_hook=_plain)
    return data if indent is None else msgspec.json.format(data, indent=indent)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} has no place in JSON")
