"""The ``rig`` command, also as ``python -m rig``.

Nothing of the program is imported before `main` runs: every process that a run spawns imports this file again, and
the loop's process must not pay for, or hold, what only the supervisor needs.
"""

import os
import signal
from types import FrameType

STOPPED_BY_PERSON = 4
_SHOW_CURSOR = b"\x1b[?25h"


def _leave(number: int, frame: FrameType | None) -> None:
    """Ctrl-C or SIGTERM while nothing moves: gone at once, in one word, wherever the program is just now.

    An exception would come up in the middle of an import or of compiled code, which don't all let it through.
    """
    del number, frame
    os.write(2, (_SHOW_CURSOR + b"\r" if os.isatty(2) else b"") + b"stopped\n")
    os._exit(STOPPED_BY_PERSON)


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)  # until a run begins, which has its own answer
    from rig.cli import run_command_line

    run_command_line()


if __name__ == "__main__":
    main()
