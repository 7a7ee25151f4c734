"""Writing files so that after a crash there is the old one or the new one, never half of one."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from profiles.schema import Fault, InputError

T = TypeVar("T")


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file's content; on the disk, name included, when this returns.

    Raises:
        OSError: the disk refuses; the old file is still there.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_asked_for(path: Path, text: str, option: str) -> None:
    """Write a file that a person has asked for by an option, as UTF-8, whole or not at all.

    Raises:
        InputError: the disk refuses; it names the option.
    """
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError([Fault(str(path), 0, option, reason, "a file that can be written")]) from None


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a file beside one that is written within ``with`` and takes its place at the end, on the disk by then.

    Whatever is raised within leaves the old file, or none.

    Raises:
        OSError: the disk refuses.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        yield temporary
        _sync(temporary, os.O_RDWR)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sha256_of(path: Path) -> str:
    """The hash (hex) of a file's bytes.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    _sync(folder, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folders(folder: Path) -> None:
    """Make a folder, and all above it, where they are not there; the names of new ones are on the disk by then.

    Raises:
        OSError: the disk refuses, or a file has that name.
    """
    if folder.is_dir():
        return
    try:
        make_folders(folder.parent)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), error.filename) from None
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def write_fully(handle: int, data: bytes | memoryview) -> None:
    """Write all of `data` to a file descriptor; a short write, as before a full disk, is gone on with.

    Raises:
        OSError: as `os.write`.
    """
    view = memoryview(data).cast("B")
    while view:
        view = view[os.write(handle, view) :]


def refuse_gone(handle: int, path: Path) -> None:
    """See that a file that is open is still the one at its path.

    What is written to a file that was deleted succeeds, and is lost. Looked at by name, as on a network file system a
    deleted file may keep its link.

    Raises:
        FileNotFoundError: it has been deleted, moved or replaced.
        OSError: the path can't be looked at.
    """
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(os.fstat(handle), path.stat()):
            return
    what = "deleted, moved or replaced" if path.parent.exists() else "deleted or moved with its folder"
    raise FileNotFoundError(errno.ENOENT, f"{what} while it was written", str(path))


def in_words(error: OSError, doing: str) -> str:
    """An operating system's error as a sentence for a person."""
    reason = (error.strerror or str(error)).lower()
    where = f" ({error.filename})" if error.filename else ""
    return f"{doing}: {reason}{where}"


def to_json(value: Any, *, indent: int | None = None) -> bytes:
    """A Struct or plain value as JSON, numpy's scalars and arrays included; on one line without `indent`."""
    data = msgspec.json.encode(value, enc_hook=_plain)
    return data if indent is None else msgspec.json.format(data, indent=indent)


def from_json(data: bytes, kind: type[T]) -> T:
    """JSON of a kind.

    Raises:
        msgspec.MsgspecError: it is none of that kind, also where it is no UTF-8, for which msgspec has another error.
    """
    try:
        return msgspec.json.decode(data, type=kind)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"no UTF-8 text: {error.reason} at byte {error.start}") from None


def are_remains(lines: Sequence[bytes], key: str, least: int) -> bool:
    """Whether the last lines of a file are what a loss of power left of one that was being written.

    Any bytes may be there then, line ends among them. Where one of the lines is a JSON object that says by its `key`
    that it comes later in the file, `least` or more, what is before it was whole once: somebody altered it.
    """
    return not any(_number_in(line, key) >= least for line in lines)


def _number_in(line: bytes, key: str) -> float:
    try:
        number = from_json(line, dict[str, Any]).get(key)
    except msgspec.MsgspecError:
        return -np.inf
    return number if isinstance(number, int) else -np.inf


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise NotImplementedError(f"{type(value).__name__} has no place in JSON")
