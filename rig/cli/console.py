"""Where words go: results to standard output, everything about how it goes to standard error."""

import contextlib
import errno
import io
import os
import sys
from typing import Any, TextIO

from rich.console import Console

_PLAIN_WIDTH = 120


def result_console() -> Console:
    """For results: standard output; a fixed width where it is no terminal, so that logs can be compared."""
    return Console(width=None if sys.stdout.isatty() else _PLAIN_WIDTH, highlight=False)


def progress_console() -> Console:
    """For progress and messages: standard error."""
    return Console(stderr=True, width=None if sys.stderr.isatty() else _PLAIN_WIDTH, highlight=False)


def say_error(text: str) -> None:
    """A message to the person, on standard error, as it is (never wrapped, so that editors find file:line)."""
    sys.stderr.write(text + "\n")


class _Patient:
    """A stream whose reader may go away, as ``head`` does: what is written after that is lost, and nothing else.

    Progress (``always``) is lost on any error: a terminal that is closed must not end a run. A result that can't be
    written for another reason than a gone reader (a full disk) raises OSError.
    """

    def __init__(self, stream: TextIO, always: bool) -> None:
        self._stream, self._always = stream, always

    def write(self, text: str) -> int:
        """As of any text stream."""
        with self._forgiven():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """As of any text stream."""
        with self._forgiven():
            self._stream.flush()

    @contextlib.contextmanager
    def _forgiven(self) -> Any:
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError, io.UnsupportedOperation):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())  # for what is still in its buffer
                os.close(nowhere)
            if not self._always and error.errno != errno.EPIPE:
                raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def patient_streams() -> Any:
    """Within ``with``, both streams bear readers that go away, and letters that the terminal's encoding has not."""
    before = sys.stdout, sys.stderr
    streams = [stream if stream is not None else open(os.devnull, "w") for stream in before]  # noqa: SIM115
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    patient: list[Any] = [_Patient(streams[0], always=False), _Patient(streams[1], always=True)]
    sys.stdout, sys.stderr = patient
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stderr.flush()
        sys.stdout, sys.stderr = before
