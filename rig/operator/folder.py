"""Where the sockets of live runs are: a folder that only its owner can enter, each socket beside a pointer to its run.

A pointer is written after its socket listens, and removed before it. So a pointer whose socket refuses belongs to a
run that is dead, and is cleared away by whoever looks.
"""

import contextlib
import hashlib
import os
import socket
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rig.clock import utc_now

_SOCKET, _POINTER = ".sock", ".json"
_LONGEST_NAME = 60
_LONGEST_POINTER = 1 << 14
_BEING_MADE_S = 60.0


class FolderError(Exception):
    """The folder can't be trusted or made: ``found`` and ``allowed`` in words, with what to do."""

    def __init__(self, folder: Path, found: str, allowed: str = "a folder that only its owner can enter") -> None:
        self.folder, self.found = folder, found
        self.allowed = f"{allowed}; remove it, or set XDG_RUNTIME_DIR to a folder of your own"
        super().__init__(f"{folder} {found}, wanted {self.allowed}")


class Pointer(msgspec.Struct, frozen=True):
    """Which run a socket belongs to: its directory, absolute, and its supervisor's process number."""

    run: str
    pid: int


@dataclass(frozen=True, slots=True)
class LiveRun:
    """A run that can be talked to: its directory, its supervisor's process number, and where its socket is."""

    run: Path
    pid: int
    folder: Path
    key: str
    owner: int

    def connect(self, timeout_s: float) -> socket.socket:
        """A connection to it.

        Raises:
            OSError: it is gone, or its queue is full.
            FolderError: see `opened`.
        """
        with opened(self.folder, self.owner) as handle:
            return _connect(handle, self.key + _SOCKET, timeout_s)


def own_folder() -> Path:
    """Where this user's runs put their sockets.

    ``$XDG_RUNTIME_DIR/erg`` where that is a folder of this user's, else ``/tmp/erg-<uid>``.
    """
    return folders_of(os.geteuid())[0]


def folders_of(owner: int) -> list[Path]:
    """Every folder where runs of a user may be found: a service has another environment than a login."""
    found = []
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    for base in (own if owner == os.geteuid() else "", f"/run/user/{owner}"):
        with contextlib.suppress(OSError, ValueError):
            if base and os.stat(base).st_uid == owner:
                found.append(Path(base) / "erg")
    return list(dict.fromkeys([*found, Path(f"/tmp/erg-{owner}")]))


@contextlib.contextmanager
def opened(folder: Path, owner: int) -> Iterator[int]:
    """A handle of a folder of that user; what is reached through it can't be put elsewhere meanwhile.

    Raises:
        FolderError: it is a symbolic link or no folder, belongs to somebody else, or others may enter it.
        FileNotFoundError: there is none.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        what = "is a symbolic link" if folder.is_symlink() else (error.strerror or str(error)).lower()
        raise FolderError(folder, what) from None
    try:
        found = os.fstat(handle)
        if found.st_uid != owner:
            raise FolderError(folder, f"belongs to user {found.st_uid}", f"one of user {owner}")
        if found.st_mode & 0o077:
            mode = f"{stat.S_IMODE(found.st_mode):04o}"
            raise FolderError(folder, f"has the permissions {mode}", "0700: nobody but its owner may enter")
        yield handle
    finally:
        os.close(handle)


def made(folder: Path) -> None:
    """Make the folder where there is none.

    Raises:
        FolderError: it can't be made, or can't be trusted, see `opened`.
    """
    with contextlib.suppress(FileExistsError):
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            raise
        except OSError as error:
            raise FolderError(folder, f"can't be made: {(error.strerror or str(error)).lower()}") from None
    with opened(folder, os.geteuid()):
        return


def key_of(run_dir: Path) -> str:
    """The name of a run's socket, without its ending: that of its directory, and a hash of where that is."""
    run_dir = run_dir.resolve()
    name = run_dir.name.encode("ascii", "replace").decode()[:_LONGEST_NAME]
    return f"{name}-{hashlib.sha256(bytes(run_dir)).hexdigest()[:12]}"


def listen(handle: int, key: str) -> socket.socket:
    """A socket of that name in an open folder, for its owner only; listens already, blocks never.

    Raises:
        OSError: it can't be made.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(made.fileno(), 0o600)  # before it has a name
        made.bind(_way(handle, key + _SOCKET))
        made.listen(16)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made


def point(handle: int, key: str, run_dir: Path) -> None:
    """Let the run be found.

    Raises:
        OSError: the pointer can't be written.
    """
    data = msgspec.json.encode(Pointer(str(run_dir.resolve()), os.getpid()))
    new = key + ".new"
    file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600, dir_fd=handle)
    try:
        os.write(file, data)
    finally:
        os.close(file)
    os.replace(new, key + _POINTER, src_dir_fd=handle, dst_dir_fd=handle)


def clear(handle: int, key: str) -> None:
    """Take a run's pointer and socket away."""
    for name in (key + _POINTER, key + _SOCKET):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=handle)


def is_found(handle: int, key: str) -> bool:
    """Whether a run's pointer and socket are still there."""
    try:
        for name in (key + _POINTER, key + _SOCKET):
            os.stat(name, dir_fd=handle, follow_symlinks=False)
    except OSError:
        return False
    return True


def live_runs(folders: list[Path], owner: int) -> list[LiveRun]:
    """The runs that can be talked to, oldest first; what dead ones left is cleared away.

    Raises:
        FolderError: a folder can't be trusted.
    """
    found: list[LiveRun] = []
    for folder in folders:
        with contextlib.suppress(FileNotFoundError), opened(folder, owner) as handle:
            for name in sorted(os.listdir(handle)):
                key, ending = os.path.splitext(name)
                if ending == _SOCKET and (pointer := _looked_up(handle, key)):
                    found.append(LiveRun(Path(pointer.run), pointer.pid, folder, key, owner))
    return found


def _looked_up(handle: int, key: str) -> Pointer | None:
    """The pointer of a socket that listens; None where it does not, or is only being made."""
    pointer = _pointer(handle, key)
    try:
        _connect(handle, key + _SOCKET, 1.0).close()
    except ConnectionRefusedError:
        if pointer is not None or _age_s(handle, key) > _BEING_MADE_S:
            clear(handle, key)
        return None
    except FileNotFoundError:
        return None
    except OSError:
        return pointer  # its queue is full: it is there, and busy
    return pointer


def _pointer(handle: int, key: str) -> Pointer | None:
    try:
        file = os.open(key + _POINTER, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=handle)
        with open(file, "rb") as open_file:
            return msgspec.json.decode(open_file.read(_LONGEST_POINTER), type=Pointer)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _age_s(handle: int, key: str) -> float:
    try:
        return utc_now().timestamp() - os.stat(key + _SOCKET, dir_fd=handle, follow_symlinks=False).st_mtime
    except OSError:
        return 0.0


def _connect(handle: int, name: str, timeout_s: float) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.settimeout(timeout_s)
        made.connect(_way(handle, name))
    except BaseException:
        made.close()
        raise
    return made


def _way(handle: int, name: str) -> str:
    """By way of the open folder: it is the one that was looked at, and the path is short enough for a socket."""
    return f"/proc/self/fd/{handle}/{name}"
