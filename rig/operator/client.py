"""An operator's end of a run's socket: which run is meant, one question and its answer."""

import os
from pathlib import Path
from types import TracebackType

from rig.operator.folder import FolderError, LiveRun, folders_of, live_runs
from rig.operator.protocol import ANSWER_S, LONGEST_ANSWER, Answer, Question, answer_of, to_line

CLIENT_S = ANSWER_S + 5.0
"""How long a client waits: longer than a run takes to say that its loop has not taken a command."""


class NoSuchRunError(Exception):
    """There is no such live run, or more than one that could be meant; in words, with what there is."""


class NoAnswerError(Exception):
    """The run does not answer, or is gone; in words."""


def find_run(run: str | None) -> LiveRun:
    """The live run that is meant: a run directory or its name; without one, the only one that there is.

    Raises:
        NoSuchRunError: none or several.
        FolderError: the folder of the sockets can't be trusted.
    """
    live = live_runs(folders_of(owner_of(run)), owner_of(run))
    if run is not None:
        found = [one for one in live if _is_meant(run, one)]
        if len(found) == 1:
            return found[0]
        problem = f"{run} is no live run" if not found else f"{run} is the name of {len(found)} live runs"
    elif len(live) == 1:
        return live[0]
    else:
        problem = f"{len(live)} runs are live, and RUN does not say which" if live else "no run is live"
    raise NoSuchRunError(f"{problem}; {listed(live)}")


def listed(live: list[LiveRun]) -> str:
    """What there is to choose from."""
    if not live:
        return "there is nothing to operate: rig run starts one"
    return "name one of these:" + "".join(f"\n  {one.run}" for one in live)


def owner_of(run: str | None) -> int:
    """Whose runs to look through: one's own; root may name a run directory of anybody's."""
    if run is not None and os.geteuid() == 0 and Path(run).is_dir():
        return Path(run).stat().st_uid
    return os.geteuid()


def _is_meant(run: str, one: LiveRun) -> bool:
    return run == one.run.name or Path(run).resolve() == one.run


class Line:
    """A connection to a live run, for one question after the other; use with ``with``.

    Raises:
        NoAnswerError: the run is gone.
    """

    def __init__(self, run: LiveRun, timeout_s: float = CLIENT_S) -> None:
        self._run, self._timeout_s = run, timeout_s
        self._rest = b""
        try:
            self._socket = run.connect(timeout_s)
        except (OSError, FolderError) as error:
            raise NoAnswerError(f"{run.run} does not answer: {error}") from None

    def ask(self, question: Question) -> Answer:
        """Ask, and wait for the answer.

        Raises:
            NoAnswerError: none came in time, the run has ended, or what came is none.
        """
        try:
            self._socket.sendall(to_line(question))
            return answer_of(self._read_line())
        except TimeoutError:
            what = f"asked, but {self._run.run} has not answered within {self._timeout_s:g} s"
            raise NoAnswerError(f"{what}; its supervisor (process {self._run.pid}) is busy or stopped") from None
        except OSError:
            raise NoAnswerError(f"asked, but {self._run.run} ended before it answered") from None
        except ValueError as error:
            raise NoAnswerError(f"{self._run.run}: {error}") from None

    def _read_line(self) -> bytes:
        while b"\n" not in self._rest:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionResetError
            self._rest += data
            if len(self._rest) > 2 * LONGEST_ANSWER:
                raise ValueError("an answer without an end")
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def ask_once(run: LiveRun, question: Question, timeout_s: float = CLIENT_S) -> Answer:
    """One question on a connection of its own.

    Raises:
        NoAnswerError: as `Line`.
    """
    with Line(run, timeout_s) as line:
        return line.ask(question)
