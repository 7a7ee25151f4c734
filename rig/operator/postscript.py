"""What people put on a run's record after its end: new events in its chain, never an edit."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from profiles.schema import Fault, InputError
from rig.clock import utc_now
from rig.operator.users import own_name
from rig.record import events, manifest
from rig.record.events import Event, EventKind, EventLog, LogInUseError, read_events


class Postscript:
    """Appends events to the record of a run that is over, with the user's name."""

    def __init__(self, run_dir: Path, log: EventLog) -> None:
        self._run_dir, self._log = run_dir, log
        self.user = own_name()

    def append(self, kind: EventKind, text: str, data: dict[str, Any]) -> Event:
        """One event, at the place where the run ended, at the time of now.

        Raises:
            OSError: the disk refuses; what was there stays.
        """
        told = read_events(self._run_dir / events.FILE_NAME).events
        last = told[-1] if told else None
        anchor = datetime.fromisoformat(manifest.read(self._run_dir).anchor.utc)
        return self._log.append(
            kind,
            text,
            time_s=(utc_now() - anchor).total_seconds(),
            sample=last.sample if last else None,
            distance_km=last.distance_km if last else None,
            data={"user": self.user, **data},
        )


@contextlib.contextmanager
def postscript(run_dir: Path, purpose: str) -> Iterator[Postscript]:
    """To put something on record; ``purpose`` says what, for who is told that it can't be.

    Raises:
        InputError: no run directory, a run that goes on, or a chain that is broken.
        OSError: the record can't be written.
    """
    manifest.read(run_dir)
    try:
        log = EventLog(run_dir)
    except LogInUseError as error:
        fault = Fault(str(run_dir), 0, "RUN", str(error), f"a run that has ended, {purpose}")
        raise InputError([fault]) from None
    except ValueError as error:
        raise InputError([Fault(str(run_dir), 0, events.FILE_NAME, str(error), f"a whole chain, {purpose}")]) from None
    with log:
        yield Postscript(run_dir, log)
