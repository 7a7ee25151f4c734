"""Where words go: results to standard output, everything about how it goes to standard error."""

import sys

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
