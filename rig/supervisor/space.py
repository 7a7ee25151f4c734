"""While a run goes on: whether its directory is still there, and whether the disk has room for the rest of the run."""

import os
from pathlib import Path

from rig.bridge import Bridge, Request
from rig.record.room import in_bytes
from rig.supervisor.estimate import room_of
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.supervisor.session import Session

GONE = "the run directory is gone: it has been deleted or moved while the run went on"


class Space:
    """Looks at the file system of a run directory, and has the run stopped while there is room to close it.

    Below what the rest of the run needs: a warning, and another one only after there was room again for a whole end of
    a run more. Below what the end of a run needs: a stop. What is asked is the file system's own count; a directory on
    a network that does not answer holds the supervisor up here as it does at the checkpoint, and the loop, which
    misses the supervisor's turns then, ramps down by itself.
    """

    def __init__(self, session: Session, run_dir: Path, bridge: Bridge, tell: Journalist) -> None:
        self._rows, self._room = session.samples, room_of(session.plan, session.order.recording)
        self._run_dir, self._bridge, self._tell = run_dir, bridge, tell
        self._own = os.stat(run_dir)
        self._warned = self._ended = False

    def look(self, progress: Progress) -> None:
        """Once a second or so; what is found is on record once."""
        if self._ended:
            return
        try:
            if not os.path.samestat(self._own, os.stat(self._run_dir)):
                raise FileNotFoundError
            found = os.statvfs(self._run_dir)
        except OSError as error:
            gone = isinstance(error, FileNotFoundError)
            self._end(GONE if gone else f"the run directory can't be looked at: {error.strerror}", progress)
            return
        self._tell.look_after_log()
        self._judge(found.f_bavail * found.f_frsize, progress)

    def _judge(self, free: int, progress: Progress) -> None:
        rest, end = self._room.usual(max(0, self._rows - progress.sample)), self._room.end()
        if free < end:
            self._ended = True
            text = f"the disk is nearly full: {in_bytes(free)} free, {in_bytes(end)} are kept to close the record: stop"
            self._tell.disk_low(text, free, end, progress, ends=True)
            self._bridge.raise_request(Request.STOP_FOR_RIG)
        elif free < rest + end and not self._warned:
            self._warned = True
            text = f"{in_bytes(free)} free on the disk, the rest of the run needs {in_bytes(rest + end)}: make room"
            self._tell.disk_low(text, free, rest + end, progress, ends=False)
        elif free >= rest + 2 * end:
            self._warned, progress.disk = False, ""

    def _end(self, text: str, progress: Progress) -> None:
        self._ended = True
        self._tell.disk_fault(text, progress)
        self._bridge.raise_request(Request.STOP_FOR_RIG)
