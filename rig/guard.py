"""The outermost layer of every process that a run starts: what goes wrong there is a sentence, not a traceback."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def guarded(name: str, target: Callable[..., None], *arguments: Any) -> None:
    """Run the entry of a process; an exception becomes one line on standard error and exit code 1."""
    try:
        target(*arguments)
    except (BrokenPipeError, ConnectionResetError, EOFError):
        sys.exit(1)  # the supervisor is gone; there is nobody to tell
    except Exception as error:  # noqa: BLE001 - the last resort: people get a sentence, developers the traceback
        if os.environ.get("RIG_DEBUG"):
            traceback.print_exc()
        sys.stderr.write(f"the {name} process failed: {type(error).__name__}: {error}\n")
        sys.exit(1)
