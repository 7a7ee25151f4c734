"""A run's end of its socket: no threads, and nobody who is slow, silent or talks garbage can hold it up.

The supervisor calls `OperatorServer.turn` as it comes by; each call does a bounded amount of work, and never waits.
"""

import contextlib
import os
import socket
import struct
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from profiles.schema import Fault, InputError
from rig.clock import RealClock
from rig.operator import folder as places
from rig.operator.protocol import LONGEST_ANSWER, LONGEST_QUESTION, Answer, Question, question_of, to_line
from rig.operator.users import name_of

MOST_CLIENTS = 16
_ACCEPTS_PER_TURN = 4
_FLUSH_S = 0.2
_LOOKS_AFTER_ITSELF_S = 2.0
_TRIES = 5
_PEER = struct.Struct("3i")


class Client:
    """Somebody at another terminal: ``uid`` and ``user`` are what the kernel says of the process that connected.

    ``waits``: questions that have no answer yet; there is at most one.
    """

    def __init__(self, connection: socket.socket, uid: int, user: str, now_ns: int) -> None:
        self.uid, self.user = uid, user
        self.heard_ns = now_ns
        self.waits = 0
        self._connection = connection
        self._inbox = self._outbox = b""
        self._silent = self._broken = False

    @property
    def gone(self) -> bool:
        """Whether nothing more can come of it: broken, or it has said all and been told all."""
        heard_out = self._silent and b"\n" not in self._inbox and not self.waits and not self._outbox
        return self._broken or heard_out

    def read(self, now_ns: int) -> bytes | None:
        """The next whole line, without its end; None where there is none yet."""
        if b"\n" not in self._inbox and not self._silent:
            self._receive(now_ns)
        line, found, rest = self._inbox.partition(b"\n")
        if len(line) > LONGEST_QUESTION:
            self._inbox, self._silent = b"", True
            self.say(
                Answer(False, f"a line of more than {LONGEST_QUESTION} bytes; a question is one short JSON object")
            )
            return None
        if found:
            self._inbox = rest
        return line if found else None

    def _receive(self, now_ns: int) -> None:
        try:
            data = self._connection.recv(LONGEST_QUESTION)
        except BlockingIOError:
            return
        except OSError:
            self._broken = True
            return
        self._silent = not data
        self._inbox += data
        self.heard_ns = now_ns

    def say(self, answer: Answer) -> None:
        """Send an answer, now or as soon as the client takes it; one who takes none is let go."""
        self._outbox += to_line(answer)
        self._broken = self._broken or len(self._outbox) > LONGEST_ANSWER
        self.push()

    def push(self) -> None:
        """Send what waits, as far as it goes without waiting."""
        if not self._outbox or self._broken:
            return
        try:
            self._outbox = self._outbox[self._connection.send(self._outbox) :]
        except BlockingIOError:
            return
        except OSError:
            self._broken = True

    def close(self) -> None:
        """Hang up; what still waits is sent where it goes within a moment."""
        with contextlib.suppress(OSError):
            if self._outbox and not self._broken:
                self._connection.settimeout(_FLUSH_S)
                self._connection.sendall(self._outbox)
        self._connection.close()


class _Home:
    """A folder that is open, and the socket that listens in it. `close` takes the socket away."""

    def __init__(self, folder: Path, key: str) -> None:
        places.made(folder)
        self.folder, self._key = folder, key
        with ExitStack() as stack:
            self.handle = stack.enter_context(places.opened(folder, os.geteuid()))
            places.clear(self.handle, key)
            self.listener = stack.enter_context(places.listen(self.handle, key))
            self._stack = stack.pop_all()

    def close(self) -> None:
        places.clear(self.handle, self._key)
        self._stack.close()
        with contextlib.suppress(OSError):
            self.folder.rmdir()  # the last one out


class OperatorServer:
    """The socket of one run. Made before anything moves, found by others from `publish` on; use with ``with``.

    Args:
        run_dir: the run's directory.
        folder: where sockets are; the user's own by default, see `rig.operator.folder`.

    Raises:
        FolderError: the folder can't be trusted or made.
        OSError: the socket can't be made.
    """

    def __init__(self, run_dir: Path, folder: Path | None = None) -> None:
        self._run_dir, self._key, self._fixed = run_dir, places.key_of(run_dir), folder
        self._clock, self._owner = RealClock(), os.geteuid()
        # looked up before anything moves: a directory service may take its time
        self._names = {uid: name_of(uid) for uid in (0, self._owner)}
        self._clients: list[Client] = []
        self._published = False
        self._looked_ns = 0
        self._home: _Home | None = self._settle()

    def _settle(self) -> _Home:
        for _ in range(_TRIES):  # another run, which ends, may take the empty folder away
            with contextlib.suppress(FileNotFoundError):
                return _Home(self._fixed or places.own_folder(), self._key)
        return _Home(self._fixed or places.own_folder(), self._key)

    def publish(self) -> None:
        """Let others find the run.

        Raises:
            OSError: the pointer can't be written.
        """
        assert self._home is not None
        with contextlib.suppress(places.FolderError):
            places.live_runs([self._home.folder], self._owner)  # what dead runs left is cleared away
        places.point(self._home.handle, self._key, self._run_dir)
        self._published = True

    def turn(self) -> list[tuple[Client, Question]]:
        """What has been asked since the last call, at most one question of each client; never waits."""
        now_ns = self._clock.now_ns()
        self._stay_found(now_ns)
        self._let_in(now_ns)
        asked = []
        for client in self._clients:
            client.push()
            line = None if client.gone or client.waits else client.read(now_ns)
            if line is not None and (question := self._understood(client, line)):
                client.waits += 1
                asked.append((client, question))
        for client in [client for client in self._clients if client.gone]:
            self._let_go(client)
        return asked

    def answer(self, client: Client, answer: Answer) -> None:
        """Answer a question of `turn`; whoever has gone meanwhile misses it."""
        client.waits -= 1
        client.say(answer)

    def _understood(self, client: Client, line: bytes) -> Question | None:
        try:
            return question_of(line)
        except ValueError as error:
            client.say(Answer(False, str(error)))
            return None

    def _let_in(self, now_ns: int) -> None:
        for _ in range(_ACCEPTS_PER_TURN if self._home else 0):
            assert self._home is not None
            try:
                connection, _address = self._home.listener.accept()
            except OSError:  # nobody more, or one who has gone already
                return
            connection.setblocking(False)
            self._greet(connection, now_ns)

    def _greet(self, connection: socket.socket, now_ns: int) -> None:
        """Only the owner, and root, may talk; the longest silent makes room where there are too many."""
        uid = _uid_of(connection)
        client = Client(connection, uid, self._names.get(uid, f"uid {uid}"), now_ns)
        if uid not in self._names:
            client.say(
                Answer(False, f"this run belongs to {self._names[self._owner]}; {client.user} may not operate it")
            )
            client.close()
            return
        if len(self._clients) >= MOST_CLIENTS:
            idle = [other for other in self._clients if not other.waits] or self._clients
            self._let_go(min(idle, key=lambda other: other.heard_ns))
        self._clients.append(client)

    def _let_go(self, client: Client) -> None:
        self._clients.remove(client)
        client.close()

    def _stay_found(self, now_ns: int) -> None:
        """A runtime folder goes when its user logs out, and a run stays: then it is to be found in another."""
        if not self._published or now_ns - self._looked_ns < _LOOKS_AFTER_ITSELF_S * 1e9:
            return
        self._looked_ns = now_ns
        if self._home is not None and places.is_found(self._home.handle, self._key):
            return
        if self._home is not None:
            self._home.close()
            self._home = None
        with contextlib.suppress(OSError, places.FolderError):  # tried again
            self._home = self._settle()
            self.publish()

    def close(self) -> None:
        """Send what waits, hang up on everybody, and take the socket away. Idempotent."""
        for client in list(self._clients):
            self._let_go(client)
        if self._home is not None:
            self._home.close()
            self._home = None

    def __enter__(self) -> "OperatorServer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def open_server(run_dir: Path) -> OperatorServer:
    """The server of a run that is about to start.

    Raises:
        InputError: the folder of its socket can't be trusted or made; what to do about it.
    """
    try:
        return OperatorServer(run_dir)
    except places.FolderError as error:
        raise InputError([Fault(str(error.folder), 0, "the folder of sockets", error.found, error.allowed)]) from None


def _uid_of(connection: socket.socket) -> int:
    """Who is at the other end, from the kernel."""
    _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return int(uid)
